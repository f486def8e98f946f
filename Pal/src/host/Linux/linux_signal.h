/* SPDX-License-Identifier: MIT */
/* The kernel's signals: their layouts, and what each thread needs to take them. Knows no event of the PAL. */
#ifndef PAL_HOST_LINUX_LINUX_SIGNAL_H
#define PAL_HOST_LINUX_LINUX_SIGNAL_H

#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/ucontext.h>
#include <stddef.h>
#include <stdint.h>

struct linux_sigaction {
    void (*handler)(int signal, siginfo_t *info, struct ucontext *context);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

#define LINUX_IGNORE ((void (*)(int, siginfo_t *, struct ucontext *))(uintptr_t)1) /* SIG_IGN */

/* Interrupts a thread's blocking call; harmless to those who do not expect it. */
#define LINUX_SIGNAL_RESUME SIGURG

/* The set of signals that are wishes of others: events that come at any time. One of them keeps the rest away until its handler
 * has returned: who sends them faster than they are taken would have their frames pile up on the signal stack. */
#define LINUX_SIGNAL_BIT(signal) (UINT64_C(1) << ((signal)-1))
#define LINUX_WISHES                                                                                                   \
    (LINUX_SIGNAL_BIT(SIGTERM) | LINUX_SIGNAL_BIT(SIGINT) | LINUX_SIGNAL_BIT(SIGTSTP) | LINUX_SIGNAL_BIT(SIGQUIT) |    \
     LINUX_SIGNAL_BIT(SIGWINCH) | LINUX_SIGNAL_BIT(SIGHUP) | LINUX_SIGNAL_BIT(SIGUSR1) | LINUX_SIGNAL_BIT(SIGUSR2) |   \
     LINUX_SIGNAL_BIT(SIGCONT) | LINUX_SIGNAL_BIT(LINUX_SIGNAL_RESUME))

/* The exit code of who is ended by a signal, less its number: as shells have it. */
#define LINUX_EXIT_SIGNAL 128

/* What signals do (db_exception.c). gs_base is where %gs pointed when the signal came, and will point again. */
void linux_on_fault(int signal, siginfo_t *info, struct ucontext *context, uint64_t *gs_base);
void linux_on_wish(int signal, siginfo_t *info, struct ucontext *context, uint64_t *gs_base);

/* Bytes of a thread's signal stack: several nested frames of the largest size. */
size_t linux_signal_stack_size(void);

/* Have this thread take signals on a stack of linux_signal_stack_size() bytes, none of which it blocks from now on but what
 * the first process did, and have system calls of the program arrive as signals. Returns what the kernel does. */
int linux_signal_enter_thread(void *stack);
/* The same for that of the first process, which is not confined yet, and blocks what it did. */
int linux_signal_enter_first(void *stack);

/* Have this thread block these signals, beside those that it always does, and those of the handler that it may be in. */
void linux_signal_block(uint64_t signals);

/* Have system calls of the program arrive as signals on this thread. Returns what the kernel does. */
int linux_signal_dispatch(void);

/* Take LINUX_SIGNAL_RESUME from now on. */
void linux_watch_resume(void);

#endif
