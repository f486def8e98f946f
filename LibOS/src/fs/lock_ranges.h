/* SPDX-License-Identifier: MIT */
/* Advisory locks on ranges of one file: who has which, what is in the way of a new one, and how ranges are cut and joined.
 * Pure: knows no files, no processes and no waiting; whoever decides about the locks of a file can use it. */
#ifndef LIBOS_SRC_FS_LOCK_RANGES_H
#define LIBOS_SRC_FS_LOCK_RANGES_H

#include <stdbool.h>
#include <stdint.h>
#include "list.h"

#define LOCK_RANGE_END INT64_MAX /* to the end of the file, wherever that will be */

/* Who holds a lock: a process, or an open file. */
struct lock_owner {
    uint64_t id; /* unique among owners of its kind */
    bool is_file;
    int32_t pid; /* what F_GETLK tells; -1 for open files */
};

struct lock_range {
    struct list_node node;
    struct lock_owner owner;
    bool exclusive;
    int64_t first, last; /* bytes, both included */
};

static inline bool lock_same_owner(const struct lock_owner *a, const struct lock_owner *b)
{
    return a->id == b->id && a->is_file == b->is_file;
}

/* The first lock of another owner that keeps `wanted` from being had; NULL = none. */
const struct lock_range *lock_conflict(struct list *locks, const struct lock_range *wanted);

/* Memory that lock_change needs at most, in ranges. */
#define LOCK_SPARES 2

/* Give an owner the range `wanted`, in place of what it had of it; or take it away. There is no conflict.
 * spares   at least LOCK_SPARES ranges to use; those that are left, or become free, are there afterwards
 * returns  whether others can have more than before */
bool lock_change(struct list *locks, const struct lock_range *wanted, bool release, struct list *spares);

#endif
