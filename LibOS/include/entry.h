/* SPDX-License-Identifier: MIT */
/* The way into the library OS and back. What is written in assembly, and may be called or jumped to by other rooms. */
#ifndef LIBOS_INCLUDE_ENTRY_H
#define LIBOS_INCLUDE_ENTRY_H

#include "libos.h"
#include "regs.h"

/* Where patched code jumps to, with the address to return to in %rcx and all other registers as at a `syscall`. */
void entry_syscall(void);
/* The same for a call that came as a fault; thread->trap_site is set. */
void entry_trapped(void);
/* A fault of the program: struct regs at the top of the thread's stack is filled in already; calls fault_deliver(regs)
 * and returns to the program. */
void entry_fault(void);

/* For signal_fault: have the thread go on at entry_fault, with the program's registers in its struct regs. */
void event_enter_fault(PAL_CONTEXT *context);

/* Leave the library OS for the program with all registers as in regs, whatever is on this stack; signals are looked
 * after first. regs must be the calling thread's (thread_regs). */
__attribute__((noreturn)) void entry_return(struct regs *regs);

/* Where struct regs of a thread is while it is inside: at the top of its stack. */
struct thread;
struct regs *thread_regs(struct thread *thread);

/* Blocking calls of the Host ABI, which end with failure INTERRUPTED if thread->attention is not 0, with no window in
 * which that could be overlooked. */
PAL_NUM block_read(PAL_HANDLE handle, PAL_NUM offset, PAL_NUM count, PAL_PTR buffer, PAL_PTR source, PAL_NUM size);
PAL_NUM block_write(PAL_HANDLE handle, PAL_NUM offset, PAL_NUM count, PAL_PTR buffer, PAL_STR destination);
PAL_HANDLE block_wait(PAL_NUM count, PAL_HANDLE *handles, PAL_NUM timeout);
PAL_HANDLE block_accept(PAL_HANDLE handle);
PAL_HANDLE block_open(PAL_STR uri, PAL_FLG access, PAL_FLG share, PAL_FLG create, PAL_FLG options);

/* What system calls of this process are watched for; while there is nothing, that costs one look. */
#define WATCH_COUNT  1u /* --stats */
#define WATCH_LOG    2u /* the log */
#define WATCH_TRACER 4u /* ptrace(2) */
#define WATCH_FILTER 8u /* seccomp(2) */
void entry_watch(uint32_t what, bool on);

/* Set up the thread control block's slots for the calling thread, which is `thread`. */
void entry_set_thread(struct thread *thread);

/***** The start, and the end *****/

/* Called by start.S on the stack of the first thread. words: argc, argv, NULL, environment, NULL, auxiliary vector. */
__attribute__((noreturn)) void boot(uint64_t *words);
/* Read the manifest of this process, again if the process has become that of a checkpoint. */
void boot_read_manifest(void);
/* What remains to be printed at the end of the process (--stats). */
void boot_print_stats(void);

/* The process goes on from a checkpoint: what was mapped again of the stubs that patched code jumps to is made writable where
 * it has to be. */
void stubs_resumed(void);

/* Set handlers of all events. */
void entry_init(void);

/* Save and load the vector state. area: 64-byte aligned memory of the program or of ours.
 * returns  0 or -EFAULT: the memory or its contents are bad */
int xstate_save(void *area, uint64_t features);
int xstate_load(const void *area, uint64_t features);
/* XCR0. */
uint64_t xstate_features(void);

#endif
