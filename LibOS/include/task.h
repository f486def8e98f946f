/* SPDX-License-Identifier: MIT */
/* Tasks: the threads of this process, sleeping and waking, ends. What other rooms keep for each thread is embedded here. */
#ifndef LIBOS_INCLUDE_TASK_H
#define LIBOS_INCLUDE_TASK_H

#include <linux/capability.h>
#include "filter.h"
#include "libos.h"
#include "regs.h"
#include "signals.h"
#include "trace.h"

/* Why a thread must look around before it sleeps or returns to the program; bits of thread->attention. */
#define ATTENTION_SIGNAL 1u  /* a signal that it does not block is pending */
#define ATTENTION_EXIT   2u  /* it has to end: the process ends or is replaced */
#define ATTENTION_STOP   4u  /* it has to stop until SIGCONT */
#define ATTENTION_FREEZE 8u  /* it has to stand still for a fork, or say what it has used: freeze_park */
#define ATTENTION_GONE   16u /* it is a thread of the process of which this one is a copy */

#define AFFINITY_WORDS   16 /* 1024 processors */

/* How a thread is scheduled: kept and told. Fork and clone hand it on. */
struct task_traits {
    int32_t policy, priority, nice; /* SCHED_x */
    int32_t io_priority;
    uint32_t reset_on_fork;
    uint64_t affinity[AFFINITY_WORDS]; /* processors it asked for; all zero = any */
};

/* A limit of resources, as struct rlimit64; there are RLIM_NLIMITS. */
#define LIMIT_COUNT 16
struct limit {
    uint64_t soft, hard;
};

/* What room task keeps for a thread. Changed by the thread itself, and by others with g_process.lock held. */
struct thread_private {
    int64_t sleep_until_ns; /* see sleep_deadline */
    uint64_t sleep_call[3];
    uint64_t timer_slack_ns;
    struct task_traits traits;
    uint32_t memory_policy; /* MPOL_x */
    bool memory_node;       /* node 0 is in its set */
    uint32_t secure_bits;
    uint32_t death_signal;
};

struct thread {
    uint64_t stack;     /* top of its library OS stack, where entry_syscall starts; assembly knows these five */
    uint64_t guest_rsp; /* scratch of entry_syscall */
    uint32_t attention; /* ATTENTION_x, set by anybody */
    uint32_t failure;   /* PAL_ERROR_x of the last failure on this thread, 0 = none */
    uint64_t trap_site; /* address of the `syscall` that trapped, 0 = came through patched code */
    uint64_t guest_gs;  /* base of %gs while the program runs, 0 = the library OS's, which the program does not use */

    struct regs *regs;      /* of the system call that it is in; valid whenever C code of the library OS runs */
    PAL_HANDLE handle;      /* of the host's thread */
    PAL_HANDLE wake;        /* synchronization event: thread_wake */
    struct list_node peers; /* in g_process.threads */
    int32_t tid;
    uint32_t references;  /* thread_get, thread_put; the list has one */
    uint64_t clear_tid;   /* address to be zeroed and woken at its end, 0 = none */
    uint64_t robust_list; /* see set_robust_list(2) */
    char name[16];        /* comm */
    struct thread_signals signals;
    uint64_t cpu_start_ns; /* for CLOCK_THREAD_CPUTIME_ID: when it began */
    void *futex_waiter;    /* room sync */
    uint32_t last_call;    /* for reports */
    uint32_t wake_state;   /* thread.c */
    bool rests;            /* thread_rests */
    bool is_companion;     /* a process of its own in this one's memory (process/companion.c); its tid is its pid */
    uint64_t frozen_round; /* process/freeze.c */
    bool time_asked;       /* so is this: somebody wants to know cpu_ns */
    int64_t cpu_ns;        /* processor time of the thread when it was asked last */
    struct thread_private task; /* room task's own */
    struct thread_trace trace;  /* room trace's own */
    struct thread_filter filters;
};

/* Who waits on an object: one entry in its queue for each. */
struct waiter {
    struct list_node node;
    struct thread *thread;
    uint32_t fired; /* set before the wake-up; who leaves without having used it passes it on */
    /* If not NULL, called with the queue's lock held instead of a wake-up (epoll). */
    void (*notify)(struct waiter *waiter);
};

/* Zeroed memory is not valid: wait_queue_init. */
struct wait_queue {
    struct lock lock;
    struct list waiters;
};

#define FIRST_PID 2 /* of the first process of an instance */
/* See capabilities(7): a bit for each. Those of all threads here. */
struct capability_sets {
    uint64_t permitted, effective, inheritable, bounding, ambient;
};

#define GROUP_LIMIT 64 /* supplementary groups that are kept; Linux has 65536 */

struct process {
    struct lock lock; /* of all members that change; taken before signals' lock, never while another room's is held */
    int32_t pid, ppid, pgid, sid;
    struct list threads;
    uint32_t thread_count; /* all that run here */
    uint32_t companions;   /* those of them that are no threads of the process (struct thread) */
    bool is_seen;          /* by other processes (process/table.h), since the first fork */
    uint32_t uid, euid, suid, fsuid, gid, egid, sgid, fsgid;
    struct capability_sets capabilities;
    uint32_t groups[GROUP_LIMIT];
    uint32_t group_count;
    uint32_t exiting;        /* 1 = exit_group has begun */
    struct thread *survivor; /* which ends all others, or NULL; no thread is made then */
    struct wait_queue ended; /* woken when a thread has ended while there is a survivor */
    int32_t exit_status;     /* of the first thread, if it has ended alone */
    bool dumpable, subreaper, no_huge_pages;
    uint32_t personality;
    uint64_t start_ns; /* monotonic */
};
extern struct process g_process;

/* The calling thread. */
static inline struct thread *self(void)
{
    struct thread *thread;
    __asm__("movq %%gs:16, %0" : "=r"(thread));
    return thread;
}

/* The process that a thread, or the calling one, belongs to: this one, unless it is a companion. */
static inline int32_t thread_pid(const struct thread *thread)
{
    return thread->is_companion ? thread->tid : g_process.pid;
}
static inline int32_t own_pid(void)
{
    return thread_pid(self());
}

/* Make the calling host thread, which entered the program, the first thread. stack: top of its library OS stack. */
void thread_adopt_first(uint64_t stack);

/* Make the calling host thread, which is not the program's, able to call everything here (timers). It has no id, nobody
 * finds it, and it gets no signals. */
void thread_adopt_helper(struct thread *thread);
/* The calling thread is about to end, and its structure may go. */
void thread_adopt_nobody(void);

/* Identity from the host, limits from the manifest; ends the process with one line if a key is wrong. */
void task_init(void);
/* Whether the process may do what this capability (CAP_x) is for. */
bool identity_has(unsigned capability);

/* What uname(2) says, but for the personality's part in it. */
struct new_utsname;
void system_name(struct new_utsname *out);
enum system_name { SYSTEM_HOST, SYSTEM_DOMAIN, SYSTEM_NAMES };
void system_set_name(enum system_name which, const char *name, size_t len);
/* A random number in the form of RFC 4122; and the one of the instance, made when it is asked for first. 0 or -E... */
#define UUID_SIZE 16
PAL_MUST_CHECK int uuid_make(uint8_t bytes[UUID_SIZE]);
PAL_MUST_CHECK int system_boot_id(uint8_t out[UUID_SIZE]);
/* The first fork is about to happen: all processes are to have them in common. 0 or -ENOMEM. */
PAL_MUST_CHECK int system_share(void);

/* What setrlimit(2) says: the soft limit of RLIMIT_x, UINT64_MAX = none. */
uint64_t limit_get(unsigned resource);
uint64_t limit_get_hard(unsigned resource);
/* The soft limit of RLIMIT_CPU becomes this if there still is one. */
void limit_raise_cpu(uint64_t seconds);
/* How many threads this process may have: RLIMIT_NPROC, or for root, whom that does not bind, what the manifest says. */
uint64_t limit_threads(void);
/* All of them: as they are, and as they are to be from now on. */
void limits_read(struct limit out[LIMIT_COUNT]);
void limits_write(const struct limit limits[LIMIT_COUNT]);

/* What others get who are made by who has these. */
struct task_traits traits_inherited(const struct task_traits *from);
/* The processor on which the calling thread runs, as it is told: the host's answer, or if it has asked for others one of these. */
uint32_t affinity_tell(uint32_t processor);
/* Do what other processes want of this one's traits and limits (process.h). */
void task_take_imposed(void);

/* Find a thread of this process, or a companion; the caller puts it back. NULL = none. */
struct thread *thread_find(int32_t tid);
void thread_get(struct thread *thread);
void thread_put(struct thread *thread);

/* Whether the calling thread, in a call that takes long, should give what it has and look after something else: also what has come
 * from other processes and nobody has looked at yet. */
static inline bool thread_is_wanted(void)
{
    return __atomic_load_n(&self()->attention, __ATOMIC_RELAXED) != 0;
}

/* Set bits of a thread's attention, and if there are new ones bring it out of its sleep or out of the program. */
void thread_attend(struct thread *thread, uint32_t bits);

/* Sleep until thread_wake, which is latched if it comes before, until the time is over, or until attention is due.
 * It may also return 0 without a reason: look whether what was waited for is there, and sleep again.
 * timeout_us  NO_TIMEOUT = for ever
 * returns     0, -ETIMEDOUT, -EINTR */
PAL_MUST_CHECK int thread_sleep(uint64_t timeout_us);
void thread_wake(struct thread *thread);

/* Whether a thread sleeps so at the moment, or in a host call of its own. */
bool thread_sleeps(const struct thread *thread);

/* Around a call of the host that can sleep by itself, which only thread_state and other processes are told. */
void thread_show_rest(const struct thread *thread, bool rests);
static inline void thread_rests(bool rests)
{
    __atomic_store_n(&self()->rests, rests, __ATOMIC_RELAXED);
    if (g_process.is_seen)
        thread_show_rest(self(), rests);
}

/* What /proc says that a thread of this process does: 'S', it sleeps, 't', it has stopped for its tracer, or 'R'. */
char thread_state(const struct thread *thread);

/* For who sleeps in a host call of its own, with thread->wake among what that waits for (poll): get ready to sleep; false =
 * there is nothing to sleep for, look again. And after the call; true = thread_wake was called. */
bool thread_lie_down(struct thread *thread);
bool thread_get_up(struct thread *thread);

/* Wake several threads, most of them after a lock has been released: the one who wakes and the one who has been woken
 * shall not meet at it. Collect with the lock held, wake without it. */
#define WAKE_BATCH 16
struct wake_batch {
    uint32_t count;
    struct thread *threads[WAKE_BATCH];
};
void wake_collect(struct wake_batch *batch, struct thread *thread);
void wake_all(struct wake_batch *batch);

/* When a sleep of so many nanoseconds that begins now shall end, monotonic. If it is the system call that was interrupted
 * last and is made again without a handler having run: when it was to end then. Ask once in a call. A call that ends
 * with -ERESTARTNOHAND keeps the time before with sleep_keep; a handler that runs lets it go with sleep_forget. */
int64_t sleep_deadline(int64_t relative_ns);
void sleep_keep(int64_t deadline_ns);
static inline void sleep_forget(struct thread *thread)
{
    thread->task.sleep_until_ns = 0;
}

/* The same until one of several host streams is ready, too: *out_ready is its index, or count for a wake-up. At most
 * 64 streams. */
PAL_MUST_CHECK int thread_sleep_streams(PAL_HANDLE *handles, size_t count, uint64_t timeout_us, size_t *out_ready);

/* Stand still if a fork asks for it, or tell who asks the thread's processor time. Called without locks where a thread looks after
 * what is due. */
void freeze_park(void);
/* Have another thread of this process write down its cpu_ns. No lock held. False = it does not come to that soon. */
bool thread_ask_time(struct thread *thread);

/* End all threads but the calling one, for execve, while their memory is still there; it has the process's id afterwards.
 * returns  0, or -EINTR: another thread ends this one */
PAL_MUST_CHECK int process_end_others(void);
/* End the process; status as in wait(2). All threads end with it. */
__attribute__((noreturn)) void process_exit(int status);
/* End the calling thread; the last one ends the process. */
__attribute__((noreturn)) void thread_exit(int status);
/* A new id for a thread or process, unique in the instance. */
int32_t pid_allocate(void);

/***** Waiting for objects of the library OS *****/

void wait_queue_init(struct wait_queue *queue);
/* Enqueue the calling thread; check the condition after this, then thread_sleep, and so on until it holds, then remove.
 * waiter->notify is the caller's to set before. */
void wait_queue_add(struct wait_queue *queue, struct waiter *waiter);
void wait_queue_remove(struct wait_queue *queue, struct waiter *waiter);
/* Wake all of them, or count of them, in turn. Cheap if nobody waits. */
void wait_queue_wake(struct wait_queue *queue);
void wait_queue_wake_some(struct wait_queue *queue, uint32_t count);

#endif
