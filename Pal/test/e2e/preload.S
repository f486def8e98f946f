/* SPDX-License-Identifier: MIT */
/* Start code of a shared object that is preloaded: without initialisers, which linkers delimit for executables only. */

    .section .note.pal, "a", @note
    .balign 4
    .long 4, 8, 1                   /* sizes of name and description, type PAL_ABI_NOTE */
    .asciz "PAL"
    .long 1, 0                      /* PAL_ABI_MAJOR, PAL_ABI_MINOR */

    .text
    .globl _start
    .hidden _start
    .type _start, @function
_start:
    .cfi_startproc
    .cfi_undefined %rip             /* debuggers look no further */
    xorl %ebp, %ebp
    movq %rcx, %r15                 /* where to go in the end (pal.h, "Start") */
    movl (%rsp), %edi               /* argc */
    leaq 8(%rsp), %rsi              /* argv */
    call main
    jmp *%r15
    .cfi_endproc
    .size _start, . - _start
    .hidden main
    .section .note.GNU-stack, "", @progbits
