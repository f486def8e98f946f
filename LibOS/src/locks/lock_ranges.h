/* SPDX-License-Identifier: MIT */
/* Advisory locks on ranges of files: who has which, what is in the way of a new one, and how ranges are cut and joined.
 * Pure: knows no open files, no processes and no waiting.
 *
 * They are an array in no order, without links: it can lie in memory that all processes share, of whom one may die in the
 * middle of a change, and another may write anything there. Nothing that is read leads out of it or round in circles. */
#ifndef LIBOS_SRC_LOCKS_LOCK_RANGES_H
#define LIBOS_SRC_LOCKS_LOCK_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#define LOCK_RANGE_END INT64_MAX /* to the end of the file, wherever that will be */

/* Whose a lock is. Those of whole files (flock) and of ranges (fcntl) do not see each other. */
enum lock_kind {
    LOCK_FREE,       /* no lock: room for one */
    LOCK_OF_PROCESS, /* a range, of a process */
    LOCK_OF_FILE,    /* a range, of an open file */
    LOCK_OF_WHOLE,   /* a whole file, of an open file */
};

struct lock_range {
    uint32_t kind; /* LOCK_x, once it has been looked at */
    uint32_t exclusive;
    uint64_t device, inode; /* the file */
    uint64_t owner;         /* a process's id, or one of an open file that no other has */
    int64_t first, last;    /* bytes, both included */
    uint64_t order; /* owners stand in the order in which they came to the file; in what is wanted it means nothing */
    int32_t pid;    /* who has taken it, for who asks */
};

struct lock_counts {
    uint32_t end;        /* entries from here on are free */
    uint64_t last_order; /* that was given to an owner */
};

struct lock_set {
    struct lock_range *ranges;
    struct lock_counts *counts; /* may lie in shared memory, as ranges */
    uint32_t capacity;          /* may not */
};

/* Entries that are to be looked at. */
static inline uint32_t lock_set_end(const struct lock_set *set)
{
    const uint32_t end = __atomic_load_n(&set->counts->end, __ATOMIC_RELAXED);
    return end < set->capacity ? end : set->capacity;
}

bool lock_same_file(const struct lock_range *a, const struct lock_range *b);
bool lock_same_owner(const struct lock_range *a, const struct lock_range *b);
/* Whether one cannot be had while another one's owner has that; both are of the same kind of lock, or they could. */
bool lock_excludes(const struct lock_range *has, const struct lock_range *wanted);

/* The first lock that excludes `wanted`: of the owner that came first, the lowest. NULL = none. */
const struct lock_range *lock_conflict(const struct lock_set *set, const struct lock_range *wanted);

/* Whether there is room for what lock_change can need. Giving up all of a file needs none. */
#define LOCK_ROOM 2
bool lock_has_room(const struct lock_set *set);

/* Give an owner the range `wanted`, in place of what it had of it; or take it away. There is no conflict, and room.
 * returns  whether others can have more than before */
bool lock_change(const struct lock_set *set, const struct lock_range *wanted, bool release);

/* How many locks an owner has, on whatever files; take them away; and take away one. lock_forget returns whether there were any. */
uint32_t lock_count(const struct lock_set *set, const struct lock_range *owner);
bool lock_forget(const struct lock_set *set, const struct lock_range *owner);
void lock_drop(const struct lock_set *set, uint32_t index);

#endif
