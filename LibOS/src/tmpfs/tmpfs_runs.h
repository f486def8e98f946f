/* SPDX-License-Identifier: MIT */
/* Large contents of one file of tmpfs: runs of the shared stream, one after the other. */
#ifndef LIBOS_SRC_TMPFS_TMPFS_RUNS_H
#define LIBOS_SRC_TMPFS_TMPFS_RUNS_H

#include "tmpfs_space.h"

/* Each is as long as all before it, so there are enough for a file of any size. */
#define TMP_RUNS_MAX 48u

/* In shared memory. */
struct tmp_runs {
    uint64_t count, total; /* bytes that they cover */
    uint64_t dirty;        /* beyond, all bytes are zero */
    struct tmp_run run[TMP_RUNS_MAX];
};

/* What is mapped where; as for DkStreamMap, but in bytes of the file. */
struct tmp_mapping {
    uint64_t address, size, offset;
    PAL_FLG prot;
};

/* With the lock of the contents held. Have runs for the first `end` bytes; made if there are none. Of what is new, the first
 * `file_size` bytes of the file are zero. 0 or -ENOSPC. */
PAL_MUST_CHECK int tmp_runs_cover(struct tmp_runs **runs, uint64_t end, uint64_t file_size);
/* Of what is covered, write zeros where they are not known to be. 0 or -E... */
PAL_MUST_CHECK int tmp_runs_zero(struct tmp_runs *runs, uint64_t from, uint64_t to);
/* Give back the runs that lie beyond a size. */
void tmp_runs_drop(struct tmp_runs *runs, uint64_t size);
void tmp_runs_free(struct tmp_runs *runs);

/* With or without the lock, while no run is given back; buffers may be wild. What is not covered reads as zeros and cannot be
 * written. Return bytes or -E... */
int64_t tmp_runs_read(const struct tmp_runs *runs, void *buffer, uint64_t count, uint64_t position);
int64_t tmp_runs_write(const struct tmp_runs *runs, const void *buffer, uint64_t count, uint64_t position);
/* Map what is covered. 0 or -E... */
PAL_MUST_CHECK int tmp_runs_map(const struct tmp_runs *runs, const struct tmp_mapping *mapping);

#endif
