/* SPDX-License-Identifier: MIT */
/* Programs: loading an ELF file and its interpreter, the first stack, scripts. */
#ifndef LIBOS_INCLUDE_EXEC_H
#define LIBOS_INCLUDE_EXEC_H

#include "libos.h"
#include "regs.h"

/* What the running program was started with, for /proc. */
struct program {
    char *path; /* absolute */
    uint64_t stack_top;
    uint64_t args_start, args_end; /* strings of argv on the stack */
    uint64_t env_start, env_end;
    uint64_t auxv_start, auxv_end;
    uint64_t code_start, code_end, data_start, data_end, entry;
};
extern struct program g_program;
/* Where the strings of argv end: behind args_end if the program has put a longer title there, into the environment. */
uint64_t program_args_end(void);

/* Load a program for the first time or in place of another: all of the old one is unmapped before the first step that
 * cannot be undone. argv and envp are NULL-terminated, of our own memory.
 * regs     become those with which the program starts
 * returns  0, or -E... with the old program untouched; past the point of no return the process dies */
PAL_MUST_CHECK int program_load(const char *path, const char *const *argv, const char *const *envp, struct regs *regs);

/* End the start with the one line that says what is wrong with a program. */
__attribute__((noreturn)) void program_explain(const char *path, int error);

/* What the host's auxiliary vector says. */
struct host_facts {
    uint64_t hwcap, hwcap2, clock_ticks, min_signal_stack, uid, euid, gid, egid;
};
extern struct host_facts g_host_facts;

/* vDSO: its image mapped for the program; returns its address, 0 = none. */
uint64_t vdso_map(void);
/* The process goes on from a checkpoint: the host's clock is elsewhere. */
void vdso_resumed(uint64_t address);

/* Patch the `syscall` at an address, which has just trapped on the calling thread, if that is worth it and can be done
 * safely. */
void patch_site(uint64_t site);
struct file_attr;
/* The code of a program's interpreter has been mapped: change what is known to be worth it, before it runs. */
void patch_interpreter(const struct file_attr *file, uint64_t start, uint64_t end);
/* A process is about to be made, which may execute another program with the same interpreter. */
void patch_learn(void);
/* Where a system call is made again that is to return to this address: the `syscall`, or what took its place. */
uint64_t patch_restart_address(uint64_t return_address);
/* Executable memory is unmapped or replaced: what was learnt of its sites is forgotten. */
void patch_forget(uint64_t start, uint64_t end);
/* Code moves to another address (mremap): make it again what the file says. */
void patch_restore(uint64_t start, uint64_t end);

/* While a process is traced the code that it runs is what its files say: no `syscall` is a jump any more, nor becomes one; or go
 * on as before. */
void patch_suspend(bool suspended);

struct file;
/* Tell debuggers, through the loader's list of objects, that code of a file has been mapped; or is gone. */
void debug_code_mapped(uint64_t start, struct file *file, uint64_t offset);
void debug_code_gone(uint64_t start, uint64_t end);

/* Manifest values (memory of the text, see manifest.h), after the boot has read it. NULL = not set. */
struct manifest;
extern const struct manifest *g_manifest;

/* Randomise addresses: sys.aslr, default true. */
extern bool g_aslr;

#endif
