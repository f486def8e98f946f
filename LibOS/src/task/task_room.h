/* SPDX-License-Identifier: MIT */
/* Room task: what its files share. */
#ifndef LIBOS_SRC_TASK_TASK_ROOM_H
#define LIBOS_SRC_TASK_TASK_ROOM_H

#include "task.h"

#define STREAM_LIMIT        64 /* of thread_sleep_streams */
#define TIMER_SLACK_DEFAULT 50000

/* Add a thread to those of the process. False = they are being ended. */
PAL_MUST_CHECK bool thread_link(struct thread *thread);
/* Take it out; the reference of the list is the caller's then. Returns how many are left. */
uint32_t thread_unlink(struct thread *thread);
/* The calling thread is no thread of the program any more; its structure may go. */
void thread_adopt_nobody(void);

/* Who the process is on the host: AT_UID and its kin. */
void identity_init(void);
/* Limits that the manifest sets. */
void limits_init(void);

/* A nice value as near as there is one, and whether a thread may be given it. */
int nice_clamp(int nice);
bool nice_is_allowed(const struct thread *thread, int nice);

#endif
