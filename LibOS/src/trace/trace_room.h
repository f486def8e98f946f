/* SPDX-License-Identifier: MIT */
/* Room trace: the table of traced threads, in shared memory.
 *
 * A thread that stops writes down there all that its tracer may ask for - registers, vector state, signal - and sleeps. What the
 * tracer changes it takes over when it goes on. Only for its memory it has to be asked, and answers without leaving the stop.
 * Any process may write anything there: what is taken from it is bounded by who takes it. */
#ifndef LIBOS_SRC_TRACE_TRACE_ROOM_H
#define LIBOS_SRC_TRACE_TRACE_ROOM_H

#include "process.h"
#include "shared.h"
#include "trace.h"

#define TRACE_SLOTS  512u
#define VECTORS_ROOM 4096u
#define ASK_SIZE     4096u

/* As struct user_regs_struct. */
struct user_registers {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, number;
    uint64_t rip, cs, efl, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};

enum trace_state { TRACE_RUNS, TRACE_STOPPED, TRACE_ENDED };

/* What is looked through. */
struct trace_slot {
    int32_t tid; /* 0 = free */
    int32_t pid;
    int32_t tracer, tracer_tid; /* process, and thread if it is known; tracer 0 = it has been let go */
    uint32_t state;             /* TRACE_x */
    uint32_t unseen;            /* nobody has waited for it yet */
    uint32_t options;           /* PTRACE_O_x */
    uint32_t seized;
    uint32_t wanted; /* PTRACE_INTERRUPT */
    uint32_t resume; /* PTRACE_x: how it goes on; PTRACE_LISTEN: it does not */
    int32_t signal;  /* with which signal */
    int32_t status;  /* as in wait(2) */
    uint32_t unborn; /* its process makes it, and may not have it among its threads yet */
    uint32_t ends;   /* it is ending with its own status, whatever its process ends with */
};

/* Of trace_detail.changed: what the tracer has changed. */
#define CHANGED_REGS    1u
#define CHANGED_VECTORS 2u
#define CHANGED_INFO    4u
#define CHANGED_MASK    8u

/* Of the third the buffer holds the name of a file, and the address is an offset in it. */
enum trace_ask { ASK_NOTHING, ASK_READ, ASK_WRITE, ASK_TEXT };
#define TEXT_NAME 16

struct trace_detail {
    struct user_registers regs;
    siginfo_t info;
    uint32_t has_info;
    uint32_t call; /* PTRACE_SYSCALL_INFO_x */
    uint64_t message, blocked;
    uint64_t debug[8]; /* registers DR0 to DR7; the sixth without the bits that always are one */
    uint32_t changed;  /* CHANGED_x */
    uint32_t ask;      /* ASK_x: what the tracer wants of the memory; the answer makes it ASK_NOTHING */
    uint64_t address;
    uint32_t size;
    int32_t done;          /* bytes, or -E... */
    uint32_t vectors_size; /* bytes in use */
    _Alignas(64) uint8_t vectors[VECTORS_ROOM];
    uint8_t buffer[ASK_SIZE];
};

/* Apart from the slots: each process that ends looks whether there are any. */
struct trace_head {
    struct shared_lock lock; /* who takes a slot */
    uint32_t end;            /* slots from here on have never been used */
};
extern struct trace_head *g_trace_head;

struct trace_table {
    struct trace_slot slots[TRACE_SLOTS];
    struct trace_detail details[TRACE_SLOTS];
};
extern struct trace_table *g_traces;

static inline struct trace_slot *slot_at(uint32_t number)
{
    return &g_traces->slots[(number - 1) % TRACE_SLOTS];
}

static inline struct trace_detail *detail_at(uint32_t number)
{
    return &g_traces->details[(number - 1) % TRACE_SLOTS];
}

/* How many slots to look through. */
uint32_t trace_end(void);
/* The slot of a thread, from 1; 0 = it is not traced. */
uint32_t trace_find(int32_t tid);
/* Take one; -EPERM: it is traced already, -EAGAIN: there is no room. */
PAL_MUST_CHECK int64_t trace_take(const struct trace_slot *slot);
/* trace_free for who has ended, and whose tracer knows. */
void trace_bury(uint32_t number);
/* Who traces a thread hears of what is new. code: CLD_x. */
void trace_tell(const struct trace_slot *slot, int code);

/***** registers.c *****/

/* in_call: the result is not there yet. */
void registers_show(const struct regs *regs, bool in_call, struct user_registers *out);
void registers_take(struct regs *regs, const struct user_registers *from);

/***** stop.c *****/

/* How a thread stops. */
struct stop {
    int code;              /* status >> 8: a signal, 0x80, an event */
    int signal;            /* with which it goes on if the tracer ends without a word */
    const siginfo_t *info; /* NULL = there is none (a stop of the process) */
    uint64_t message;
    uint32_t call; /* PTRACE_SYSCALL_INFO_x; STOP_EVENT: it may be in the midst of a call, and does not say so */
};
#define STOP_EVENT UINT32_MAX
/* Stop, until the tracer says how to go on. Returns the signal with which, or 0; SIGKILL: the thread is to end. */
int stop_for_tracer(struct regs *regs, const struct stop *stop);
/* The same for a stop that says itself why: its siginfo has nothing but the code. */
int stop_with_code(struct regs *regs, int code, uint64_t message, uint32_t call);
#define TRACE_EVENT(event) (SIGTRAP | (event) << 8)
/* Whether a slot is still that of the calling thread. */
bool slot_is_own(const struct trace_slot *slot);
/* The slot of the calling thread, NULL = nobody traces it any more. */
struct trace_slot *own_slot(void);

#endif
