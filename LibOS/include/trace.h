/* SPDX-License-Identifier: MIT */
/* ptrace(2): what other rooms tell a thread's tracer of, and ask. Who is not traced pays for it with a look at one word where
 * signals are delivered, and at one that is looked at anyway where system calls begin. */
#ifndef LIBOS_INCLUDE_TRACE_H
#define LIBOS_INCLUDE_TRACE_H

#include <asm/siginfo.h>
#include "libos.h"
#include "regs.h"

struct thread;

#define WATCHES 4u

/* A place that the tracer watches. */
struct trace_watch {
    uint64_t address, value;
    uint32_t size;
    bool executes; /* until it is executed, not until it changes */
};

/* Part of struct thread. Only the thread itself changes it, but for the members that say who does. */
struct thread_trace {
    uint32_t slot;     /* of the table, from 1; 0 = it is not traced. Others make it traced, with g_process.lock held */
    int32_t tid;       /* under which it is there */
    uint32_t resumed;  /* PTRACE_x: how it was told to go on */
    bool stopped;      /* it is in a stop, serves its tracer, and takes no signals; atomic */
    bool stop_due;     /* the process has stopped, which the tracer is to see; others set it; atomic */
    bool steps;        /* one instruction, then SIGTRAP */
    uint32_t watching; /* bits of the watches that count: it goes on step by step, for one may have something to tell */
    struct trace_watch watches[WATCHES];
};

/* Make the table, when there are to be several processes. */
void trace_begin(void);

/* Another process has rung: somebody may trace a thread of this process now, want it to stop, or have it go on. */
void trace_rung(void);

/***** In a traced thread. All of these are harmless in others, but do not call them there without need *****/

/* Whether the tracer wants a stop that ends a call which sleeps. */
bool tracee_is_wanted(const struct thread *thread);
/* Before signals are looked after: stops that are due. stop_signal: that with which the process has stopped, 0 = it has not. */
void tracee_look(struct regs *regs, int stop_signal);
/* A signal is about to be delivered. Returns which one is instead, 0 = none, and changes info to it. */
int tracee_signal(struct regs *regs, siginfo_t *info);
/* A handler has been set up. */
void tracee_handler(struct regs *regs);
/* The thread goes back to the program: after one instruction it comes back if that is wanted. */
void tracee_return(struct regs *regs);
/* Whether a trap after an instruction may be a step; it is one: false = nobody waits for it, true = its siginfo says why. */
static inline bool tracee_may_step(const struct thread_trace *trace)
{
    return trace->steps || trace->watching != 0;
}
bool tracee_steps(struct regs *regs, siginfo_t *info);

/* Around a system call. The first returns false if the call is not to be made; the tracer may have changed everything. */
bool tracee_before_call(struct regs *regs);
void tracee_after_call(struct regs *regs);
/* A filter wants the tracer to decide (SECCOMP_RET_TRACE). False = the call is not to be made; the result is in regs. */
bool tracee_filtered(struct regs *regs, uint32_t data);

/* execve has loaded another program. former: the thread's id before. */
void tracee_executed(int32_t former);
/* The calling thread ends, with a status as in wait(2); its process may go on. The first may stop (PTRACE_EVENT_EXIT). */
void tracee_exits(int status);
void tracee_ends(int status);
/* A process has ended: those that it traced are let go, and who traces it is told. */
void trace_process_ended(int32_t pid, int status);
/* Whether tracers have to wait for it, or threads of it, before its parent hears of the end (process_tell_end). */
bool trace_awaits(int32_t pid);
/* A slot is nobody's any more. */
void trace_free(uint32_t slot);

/* Copy from or to this process's own memory as a debugger does: also what the program may not write. Bytes or -EFAULT. */
int64_t tracee_copy(uint64_t address, void *buffer, size_t size, bool write);

/***** New threads and processes *****/

/* What a tracer wants to know of a child that is about to be made. */
struct trace_birth {
    int event;     /* PTRACE_EVENT_x; 0 = nothing */
    uint32_t slot; /* the child's, from 1; 0 = it is not traced */
};
/* flags: as of clone(2); is_thread: it is a thread of this process. */
void trace_birth_begin(struct trace_birth *out, uint64_t flags, uint32_t exit_signal, int32_t child);
/* It could not be made. thread: who was born already, or NULL. */
void trace_birth_fails(const struct trace_birth *birth, const struct thread *thread);
/* In the parent, which stops if that was wanted; and after the end of a vfork. */
void trace_birth_end(const struct trace_birth *birth, int32_t child);
void trace_vfork_done(int32_t child);
/* The child is this thread, which does not run yet, or the only one of a process that begins as a copy. */
void trace_born(struct thread *thread, const struct trace_birth *birth);
/* This process begins as a copy of another; or it is another one from now on (vfork). */
void trace_forked(void);
void trace_become(void);

/***** In a tracer *****/

/* What has happened to a thread that this process traces, for wait(2). */
struct trace_news {
    int32_t tid, pid;
    int status;
    uint32_t uid;
};
/* Who is meant: returns whether. */
struct trace_wish {
    int32_t tid, group; /* 0 = any */
    bool own_only;      /* those of the calling thread */
    bool ends, keep;    /* ends are wanted; the news stay */
};
/* Returns 1 with news, 0 = there is none yet, -ECHILD = nobody is traced whom this means. */
int tracer_wait(const struct trace_wish *wish, struct trace_news *out);
/* Whether there are any that are not children, whose ends nobody else tells of; and look after these. */
bool tracer_has_strangers(void);
void tracer_look_after(void);

/* Copy from or to the memory of a process, a thread of which the caller traces and which has stopped; part of it if not all is
 * there. Returns bytes, -EFAULT, -ESRCH = it is not so. */
int64_t tracer_transfer(int32_t pid, uint64_t address, void *buffer, size_t size, bool write);

/* The same for a file of text of the process's own /proc, from an offset on; 0 = there is no more. */
int64_t tracer_read_text(int32_t pid, const char *name, uint64_t offset, void *buffer, size_t size);

/* For /proc: the id of who traces a thread, 0 = nobody; and whether it has stopped for it. */
int32_t trace_get_tracer(int32_t tid, bool *out_stopped);
/* Whose a traced thread is, 0 = there is none. */
int32_t trace_get_process(int32_t tid);

#endif
