// SPDX-License-Identifier: MIT
// Printing results of system calls, for programs whose output is compared with what they print natively.
#ifndef LIBOS_TEST_SHOW_H
#define LIBOS_TEST_SHOW_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline long show(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, result);
    fflush(stdout);
    return result;
}

// An id is another one each time.
static inline void show_id(const char *what, int id)
{
    if (id < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: an id\n", what);
    fflush(stdout);
}

static inline void wait_ms(int ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static inline long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Whether a time since `start` is at least what was asked for, and not much longer.
static inline const char *about(long start, long ms)
{
    const long took = now_ms() - start;
    return took < ms ? "too short" : took > ms + 2000 ? "too long" : "right";
}

#endif
