/* SPDX-License-Identifier: MIT */
/* Room task: what its files share. */
#ifndef LIBOS_TASK_TASK_ROOM_H
#define LIBOS_TASK_TASK_ROOM_H

#include "task.h"


#define STREAM_LIMIT        64 /* of thread_sleep_streams */
#define TIMER_SLACK_DEFAULT 50000

/* Add a thread to those of the process. False = they are being ended. */
PAL_MUST_CHECK bool thread_link(struct thread *thread);
/* Take it out; the reference of the list is the caller's then. Returns how many are left. */
uint32_t thread_unlink(struct thread *thread);
/* The calling thread is no thread of the program any more; its structure may go. */
void thread_adopt_nobody(void);

#endif
