/* SPDX-License-Identifier: MIT */
/* What the pools of stubs have for `cpuid`: a copy of this, with the results behind it (stubs.c). It lies in memory of the
 * program and is code of the program: signals and faults find it as they would find the instruction.
 *
 * The address to go on at is in %rdx, which the result takes, as it does %rbx. All else is as at a `cpuid`, flags and what is
 * below the stack pointer included. */
    .section .rodata
    .globl cpuid_code, cpuid_code_end
    .hidden cpuid_code, cpuid_code_end
cpuid_code:
    leaq -128(%rsp), %rsp
    pushq %rdx
    pushfq
    cmpl $4, %eax                   /* of caches, the same on all processors */
    jne 1f
    cmpl cpuid_code + 4096(%rip), %ecx
    jae 1f
    movl %ecx, %ebx
    shlq $4, %rbx
    leaq cpuid_code + 4096 + 16(%rip), %rdx
    addq %rdx, %rbx
    movl (%rbx), %eax
    movl 8(%rbx), %ecx
    movl 12(%rbx), %edx
    movl 4(%rbx), %ebx
    popfq
    ret $128
1:  cpuid
    popfq
    ret $128
cpuid_code_end:
    .section .note.GNU-stack, "", @progbits
