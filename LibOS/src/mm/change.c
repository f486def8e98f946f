/* SPDX-License-Identifier: MIT */
/* munmap, mprotect and the protection keys that this processor has not got. */
#include "room.h"
#include <linux/mman.h>
#include "fs.h"
#include "syscalls.h"

int mm_remove_locked(uint64_t start, uint64_t end)
{
    struct map_set *set = &g_mm.set;
    const struct map_node *node = mm_node(start);
    if (start >= end || node->map.start >= end)
        return 0;
    const bool splits = node->map.start < start && node->map.end > end;
    if ((splits && set->count >= MAPPINGS_MAX) || !mappings_reserve(set, 1))
        return -ENOMEM;
    const int error = mm_host_unmap(start, end);
    if (error == 0)
        mappings_remove(set, start, end);
    return error;
}

int64_t mm_unmap(uint64_t address, size_t size)
{
    uint64_t end;
    if (size == 0 || mm_check_range(address, size, &end) < 0)
        return -EINVAL;
    mm_forget_code(address, end);
    mm_lock();
    const int error = mm_remove_locked(address, end);
    mm_unlock();
    return error;
}

/* Around the library OS's own. */
int64_t sys_munmap(unsigned long address, unsigned long length)
{
    uint64_t end;
    int error = 0;
    if (length == 0 || mm_check_range(address, length, &end) < 0)
        return -EINVAL;
    mm_forget_code(address, end);
    mm_lock();
    for (uint64_t start = address; error == 0 && start < end;) {
        const struct map_node *own = mm_node(start);
        while (own->map.start < end && !(own->map.flags & MM_LIBOS))
            own = own->next;
        const uint64_t next = own->map.end;
        const uint64_t stop = own->map.start < end ? own->map.start : end;
        if (stop > start)
            error = mm_remove_locked(start, stop);
        start = next;
    }
    mm_unlock();
    return error;
}

/***** Protection *****/

static bool may_protect(const struct mapping *map, int prot, bool program)
{
    if (program && map->flags & MM_LIBOS)
        return false;
    if (!(prot & PROT_WRITE) || !(map->flags & MAP_SHARED))
        return true;
    return !(map->flags & MM_SEALED) && (!map->file || file_writable(map->file));
}

/* How far a range can be protected, as Linux does it: up to the first gap or mapping that does not allow it. What becomes
 * data by it, and whether there is anything to do. */
struct extent {
    uint64_t end;
    uint64_t data;
    bool changes;
    int error;
};

static struct extent measure(uint64_t start, uint64_t end, int prot, bool program)
{
    struct extent extent = {.end = start};
    for (const struct map_node *node = mm_node(start); extent.end < end; node = node->next) {
        const struct mapping *map = &node->map;
        extent.error = map->start > extent.end ? -ENOMEM : may_protect(map, prot, program) ? 0 : -EACCES;
        if (extent.error < 0)
            break;
        const uint64_t next = map->end < end ? map->end : end;
        if (map->prot != prot)
            extent.changes = true;
        if (prot & PROT_WRITE && !(map->prot & PROT_WRITE) && !(map->flags & (MAP_SHARED | MAP_GROWSDOWN)))
            extent.data += next - extent.end;
        extent.end = next;
    }
    return extent;
}

static int protect_locked(uint64_t start, uint64_t end, int prot, bool program)
{
    struct map_set *set = &g_mm.set;
    const struct extent extent = measure(start, end, prot, program);
    int error = 0;
    if (extent.end > start && extent.changes) {
        if (set->count + 2 > MAPPINGS_MAX || !mappings_reserve(set, 2))
            return -ENOMEM;
        error = extent.data ? mm_check_limits(0, extent.data, extent.data) : 0;
        if (error == 0)
            error = mm_host_protect(start, extent.end, prot);
        if (error < 0)
            return error;
        const int traces = (prot & PROT_EXEC ? MM_CODE : 0) | (prot & PROT_WRITE ? MM_WRITTEN : 0);
        mappings_change(set, start, extent.end, prot, 0, traces);
    }
    return extent.error;
}

static int64_t protect(uint64_t address, size_t size, int prot, bool program)
{
    const int grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
    uint64_t end;
    if (grows == (PROT_GROWSDOWN | PROT_GROWSUP))
        return -EINVAL;
    if (address & ~PAGE_MASK)
        return -EINVAL;
    if (size == 0)
        return 0;
    if (address + page_up(size) <= address)
        return -ENOMEM;
    prot &= ~grows;
    if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
        return -EINVAL;
    prot &= ~PROT_SEM;
    int error = mm_check_range(address, size, &end);
    if (error < 0)
        return error;
    mm_lock();
    const struct map_node *node = mm_node(address);
    if (grows == PROT_GROWSDOWN && node->map.start < end) {
        address = node->map.start;
        error = node->map.flags & MAP_GROWSDOWN ? 0 : -EINVAL;
    } else if (grows == PROT_GROWSUP && node->map.start <= address) {
        error = -EINVAL;
    }
    if (error == 0)
        error = protect_locked(address, end, prot, program);
    mm_unlock();
    return error;
}

int64_t mm_protect(uint64_t address, size_t size, int prot)
{
    return protect(address, size, prot, false);
}

int64_t sys_mprotect(unsigned long address, unsigned long length, int prot)
{
    return protect(address, length, prot, true);
}

/***** Protection keys: as on a processor without them *****/

int64_t sys_pkey_mprotect(unsigned long address, unsigned long length, int prot, int key)
{
    return key == -1 ? protect(address, length, prot, true) : -EINVAL;
}

int64_t sys_pkey_alloc(unsigned flags, unsigned long rights)
{
    return flags || rights & ~3ul ? -EINVAL : -ENOSPC;
}

int64_t sys_pkey_free(int key)
{
    (void)key;
    return -EINVAL;
}
