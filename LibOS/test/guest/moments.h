// SPDX-License-Identifier: MIT
// What time it is, and waiting.
#ifndef LIBOS_TEST_GUEST_MOMENTS_H
#define LIBOS_TEST_GUEST_MOMENTS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static inline void wait_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

// Until a thread, or a process's first, sleeps, as /proc tells, and a moment longer.
static inline void wait_asleep(int tid, long ms)
{
    char path[64], text[256], *state = NULL;
    snprintf(path, sizeof(path), "/proc/%d/stat", tid);
    for (int tries = 0; tries < 10000 && (!state || state[2] != 'S'); tries++) {
        wait_ms(1);
        FILE *file = fopen(path, "r");
        state = file && fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
        if (file)
            fclose(file);
    }
    wait_ms(ms);
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
