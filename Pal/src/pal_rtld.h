/* SPDX-License-Identifier: MIT */
/* The list of loaded objects in the form in which debuggers read it. Knows no debugger in particular.
 * source: System V ABI, as <link.h> declares it. */
#ifndef PAL_SRC_PAL_RTLD_H
#define PAL_SRC_PAL_RTLD_H

#include <stdint.h>

struct link_map {
    uintptr_t l_addr; /* load bias */
    const char *l_name;
    const void *l_ld; /* dynamic section in memory */
    struct link_map *l_next, *l_prev;
};

struct r_debug {
    int r_version;
    struct link_map *r_map;
    uintptr_t r_brk; /* a function that is called when the list has changed */
    int r_state;     /* 0 consistent, 1 adding, 2 deleting */
    uintptr_t r_ldbase;
};

/* What a debugger finds through DT_DEBUG of the loader. */
extern struct r_debug pal_r_debug;

/* Append the loader or an object to the list, and tell the host. Call pal_rtld_publish after the last one. */
void pal_rtld_add(struct link_map *map);

/* The object that an address lies in, and how far from its load bias; NULL = in none that was loaded. */
const char *pal_rtld_find(uintptr_t address, uintptr_t *out_offset);

/* Let debuggers look at the list. */
void pal_rtld_publish(void);

#endif
