/* SPDX-License-Identifier: MIT */
/* void pal_invoke(handler, struct pal_event *event, PAL_NUM arg, PAL_CONTEXT *context): call a handler so that
 * pal_invoke_return(event), from anywhere below it, comes back from here. */
#include "pal_tcb_offsets.h"

    .text
    .globl pal_invoke
    .hidden pal_invoke
    .type pal_invoke, @function
pal_invoke:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    movq %rsp, PAL_EVENT_RESUME_STACK(%rsi)
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    call *%rax
1:  addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size pal_invoke, . - pal_invoke

    .globl pal_invoke_return
    .hidden pal_invoke_return
    .type pal_invoke_return, @function
pal_invoke_return:
    movq PAL_EVENT_RESUME_STACK(%rdi), %rsp
    jmp 1b
    .size pal_invoke_return, . - pal_invoke_return
    .section .note.GNU-stack, "", @progbits
