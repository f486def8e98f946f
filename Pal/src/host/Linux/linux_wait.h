/* SPDX-License-Identifier: MIT */
/* Sleeping until one of several waitables (pal_host.h) or descriptors may be ready. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_WAIT_H
#define PAL_HOST_LINUX_LINUX_WAIT_H

#include <asm/poll.h>
#include <linux/time_types.h>
#include "pal_host.h"

/* A thread's place in the queue of a waitable. Its members change only under the lock of the waitable. */
struct wait_node {
    struct list_node link;
    struct waitable *waitable;
    struct linux_thread *thread;
    bool notified; /* taken out of the queue by somebody who made the waitable ready */
    bool polling;  /* the thread sleeps in ppoll, else in a futex */
};

/* One wait of the calling thread. */
struct wait {
    struct wait_node *nodes; /* the caller sets their waitables */
    size_t node_count;
    struct pollfd *fds; /* if there are nodes, too, the place behind the last is the thread's own */
    size_t fd_count;
    bool limited;                      /* in time: */
    struct __kernel_timespec deadline; /* without descriptors, of CLOCK_MONOTONIC */
    struct __kernel_timespec left;     /* with descriptors */
};

/* Look at the descriptors without sleeping, and set their revents. Errors: TOOLONG: more than this process may have;
 * NOMEM. */
PAL_MUST_CHECK int linux_wait_poll(struct wait *wait);

/* Enter the queues of all nodes. A waitable that gets ready from here on ends linux_wait_sleep; look at all of them once
 * more before it.
 * timeout_us  as DkObjectsWaitAny has it
 * errors      TOOMANY, NOMEM: a wait for both waitables and descriptors needs a descriptor; the queues were not entered */
PAL_MUST_CHECK int linux_wait_begin(struct wait *wait, uint64_t timeout_us);

/* Sleep until something may be ready: look at all waitables again, and at the revents of all descriptors.
 * errors  TRYAGAIN: the time is over; INTERRUPTED; TOOLONG, NOMEM: as above */
PAL_MUST_CHECK int linux_wait_sleep(struct wait *wait);

/* Leave the queues. For what it was notified of and does not take, others are notified in its place.
 * taken  what the thread has got by this wait; NULL = none of its waitables */
void linux_wait_end(struct wait *wait, const struct waitable *taken);

/* Memory that belongs to the calling thread and serves until it asks again. Error: NULL. */
void *linux_wait_memory(size_t size);

/* Give back what this thread keeps for its waits. For the end of a thread: it must not wait again, nor own a node. */
void linux_wait_forget(void);

#endif
