/* SPDX-License-Identifier: MIT */
/* What assembly believes about structures is true. */
#include "regs.h"
#include "task.h"
#include "thread_offsets.h"

#define SLOT(index) (offsetof(struct pal_tcb, libos) + (index) * sizeof(PAL_NUM))

_Static_assert(TCB_THREAD == SLOT(0), "TCB_THREAD");
_Static_assert(TCB_GUEST_RIP == SLOT(1), "TCB_GUEST_RIP");
_Static_assert(TCB_MARK == SLOT(2), "TCB_MARK");
_Static_assert(TCB_PENDING == offsetof(struct pal_tcb, pending), "TCB_PENDING");

_Static_assert(THREAD_STACK == offsetof(struct thread, stack), "THREAD_STACK");
_Static_assert(THREAD_GUEST_RSP == offsetof(struct thread, guest_rsp), "THREAD_GUEST_RSP");
_Static_assert(THREAD_ATTENTION == offsetof(struct thread, attention), "THREAD_ATTENTION");
_Static_assert(THREAD_TRAP_SITE == offsetof(struct thread, trap_site), "THREAD_TRAP_SITE");
_Static_assert(THREAD_GUEST_GS == offsetof(struct thread, guest_gs), "THREAD_GUEST_GS");

#define SAME(name, member) _Static_assert(REGS_##name == offsetof(struct regs, member), #name)
SAME(R8, r8);
SAME(R9, r9);
SAME(R10, r10);
SAME(R11, r11);
SAME(R12, r12);
SAME(R13, r13);
SAME(R14, r14);
SAME(R15, r15);
SAME(RDI, rdi);
SAME(RSI, rsi);
SAME(RBP, rbp);
SAME(RBX, rbx);
SAME(RDX, rdx);
SAME(RAX, rax);
SAME(RCX, rcx);
SAME(RSP, rsp);
SAME(RIP, rip);
SAME(EFL, efl);
SAME(NUMBER, number);
SAME(CHANGED, changed);
_Static_assert(REGS_SIZE == sizeof(struct regs), "REGS_SIZE");
