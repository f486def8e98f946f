/* SPDX-License-Identifier: MIT */
/* Waitables (pal_host.h): making them ready, taking them, and the queues of those who wait. Knows of handles only that
 * they are held. */
#ifndef PAL_HOST_LINUX_LINUX_WAITABLE_H
#define PAL_HOST_LINUX_LINUX_WAITABLE_H

#include "pal_host.h"

/* Make it what a new handle has.
 * consumed  each waiter takes one of the count */
void linux_waitable_init(struct waitable *waitable, uint32_t count, uint32_t maximum, bool consumed);

/* Add to the count, and let the first in the queue have it.
 * holder    the handle that the waitable is part of; the caller need not hold it
 * saturate  stop at the maximum
 * errors    OVERFLOW: beyond the maximum, nothing is changed; BADHANDLE: closed meanwhile */
PAL_MUST_CHECK int linux_raise(PAL_HANDLE holder, struct waitable *waitable, uint32_t count, bool saturate);

/* Make the count 0; the rest as above. */
PAL_MUST_CHECK int linux_clear(PAL_HANDLE holder, struct waitable *waitable);

/* Take it if it is ready; the caller holds it. */
bool linux_take(struct waitable *waitable);

/* The same for one that the caller need not hold; may miss what is ready while others are in the queue. */
bool linux_take_unheld(struct waitable *waitable);

/* What thread->wake is as long as a thread in a queue gets nothing, and when it wants nothing any more. */
#define WAKE_NOT_YET 0
#define WAKE_GONE    UINT32_MAX

/* A thread's place in a queue; the lock of the waitable protects it. */
struct wait_node {
    struct list_node link;
    struct waitable *waitable;
    PAL_HANDLE holder;
    struct linux_thread *thread;
    uint32_t number; /* what thread->wake becomes if it gets this one */
    bool queued;
    bool polling; /* the thread sleeps until its descriptor is readable, else in a futex */
};

/* Get in line for a waitable, or take it at once if it is ready. All members but link and queued have been set. */
void linux_enter(struct wait_node *node);

/* Leave the queue, also if the thread got this one: whoever handed it over has let go of the node when this returns. */
void linux_leave(struct wait_node *node);

#endif
