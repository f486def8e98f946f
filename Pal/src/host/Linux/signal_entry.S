/* SPDX-License-Identifier: MIT */
/* Where the kernel enters signal handlers: %gs is the program's then, and a C function needs the PAL's. The word above a
 * thread's signal stack says where that points (linux_signal_enter_thread); the first thread's is zero. */

#define UC_STACK_START 16 /* in struct ucontext: uc_stack.ss_sp, uc_stack.ss_size */
#define UC_STACK_SIZE  32

#define FLAGS_NONE     0x202

    .hidden linux_first_thread
    .text
/* void handler(int signal, siginfo_t *info, struct ucontext *context, uint64_t *gs_base) in place of the kernel's handler */
.macro ENTRY name, handler
    .globl \name
    .hidden \name
    .hidden \handler
    .type \name, @function
\name:
    rdgsbase %rcx
    movq UC_STACK_START(%rdx), %rax
    testq %rax, %rax
    jz 1f                           /* a thread that has just begun: nobody has changed %gs */
    addq UC_STACK_SIZE(%rdx), %rax
    movq (%rax), %rax
    testq %rax, %rax
    jnz 3f
    leaq linux_first_thread(%rip), %rax
3:  cmpq %rcx, %rax
    je 1f
    wrgsbase %rax
1:  pushq $FLAGS_NONE               /* the kernel leaves AC, and unaligned accesses would fault in the handler */
    popfq
    pushq %rcx                      /* aligns the stack, too */
    movq %rsp, %rcx
    call \handler
    popq %rcx
    rdgsbase %rax
    cmpq %rcx, %rax
    je 2f
    wrgsbase %rcx
2:  ret                             /* to linux_sigreturn */
    .size \name, . - \name
.endm

    ENTRY linux_fault_entry, linux_on_fault
    ENTRY linux_wish_entry, linux_on_wish
    .section .note.GNU-stack, "", @progbits
