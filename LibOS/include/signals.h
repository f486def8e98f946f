/* SPDX-License-Identifier: MIT */
/* Signals: sending, and delivery on the way back to the program. Knows the registers of a thread, but neither files nor
 * what makes other rooms sleep. */
#ifndef LIBOS_INCLUDE_SIGNALS_H
#define LIBOS_INCLUDE_SIGNALS_H

#include <asm/siginfo.h>
#include <asm/signal.h>
#include "libos.h"
#include "regs.h"

#define SIGNAL_LIMIT 65 /* signals are 1 to 64 */

static inline uint64_t signal_bit(int signal)
{
    return 1ull << (signal - 1);
}

/* Signals that wait to be taken. */
struct signal_queue {
    uint64_t pending;    /* bits; may be read without a lock */
    struct list entries; /* struct signal_entry, as they were sent; a bit without one has lost its siginfo */
};

/* The last fault of a thread, as its signal frames show it. */
struct signal_fault {
    uint64_t event, address; /* of the Host ABI */
    uint64_t trapno, err, cr2;
    uint32_t x87_errors, sse_errors;       /* exceptions that are flagged and not masked */
    uint64_t retried_rip, retried_address; /* of a fault for which there was no reason, and which was tried again */
};

/* Part of struct thread. Locked by the lock of room signal, except what only the thread itself uses. */
struct thread_signals {
    struct signal_process *process; /* whose dispositions and stops are its own */
    uint64_t blocked;               /* only the thread itself changes it; others may read it */
    uint64_t waiting_for;           /* sigtimedwait: the set it waits for; as blocked */
    uint64_t saved_blocked;         /* mask to go back to after sigsuspend and its kin */
    bool restore_blocked;           /* saved_blocked counts */
    struct signal_queue queue;
    uint64_t stack_base, stack_size; /* alternate stack; size 0 = none */
    uint32_t stack_flags;
    struct signal_fault fault;
};

struct thread;
struct wait_queue;
struct signal_process;

void signals_init(void);
/* A new thread has its creator's mask and nothing else; creator NULL = the first one. */
void thread_signals_init(struct thread *thread, const struct thread *creator);
/* The same for a companion, which has a copy of its creator's dispositions, or with is_shared those themselves. 0 or -ENOMEM. And
 * free what that has taken. */
PAL_MUST_CHECK int companion_signals_init(struct thread *thread, bool is_shared);
void companion_signals_free(struct thread *thread);
/* The calling thread is about to end. Call without locks, while it is still in the list of threads. */
void thread_signals_end(struct thread *thread);
/* In a new process, which has one thread: nothing is pending, nothing stopped. */
void signals_forked(void);
/* All handlers become the default (CLONE_CLEAR_SIGHAND). */
void signals_default(void);
/* The thread is lent to a child (vfork), in which nothing is pending: keep the dispositions and what is pending. NULL = no
 * memory. And have them again: what is pending in the child goes with it. */
struct signals_saved *signals_save(void);
void signals_restore(struct signals_saved *saved);
/* execve: handlers become the default; the mask and what is pending stay. Only one thread is left. */
void signals_exec(void);

/* Send to a thread, or to whichever thread of this process takes it; a companion is none of these. info is copied; its
 * si_signo is the signal. One of a timer (SI_TIMER) that is still queued is not queued again but counts in its
 * si_overrun. From any thread, with no lock held but those that come before g_process.lock.
 * returns  0, or -EAGAIN: too many queued real-time signals */
int signal_send_thread(struct thread *thread, const siginfo_t *info);
int signal_send_process(const siginfo_t *info);
/* The same for what is the process's own, as its timers: while its thread is lent (vfork) the child does not get it. */
int signal_send_holder(const siginfo_t *info);
/* That to a thread that uses a processor now, if there is one: each in its turn. From a thread that is none of the program's. */
void signal_send_running(const siginfo_t *info);
/* A fault of the calling thread: cannot be blocked or ignored. */
void signal_force(const siginfo_t *info);
/* A signal from the host, SI_USER of process 0. May be called from an event handler. */
void signal_host_event(int signal);

/* Fill in an info of a signal that the library OS itself sends (SI_KERNEL or code). */
void signal_info(siginfo_t *out, int signal, int code);
/* SIGPIPE and its like: what a thread gets for a call of its own. */
void signal_send_self(int signal);

/* For room trace: take what has come from outside; whether the process has stopped; change the calling thread's mask; and see
 * to it that the program does not go on where the library OS would have the fault. */
void signal_collect(void);
bool signal_process_is_stopped(void);
void signal_set_blocked(uint64_t mask);
void signal_check_target(const struct regs *regs);
/* The calling thread's vector state, as XSAVE writes it in the standard format, into 64-byte aligned memory; returns its size, with
 * XCR0 where debuggers look for it. And load it. */
size_t vectors_show(uint8_t *area, size_t room);
PAL_MUST_CHECK int vectors_take(const uint8_t *area);

/* Whether the calling thread has a signal that it does not block. */
bool signal_is_pending(void);
/* The calling thread's sleep has ended with -EINTR: whether that is to end its call. Attention that was for a signal which
 * somebody else has taken meanwhile is put away, so that the thread can sleep again. */
bool signal_interrupts(void);

/* Whether the program has said that it does not want to know (SIG_IGN), which some calls ask for. */
bool signal_is_ignored(int signal);
/* Flags (SA_x) of a signal's disposition. */
uint64_t signal_flags(int signal);

/* Take a signal of a set, of the calling thread or of the process: fills info. 0 = there is none. */
int signal_take(uint64_t set, siginfo_t *out);
/* Signals of a set that the calling thread could take. */
uint64_t signal_pending_in(uint64_t set);
/* Woken whenever a signal was sent (signalfd). */
struct wait_queue *signal_arrivals(void);

/* Called when a timer's signal is taken, to make its si_overrun what it is by now (timer_getoverrun(2)); no lock is
 * held. One function or NULL. */
void signal_on_timer_taken(void (*taken)(siginfo_t *info));

/* What /proc/PID/status tells. */
struct signal_status {
    uint64_t pending, shared, blocked, ignored, caught;
    uint32_t queued;
};
void signal_get_status(const struct thread *thread, struct signal_status *out);

/* Wait with another mask (ppoll and its kin): from now on, and until the system call has ended, including the choice of the
 * handler that then runs. set is an address of the program, size that of the set; NULL = nothing changes.
 * returns  0, -EFAULT, -EINVAL */
PAL_MUST_CHECK int signal_mask_for_call(const void *set, size_t size);

/* Called by room entry before the program goes on, when attention has ATTENTION_SIGNAL or ATTENTION_STOP, or a mask is to be
 * restored, or a result is -ERESTART...: sets up handlers, ends or stops the process. regs become those to go on with. */
void signal_deliver(struct regs *regs);

/* A fault of the program, from an event handler: change context so that the program goes on in the library OS, which
 * then sends the signal (fault_deliver). */
void signal_fault(PAL_NUM event, PAL_NUM address, PAL_CONTEXT *context);
/* The second half, on the thread's own stack (entry_fault): regs are those of the fault. */
void fault_deliver(struct regs *regs);

/* From any event handler with a context: learn from the host how large the vector state is, which the processor tells
 * only slowly. */
void signal_learn_vectors(const PAL_CONTEXT *context);

#endif
