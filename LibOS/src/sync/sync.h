/* SPDX-License-Identifier: MIT */
/* Room sync: what a thread that ends leaves behind. */
#ifndef LIBOS_SRC_SYNC_SYNC_H
#define LIBOS_SRC_SYNC_SYNC_H

#include "task.h"

/* Mark the locks in a thread's robust list as left by their owner. */
void futex_walk_robust(const struct thread *thread);
/* Set the word at an address of the program, 0 = none, to 0 and wake one who waits there. */
void futex_clear_tid(uint64_t address);
/* Give the locks with priority inheritance that a thread held, and others wait for, to those. The thread is not in the
 * list of threads any more. */
void futex_pi_owner_dies(int32_t tid);

/* In a new process, where nobody waits. */
void futex_forked(void);

#endif
