/* SPDX-License-Identifier: MIT */
/* What clone, fork and vfork ask of room process. */
#ifndef LIBOS_SRC_TASK_CLONE_REQUEST_H
#define LIBOS_SRC_TASK_CLONE_REQUEST_H

#include "libos.h"

/* What clone and clone3 are given. Addresses are the program's. */
struct clone_request {
    uint64_t flags;       /* CLONE_x */
    uint32_t exit_signal; /* 0 = none */
    uint64_t stack;       /* top, 0 = the creator's */
    uint64_t tls;         /* base of %fs, with CLONE_SETTLS */
    void *parent_tid, *child_tid, *pidfd;
};

/* Make a process. The request has been checked. Returns its id, or -E... */
int64_t process_create(const struct clone_request *request);

#endif
