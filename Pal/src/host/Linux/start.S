/* SPDX-License-Identifier: MIT */
/* Where the kernel enters the loader: the stack that it built becomes the argument of linux_start. */

    .text
    .globl _start
    .hidden _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    movq %rsp, %rdi
    leaq _DYNAMIC(%rip), %rsi
    leaq __ehdr_start(%rip), %rdx
    andq $-16, %rsp
    call linux_start
    ud2
    .size _start, . - _start

    .hidden _DYNAMIC
    .hidden __ehdr_start
    .section .note.GNU-stack, "", @progbits
