/* SPDX-License-Identifier: MIT */
/* Places in assembly and in the linked file, and the functions of syscall.S that are no C functions. Knows no use of
 * them. */
#ifndef PAL_HOST_LINUX_LINUX_SYMBOLS_H
#define PAL_HOST_LINUX_LINUX_SYMBOLS_H

#include "linux_signal.h"

struct linux_thread;

/* syscall.S: where system call instructions are; the window in which a wish must not be slept through, where the sleep has
 * ended, and where to go from there to sleep on. */
extern const char linux_syscall_start[], linux_syscall_end[];
extern const char linux_blocking_test[], linux_blocking_sleep[], linux_blocking_interrupted[];
extern const char linux_blocking_slept[], linux_blocking_again[];

/* Where signal handlers return to; not to be called. */
void linux_sigreturn(void);

/* Set this thread's signal mask and its stack for signals (linux_signal_set.S).
 * vectors  linux_vector_features() */
void linux_signal_set(uint64_t mask, const stack_t *stack, uint64_t vectors);

/* signal_entry.S: signal handlers; they call linux_on_fault and linux_on_wish. */
void linux_fault_entry(int signal, siginfo_t *info, struct ucontext *context);
void linux_wish_entry(int signal, siginfo_t *info, struct ucontext *context);

/* Start a thread on the stack that ends where its control block begins; it runs linux_thread_run(thread).
 * returns  what clone(2) does; child_tid gets the thread's id, and 0 when it has ended */
long linux_clone_thread(unsigned long flags, struct linux_thread *thread, int *child_tid);

/* Where a new thread begins (db_threading.c). */
__attribute__((noreturn)) void linux_thread_run(struct linux_thread *thread);

/* Where a new process begins, on a stack whose first word is the one to go to (linux_child_entry.S); not to be called. */
void linux_child_entry(void);

/* The linker's name for where the loader's own file is mapped. */
extern const char __ehdr_start[];

#endif
