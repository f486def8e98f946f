// SPDX-License-Identifier: MIT
// What the tests of memory print besides show.h: addresses, of which only failure can be told.
#ifndef LIBOS_TEST_MM_SHOW_H
#define LIBOS_TEST_MM_SHOW_H

#include "show.h"

static inline void *show_pointer(const char *what, void *result)
{
    printf("%s: %s\n", what, result == (void *)-1 ? strerror(errno) : "ok");
    fflush(stdout);
    return result;
}

#endif
