/* SPDX-License-Identifier: MIT */
/* int pal_enter(uintptr_t entry, void *stack): enter a program on its own stack, as pal.h says in "Start", and come back
 * with the value that it returns. */
#include "pal_tcb_offsets.h"

    .text
    .globl pal_enter
    .hidden pal_enter
    .type pal_enter, @function
pal_enter:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %gs:PAL_THREAD_ENTRY_STACK
    movq %rdi, %rax
    movq %rsi, %gs:PAL_THREAD_PROGRAM_STACK
    movq %rsi, %rsp
    leaq pal_enter_return(%rip), %rcx
    xorl %ebx, %ebx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %edi, %edi
    xorl %ebp, %ebp
    xorl %r8d, %r8d
    xorl %r9d, %r9d
    xorl %r10d, %r10d
    xorl %r11d, %r11d
    xorl %r12d, %r12d
    xorl %r13d, %r13d
    xorl %r14d, %r14d
    xorl %r15d, %r15d
    jmp *%rax

    .globl pal_enter_return
    .hidden pal_enter_return
pal_enter_return:
    movq %gs:PAL_THREAD_ENTRY_STACK, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size pal_enter, . - pal_enter
    .section .note.GNU-stack, "", @progbits
