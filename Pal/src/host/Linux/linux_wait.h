/* SPDX-License-Identifier: MIT */
/* Sleeping until one of several waitables or descriptors is ready. Knows no queue but to be in it, and no handle. */
#ifndef PAL_HOST_LINUX_LINUX_WAIT_H
#define PAL_HOST_LINUX_LINUX_WAIT_H

#include <asm/poll.h>
#include "linux_waitable.h"

/* What the calling thread waits for; all of it is held. */
struct wait {
    struct wait_node *nodes; /* waitable and holder are set */
    size_t node_count;
    struct pollfd *fds; /* if there are nodes, too, the place behind the last one is needed */
    size_t fd_count;
};

/* Look at the descriptors without sleeping, and set their revents.
 * errors  TOOLONG: more of them than this process may have open; NOMEM */
PAL_MUST_CHECK int linux_poll(struct wait *wait);

/* Sleep until one waitable was taken or descriptors are ready.
 * timeout_us  as DkObjectsWaitAny has it
 * out         the taken one's holder; NULL if there is none, but revents of descriptors
 * errors      TRYAGAIN: the time is over; INTERRUPTED; TOOLONG, NOMEM: as above; TOOMANY: a wait for both sorts needs a
 *             descriptor */
PAL_MUST_CHECK int linux_wait(struct wait *wait, uint64_t timeout_us, PAL_HANDLE *out);

/* Memory that belongs to the calling thread and serves until it asks again. Error: NULL. */
void *linux_wait_memory(size_t size);

/* In a copy of a process: what wakes a thread is its own. */
void linux_wait_begin_copy(void);
/* A handle has nobody who waits for it, or uses it. */
void linux_forget_waiters(PAL_HANDLE handle);

/* Give back what the calling thread keeps for its waits. For its end. */
void linux_wait_forget(void);

#endif
