/* SPDX-License-Identifier: MIT */
/* Sets a thread's signal mask and signal stack. rt_sigreturn does that, besides setting all registers, and a filter must allow it
 * anyway: so this is the end of a handler that has interrupted its caller. The offsets are compared in linux_signal.c. */

/* struct ucontext */
#define UC_FLAGS       0
#define UC_LINK        8
#define UC_STACK       16
#define UC_R11         64
#define UC_R12         72
#define UC_R13         80
#define UC_R14         88
#define UC_R15         96
#define UC_RBP         120
#define UC_RBX         128
#define UC_RDX         136
#define UC_RAX         144
#define UC_RCX         152
#define UC_RSP         160
#define UC_RIP         168
#define UC_EFLAGS      176
#define UC_CS          184 /* then %gs, %fs, %ss; 16 bits each */
#define UC_FPSTATE     224
#define UC_SIGMASK     296

#define VECTORS        320 /* behind it, aligned to 64 bytes; up to the last of the known features */
#define VECTORS_SIZE   2752
#define VECTORS_HEADER 512
#define FEATURE_SSE    2

#define FLAGS_OF_SS    6 /* UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS */
#define SEGMENTS       0x002b000000000033
#define FLAGS_NONE     0x202

    .hidden linux_sigreturn
    .text
    .globl linux_signal_set
    .hidden linux_signal_set
    .type linux_signal_set, @function
/* void linux_signal_set(uint64_t mask, const stack_t *stack, uint64_t vectors) */
linux_signal_set:
    pushq %rbp
    movq %rsp, %rbp
    subq $VECTORS + VECTORS_SIZE, %rsp
    andq $-64, %rsp
    movq $FLAGS_OF_SS, UC_FLAGS(%rsp)
    movq $0, UC_LINK(%rsp)
    movq (%rsi), %rax
    movq %rax, UC_STACK(%rsp)
    movq 8(%rsi), %rax
    movq %rax, UC_STACK+8(%rsp)
    movq 16(%rsi), %rax
    movq %rax, UC_STACK+16(%rsp)
    movq %rdi, UC_SIGMASK(%rsp)
    movq %rbx, UC_RBX(%rsp)
    movq %rbp, UC_RBP(%rsp)
    movq %r12, UC_R12(%rsp)
    movq %r13, UC_R13(%rsp)
    movq %r14, UC_R14(%rsp)
    movq %r15, UC_R15(%rsp)
    movq %rsp, UC_RSP(%rsp)
    leaq 2f(%rip), %rax
    movq %rax, UC_RIP(%rsp)
    movq %rax, UC_RCX(%rsp)         /* as behind any system call, so that the kernel returns as fast */
    movq $FLAGS_NONE, UC_EFLAGS(%rsp)
    movq $FLAGS_NONE, UC_R11(%rsp)
    movabsq $SEGMENTS, %rax
    movq %rax, UC_CS(%rsp)
    movq $0, UC_FPSTATE(%rsp)       /* the kernel resets what this saves and loads */
    movl %edx, %eax
    shrq $32, %rdx
    movq %rax, UC_RAX(%rsp)         /* both are there again afterwards */
    movq %rdx, UC_RDX(%rsp)
    testb $FEATURE_SSE, %al
    jz 1f
    .set at, VECTORS + VECTORS_HEADER
    .rept 8
    movq $0, at(%rsp)
    .set at, at + 8
    .endr
    xsave64 VECTORS(%rsp)
    jmp linux_sigreturn
1:  fxsave64 VECTORS(%rsp)
    jmp linux_sigreturn
2:  testb $FEATURE_SSE, %al
    jz 3f
    xrstor64 VECTORS(%rsp)
    leave
    ret
3:  fxrstor64 VECTORS(%rsp)
    leave
    ret
    .size linux_signal_set, . - linux_signal_set
    .section .note.GNU-stack, "", @progbits
