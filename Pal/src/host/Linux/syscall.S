/* SPDX-License-Identifier: MIT */
/* The only system call instructions of the PAL, in a section of its own that the host kernel can be told of. */
#include "pal_tcb_offsets.h"

#define EINTR 4

    .hidden linux_thread_run

/* From a C call's registers to a system call's. */
.macro SYSCALL_ARGUMENTS
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    movq 8(%rsp), %r9
.endm

.macro GLOBAL name
    .globl \name
    .hidden \name
.endm

    .section .text.syscall, "ax", @progbits
    GLOBAL linux_syscall_start
    .balign 32
linux_syscall_start:

/* long linux_syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6) */
    GLOBAL linux_syscall
    .type linux_syscall, @function
linux_syscall:
    SYSCALL_ARGUMENTS
    syscall
    ret
    .size linux_syscall, . - linux_syscall

/* The same for calls that may sleep: returns -EINTR if an event is pending for the thread before it sleeps. A signal
 * that makes one pending between the test and the instruction finds the thread in [linux_blocking_test,
 * linux_blocking_sleep] and sends it to linux_blocking_interrupted; so none is slept through. One that is nothing to the program
 * sends the thread from linux_blocking_slept to linux_blocking_again: for that the number is kept where the last argument was. A
 * time that the kernel does not count down for its caller, as that of epoll_pwait2, begins anew then. */
    GLOBAL linux_syscall_blocking
    GLOBAL linux_blocking_test
    GLOBAL linux_blocking_sleep
    GLOBAL linux_blocking_slept
    GLOBAL linux_blocking_again
    GLOBAL linux_blocking_interrupted
    .type linux_syscall_blocking, @function
linux_syscall_blocking:
    SYSCALL_ARGUMENTS
    movq %rax, 8(%rsp)
linux_blocking_test:
    cmpl $0, %gs:PAL_THREAD_PENDING
    jne linux_blocking_interrupted
linux_blocking_sleep:
    syscall
linux_blocking_slept:
    ret
linux_blocking_again:
    movq 8(%rsp), %rax
    jmp linux_blocking_test
linux_blocking_interrupted:
    movq $-EINTR, %rax
    ret
    .size linux_syscall_blocking, . - linux_syscall_blocking

/* long linux_clone_thread(unsigned long flags, struct linux_thread *thread, int *child_tid): start a thread on the stack
 * that ends where its control block begins; it runs linux_thread_run(thread). */
    GLOBAL linux_clone_thread
    .type linux_clone_thread, @function
linux_clone_thread:
    movl $56, %eax                  /* clone(flags, stack, parent_tid, child_tid, tls) */
    movq %rdx, %r10
    xorl %r8d, %r8d
    syscall
    testq %rax, %rax
    jz 1f
    ret
1:  wrgsbase %rsp
    movq %rsp, %rdi
    xorl %eax, %eax
    wrfsbase %rax
    xorl %ebp, %ebp
    andq $-16, %rsp
    call linux_thread_run
    ud2
    .size linux_clone_thread, . - linux_clone_thread

/* void linux_sigreturn(void): where signal handlers return to. */
    GLOBAL linux_sigreturn
    .type linux_sigreturn, @function
linux_sigreturn:
    movl $15, %eax                  /* rt_sigreturn */
    syscall
    ud2
    .size linux_sigreturn, . - linux_sigreturn

    GLOBAL linux_syscall_end
linux_syscall_end:
    .section .note.GNU-stack, "", @progbits
