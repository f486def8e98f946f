/* SPDX-License-Identifier: MIT */
/* Memory and what is behind it: msync, mincore, the mlock family. The host does not tell what is resident, nor does it
 * lock pages; limits and errors are as on Linux. */
#include "room.h"
#include <asm/resource.h>
#include "fs.h"
#include "syscalls.h"
#include "task.h"

#define VECTOR_SIZE 256

/***** msync *****/

/* The next shared file in a range, with a reference; *at moves behind it. NULL = none. */
static struct file *next_shared(uint64_t *at, uint64_t end, int flags, int *error)
{
    struct file *file = NULL;
    mm_lock();
    const struct map_node *node = mm_node(*at);
    for (; !file && node->map.start < end; node = node->next) {
        if (node->map.start > *at)
            *error = -ENOMEM;
        if (flags & MS_INVALIDATE && node->map.flags & MAP_LOCKED) {
            *error = -EBUSY;
            break;
        }
        *at = node->map.end;
        if (flags & MS_SYNC && node->map.flags & MAP_SHARED && node->map.file)
            file = node->map.file;
    }
    if (file)
        file_get(file);
    else if (*at < end && *error == 0)
        *error = -ENOMEM;
    mm_unlock();
    return file;
}

int64_t sys_msync(unsigned long address, unsigned long length, int flags)
{
    uint64_t end;
    int error = 0;
    if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || address & ~PAGE_MASK || (flags & MS_ASYNC && flags & MS_SYNC))
        return -EINVAL;
    if (page_up(length) == 0)
        return 0;
    if (mm_check_range(address, length, &end) < 0)
        return -ENOMEM;
    struct file *file, *last = NULL;
    uint64_t at = address;
    while (at < end && (file = next_shared(&at, end, flags, &error)) != NULL) {
        /* Several ranges of one file follow each other. Files without a medium have nothing to do. */
        const int result = file != last && file->ops->flush ? file->ops->flush(file, false) : 0;
        last = file;
        file_put(file);
        if (result < 0)
            return result;
    }
    return error;
}

/***** mincore *****/

int64_t sys_mincore(unsigned long address, unsigned long length, void *vector)
{
    unsigned char ones[VECTOR_SIZE];
    if (address & ~PAGE_MASK)
        return -EINVAL;
    if (!user_range_ok(address, length))
        return -ENOMEM;
    const uint64_t pages = page_up(length) / PAGE_SIZE;
    if (!user_range_ok((uintptr_t)vector, pages))
        return -EFAULT;
    memset(ones, 1, sizeof(ones));
    for (uint64_t done = 0; done < pages;) {
        const uint64_t count = pages - done < VECTOR_SIZE ? pages - done : VECTOR_SIZE;
        const uint64_t start = address + done * PAGE_SIZE;
        if (!mm_is_mapped(start, start + count * PAGE_SIZE))
            return -ENOMEM;
        if (user_write((char *)vector + done, ones, count) < 0)
            return -EFAULT;
        done += count;
    }
    return 0;
}

/***** Locking *****/

static bool exceeds_lock_limit(uint64_t bytes)
{
    return !identity_has(CAP_IPC_LOCK) && bytes > limit_get(RLIMIT_MEMLOCK);
}

static bool may_lock(void)
{
    return identity_has(CAP_IPC_LOCK) || limit_get(RLIMIT_MEMLOCK) != 0;
}

static uint64_t locked_in(uint64_t start, uint64_t end)
{
    uint64_t sum = 0;
    for (const struct map_node *node = mm_node(start); node->map.start < end; node = node->next) {
        if (node->map.flags & MAP_LOCKED)
            sum += (node->map.end < end ? node->map.end : end) - (node->map.start > start ? node->map.start : start);
    }
    return sum;
}

static int set_locked(uint64_t address, uint64_t length, bool lock)
{
    /* Of these calls the length counts from the start of the first page; one that wraps to nothing is nothing (mlock.c). */
    const uint64_t start = page_down(address);
    const uint64_t size = page_up(length + (address - start));
    int error = 0;
    if (lock && !may_lock())
        return -EPERM;
    if (start + size < start)
        return lock && exceeds_lock_limit(size) ? -ENOMEM : -EINVAL;
    if (size == 0)
        return 0;
    const uint64_t end = start + size;
    mm_lock();
    const uint64_t locked = user_range_ok(start, size) ? locked_in(start, end) : 0;
    if ((lock && exceeds_lock_limit(g_mm.set.locked + size - locked)) || !user_range_ok(start, size) ||
        mm_node(start)->map.start > start || g_mm.set.count + 2 > MAPPINGS_MAX || !mappings_reserve(&g_mm.set, 2))
        error = -ENOMEM;
    if (error == 0) {
        mappings_change(&g_mm.set, start, end, -1, MAP_LOCKED, lock ? MAP_LOCKED : 0);
        error = mm_mapped(start, end) == size ? 0 : -ENOMEM;
    }
    mm_unlock();
    return error;
}

int64_t sys_mlock(unsigned long address, unsigned long length)
{
    return set_locked(address, length, true);
}

int64_t sys_mlock2(unsigned long address, unsigned long length, int flags)
{
    return flags & ~MLOCK_ONFAULT ? -EINVAL : set_locked(address, length, true);
}

int64_t sys_munlock(unsigned long address, unsigned long length)
{
    return set_locked(address, length, false);
}

/* flags: MCL_CURRENT, MCL_FUTURE; what they do not name is not locked any more. */
static void lock_all(int flags)
{
    const uint64_t start = LOWEST_ADDRESS, end = g_mm.set.end.map.start;
    const int current = flags & MCL_CURRENT ? MAP_LOCKED : 0;
    mappings_change(&g_mm.set, start, end, -1, MAP_LOCKED & ~current, current);
    g_mm.lock_flags = flags & MCL_FUTURE ? MAP_LOCKED : 0;
}

int64_t sys_mlockall(int flags)
{
    if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT)
        return -EINVAL;
    if (!may_lock())
        return -EPERM;
    int error = 0;
    mm_lock();
    if ((flags & MCL_CURRENT && exceeds_lock_limit(g_mm.set.total)) || !mappings_reserve(&g_mm.set, 2))
        error = -ENOMEM;
    else if (flags & MCL_CURRENT)
        lock_all(flags);
    else
        g_mm.lock_flags = MAP_LOCKED;
    mm_unlock();
    return error;
}

int64_t sys_munlockall(void)
{
    mm_lock();
    const bool possible = mappings_reserve(&g_mm.set, 2);
    if (possible)
        lock_all(0);
    mm_unlock();
    return possible ? 0 : -ENOMEM;
}
