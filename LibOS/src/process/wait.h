/* SPDX-License-Identifier: MIT */
/* Waiting for children: who sleeps, and where. */
#ifndef LIBOS_SRC_PROCESS_WAIT_H
#define LIBOS_SRC_PROCESS_WAIT_H

#include "task.h"

/* Woken when something may have happened to a child. */
extern struct wait_queue g_children_queue;
/* The same, fit to be waited in if there was never a child. */
struct wait_queue *children_queue(void);

#endif
