/* SPDX-License-Identifier: MIT */
/* Checks of the address ranges that the program names. Knows no address map. */
#ifndef PAL_SRC_PAL_MEMORY_H
#define PAL_SRC_PAL_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include "pal.h"
#include "pal_attributes.h"

#define PAL_PROT_FLAGS ((PAL_FLG)(PAL_PROT_READ | PAL_PROT_WRITE | PAL_PROT_EXEC | PAL_PROT_WRITECOPY))

/* The host's granularity of allocation, in bytes. */
size_t pal_alignment(void);

/* Whether the program may have memory at a range; NULL stands for anywhere.
 * errors  INVAL: size 0, or something unaligned; OVERFLOW: the end wraps; DENIED: outside of the user's range */
PAL_MUST_CHECK int pal_check_range(const void *address, uint64_t size);

#endif
