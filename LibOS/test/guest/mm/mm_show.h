// SPDX-License-Identifier: MIT
// What the tests of memory have in common besides show.h: names, and printing addresses, of which only failure can be told.
#ifndef LIBOS_TEST_GUEST_MM_MM_SHOW_H
#define LIBOS_TEST_GUEST_MM_MM_SHOW_H

#include <sys/mman.h>
#include "show.h"

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static inline void *show_pointer(const char *what, void *result)
{
    printf("%s: %s\n", what, result == (void *)-1 ? strerror(errno) : "ok");
    fflush(stdout);
    return result;
}

#endif
