/* SPDX-License-Identifier: MIT */
/* Inside room ipc: sleeping until another process has changed something in shared memory. An object's bell knows which
 * processes have somebody who sleeps; in each there is one queue for all objects, and who wakes looks for itself. */
#ifndef LIBOS_SRC_IPC_BELL_H
#define LIBOS_SRC_IPC_BELL_H

#include "shared.h"
#include "task.h"

#define BELL_PROCESSES 7u

/* In shared memory, under the object's lock; zeroed memory is a bell. */
struct bell {
    uint32_t count; /* more than BELL_PROCESSES = all that there are */
    int32_t pids[BELL_PROCESSES];
};

/* This process wants to hear of the next change. */
void bell_ask(struct bell *bell);
/* With the lock held: take those who have asked; then, without it: wake them, and this process's own sleepers. */
void bell_take(struct bell *bell, struct bell *out);
void bell_ring(const struct bell *taken);
/* What a process has taken and did not come to ring; of another one nobody knows what that was. */
void bell_process_ends(int32_t pid);

/* Sleep, with the lock held before and after, until the bell rings; what else happens may end it, too.
 * returns  0, -EAGAIN: the time is over, -EINTR */
PAL_MUST_CHECK int bell_sleep(struct shared_lock *lock, struct bell *bell, int64_t deadline_ns);

/* Where sleepers of this process are: for files that poll. Who is told to wait there asks the bell as well. */
struct wait_queue *bell_queue(void);

/* Another process has rung. */
void bell_rung(void);

void bell_begin(void);
void bell_forked(void);

#endif
