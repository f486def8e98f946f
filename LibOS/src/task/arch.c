/* SPDX-License-Identifier: MIT */
/* What only x86-64 has: bases of segments. */
#include <asm/prctl.h>
#include "copy.h"
#include "syscalls.h"
#include "task.h"

static int64_t get_fs(void *to)
{
    const uint64_t base = (uintptr_t)DkThreadPrivate(NULL);
    return copy_out(to, &base, sizeof(base));
}

/* Base 0 cannot be asked of the host, where 0 means "tell me"; a program that sets it has no thread-local storage, and
 * cannot see the difference unless it uses %fs all the same. */
static int64_t set_fs(uint64_t base)
{
    if (base >= g_guest_end)
        return -EPERM;
    if (base && !DkThreadPrivate((void *)base))
        return -EPERM;
    return 0;
}

/* As with %fs, base 0 means that the program does not use it, which it would notice only if it did. */
static int64_t set_gs(uint64_t base)
{
    if (base >= g_guest_end)
        return -EPERM;
    struct thread *thread = self();
    thread->guest_gs = base;
    thread->regs->rax = 0;
    thread->regs->changed = 1; /* the way back on which it is loaded */
    return 0;
}

/* The processor's features are what CPUID says, whatever ARCH_CET_x and ARCH_REQ_XCOMP_x ask for. */
int64_t sys_arch_prctl(int option, unsigned long address)
{
    switch (option) {
    case ARCH_SET_FS:
        return set_fs(address);
    case ARCH_GET_FS:
        return get_fs((void *)address);
    case ARCH_SET_GS:
        return set_gs(address);
    case ARCH_GET_GS:
        return copy_out((void *)address, &self()->guest_gs, sizeof(self()->guest_gs));
    case ARCH_GET_CPUID:
        return 1;
    case ARCH_SET_CPUID:
        return -ENODEV;
    default:
        return -EINVAL;
    }
}
