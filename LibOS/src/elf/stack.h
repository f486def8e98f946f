/* SPDX-License-Identifier: MIT */
/* Room elf, inside: the first stack of a program. */
#ifndef LIBOS_SRC_ELF_STACK_H
#define LIBOS_SRC_ELF_STACK_H

#include "image.h"

/* What a program is started with; strings of our own memory. */
struct start {
    const char *name;        /* AT_EXECFN */
    const char *const *argv; /* NULL-terminated */
    const char *const *envp;
    uint64_t argc, envc;
    size_t string_size; /* of argv and envp with their NULs */
};

/* Count; -E2BIG if arguments and environment are more than a program may be given. */
PAL_MUST_CHECK int start_measure(struct start *start);

/* Map a stack and put everything there. Fills in g_program's stack members.
 * returns  the stack pointer, or -E... */
int64_t stack_make(const struct start *start, const struct image *program, const struct image *interpreter,
                   uint64_t vdso);

#endif
