/* SPDX-License-Identifier: MIT */
/* The fuzzer of system calls: what its parts share. A program for the library OS; it refuses to run natively, where its calls
 * could do harm. */
#ifndef LIBOS_TEST_FUZZ_FUZZ_H
#define LIBOS_TEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE         4096ul
#define ARENA_SIZE   (64 * PAGE)   /* memory that calls read and write */
#define YARD_SIZE    (4096 * PAGE) /* addresses that calls may map and unmap */
#define LIBRARY_TOP  0x7ef000000000ul
#define SIGNAL_NUDGE 10 /* SIGUSR1 ends calls that sleep; no call may block or ignore it */

struct argument {
    const char *type, *name;
};

struct call {
    int number;
    bool is_implemented;
    const char *name;
    struct argument arguments[6];
};

/* One thread's state; what it does follows from the seed alone. */
struct fuzz {
    uint64_t random;
    bool wild; /* its own death by a signal is no fault: more is tried */
    int pid, tid;
    volatile long made; /* calls so far */
    const struct call *volatile current;
    volatile long arguments[6];
    unsigned char clean[2048]; /* structures that calls only read */
    size_t clean_used;
};

/* Memory of all threads. The arena lies in the middle of addresses that nothing else uses, so that calls that write more than
 * they should find no memory. */
extern unsigned char *g_arena, *g_yard;
/* The one name among the paths that can be executed. */
extern const char own_program[];
/* Where the program itself lies; the linker knows it. */
extern const char __executable_start[], end[];

uint64_t pick(struct fuzz *fuzz, uint64_t count);
/* A value for an argument of a call, chosen by the argument's name, or else its type. */
unsigned long make_value(struct fuzz *fuzz, const struct call *call, const struct argument *argument);
/* Whether a call would end or replace the fuzzer itself, or stop it from noticing. */
bool is_forbidden(const struct fuzz *fuzz, const struct call *call, const long *arguments);
/* Whether the kernel sends a signal for what an instruction does. */
bool is_fault(long signal);
/* Memory and descriptors as they were in the beginning; what calls have left over goes. */
void world_make(void);
void world_refresh(void);

#endif
