/* SPDX-License-Identifier: MIT */
/* What this host keeps for each thread; %gs points here. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_THREAD_H
#define PAL_HOST_LINUX_LINUX_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pal_tcb.h"

struct linux_thread {
    struct pal_thread pal;
    uint32_t wake;      /* futex: what this thread gets by its wait (linux_waitable.h) */
    int wake_fds[2];    /* the pipe by which it is woken when it polls; 0 = not made yet */
    uint32_t wakers;    /* threads that are about to write to it */
    unsigned wait_turn; /* the number of its waits so far */
    void *wait_memory;  /* of wait_size bytes, for waits of many objects */
    size_t wait_size;
    void *move_from;  /* what this thread has sent to itself (PAL_COMMIT_MOVE), and by which channel */
    size_t move_size; /* 0 = nothing */
    uint64_t move_key;
    int tid;
    int kernel_tid; /* cleared by the kernel when the thread has left its stack */
    void *block;    /* the mapping that holds stack, signal stack and this */
    struct linux_thread *next_free;
    void *signal_stack;
    bool in_wish; /* in the program's handler of a wish, where others are blocked */
    void (*start)(void *);
    void *param;
};

/* That of the first thread. */
extern struct linux_thread linux_first_thread;

static inline struct linux_thread *linux_self(void)
{
    return (struct linux_thread *)(void *)pal_self();
}

/* In a copy of a process: the calling thread is the first one (db_threading.c). */
void linux_threads_begin_copy(void);

#endif
