/* SPDX-License-Identifier: MIT */
/* On which nodes memory is to be. There is one, node 0, for the Host ABI tells of no others: so all policies come to the same,
 * and are kept for who asks. That of a range is checked and forgotten. */
#include <linux/mempolicy.h>
#include "copy.h"
#include "room.h"
#include "syscalls.h"
#include "task.h"

#define KNOWN_MODES 7u    /* MPOL_DEFAULT and those that follow, up to MPOL_WEIGHTED_INTERLEAVE */
#define NODE_LIMIT  1024u /* nodes that a kernel may be made for: bits beyond must be clear */
#define WORD_BITS   64u

struct policy {
    uint32_t mode, flags; /* MPOL_x, MPOL_F_x_NODES */
    bool has_node;        /* node 0 is in its set */
};

/***** Sets of nodes *****/

int mm_read_nodes(const void *from, uint64_t count)
{
    uint64_t word, beyond = 0, first = 0;
    if (!from || count <= 1)
        return 0;
    if (--count > PAGE_SIZE * 8)
        return -EINVAL;
    for (uint64_t at = 0; at < count; at += WORD_BITS) {
        if (copy_in(&word, (const char *)from + at / 8, sizeof(word)) < 0)
            return -EFAULT;
        if (count - at < WORD_BITS)
            word &= (1ul << (count - at)) - 1;
        if (at >= NODE_LIMIT)
            beyond |= word;
        else
            first = at == 0 ? word : first | (word ? 2 : 0);
    }
    if (beyond || (first && !(first & 1)))
        return -EINVAL;
    return (int)(first & 1);
}

static int write_nodes(void *to, uint64_t count, bool has_node)
{
    const uint64_t first = has_node, none = 0;
    for (uint64_t at = 0; at + 1 < count && at < NODE_LIMIT; at += WORD_BITS)
        if (copy_out((char *)to + at / 8, at == 0 ? &first : &none, sizeof(first)) < 0)
            return -EFAULT;
    return 0;
}

/***** Policies *****/

static int read_policy(int mode, const void *nodes, uint64_t count, struct policy *out)
{
    const uint32_t both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
    const uint32_t flags = (uint32_t)mode & MPOL_MODE_FLAGS;
    *out = (struct policy){.mode = (uint32_t)mode & ~flags, .flags = flags};
    if (out->mode >= KNOWN_MODES || (flags & both) == both)
        return -EINVAL;
    const int has = mm_read_nodes(nodes, count);
    if (has < 0)
        return has;
    out->has_node = has;
    switch (out->mode) {
    case MPOL_DEFAULT:
        out->flags = 0;
        return has ? -EINVAL : 0;
    case MPOL_LOCAL:
        return has || flags ? -EINVAL : 0;
    case MPOL_PREFERRED:
        if (!has)
            out->mode = MPOL_LOCAL;
        return !has && flags ? -EINVAL : 0;
    default:
        return has ? 0 : -EINVAL;
    }
}

int64_t sys_set_mempolicy(int mode, void *nodes, unsigned long count)
{
    struct policy policy;
    const int error = read_policy(mode, nodes, count, &policy);
    if (error == 0) {
        self()->task.memory_policy = policy.mode | policy.flags;
        self()->task.memory_node = policy.has_node;
    }
    return error;
}

int64_t sys_mbind(unsigned long start, unsigned long size, int mode, void *nodes, unsigned long count, unsigned flags)
{
    struct policy policy;
    if (flags & ~(unsigned)MPOL_MF_VALID)
        return -EINVAL;
    if (flags & MPOL_MF_MOVE_ALL && !identity_has(CAP_SYS_NICE))
        return -EPERM;
    const int error = read_policy(mode, nodes, count, &policy);
    if (start % PAGE_SIZE)
        return -EINVAL;
    const uint64_t end = start + page_up(size);
    if (end < start)
        return -EINVAL;
    if (end == start || error < 0)
        return error < 0 && size ? error : 0;
    return user_range_ok(start, end - start) && mm_is_mapped(start, end) ? 0 : -EFAULT;
}

/* What there is to be told: the number of a node, or a policy and its nodes. */
int64_t sys_get_mempolicy(void *mode, void *nodes, unsigned long count, unsigned long address, unsigned long flags)
{
    const struct thread_private *own = &self()->task;
    const bool interleaves = (own->memory_policy & ~(uint32_t)MPOL_MODE_FLAGS) == MPOL_INTERLEAVE;
    uint32_t told = own->memory_policy;
    bool has_node = own->memory_node;
    if (flags & ~(uint64_t)(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED) || (nodes && count == 0))
        return -EINVAL;
    if (flags & MPOL_F_MEMS_ALLOWED) {
        if (flags & (MPOL_F_NODE | MPOL_F_ADDR))
            return -EINVAL;
        told = 0;
        has_node = true;
    } else if (flags & MPOL_F_ADDR) {
        if (!user_range_ok(address, 1) || !mm_is_mapped(page_down(address), page_down(address) + PAGE_SIZE))
            return -EFAULT;
    } else if (address || (flags & MPOL_F_NODE && !interleaves)) {
        return -EINVAL;
    }
    if (flags & MPOL_F_NODE)
        told = 0;
    if (copy_out_wanted(mode, &told, sizeof(told)) < 0)
        return -EFAULT;
    return nodes ? write_nodes(nodes, count, has_node) : 0;
}
