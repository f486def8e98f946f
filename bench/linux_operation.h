/* SPDX-License-Identifier: MIT */
/* What the programs that measure Linux's operations have in common. Knows no operation. */
#ifndef BENCH_LINUX_OPERATION_H
#define BENCH_LINUX_OPERATION_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct operation {
    const char *name;
    void (*set_up)(void); /* NULL = nothing to do */
    void (*body)(void);
};

__attribute__((noreturn)) static inline void fail(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(1);
}

static inline long check(long result, const char *what)
{
    if (result < 0)
        fail(what);
    return result;
}

static inline int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* An operation that is ready to be measured; NULL = there is none of that name. */
static inline const struct operation *operation_begin(const struct operation *operations, size_t count,
                                                      const char *name)
{
    for (const struct operation *operation = operations; operation < operations + count; operation++) {
        if (strcmp(name, operation->name) != 0)
            continue;
        if (operation->set_up)
            operation->set_up();
        return operation;
    }
    return NULL;
}

#endif
