/* SPDX-License-Identifier: MIT */
/* Linux: time, random bits, instruction cache, memory channel. */
#include "pal_host.h"
#include "linux_clock.h"
#include "linux_error.h"
#include "linux_guard.h"
#include "linux_source.h"
#include "sys_linux.h"
#include "sys_start.h"

int _DkSystemTimeQuery(uint64_t *out_us)
{
    struct __kernel_timespec now;
    const int result = linux_clock(CLOCK_REALTIME, &now);
    if (result < 0)
        return (int)linux_error(result);
    *out_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    return 0;
}

void _DkGetHelpers(void **out_clock_gettime, void **out_getcpu)
{
    linux_helpers(out_clock_gettime, out_getcpu);
}

PAL_FLG _DkTakeCreationMask(void)
{
    LINUX_KEPT static PAL_FLG mask;
    LINUX_KEPT static bool taken;
    /* Where the first process had no library OS, the mask stays in force beside that of a child's. */
    if (!taken && !linux_guard_is_on()) {
        mask = (PAL_FLG)sys_umask(0);
        taken = true;
    }
    return mask;
}

int _DkRandomBitsRead(void *buffer, size_t size)
{
    const int fd = linux_source(LINUX_SOURCE_RANDOM);
    char *next = buffer;
    while (size > 0) {
        const int64_t got = fd < 0 ? 0 : linux_error(sys_read_now(fd, next, size));
        if (got <= 0 && got != -PAL_ERROR_INTERRUPTED)
            return got < 0 ? (int)got : -PAL_ERROR_IO;
        if (got > 0) {
            next += got;
            size -= (size_t)got;
        }
    }
    return 0;
}

int _DkInstructionCacheFlush(const void *address, size_t size)
{
    /* The caches of x86-64 are coherent, and the return from here drops prefetched instructions. */
    (void)address, (void)size;
    __asm__ volatile("" : : : "memory");
    return 0;
}
