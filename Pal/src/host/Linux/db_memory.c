/* SPDX-License-Identifier: MIT */
/* Linux: memory of the program, inside the user's range, and of the PAL, outside of it. Knows nothing of who uses it. */
#include "pal_host.h"
#include <asm/errno.h>
#include <linux/mman.h>
#include "linux_error.h"
#include "sys_linux.h"

int linux_protection(PAL_FLG prot)
{
    int protection = PROT_NONE;
    if (prot & PAL_PROT_READ)
        protection |= PROT_READ;
    if (prot & (PAL_PROT_WRITE | PAL_PROT_WRITECOPY))
        protection |= PROT_WRITE;
    if (prot & PAL_PROT_EXEC)
        protection |= PROT_EXEC;
    return protection;
}

int _DkCheckMemoryMappable(const void *address, size_t size)
{
    const uintptr_t start = (uintptr_t)address;
    const bool inside = start >= g_linux.user_start && start < g_linux.user_end && size <= g_linux.user_end - start;
    return inside ? 0 : -PAL_ERROR_DENIED;
}

/* Choose addresses for a mapping: downwards from the last one, and where something is in the way, below that. */
long linux_map_anywhere(size_t size, int protection, int flags, int fd, uint64_t offset)
{
    size_t skip = 0;
    bool wrapped = false;
    for (;;) {
        uintptr_t top = __atomic_load_n(&g_linux.user_next, __ATOMIC_RELAXED);
        uintptr_t address;
        if (__builtin_sub_overflow(top, size + skip, &address) || address < g_linux.user_start) {
            if (wrapped)
                return -ENOMEM;
            wrapped = true;
            skip = 0;
            __atomic_store_n(&g_linux.user_next, g_linux.user_end, __ATOMIC_RELAXED);
            continue;
        }
        if (!__atomic_compare_exchange_n(&g_linux.user_next, &top, address, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        const long result = sys_mmap((void *)address, size, protection, flags | MAP_FIXED_NOREPLACE, fd, offset);
        if (result != -EEXIST)
            return result;
        /* Large things in the way are passed in a few steps. */
        skip = skip ? skip * 2 : size;
    }
}

/* Copies of this process have the memory, too. */
LINUX_KEPT static bool g_has_files;

void linux_memory_gets_file(void)
{
    __atomic_store_n(&g_has_files, true, __ATOMIC_RELAXED);
}

/* Empty memory in place; a file behind it would be back with its contents. */
static bool renew(void *address, size_t size)
{
    return !__atomic_load_n(&g_has_files, __ATOMIC_RELAXED) && sys_madvise(address, size, MADV_DONTNEED) == 0;
}

int _DkVirtualMemoryAlloc(void **address, size_t size, PAL_FLG alloc_type, PAL_FLG prot)
{
    const bool reserve = alloc_type & PAL_ALLOC_RESERVE;
    const int protection = reserve ? PROT_NONE : linux_protection(prot);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (reserve ? MAP_NORESERVE : 0);
    long result;
    if (alloc_type & PAL_ALLOC_RENEW && renew(*address, size))
        return 0;
    if (*address) {
        flags |= alloc_type & PAL_ALLOC_EXCLUSIVE ? MAP_FIXED_NOREPLACE : MAP_FIXED;
        result = sys_mmap(*address, size, protection, flags, -1, 0);
        /* What is chosen next goes below it at once. */
        uintptr_t end = (uintptr_t)*address + size;
        if (result == (long)*address)
            __atomic_compare_exchange_n(&g_linux.user_next, &end, (uintptr_t)*address, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED);
    } else if (alloc_type & PAL_ALLOC_32BIT) {
        result = sys_mmap(NULL, size, protection, flags | MAP_32BIT, -1, 0);
    } else {
        result = linux_map_anywhere(size, protection, flags, -1, 0);
    }
    if (result == -EEXIST)
        return -PAL_ERROR_BUSY;
    if (result < 0 && result > -4096)
        return (int)linux_error(result);
    *address = (void *)result;
    return 0;
}

int _DkVirtualMemoryFree(void *address, size_t size)
{
    const int result = sys_munmap(address, size);
    /* What was given out last is given out again first: a loop of allocations stays in one place. */
    uintptr_t start = (uintptr_t)address;
    if (result == 0)
        __atomic_compare_exchange_n(&g_linux.user_next, &start, start + size, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
    return (int)linux_error(result);
}

int _DkVirtualMemoryProtect(void *address, size_t size, PAL_FLG prot)
{
    return (int)linux_error(sys_mprotect(address, size, linux_protection(prot)));
}

/***** Memory of the PAL *****/

/* Addresses for nearly all that the PAL ever needs are taken by one call; they are used once, from the lowest on. */
#define ARENA_SIZE ((size_t)512 << 20)

static struct {
    struct pal_lock lock;
    uintptr_t next, end;
} g_arena;
PAL_LOCK_AT_COPY(g_copied, &g_arena.lock);

static int map_internal(size_t size, uintptr_t *out)
{
    const long result =
        sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (result < 0 && result > -4096)
        return (int)linux_error(result);
    *out = (uintptr_t)result;
    return 0;
}

int _DkInternalAlloc(void **out, size_t size)
{
    const size_t mask = g_linux.page_size - 1;
    uintptr_t address = 0;
    int error = 0;
    if (__builtin_add_overflow(size, mask, &size))
        return -PAL_ERROR_NOMEM;
    size &= ~mask;
    pal_lock(&g_arena.lock);
    if (g_arena.end == 0 && map_internal(ARENA_SIZE, &g_arena.next) == 0)
        g_arena.end = g_arena.next + ARENA_SIZE;
    if (size <= g_arena.end - g_arena.next) {
        address = g_arena.next;
        g_arena.next += size;
    }
    pal_unlock(&g_arena.lock);
    if (!address)
        error = map_internal(size, &address);
    if (error == 0)
        *out = (void *)address;
    return error;
}

void linux_advise_internal(int advice)
{
    /* It may have holes, which the kernel reports and passes over. */
    if (g_arena.end)
        sys_madvise((void *)(g_arena.end - ARENA_SIZE), ARENA_SIZE, advice);
}

void _DkInternalFree(void *memory, size_t size)
{
    sys_munmap(memory, size);
}
