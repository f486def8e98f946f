/* SPDX-License-Identifier: MIT */
/* Where tmpfs has large contents: runs of the stream that all processes share. */
#ifndef LIBOS_SRC_TMPFS_TMPFS_SPACE_H
#define LIBOS_SRC_TMPFS_TMPFS_SPACE_H

#include "libos.h"

/* Bytes in a row of the stream, a multiple of pages. */
struct tmp_run {
    uint64_t start, size;
    uint64_t used; /* bytes from its start that may be something else than zero */
};

/* Make what all processes share of it; after shared_begin, before the first fork. 0 or -ENOMEM. */
PAL_MUST_CHECK int tmp_space_begin(void);
/* Take a run of this size. 0 or -ENOSPC. */
PAL_MUST_CHECK int tmp_run_take(uint64_t size, struct tmp_run *out);
/* Give one back, which nobody reads, writes or has mapped. */
void tmp_run_give(const struct tmp_run *run);

/* The part of the stream that is in use; empty if there is none. */
void tmp_space_used(uint64_t *out_start, uint64_t *out_end);
/* The stream is another one, with the same contents and another length. 0 or -E... */
PAL_MUST_CHECK int tmp_space_resumed(void);

/* The stream. */
PAL_HANDLE tmp_space_stream(void);

#endif
