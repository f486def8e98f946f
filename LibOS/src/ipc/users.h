/* SPDX-License-Identifier: MIT */
/* Inside room ipc: which processes use an object, and how often. The list lies in memory that they share, under the
 * object's lock; any of them may have scribbled there, so what is read is bounded. Knows no kind of object. */
#ifndef LIBOS_SRC_IPC_USERS_H
#define LIBOS_SRC_IPC_USERS_H

#include "libos.h"

#define IPC_USERS_MAX 4096u /* processes that are looked at */

struct ipc_user {
    struct ipc_user *next;
    int32_t pid;
    uint32_t count;
};

/* A process uses it once more: 0 or -ENOMEM. */
PAL_MUST_CHECK int ipc_users_add(struct ipc_user **users, int32_t pid);
/* Once less, or (all) no more; false = it was no user. */
bool ipc_users_drop(struct ipc_user **users, int32_t pid, bool all);
/* How often all of them together do. */
uint64_t ipc_users_count(struct ipc_user *const *users);

#endif
