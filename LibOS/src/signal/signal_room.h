/* SPDX-License-Identifier: MIT */
/* Room signal: what its files share. Knows the state of all signals of the process; no other room looks in here. */
#ifndef LIBOS_SRC_SIGNAL_SIGNAL_ROOM_H
#define LIBOS_SRC_SIGNAL_SIGNAL_ROOM_H

#include "signals.h"
#include "task.h"

/* As the program sees it (struct sigaction of the kernel). */
struct signal_action {
    uint64_t handler; /* HANDLER_x or an address */
    uint64_t flags;   /* SA_x */
    uint64_t restorer;
    uint64_t mask;
};

#define HANDLER_DEFAULT 0
#define HANDLER_IGNORE  1

#define SET_SIZE        8 /* bytes of a set of signals */

#define SET_OF(signal)  (1ull << ((signal)-1))
#define SET_STOPPING    (SET_OF(SIGSTOP) | SET_OF(SIGTSTP) | SET_OF(SIGTTIN) | SET_OF(SIGTTOU))
#define SET_HARMLESS    (SET_OF(SIGCHLD) | SET_OF(SIGCONT) | SET_OF(SIGURG) | SET_OF(SIGWINCH))
/* Those that the thread's own instructions raise; they come first. */
#define SET_SYNCHRONOUS                                                                                                \
    (SET_OF(SIGSEGV) | SET_OF(SIGBUS) | SET_OF(SIGILL) | SET_OF(SIGTRAP) | SET_OF(SIGFPE) | SET_OF(SIGSYS))
#define SET_UNBLOCKABLE (SET_OF(SIGKILL) | SET_OF(SIGSTOP))

/* What belongs to a process: this one, or a companion in it. */
struct signal_process {
    struct signal_queue shared;    /* a companion's are all in its thread's queue */
    struct signal_action *actions; /* SIGNAL_LIMIT of them */
    uint32_t stopped;              /* not 0: all threads wait for SIGCONT; atomic */
    bool told;                     /* the parent has been told of it; atomic, written with telling held */
};

/* What a process that lends its thread (vfork) has kept: it is pending and handled there, not in the child. */
struct signals_saved {
    struct signal_action actions[SIGNAL_LIMIT];
    struct signal_queue shared, own;
};

/* Locked by lock, but for what is read and written atomically. */
struct signal_state {
    struct lock lock; /* innermost but for the heap's and arrivals.lock */
    struct signal_process process;
    struct signal_action actions[SIGNAL_LIMIT]; /* its */
    uint32_t queued;                            /* entries of all queues */
    struct lock telling;
    uint64_t from_host; /* signals that came as events of the host; atomic */
    struct list unused; /* entries that were used, to be used again */
    uint32_t unused_count;
    struct wait_queue arrivals;
    void (*timer_taken)(siginfo_t *info);
    struct signals_saved *lender; /* whose thread this is, NULL = the process's own */
};
extern struct signal_state g_signals;

/***** queue.c: with g_signals.lock held *****/

/* returns  0, also if it is pending already, or -EAGAIN */
int queue_add(struct signal_queue *queue, const siginfo_t *info);
/* Take the first signal of a set. 0 = there is none. */
int queue_take(struct signal_queue *queue, uint64_t set, siginfo_t *out);
/* Forget signals of a set. */
void queue_flush(struct signal_queue *queue, uint64_t set);
/* All of a queue is pending in another one, which is empty, and nothing in the first. */
void queue_move(struct signal_queue *from, struct signal_queue *to);

/***** send.c *****/

/* Forget signals of a set wherever they are pending. Takes the locks. */
void flush_everywhere(uint64_t set);
/* What the process has pending and the calling thread does not take any more is brought to the attention of others. */
void retarget(uint64_t set);
/* Send what came from the host. */
void collect_host_signals(void);

/***** mask.c *****/

/* Change the calling thread's mask. */
void set_blocked(uint64_t mask);
static inline uint64_t pending_of(const struct thread *thread)
{
    return __atomic_load_n(&thread->signals.queue.pending, __ATOMIC_SEQ_CST) |
           __atomic_load_n(&thread->signals.process->shared.pending, __ATOMIC_SEQ_CST);
}
/* Read a set of the program; KILL and STOP are not in it. 0, -EINVAL, -EFAULT. */
PAL_MUST_CHECK int read_set(const void *from, size_t size, uint64_t *out);

/***** stack.c *****/

bool is_on_stack(const struct thread_signals *signals, uint64_t rsp);
/* Whether the handler's frame goes to the alternate stack. */
bool stack_is_free(const struct thread_signals *signals, uint64_t rsp);
void stack_save(const struct thread_signals *signals, stack_t *out);
void stack_reset(struct thread_signals *signals);
/* sigaltstack(2) with a stack pointer. 0 or -E... */
PAL_MUST_CHECK int stack_change(struct thread_signals *signals, const stack_t *change, uint64_t rsp);

/***** vectors.c *****/

/* Bytes of the vector state, as XSAVE writes it in the standard format, with FP_XSTATE_MAGIC2 behind it. */
size_t vectors_frame_size(void);
/* Write it at a 64-byte aligned address of the program, and begin anew with the state of a fresh thread. 0 or -EFAULT. */
PAL_MUST_CHECK int vectors_save(uint64_t address);
/* Load it from an address of the program, 0 = begin anew. 0 or -EFAULT, for contents that cannot be loaded, too. */
PAL_MUST_CHECK int vectors_restore(uint64_t address);

/***** frame.c *****/

/* Have regs begin a handler, with the frame of what they are now on the program's stack. mask is what sigreturn goes back
 * to. 0, or -EFAULT: no room for the frame. */
PAL_MUST_CHECK int frame_push(struct regs *regs, const struct signal_action *action, const siginfo_t *info,
                              uint64_t mask);

/* The program is to go on at regs->rip: an address that is never one of the program is a fault of it, which the library OS
 * must not have in its place. */
void check_target(const struct regs *regs);

/***** fault.c *****/

/* One line about a fault that nobody handles, if this is the first process; for the others with loader.log_level = debug. */
void fault_explain(const siginfo_t *info, const struct regs *regs);

#endif
