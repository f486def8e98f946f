/* SPDX-License-Identifier: MIT */
/* Where the loader enters the library OS (pal.h, "Start"), and the notes that it reads before. */

    .section .note.pal, "a", @note
    .balign 4
    .long 4, 8, 1                   /* sizes of name and description; type PAL_ABI_NOTE */
    .asciz "PAL"
    .long 1, 0                      /* PAL_ABI_MAJOR, PAL_ABI_MINOR */
    .long 4, 4, 2                   /* type PAL_LIBOS_NOTE: the executable is not the loader's to map */
    .asciz "PAL"
    .long 1

    .text
    .globl _start
    .hidden _start
    .type _start, @function
_start:
    .cfi_startproc
    .cfi_undefined %rip             /* debuggers look no further */
    xorl %ebp, %ebp
    movq %rsp, %rdi                 /* argc, argv, environment, auxiliary vector */
    andq $-64, %rsp
    subq $1024, %rsp                /* struct regs of the first system call lies here, see boot */
    call boot
    hlt
    .cfi_endproc
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
