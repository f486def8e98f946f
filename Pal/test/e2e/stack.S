/* SPDX-License-Identifier: MIT */
/* Guest without an ABI call: looks at the registers and the stack on which a program is entered, and returns
 * 100 + argc, or what is wrong: 1 the stack's alignment, 2 argc, 3 %rdx (a function to call in the end; there is
 * none), 4 the direction flag, 5 the end of the environment. */

    .text
    .globl _start
    .type _start, @function
_start:
    movl $1, %eax
    testq $15, %rsp
    jnz 9f
    movl $2, %eax
    movq (%rsp), %rdi
    cmpq $1, %rdi
    jb 9f
    cmpq $0, 8(%rsp,%rdi,8)         /* argv[argc] */
    jne 9f
    cmpq $0, (%rsp,%rdi,8)          /* argv[argc - 1] */
    je 9f
    movl $3, %eax
    testq %rdx, %rdx
    jnz 9f
    movl $4, %eax
    pushfq
    popq %rsi
    testl $0x400, %esi
    jnz 9f
    leaq 16(%rsp,%rdi,8), %rsi      /* envp */
1:  cmpq $0, (%rsi)
    leaq 8(%rsi), %rsi
    jne 1b
    movl $5, %eax
    cmpq $3, (%rsi)                 /* AT_PHDR comes first */
    jne 9f
    leal 100(%rdi), %eax
9:  jmp *%rcx
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
