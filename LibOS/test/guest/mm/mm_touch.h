// SPDX-License-Identifier: MIT
// Touching memory that may not be there: faults come back as what they are. A test says touch_begin() first.
#ifndef LIBOS_TEST_GUEST_MM_MM_TOUCH_H
#define LIBOS_TEST_GUEST_MM_MM_TOUCH_H

#include <setjmp.h>
#include <signal.h>
#include "mm_show.h"

static sigjmp_buf g_back;

static void caught(int number)
{
    siglongjmp(g_back, number);
}

/* flags are those of sigaction(2) */
static inline void touch_begin(int flags)
{
    const struct sigaction action = {.sa_handler = caught, .sa_flags = flags};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* What touching memory gives: its byte, or a signal. */
static inline const char *touch(volatile char *at, int write)
{
    static char text[20];
    const int number = sigsetjmp(g_back, 1);
    if (number)
        return number == SIGBUS ? "SIGBUS" : "SIGSEGV";
    if (write)
        *at = 1;
    snprintf(text, sizeof(text), "%d", *at);
    return text;
}

#endif
