/* SPDX-License-Identifier: MIT */
/* Moving memory to other nodes, of which there are none (policy.c): what is asked for is checked, and what is there stays. */
#include <linux/mempolicy.h>
#include "copy.h"
#include "room.h"
#include "syscalls.h"
#include "task.h"

/* Only the caller's own memory can be looked at: 0, or why not. */
static int check_process(int pid)
{
    return pid == 0 ? 0 : mm_whose(pid);
}

/* What is told of a page: its node, or why it has none. */
static int32_t state_of(uint64_t address)
{
    const uint64_t page = page_down(address);
    return user_range_ok(page, PAGE_SIZE) && mm_is_mapped(page, page + PAGE_SIZE) ? 0 : -EFAULT;
}

int64_t sys_move_pages(int pid, unsigned long count, void *pages, void *nodes, void *status, int flags)
{
    if (flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
        return -EINVAL;
    if (flags & MPOL_MF_MOVE_ALL && !identity_has(CAP_SYS_NICE))
        return -EPERM;
    const int error = check_process(pid);
    if (error < 0)
        return error;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t page;
        int32_t node = 0;
        if (copy_in(&page, (const uint64_t *)pages + i, sizeof(page)) < 0 ||
            (nodes && copy_in(&node, (const int32_t *)nodes + i, sizeof(node)) < 0))
            return -EFAULT;
        if (node != 0)
            return -ENODEV;
        const int32_t state = state_of(page);
        if (copy_out((int32_t *)status + i, &state, sizeof(state)) < 0)
            return -EFAULT;
    }
    return 0;
}

int64_t sys_migrate_pages(int pid, unsigned long count, void *from, void *to)
{
    const int old = mm_read_nodes(from, count);
    const int new = mm_read_nodes(to, count);
    if (old == -EFAULT || new == -EFAULT)
        return -EFAULT;
    const int error = check_process(pid);
    if (error < 0)
        return error;
    if (new == -EINVAL && !identity_has(CAP_SYS_NICE))
        return -EPERM;
    return new == 1 ? 0 : -EINVAL;
}

/* Which policy a range has been given is forgotten; where there is memory, there may be one. */
int64_t sys_set_mempolicy_home_node(unsigned long start, unsigned long length, unsigned long node, unsigned long flags)
{
    const uint64_t end = start + page_up(length);
    if (start % PAGE_SIZE || flags || node != 0 || end < start)
        return -EINVAL;
    if (end == start)
        return 0;
    return user_range_ok(start, end - start) && mm_is_mapped(start, end) ? 0 : -ENOENT;
}
