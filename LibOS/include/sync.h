/* SPDX-License-Identifier: MIT */
/* Room sync: futexes, as far as the ends and the beginnings of threads and processes matter to them. */
#ifndef LIBOS_INCLUDE_SYNC_H
#define LIBOS_INCLUDE_SYNC_H

#include "task.h"

/* Mark the locks in a thread's robust list as left by their owner; it has no list afterwards. */
void futex_walk_robust(struct thread *thread);
/* Whether there seems to be a lock in it. */
bool futex_holds_robust(const struct thread *thread);
/* Set the word at an address of the program, 0 = none, to 0 and wake one who waits there. */
void futex_clear_tid(uint64_t address);
/* Give the locks with priority inheritance that a thread held, and others wait for, to those. The thread is not in the
 * list of threads any more. */
void futex_pi_owner_dies(int32_t tid);

/* In a new process, where nobody waits. */
void futex_forked(void);

/***** Waiters that other processes may wake *****/

/* Make the table, when there are to be several processes; those who wait already are put there. 0 or -ENOMEM. */
PAL_MUST_CHECK int far_begin(void);
/* Another process has rung: wake those threads of this one that it has chosen. */
void far_take(void);
/* This process is a new one; or it ends. */
void far_forget(void);

#endif
