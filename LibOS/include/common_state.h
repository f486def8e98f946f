/* SPDX-License-Identifier: MIT */
/* State of an open file that the processes which have it through a fork have in common: in the heap while there is one, in
 * shared memory from the fork on. Who waits does so in queues of his own process, and is rung when another one has changed
 * the state. Knows no kind of file. */
#ifndef LIBOS_INCLUDE_COMMON_STATE_H
#define LIBOS_INCLUDE_COMMON_STATE_H

#include "fs.h"
#include "task.h"

struct common_shared;

struct common_state {
    void *state; /* behind the lock; where it is changes with a fork */
    size_t size;
    struct lock lock;             /* while one process has it */
    struct common_shared *shared; /* NULL = one process has it */
    struct wait_queue readers, writers;
    struct list_node node; /* of those that are shared */
    uint32_t seen;         /* change up to which the queues have been woken */
};

/* state: memory of the heap, which the file frees after common_end. */
void common_begin(struct common_state *common, void *state, size_t size);
void common_end(struct common_state *common);

/* What the share operation of its file does. 0 or -ENOMEM. */
PAL_MUST_CHECK int common_share(struct file *file, struct common_state *common);

/* The same with what somebody else has shared, which may be nonsense: -EBADMSG. For files that have come from another process. */
PAL_MUST_CHECK int common_join(struct common_state *common, struct file_shared *base);

/* Mutual exclusion of all who have it. */
void common_lock(struct common_state *common);
void common_unlock(struct common_state *common);
/* The same as the second, after a change: wakes a queue here, and both in the processes that have asked. */
void common_changed(struct common_state *common, struct wait_queue *queue);

/* With the lock held: this process wants to hear of the next change that another one makes. For who has put somebody into a
 * queue, before he looks at the state. */
void common_ask(struct common_state *common);
/* The same without the lock, for poll operations. Costs nothing while one process has it. */
static inline void common_hear(struct common_state *common)
{
    if (common->shared) {
        common_lock(common);
        common_ask(common);
        common_unlock(common);
    }
}

/* Another process has rung. And this one has begun as a copy of another: what waits in its sets of epoll is to be told, too. */
void common_rung(void);
void common_forked(void);

#endif
