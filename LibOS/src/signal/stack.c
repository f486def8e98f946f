/* SPDX-License-Identifier: MIT */
/* The alternate stack of a thread, for its handlers. Knows no signal. */
#include <linux/signal.h>
#include "signal/signal_room.h"
#include "syscalls.h"

/* One that is disarmed while a handler runs is never the one that the handler is on. */
bool is_on_stack(const struct thread_signals *signals, uint64_t rsp)
{
    return !(signals->stack_flags & SS_AUTODISARM) && rsp > signals->stack_base &&
           rsp - signals->stack_base <= signals->stack_size;
}

static uint32_t state(const struct thread_signals *signals, uint64_t rsp)
{
    if (signals->stack_size == 0)
        return SS_DISABLE;
    return is_on_stack(signals, rsp) ? SS_ONSTACK : 0;
}

bool stack_is_free(const struct thread_signals *signals, uint64_t rsp)
{
    return state(signals, rsp) == 0;
}

void stack_reset(struct thread_signals *signals)
{
    signals->stack_base = 0;
    signals->stack_size = 0;
    signals->stack_flags = SS_DISABLE;
}

static void describe(const struct thread_signals *signals, uint32_t flags, stack_t *out)
{
    memset(out, 0, sizeof(*out));
    out->ss_sp = (void *)(uintptr_t)signals->stack_base;
    out->ss_flags = (int)flags;
    out->ss_size = signals->stack_size;
}

void stack_save(const struct thread_signals *signals, stack_t *out)
{
    describe(signals, signals->stack_flags, out);
}

int stack_change(struct thread_signals *signals, const stack_t *change, uint64_t rsp)
{
    const uint32_t flags = (uint32_t)change->ss_flags;
    const uint32_t mode = flags & ~SS_AUTODISARM;
    if (is_on_stack(signals, rsp))
        return -EPERM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode != SS_DISABLE && change->ss_size < MINSIGSTKSZ)
        return -ENOMEM;
    signals->stack_base = mode == SS_DISABLE ? 0 : (uintptr_t)change->ss_sp;
    signals->stack_size = mode == SS_DISABLE ? 0 : change->ss_size;
    signals->stack_flags = flags;
    return 0;
}

int64_t sys_sigaltstack(void *stack, void *old)
{
    const struct thread *thread = self();
    struct thread_signals *signals = &self()->signals;
    const uint64_t rsp = thread->regs->rsp;
    stack_t before, wanted;
    describe(signals, state(signals, rsp) | (signals->stack_flags & SS_AUTODISARM), &before);
    if (stack && user_read(&wanted, stack, sizeof(wanted)) < 0)
        return -EFAULT;
    const int error = stack ? stack_change(signals, &wanted, rsp) : 0;
    if (error < 0)
        return error;
    return old ? user_write(old, &before, sizeof(before)) : 0;
}
