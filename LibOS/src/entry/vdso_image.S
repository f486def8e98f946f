/* SPDX-License-Identifier: MIT */
/* The vDSO: an ELF image of one page that the program's libc finds by AT_SYSINFO_EHDR. Clocks are read by the host's own
 * function (vdso_clock and vdso_entry are filled in before the page becomes the program's), without any system call.
 *
 * While that function runs, an event for the thread finds it in the host's code and waits there for a call of the PAL; so
 * attention is looked at afterwards. What the host's function writes goes to our stack first: a bad pointer of the program
 * must fault here. */
#include "thread_offsets.h"

#define NR_gettid        186
#define NR_gettimeofday  96
#define NR_time          201
#define NR_clock_gettime 228
#define NR_clock_getres  229
#define NR_getcpu        309
#define SHARED_CLOCKS    0xf3 /* bits of the clocks that the host's function knows: 0 1 4 5 6 7 */

    .text
    .macro FUNCTION name
    .globl \name
    .type \name, @function
    .balign 16
\name:
    .cfi_startproc
    .endm
    .macro END name
    .cfi_endproc
    .size \name, . - \name
    .endm
    /* All registers but %rcx and %r11 are those of a system call. */
    .macro SYSCALL number
    movl $\number, %eax
    leaq 9f(%rip), %rcx
    jmp *vdso_entry(%rip)
9:
    .endm

    /* int read(%edi clock), result in 0(%rsp) of the caller: not 0 = ask the library OS. */
    .macro READ_CLOCK fallback
    movq vdso_clock(%rip), %rax
    testq %rax, %rax
    jz \fallback
    movq %rsp, %rsi
    call *%rax
    testl %eax, %eax
    jnz \fallback
    .endm
    .macro LOOK_AROUND
    movq vdso_entry(%rip), %rcx     /* does the program use %gs? */
    cmpq %rcx, %gs:TCB_MARK
    jne 7f
    cmpl $0, %gs:TCB_PENDING
    jne 7f
    movq %gs:TCB_THREAD, %rcx
    cmpl $0, THREAD_ATTENTION(%rcx)
    je 8f
7:  SYSCALL NR_gettid
8:
    .endm

FUNCTION __vdso_clock_gettime
    cmpl $7, %edi
    ja 2f
    movl $SHARED_CLOCKS, %eax
    btl %edi, %eax
    jnc 2f
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    movq %rsi, %rbx
    subq $32, %rsp
    .cfi_adjust_cfa_offset 32
    movl %edi, 24(%rsp)
    READ_CLOCK 1f
    movq (%rsp), %rax
    movq 8(%rsp), %rdx
    movq %rax, (%rbx)
    movq %rdx, 8(%rbx)
    LOOK_AROUND
    xorl %eax, %eax
    addq $32, %rsp
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
1:  .cfi_adjust_cfa_offset 40
    movl 24(%rsp), %edi
    movq %rbx, %rsi
    addq $32, %rsp
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
2:  SYSCALL NR_clock_gettime
    ret
    END __vdso_clock_gettime

FUNCTION __vdso_gettimeofday
    testq %rdi, %rdi
    jz 2f
    testq %rsi, %rsi
    jnz 2f
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    movq %rdi, %rbx
    subq $32, %rsp
    .cfi_adjust_cfa_offset 32
    xorl %edi, %edi
    READ_CLOCK 1f
    movq (%rsp), %rax
    movq %rax, (%rbx)
    movq 8(%rsp), %rax
    imulq $274877907, %rax, %rax    /* / 1000 for less than 2^30: 2^38 / 1000, rounded up */
    shrq $38, %rax
    movq %rax, 8(%rbx)
    LOOK_AROUND
    xorl %eax, %eax
    addq $32, %rsp
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
1:  .cfi_adjust_cfa_offset 40
    movq %rbx, %rdi
    xorl %esi, %esi
    addq $32, %rsp
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
2:  SYSCALL NR_gettimeofday
    ret
    END __vdso_gettimeofday

FUNCTION __vdso_time
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    movq %rdi, %rbx
    subq $32, %rsp
    .cfi_adjust_cfa_offset 32
    movl $5, %edi                   /* CLOCK_REALTIME_COARSE: seconds are all that is asked for */
    READ_CLOCK 1f
    LOOK_AROUND
    movq (%rsp), %rax
    testq %rbx, %rbx
    jz 3f
    movq %rax, (%rbx)
3:  addq $32, %rsp
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
1:  .cfi_adjust_cfa_offset 40
    movq %rbx, %rdi
    addq $32, %rsp
    .cfi_adjust_cfa_offset -32
    popq %rbx
    .cfi_adjust_cfa_offset -8
    SYSCALL NR_time
    ret
    END __vdso_time

FUNCTION __vdso_clock_getres
    SYSCALL NR_clock_getres
    ret
    END __vdso_clock_getres

FUNCTION __vdso_getcpu
    SYSCALL NR_getcpu
    ret
    END __vdso_getcpu

    .section .vdso_data, "ax", @progbits
    .balign 8
    .globl vdso_clock
    .hidden vdso_clock
vdso_clock:
    .quad 0
    .globl vdso_entry
    .hidden vdso_entry
vdso_entry:
    .quad 0
    .section .note.GNU-stack, "", @progbits
