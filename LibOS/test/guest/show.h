// SPDX-License-Identifier: MIT
// Printing results of system calls, for programs whose output is compared with what they print natively.
#ifndef LIBOS_TEST_GUEST_SHOW_H
#define LIBOS_TEST_GUEST_SHOW_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "moments.h"

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

// Whether a time since `start` is at least what was asked for, and not much longer, even on a busy machine.
static inline const char *about(long start, long ms)
{
    const long took = now_ms() - start;
    return took < ms ? "too short" : took > ms + 20000 ? "too long" : "right";
}

#endif
