/* SPDX-License-Identifier: MIT */
/* The table of system calls, as made from syscalls.tbl, and who reads it. */
#ifndef LIBOS_SRC_ENTRY_DISPATCH_H
#define LIBOS_SRC_ENTRY_DISPATCH_H

#include "libos.h"
#include "regs.h"

#define SYSCALL_LIMIT 480

/* Types of arguments, for the trace. */
enum argument_type {
    TYPE_NONE,
    TYPE_FD,
    TYPE_DIRFD,
    TYPE_INT,
    TYPE_UINT,
    TYPE_HEX,
    TYPE_LONG,
    TYPE_ULONG,
    TYPE_OFF,
    TYPE_SIZE,
    TYPE_ADDR,
    TYPE_PATH,
    TYPE_IN,
    TYPE_OUT,
    TYPE_PTR,
    TYPE_MODE,
    TYPE_OFLAGS,
    TYPE_PROT,
    TYPE_MAPFLAGS,
    TYPE_SIG,
    TYPE_PID,
};

struct syscall_entry {
    const char *name; /* NULL = Linux has none of this number */
    int64_t (*call)(const struct regs *regs);
    uint8_t count;
    uint8_t types[6];
};
extern const struct syscall_entry g_syscalls[SYSCALL_LIMIT];

/* Make the system call that regs ask for, and what is to be done before the program goes on. Called by entry.S. */
void dispatch(struct regs *regs);

/* The same for a call that came as a fault: it may be patched first. */
void dispatch_trapped(struct regs *regs);

/* What a thread with attention set has to do before it goes on in the program. Called by entry.S. */
void attend(struct regs *regs);

/* The result of a sleeping call of entry.S that did not sleep. */
PAL_NUM block_interrupted(void);

/* Only if the log level is trace: a line for a call; before it (trace_enter) what it was given. */
void trace_enter(const struct regs *regs);
void trace_leave(const struct regs *regs, int64_t result);

/* Calls that came through patched code, and as faults, for --stats. */
struct entry_counts {
    uint64_t patched, trapped;
};
extern struct entry_counts g_entry_counts;

#endif
