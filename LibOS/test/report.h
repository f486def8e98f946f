/* SPDX-License-Identifier: MIT */
/* For tests of threads, locks and time: calls are printed with what they give, errors by name. Knows no call. */
#ifndef LIBOS_TEST_REPORT_H
#define LIBOS_TEST_REPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Print a call as it is written, and its result. */
#define R(call) (errno = 0, report(#call, (long)(call)))
/* The same of a result that may differ: only whether it failed. */
#define OK(call) (errno = 0, report_ok(#call, (long)(call)))

static inline const char *error_text(int error)
{
    switch (error) {
    case EPERM:
        return "EPERM";
    case ENOENT:
        return "ENOENT";
    case ESRCH:
        return "ESRCH";
    case EINTR:
        return "EINTR";
    case E2BIG:
        return "E2BIG";
    case ENOEXEC:
        return "ENOEXEC";
    case EBADF:
        return "EBADF";
    case ECHILD:
        return "ECHILD";
    case EAGAIN:
        return "EAGAIN";
    case ENOMEM:
        return "ENOMEM";
    case EACCES:
        return "EACCES";
    case EFAULT:
        return "EFAULT";
    case ENOTDIR:
        return "ENOTDIR";
    case EISDIR:
        return "EISDIR";
    case EINVAL:
        return "EINVAL";
    case EDEADLK:
        return "EDEADLK";
    case ENAMETOOLONG:
        return "ENAMETOOLONG";
    case ENOSYS:
        return "ENOSYS";
    case ELOOP:
        return "ELOOP";
    case EOPNOTSUPP:
        return "EOPNOTSUPP";
    case ETIMEDOUT:
        return "ETIMEDOUT";
    default:
        return strerror(error);
    }
}

static inline long report(const char *text, long result)
{
    if (result == -1 && errno)
        printf("%s: %s\n", text, error_text(errno));
    else
        printf("%s = %ld\n", text, result);
    return result;
}

static inline long report_ok(const char *text, long result)
{
    printf("%s: %s\n", text, result == -1 && errno ? error_text(errno) : "ok");
    return result;
}

/* Addresses that the compiler shall not know. */
static void *volatile g_wild = (void *)8;
static void *volatile g_null = NULL;
#define WILD g_wild
#define NIL  g_null

static inline int64_t now_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline void pause_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

#endif
