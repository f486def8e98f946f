/* SPDX-License-Identifier: MIT */
/* Memory that all processes of the instance share, at the same addresses in each. It is there from the first fork, or the first
 * file in memory, on; a process that has neither has none. Any process may write anything there: what is read from it is
 * bounded by who reads it. */
#ifndef LIBOS_INCLUDE_SHARED_H
#define LIBOS_INCLUDE_SHARED_H

#include "libos.h"

/* Set the addresses aside, below the heap. */
void shared_init(void);

/* Make it, if it is not there yet. 0 or -E... */
PAL_MUST_CHECK int shared_begin(void);

/* Take memory of any size, zeroed, for good; soon after it was made, for no bounds are checked. */
void *shared_place(size_t size);

/* Whether there is any. */
extern bool g_shared;

/* Memory that stays until it is freed, zeroed; NULL = none left. At most SHARED_MAX bytes. A process that dies takes nothing
 * along: what nobody else frees is lost until the instance ends. */
#define SHARED_MAX (16ul << 20)
void *shared_alloc(size_t size);
void shared_free(void *memory, size_t size);

/* The stream behind it, borrowed, which all processes have: what is in it from *out_start on is tmpfs's (tmpfs/tmpfs_space.c). */
PAL_HANDLE shared_stream(uint64_t *out_start);

/* Bytes of it, and of the stream, from the start that may be something else than zero. */
uint64_t shared_used(void);
/* The process goes on from a checkpoint, in which there was shared memory: make it, with nothing in it. 0 or -E... */
PAL_MUST_CHECK int shared_resumed(void);

/* Where it is. Addresses, and the start of the stream; memory only where it is touched. The host may let it have less than it
 * wants: addresses, or the sizes of files, can be limited. */
#define SHARED_SPAN_MAX (16ul << 30)
#define SHARED_SPAN_MIN (64ul << 20) /* twice what shared_place is asked for */
extern uint64_t g_shared_start, g_shared_span;
void shared_range(uint64_t *out_start, uint64_t *out_end);
/* Whether a range lies in it. */
static inline bool shared_has(const void *memory, size_t size)
{
    const uint64_t offset = (uintptr_t)memory - g_shared_start;
    return g_shared && offset < g_shared_span && size <= g_shared_span - offset;
}

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
