/* SPDX-License-Identifier: MIT */
/* What a small program of the host needs instead of a C library, whose start takes longer than all that the program does:
 * its own start, system calls, texts of errors. Knows no program. */
#ifndef LIBOS_TOOLS_BARE_H
#define LIBOS_TOOLS_BARE_H

#include <asm/unistd.h>
#include <stdbool.h>
#include <stddef.h>

/* The program, which bare.c calls. Returns its exit code. */
int bare_main(int argc, char **argv, char **envp);

/* A system call; what is left out of its arguments is 0. Returns its result or -errno. */
#define BARE(name, ...) bare_call(__NR_##name, (const long[5]){__VA_ARGS__})
long bare_call(long number, const long arguments[5]);

__attribute__((noreturn)) void bare_exit(int code);

/* The value of an environment variable; NULL = there is none. */
const char *bare_environment(char **envp, const char *name);

/* What went wrong: a negative result of a system call in words. */
const char *bare_error_text(long result);

/* Text on its way to a descriptor. */
struct bare_output {
    int fd;
    bool has_failed;
    size_t used;
    char text[4096];
};
void bare_put(struct bare_output *output, const char *text, size_t len);
/* Send what is left. Returns whether all of it went out. */
bool bare_flush(struct bare_output *output);

#endif
