/* SPDX-License-Identifier: MIT */
/* Ranges of memory as they are at one moment, in a sealed memfd: the sizes of all, then their pages, of which those that
 * nobody has touched take no memory. Knows no channel. */
#ifndef PAL_HOST_LINUX_LINUX_BATCH_H
#define PAL_HOST_LINUX_LINUX_BATCH_H

#include "pal_host_api.h"

/* Ranges in one batch at most. */
#define LINUX_BATCH_MAX 65536

/* A batch that is being mapped. */
struct linux_batch {
    int fd;               /* meaningful if next < count */
    uint32_t next, count; /* ranges: the first that is not mapped yet, and all */
    uint64_t offset, end; /* of that range's pages, and of all */
};

/* Copy ranges.
 * returns  the descriptor, the caller's
 * errors   BADADDR: not readable; NOMEM; TOOMANY */
PAL_MUST_CHECK int linux_batch_make(size_t count, const struct pal_range *ranges);

/* Begin to map what somebody has made.
 * fd      taken on success
 * errors  INCONSIST: no sealed memory of so many ranges */
PAL_MUST_CHECK int linux_batch_begin(struct linux_batch *batch, int fd, uint32_t count);

/* Map the next range, of which there must be one.
 * errors  INVAL: it has another size, and stays; INCONSIST: nonsense, the batch is over; NOMEM, DENIED: see mmap(2) */
PAL_MUST_CHECK int linux_batch_map(struct linux_batch *batch, struct pal_range *range);

/* Give the rest up. */
void linux_batch_end(struct linux_batch *batch);

#endif
