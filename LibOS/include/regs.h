/* SPDX-License-Identifier: MIT */
/* The registers with which the program made a system call, saved at the entry of the library OS. */
#ifndef LIBOS_INCLUDE_REGS_H
#define LIBOS_INCLUDE_REGS_H

#include <stddef.h>
#include <stdint.h>
#include "pal.h"

/* In the order of PAL_CONTEXT, of which this is the beginning. */
struct regs {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    uint64_t efl;
    uint64_t number;  /* of the system call, or NO_CALL */
    uint64_t changed; /* not 0: all registers are to be loaded from here, not only the result */
};

/* None is being made, so nothing is to be started again. */
#define NO_CALL UINT64_MAX

_Static_assert(offsetof(struct regs, efl) == offsetof(PAL_CONTEXT, efl), "the same order");

#endif
