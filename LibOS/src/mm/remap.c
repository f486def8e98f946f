/* SPDX-License-Identifier: MIT */
/* mremap: mappings that grow, shrink and move. */
#include "room.h"
#include <asm/resource.h>
#include "exec.h"
#include "fs.h"
#include "syscalls.h"
#include "task.h"

/* A call, once its arguments are known to be good: [from, from + old_size) is to have new_size bytes, at `to` if it moves. */
struct remap {
    uint64_t from, old_size, new_size;
    uint64_t to;
    int flags;
    struct mapping piece; /* what is mapped at from, old_size of it */
};

/***** Moving *****/

/* Memory that is handed from one place to another without being copied goes through this. Made at the first use; another
 * process (fork) makes its own. */
static struct {
    PAL_HANDLE channel;
    uint32_t generation;
} g_mover;

static bool host_move(uint64_t from, uint64_t to, uint64_t size)
{
    PAL_NUM key, bytes = size;
    PAL_PTR source = (void *)from, target = (void *)to;
    PAL_FLG prot = PAL_PROT_NONE;
    if (g_mover.generation != g_generation) {
        g_mover.channel = DkCreatePhysicalMemoryChannel(&key);
        g_mover.generation = g_generation;
    }
    return g_mover.channel && DkPhysicalMemoryCommit(g_mover.channel, 1, &source, &bytes, PAL_COMMIT_MOVE) == 1 &&
           DkPhysicalMemoryMap(g_mover.channel, 1, &target, &bytes, &prot) == 1;
}

/* For hosts that cannot move: the same at another place. What is private is copied page by page; a page that cannot be
 * read lies behind the end of a file, here as there. */
static int copy_move(const struct mapping *piece, uint64_t to)
{
    const uint64_t size = piece->end - piece->start;
    struct mapping target = *piece;
    target.start = to;
    target.end = to + size;
    if (!(piece->flags & MAP_SHARED))
        target.prot = PROT_READ | PROT_WRITE;
    int error = mm_host_fill(&target);
    if (error == 0 && !(piece->flags & MAP_SHARED)) {
        if (!(piece->prot & PROT_READ))
            error = mm_host_protect(piece->start, piece->end, PROT_READ);
        for (uint64_t at = 0; error == 0 && at < size; at += PAGE_SIZE) {
            if (user_read((void *)(to + at), (const void *)(piece->start + at), PAGE_SIZE) < 0)
                break;
        }
        if (error == 0)
            error = mm_host_protect(to, to + size, piece->prot);
    }
    return error == 0 ? mm_host_unmap(piece->start, piece->end) : error;
}

/* What is new behind a moved or grown mapping. */
static int fill_tail(const struct remap *remap, uint64_t start)
{
    struct mapping tail = remap->piece;
    if (remap->new_size <= remap->old_size)
        return 0;
    tail.start = start + remap->old_size;
    tail.end = start + remap->new_size;
    if (tail.file)
        tail.offset += remap->old_size;
    return mm_host_fill(&tail);
}

static int64_t move(struct remap *remap)
{
    struct mapping target = remap->piece;
    int error = fill_tail(remap, remap->to);
    if (error < 0)
        return error;
    if (remap->old_size && !host_move(remap->from, remap->to, remap->old_size))
        error = copy_move(&remap->piece, remap->to);
    if (error < 0) {
        /* Nothing can be done if this fails, too. */
        (void)mm_host_unmap(remap->to, remap->to + remap->new_size);
        return error;
    }
    if (!(remap->flags & MREMAP_DONTUNMAP))
        mappings_remove(&g_mm.set, remap->from, remap->from + remap->old_size);
    else
        error = mm_host_fill(&remap->piece);
    target.start = remap->to;
    target.end = remap->to + remap->new_size;
    target.flags &= ~MM_STACK;
    target.name = NULL;
    mappings_insert(&g_mm.set, &target);
    return error < 0 ? error : (int64_t)remap->to;
}

/***** Checking *****/

/* What is at the old place, and whether the limits allow the new size. */
static int prepare(struct remap *remap)
{
    const struct map_node *node = mm_node(remap->from);
    const uint64_t more = remap->new_size - remap->old_size;
    uint64_t last;
    if (node->map.start > remap->from)
        return -EFAULT;
    remap->piece = node->map;
    remap->piece.start = remap->from;
    if (node->map.file)
        remap->piece.offset += remap->from - node->map.start;
    if (node->map.flags & MM_LIBOS || (!remap->old_size && !(node->map.flags & MAP_SHARED)))
        return -EINVAL;
    if (remap->old_size > node->map.end - remap->from)
        return -EFAULT;
    remap->piece.end = remap->from + remap->old_size;
    const bool keeps = remap->flags & MREMAP_DONTUNMAP;
    if (remap->new_size <= remap->old_size && !keeps)
        return 0;
    if (node->map.file && __builtin_add_overflow(remap->piece.offset, remap->new_size, &last))
        return -EINVAL;
    if (node->map.flags & MAP_LOCKED && !identity_has(CAP_IPC_LOCK) &&
        g_mm.set.locked + more > limit_get(RLIMIT_MEMLOCK))
        return -EAGAIN;
    const uint64_t total = keeps ? remap->new_size : more;
    const bool writable = !(node->map.flags & MAP_SHARED) && node->map.prot & PROT_WRITE;
    return mm_check_limits(total, writable ? total : 0, writable ? total : 0);
}

static bool overlaps(const struct remap *remap)
{
    return remap->from + remap->old_size > remap->to && remap->to + remap->new_size > remap->from;
}

static int64_t remap_to(struct remap *remap)
{
    const uint64_t to = remap->to;
    if (remap->flags & MREMAP_FIXED && mm_has(to, to + remap->new_size, MM_LIBOS))
        return -ENOMEM;
    /* What is too much may lie behind the mapping. */
    const uint64_t old_end = remap->from + remap->old_size;
    if (remap->old_size > remap->new_size)
        remap->old_size = remap->new_size;
    int error = prepare(remap);
    if (error == 0 && remap->flags & MREMAP_FIXED)
        error = mm_remove_locked(to, to + remap->new_size);
    if (error == 0)
        error = mm_remove_locked(remap->from + remap->new_size, old_end);
    if (error < 0)
        return error;
    if (!(remap->flags & MREMAP_FIXED)) {
        /* Where it would go is only a wish. */
        const bool free = to >= LOWEST_ADDRESS && mappings_is_free(&g_mm.set, to, to + remap->new_size, true);
        remap->to = free ? to : mm_search(remap->new_size, PAGE_SIZE, 0);
    }
    return remap->to ? move(remap) : -ENOMEM;
}

/* A range that only moves may be of several mappings, with gaps between them, which stay (Linux 6.17). */
static int64_t move_range(const struct remap *whole)
{
    const uint64_t end = whole->from + whole->old_size;
    for (uint64_t at = whole->from; at < end;) {
        const struct map_node *node = mm_node(at);
        if (node->map.start >= end)
            break;
        struct remap part = *whole;
        part.from = node->map.start > at ? node->map.start : at;
        at = node->map.end < end ? node->map.end : end;
        part.old_size = part.new_size = at - part.from;
        part.to = whole->to + (part.from - whole->from);
        if (g_mm.set.count + 3 > MAPPINGS_MAX || !mappings_reserve(&g_mm.set, 4))
            return -ENOMEM;
        const int64_t result = remap_to(&part);
        if (result < 0)
            return result;
    }
    return (int64_t)whole->to;
}

static bool grow_in_place(const struct remap *remap)
{
    const uint64_t end = remap->from + remap->old_size, new_end = remap->from + remap->new_size;
    const struct map_node *node = mm_node(remap->from);
    if (!remap->old_size || node->map.end != end || !mappings_is_free(&g_mm.set, end, new_end, false))
        return false;
    struct mapping tail = remap->piece;
    if (fill_tail(remap, remap->from) < 0)
        return false;
    tail.start = end;
    tail.end = new_end;
    if (tail.file)
        tail.offset += remap->old_size;
    mappings_insert(&g_mm.set, &tail);
    return true;
}

static int64_t remap_locked(struct remap *remap)
{
    if (mm_node(remap->from)->map.start > remap->from)
        return -EFAULT;
    if (g_mm.set.count + 3 > MAPPINGS_MAX || !mappings_reserve(&g_mm.set, 4))
        return -ENOMEM;
    if (remap->flags & MREMAP_FIXED && !(remap->flags & MREMAP_DONTUNMAP) && remap->old_size == remap->new_size)
        return move_range(remap);
    if (remap->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
        return remap_to(remap);
    if (remap->old_size >= remap->new_size) {
        if (mm_has(remap->from, remap->from + remap->old_size, MM_LIBOS))
            return -EINVAL;
        const int error = mm_remove_locked(remap->from + remap->new_size, remap->from + remap->old_size);
        return error < 0 ? error : (int64_t)remap->from;
    }
    const int error = prepare(remap);
    if (error < 0)
        return error;
    if (grow_in_place(remap))
        return (int64_t)remap->from;
    if (!(remap->flags & MREMAP_MAYMOVE))
        return -ENOMEM;
    remap->to = mm_search(remap->new_size, PAGE_SIZE, 0);
    return remap->to ? move(remap) : -ENOMEM;
}

static int check_arguments(const struct remap *remap)
{
    const int flags = remap->flags;
    const uint64_t to = remap->to;
    if (flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
        return -EINVAL;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
        return -EINVAL;
    if (flags & MREMAP_DONTUNMAP && remap->old_size != remap->new_size)
        return -EINVAL;
    if (remap->from & ~PAGE_MASK || remap->new_size == 0 || remap->new_size > g_guest_end)
        return -EINVAL;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
        (to & ~PAGE_MASK || !user_range_ok(to, remap->new_size) || overlaps(remap)))
        return -EINVAL;
    if (flags & MREMAP_FIXED && to < LOWEST_ADDRESS)
        return -EPERM;
    return user_range_ok(remap->from, remap->old_size) ? 0 : -EFAULT;
}

int64_t sys_mremap(unsigned long address, unsigned long old_size, unsigned long new_size, int flags,
                   unsigned long new_address)
{
    struct remap remap = {
        .from = address,
        .old_size = page_up(old_size),
        .new_size = page_up(new_size),
        .to = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) ? new_address : 0,
        .flags = flags,
    };
    const int error = check_arguments(&remap);
    if (error < 0)
        return error;
    const uint64_t end = address + remap.old_size;
    mm_lock();
    const bool code = mm_has(address, end, MM_CODE);
    mm_unlock();
    if (code && (flags & MREMAP_MAYMOVE || remap.new_size < remap.old_size))
        patch_restore(address, end);
    if (flags & MREMAP_FIXED)
        mm_forget_code(new_address, new_address + remap.new_size);
    mm_lock();
    const int64_t result = remap_locked(&remap);
    mm_unlock();
    return result;
}
