/* SPDX-License-Identifier: MIT */
/* Places in structures, for assembly; task.h and regs.h are compared with them (entry/offsets.c). */
#ifndef LIBOS_INCLUDE_THREAD_OFFSETS_H
#define LIBOS_INCLUDE_THREAD_OFFSETS_H

/* In struct pal_tcb: the library OS's slots. */
#define TCB_THREAD    16 /* struct thread of the calling thread */
#define TCB_GUEST_RIP 24 /* where entry_return_full goes on */
#define TCB_MARK      32 /* address of entry_syscall: so %gs is the library OS's */
/* What the PAL says of this thread. */
#define TCB_PENDING 256 /* not 0: an event waits for the end of a call */

/* In struct thread. */
#define THREAD_STACK     0
#define THREAD_GUEST_RSP 8
#define THREAD_ATTENTION 16
#define THREAD_TRAP_SITE 24
#define THREAD_GUEST_GS  32

/* In struct regs. */
#define REGS_R8      0
#define REGS_R9      8
#define REGS_R10     16
#define REGS_R11     24
#define REGS_R12     32
#define REGS_R13     40
#define REGS_R14     48
#define REGS_R15     56
#define REGS_RDI     64
#define REGS_RSI     72
#define REGS_RBP     80
#define REGS_RBX     88
#define REGS_RDX     96
#define REGS_RAX     104
#define REGS_RCX     112
#define REGS_RSP     120
#define REGS_RIP     128
#define REGS_EFL     136
#define REGS_NUMBER  144
#define REGS_CHANGED 152
#define REGS_SIZE    160

#endif
