/* SPDX-License-Identifier: MIT */
/* Inside room ipc: semaphores of System V, for the calls that operate and those that control. With the table locked. */
#ifndef LIBOS_SRC_IPC_SEM_H
#define LIBOS_SRC_IPC_SEM_H

#include "ipc/sysv.h"

/* NULL = the set has none of this number. */
struct semaphore *sem_at(const struct sem_set *set, uint32_t number);
/* It has another value. */
static inline void sem_changed(struct semaphore *semaphore)
{
    semaphore->zeros += semaphore->value == 0;
}
/* What is to be taken back of this process's operations, made if there is nothing yet. NULL = no memory. */
struct sem_undo *sem_own_undo(struct sem_set *set);
/* What was to be taken back of one semaphore, or (negative) of all, is so no more. */
void sem_forget_undo(struct sem_set *set, int64_t number);
void sem_destroy(struct sysv_table *table, struct sysv_object *object);

#endif
