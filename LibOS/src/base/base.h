/* SPDX-License-Identifier: MIT */
/* Room base: what the boot must set up before the others can use it. */
#ifndef LIBOS_SRC_BASE_BASE_H
#define LIBOS_SRC_BASE_BASE_H

#include "libos.h"

/* Addresses of the heap, most of which are not in use. */
#define HEAP_SPAN (64ul << 30)

/* Begin the heap below an address; g_guest_end is set to where it starts. */
void heap_init(uint64_t end);
/* The part of the heap that is memory. */
void heap_range(uint64_t *out_start, uint64_t *out_end);

/* Set the failure that the calling thread's last call had. */
void failure_set(uint32_t code);

#endif
