/* SPDX-License-Identifier: MIT */
/* The registers of a stopped thread as debuggers know them. Knows nothing of stops. */
#include <asm/processor-flags.h>
#include "trace/trace_room.h"

#define USER_CODE 0x33 /* selectors of a 64-bit program */
#define USER_DATA 0x2b

/* Flags that a debugger may change. TF is how it steps, which is none of the program's. */
#define CHANGEABLE_FLAGS                                                                                               \
    (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_DF | X86_EFLAGS_OF)

void registers_show(const struct regs *regs, bool in_call, struct user_registers *out)
{
    *out = (struct user_registers){
        .r15 = regs->r15,
        .r14 = regs->r14,
        .r13 = regs->r13,
        .r12 = regs->r12,
        .rbp = regs->rbp,
        .rbx = regs->rbx,
        .r11 = regs->r11,
        .r10 = regs->r10,
        .r9 = regs->r9,
        .r8 = regs->r8,
        .rax = in_call ? (uint64_t)-ENOSYS : regs->rax,
        .rcx = regs->rcx,
        .rdx = regs->rdx,
        .rsi = regs->rsi,
        .rdi = regs->rdi,
        .number = regs->number,
        .rip = regs->rip,
        .cs = USER_CODE,
        .efl = regs->efl & ~(uint64_t)X86_EFLAGS_TF,
        .rsp = regs->rsp,
        .ss = USER_DATA,
        .fs_base = (uintptr_t)DkThreadPrivate(NULL),
        .gs_base = self()->guest_gs,
    };
}

void registers_take(struct regs *regs, const struct user_registers *from)
{
    regs->r15 = from->r15;
    regs->r14 = from->r14;
    regs->r13 = from->r13;
    regs->r12 = from->r12;
    regs->rbp = from->rbp;
    regs->rbx = from->rbx;
    regs->r11 = from->r11;
    regs->r10 = from->r10;
    regs->r9 = from->r9;
    regs->r8 = from->r8;
    regs->rax = from->rax;
    regs->rcx = from->rcx;
    regs->rdx = from->rdx;
    regs->rsi = from->rsi;
    regs->rdi = from->rdi;
    regs->number = from->number;
    regs->rip = from->rip;
    regs->rsp = from->rsp;
    regs->efl = (regs->efl & ~(uint64_t)CHANGEABLE_FLAGS) | (from->efl & CHANGEABLE_FLAGS);
    regs->changed = 1;
    const uint64_t fs_base = from->fs_base;
    if (fs_base && fs_base < g_guest_end && fs_base != (uintptr_t)DkThreadPrivate(NULL))
        DkThreadPrivate((void *)fs_base);
    if (from->gs_base < g_guest_end)
        self()->guest_gs = from->gs_base;
    signal_check_target(regs);
}
