/* SPDX-License-Identifier: MIT */
/* seccomp(2): which system calls a thread may make, as it has said itself. For who has not, nothing of this happens. */
#ifndef LIBOS_INCLUDE_FILTER_H
#define LIBOS_INCLUDE_FILTER_H

#include "libos.h"
#include "regs.h"

struct filter; /* immutable; each has a reference to the one that was there before it */

/* Part of struct thread. The thread changes it, and others of its process do (SECCOMP_FILTER_FLAG_TSYNC), with g_process.lock. */
struct thread_filter {
    struct filter *newest; /* with a reference */
    uint32_t mode;         /* SECCOMP_MODE_x; atomic, written after newest */
    bool no_new_privs;
};

/* A new thread, or one that may have to go back, gets what another one has; and it is given up. */
void filters_copy(struct thread_filter *to, const struct thread_filter *from);
void filters_drop(struct thread_filter *filters);
/* How many there are. */
unsigned filters_count(const struct thread_filter *filters);
/* The calling thread, the only one, has changed its own otherwise. */
void filters_changed(void);

/* For PR_SET_SECCOMP: mode SECCOMP_MODE_x; program: struct sock_fprog. 0 or -E... */
int64_t filter_set(unsigned long mode, const void *program);

/* The calling thread, which has a mode, wants to make a system call. False = it is not to be made; the result is in regs. May
 * end the thread. */
bool filter_before_call(struct regs *regs);

#endif
