// SPDX-License-Identifier: MIT
// What time it is, and waiting.
#ifndef LIBOS_TEST_GUEST_MOMENTS_H
#define LIBOS_TEST_GUEST_MOMENTS_H

#include <stdint.h>
#include <time.h>

static inline void wait_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static inline int64_t now_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline long now_ms(void)
{
    return (long)(now_ns(CLOCK_MONOTONIC) / 1000000);
}

#endif
