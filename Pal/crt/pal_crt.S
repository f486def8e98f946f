/* SPDX-License-Identifier: MIT */
/* Start code of a freestanding program on the Host ABI: runs the initialisers, calls
 * int main(int argc, char **argv, char **envp) and hands its result to the loader. */

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
    movq (%rsp), %r12               /* argc */
    leaq 8(%rsp), %r13              /* argv */
    leaq 16(%rsp,%r12,8), %r14      /* envp */
    movq %rcx, %r15                 /* where to go in the end (pal.h, "Start") */
    leaq __init_array_start(%rip), %rbx
1:  leaq __init_array_end(%rip), %rax
    cmpq %rax, %rbx
    jae 2f
    movl %r12d, %edi
    movq %r13, %rsi
    movq %r14, %rdx
    call *(%rbx)
    addq $8, %rbx
    jmp 1b
2:  movl %r12d, %edi
    movq %r13, %rsi
    movq %r14, %rdx
    call main
    jmp *%r15
    .cfi_endproc
    .size _start, . - _start

    .hidden __init_array_start
    .hidden __init_array_end
    .section .note.GNU-stack, "", @progbits
