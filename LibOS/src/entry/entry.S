/* SPDX-License-Identifier: MIT */
/* The way of a system call into the library OS and back to the program.
 *
 * In: as at a `syscall` instruction, but that %rcx holds the address to go back to. %r11 and the flags are free. Nothing of
 * the program's stack is touched, and no vector register.
 * Back: every register but %rax, %rcx (that address) and %r11 (the flags) as it was, unless regs->changed says that all
 * are to be loaded.
 *
 * An event (DkThreadResume) may come at any instruction. What must be looked at before the program goes on is told by
 * thread->attention; between looking and leaving lie only instructions from entry_leaving to entry_left, and an event
 * there starts again at entry_look (events.c). That works since regs stay intact at the top of the thread's stack, and
 * since callee-saved registers are the same in registers and in regs when only the result is new.
 *
 * %gs is ours, and most programs leave it so. One that uses it is noticed by the mark that is not there: it traps, and the
 * PAL gives %gs back (events.c); thread->guest_gs is what it had, and gets again on the way back. */
#include "thread_offsets.h"

#define FLAG_AC    0x40000
#define FLAGS_NONE 0x202
#define USER_CS    0x33 /* of 64-bit programs on Linux */
#define USER_SS    0x2b

/* For debuggers, where the program was when it called: its registers are at %rsp (DW_CFA_expression, DW_OP_breg7). */
#define AT_REGS(offset)         0x77, ((offset) & 0x7f) | 0x80, (offset) >> 7
#define KEPT(register, offset)  .cfi_escape 0x10, register, 3, AT_REGS(offset)
    .cfi_sections .debug_frame

    .text
    .macro FUNCTION name
    .globl \name
    .hidden \name
    .type \name, @function
\name:
    .endm

FUNCTION entry_trapped
    movl $1, %r11d
    jmp 1f
    .size entry_trapped, . - entry_trapped

    .balign 64
FUNCTION entry_syscall
    leaq entry_syscall(%rip), %r11
FUNCTION entry_check                /* may fault, which is the same */
    cmpq %r11, %gs:TCB_MARK
    jne entry_foreign
    xorl %r11d, %r11d
1:  /* %r11: whether it trapped. Three registers are needed, and one is free: %rcx goes to its place by way of %gs. */
    movq %rcx, %gs:TCB_GUEST_RIP
    movq %gs:TCB_THREAD, %rcx
    movq %rsp, THREAD_GUEST_RSP(%rcx)
    movq THREAD_STACK(%rcx), %rsp
    subq $REGS_SIZE, %rsp
    pushfq
    popq REGS_EFL(%rsp)
    cld
    testl $FLAG_AC, REGS_EFL(%rsp)
    jnz 5f
6:  movq %r8, REGS_R8(%rsp)
    movq %r9, REGS_R9(%rsp)
    movq %r10, REGS_R10(%rsp)
    movq %r12, REGS_R12(%rsp)
    movq %r13, REGS_R13(%rsp)
    movq %r14, REGS_R14(%rsp)
    movq %r15, REGS_R15(%rsp)
    movq %rdi, REGS_RDI(%rsp)
    movq %rsi, REGS_RSI(%rsp)
    movq %rbp, REGS_RBP(%rsp)
    movq %rbx, REGS_RBX(%rsp)
    movq %rdx, REGS_RDX(%rsp)
    movq %rax, REGS_RAX(%rsp)
    movq %rax, REGS_NUMBER(%rsp)
    movq $0, REGS_CHANGED(%rsp)
    movq THREAD_GUEST_RSP(%rcx), %rax
    movq %rax, REGS_RSP(%rsp)
    movq %gs:TCB_GUEST_RIP, %rax
    movq %rax, REGS_RIP(%rsp)
    movq %rax, REGS_RCX(%rsp)
    movq REGS_EFL(%rsp), %rax
    movq %rax, REGS_R11(%rsp)
    .cfi_startproc
    .cfi_signal_frame /* the program's stack may be below this one */
    .cfi_escape 0x0f, 4, AT_REGS(REGS_RSP), 0x06 /* DW_CFA_def_cfa_expression, DW_OP_deref */
    KEPT(3, REGS_RBX)
    KEPT(6, REGS_RBP)
    KEPT(12, REGS_R12)
    KEPT(13, REGS_R13)
    KEPT(14, REGS_R14)
    KEPT(15, REGS_R15)
    KEPT(16, REGS_RIP)
    movq %rsp, %rdi
    xorl %ebp, %ebp
    testl %r11d, %r11d
    jnz 2f
    call dispatch
    jmp entry_look
2:  call dispatch_trapped
    nop /* for the address of the call's return to be here */
    .cfi_endproc
    /* falls through */

    /* %rsp is at regs. */
FUNCTION entry_look
    movq %gs:TCB_THREAD, %rcx
    movq THREAD_STACK(%rcx), %rsp
    subq $REGS_SIZE, %rsp
FUNCTION entry_leaving
    cmpl $0, %gs:TCB_PENDING
    jne 3f
    cmpl $0, THREAD_ATTENTION(%rcx)
    jne 3f
    cmpq $0, REGS_CHANGED(%rsp)
    jne 4f
    movq REGS_R8(%rsp), %r8
    movq REGS_R9(%rsp), %r9
    movq REGS_R10(%rsp), %r10
    movq REGS_RDI(%rsp), %rdi
    movq REGS_RSI(%rsp), %rsi
    movq REGS_RDX(%rsp), %rdx
    movq REGS_RAX(%rsp), %rax
    movq REGS_RBP(%rsp), %rbp
    movq REGS_RIP(%rsp), %rcx
    movq REGS_R11(%rsp), %r11
    pushq %r11
    popfq
    movq REGS_RSP(%rsp), %rsp
    jmp *%rcx
4:  movq THREAD_GUEST_GS(%rcx), %rax
    testq %rax, %rax
    jnz 7f
    movq REGS_RIP(%rsp), %rax
    movq %rax, %gs:TCB_GUEST_RIP
    movq REGS_R8(%rsp), %r8
    movq REGS_R9(%rsp), %r9
    movq REGS_R10(%rsp), %r10
    movq REGS_R11(%rsp), %r11
    movq REGS_R12(%rsp), %r12
    movq REGS_R13(%rsp), %r13
    movq REGS_R14(%rsp), %r14
    movq REGS_R15(%rsp), %r15
    movq REGS_RDI(%rsp), %rdi
    movq REGS_RSI(%rsp), %rsi
    movq REGS_RBP(%rsp), %rbp
    movq REGS_RBX(%rsp), %rbx
    movq REGS_RDX(%rsp), %rdx
    movq REGS_RAX(%rsp), %rax
    movq REGS_RCX(%rsp), %rcx
    pushq REGS_EFL(%rsp)
    popfq                           /* may set TF */
FUNCTION entry_stepping
    movq REGS_RSP(%rsp), %rsp
    jmp *%gs:TCB_GUEST_RIP
7:  wrgsbase %rax                   /* from here on %gs is no help, nor is a register: iretq has all in memory */
    movq %rsp, %rax
    pushq $USER_SS
    pushq REGS_RSP(%rax)
    pushq REGS_EFL(%rax)
    pushq $USER_CS
    pushq REGS_RIP(%rax)
    movq REGS_R8(%rax), %r8
    movq REGS_R9(%rax), %r9
    movq REGS_R10(%rax), %r10
    movq REGS_R11(%rax), %r11
    movq REGS_R12(%rax), %r12
    movq REGS_R13(%rax), %r13
    movq REGS_R14(%rax), %r14
    movq REGS_R15(%rax), %r15
    movq REGS_RDI(%rax), %rdi
    movq REGS_RSI(%rax), %rsi
    movq REGS_RBP(%rax), %rbp
    movq REGS_RBX(%rax), %rbx
    movq REGS_RDX(%rax), %rdx
    movq REGS_RCX(%rax), %rcx
    movq REGS_RAX(%rax), %rax
    iretq
FUNCTION entry_left
FUNCTION entry_foreign
    ud2
5:  pushq $FLAGS_NONE               /* the program wants faults for unaligned accesses; we do not */
    popfq
    jmp 6b
3:  movq %rsp, %rdi
    call attend                     /* sets regs->changed */
    jmp entry_look
    .size entry_syscall, . - entry_syscall

    /* Enter here with %rsp anywhere on the thread's stack: entry_return(regs) */
FUNCTION entry_return
    movq $1, REGS_CHANGED(%rdi)
    jmp entry_look
    .size entry_return, . - entry_return

FUNCTION entry_fault
    movq %gs:TCB_THREAD, %rcx
    movq THREAD_STACK(%rcx), %rsp
    subq $REGS_SIZE, %rsp
    cld
    xorl %ebp, %ebp
    movq %rsp, %rdi
    call fault_deliver
    jmp entry_look
    .size entry_fault, . - entry_fault

/***** Calls that sleep: nothing lies between the look at attention and the call but entry_sleeping to entry_slept *****/

    .macro BLOCKING name, target
FUNCTION \name
    movq %gs:TCB_THREAD, %rax
    cmpl $0, THREAD_ATTENTION(%rax)
    jne entry_interrupted
    jmp *\target@GOTPCREL(%rip)
    .size \name, . - \name
    .endm

FUNCTION entry_sleeping
    BLOCKING block_read, DkStreamRead
    BLOCKING block_write, DkStreamWrite
    BLOCKING block_wait, DkObjectsWaitAny
    BLOCKING block_accept, DkStreamWaitForClient
    BLOCKING block_open, DkStreamOpen
FUNCTION entry_slept
FUNCTION entry_interrupted
    jmp block_interrupted           /* C: the failure is INTERRUPTED, the result 0 */

/***** Vector state *****/

    /* int xstate_save(area, features): user_fault makes the result -EFAULT. */
FUNCTION user_vector_begin
FUNCTION xstate_save
    movl %esi, %eax
    shrq $32, %rsi
    movl %esi, %edx
    xsave64 (%rdi)
    xorl %eax, %eax
    ret
FUNCTION xstate_load
    movl %esi, %eax
    shrq $32, %rsi
    movl %esi, %edx
    xrstor64 (%rdi)
    xorl %eax, %eax
    ret
FUNCTION user_vector_end

FUNCTION xstate_features
    xorl %ecx, %ecx
    xgetbv
    shlq $32, %rdx
    orq %rdx, %rax
    ret
    .size xstate_features, . - xstate_features
    .section .note.GNU-stack, "", @progbits
