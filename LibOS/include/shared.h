/* SPDX-License-Identifier: MIT */
/* Memory that all processes of the instance share, at the same addresses in each. It is there from the first fork on; a
 * process that never forks has none. Any process may write anything there: what is read from it is bounded by who reads it. */
#ifndef LIBOS_INCLUDE_SHARED_H
#define LIBOS_INCLUDE_SHARED_H

#include "libos.h"

/* Set the addresses aside, below the heap. */
void shared_init(void);

/* Make it, if it is not there yet. Only one thread at a time. 0 or -E... */
PAL_MUST_CHECK int shared_begin(void);

/* Take memory of any size, zeroed, for good; right after it was made. */
void *shared_place(size_t size);

/* Whether there is any. */
extern bool g_shared;

/* Memory that stays until it is freed, zeroed; NULL = none left. At most SHARED_MAX bytes. A process that dies takes nothing
 * along: what nobody else frees is lost until the instance ends. */
#define SHARED_MAX 65536ul
void *shared_alloc(size_t size);
void shared_free(void *memory, size_t size);

/* Where it is. */
void shared_range(uint64_t *out_start, uint64_t *out_end);
/* Whether a range lies in it. */
bool shared_has(const void *memory, size_t size);

/* Mutual exclusion between processes; zeroed memory is an open lock. Not recursive, and held only for short. One whose owner
 * has died is taken over: what it protects must be in order, or harmless, after each single write. */
struct shared_lock {
    uint32_t owner; /* id of the host's process; 0 = open */
};
void shared_lock(struct shared_lock *lock);
void shared_unlock(struct shared_lock *lock);

/* The id of this process for the host, which other processes may wake it by. */
uint64_t shared_own_id(void);
/* Wake a process by that id (PAL_EVENT_RESUME); false = there is none. */
bool shared_ring(uint64_t host_id);

#endif
