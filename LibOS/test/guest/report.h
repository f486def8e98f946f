/* SPDX-License-Identifier: MIT */
/* For tests of threads, locks and time: calls are printed with what they give, errors by name. Knows no call. */
#ifndef LIBOS_TEST_GUEST_REPORT_H
#define LIBOS_TEST_GUEST_REPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "errors.h"
#include "moments.h"

/* Print a call as it is written, and its result. */
#define R(call) (errno = 0, report(#call, (long)(call)))
/* The same of a result that may differ: only whether it failed. */
#define OK(call) (errno = 0, report_ok(#call, (long)(call)))

static inline long report(const char *text, long result)
{
    if (result == -1 && errno)
        printf("%s: %s\n", text, error_name(errno));
    else
        printf("%s = %ld\n", text, result);
    return result;
}

static inline long report_ok(const char *text, long result)
{
    printf("%s: %s\n", text, result == -1 && errno ? error_name(errno) : "ok");
    return result;
}

/* Addresses that the compiler shall not know. */
static void *volatile g_wild = (void *)8;
static void *volatile g_null = NULL;
#define WILD g_wild
#define NIL  g_null

#endif
