/* SPDX-License-Identifier: MIT */
/* brk: the heap that grows behind the program's data. */
#include "room.h"
#include <asm/resource.h>
#include "syscalls.h"
#include "task.h"

static int grow(uint64_t start, uint64_t end)
{
    struct map_set *set = &g_mm.set;
    const struct mapping map = {
        .start = start,
        .end = end,
        .prot = PROT_READ | PROT_WRITE,
        .flags = MAP_PRIVATE | MAP_ANONYMOUS | g_mm.lock_flags,
        .name = "[heap]",
    };
    /* A page is left free in front of what comes next. */
    if (!mappings_is_free(set, start, end + PAGE_SIZE, true))
        return -ENOMEM;
    if (set->count >= MAPPINGS_MAX || !mappings_reserve(set, 1))
        return -ENOMEM;
    int error = mm_check_limits(end - start, end - start, end - start);
    if (error == 0)
        error = mm_host_fill(&map);
    if (error == 0)
        mappings_insert(set, &map);
    return error;
}

static int change(uint64_t address)
{
    const uint64_t size = address - g_mm.brk_start;
    if (address < g_mm.brk_start || address > g_guest_end)
        return -EINVAL;
    if (size > g_mm.brk_max || size > limit_get(RLIMIT_DATA))
        return -ENOMEM;
    const uint64_t old = page_up(g_mm.brk), new = page_up(address);
    int error = 0;
    if (new > old)
        error = grow(old, new);
    else if (new < old)
        error = mm_remove_locked(new, old);
    if (error == 0)
        g_mm.brk = address;
    return error;
}

/* As Linux's, it has no error but the old value. */
int64_t sys_brk(unsigned long address)
{
    const uint64_t old_page = page_up(__atomic_load_n(&g_mm.brk, __ATOMIC_RELAXED));
    if (address >= g_mm.brk_start && page_up(address) < old_page)
        mm_forget_code(page_up(address), old_page);
    mm_lock();
    const bool changed = address && change(address) == 0;
    const uint64_t result = changed ? address : g_mm.brk;
    mm_unlock();
    return (int64_t)result;
}
