/* SPDX-License-Identifier: MIT */
/* Masks: which signals a thread blocks, for how long, and which of its own are pending. Knows no handler. */
#include "signal/signal_room.h"
#include "syscalls.h"

static void add_attention(struct thread *thread)
{
    __atomic_fetch_or(&thread->attention, ATTENTION_SIGNAL, __ATOMIC_SEQ_CST);
}

/* Whoever sends sets the pending bit before he looks at the mask, and this looks at the bits after the mask has changed:
 * one of the two sees the other. */
void set_blocked(uint64_t mask)
{
    struct thread *thread = self();
    const uint64_t before = thread->signals.blocked;
    mask &= ~SET_UNBLOCKABLE;
    if (mask == before)
        return;
    __atomic_store_n(&thread->signals.blocked, mask, __ATOMIC_SEQ_CST);
    if (pending_of(thread) & ~mask)
        add_attention(thread);
    if (__builtin_expect((thread->signals.process->shared.pending & mask & ~before) != 0, 0))
        retarget(mask & ~before);
}

void signal_set_blocked(uint64_t mask)
{
    set_blocked(mask);
}

int read_set(const void *from, size_t size, uint64_t *out)
{
    if (size != SET_SIZE)
        return -EINVAL;
    const int error = user_read(out, from, SET_SIZE);
    *out &= ~SET_UNBLOCKABLE;
    return error;
}

bool signal_is_pending(void)
{
    const struct thread *thread = self();
    return pending_of(thread) & ~thread->signals.blocked || __atomic_load_n(&g_signals.from_host, __ATOMIC_SEQ_CST);
}

uint64_t signal_pending_in(uint64_t set)
{
    return pending_of(self()) & set;
}

bool signal_interrupts(void)
{
    struct thread *thread = self();
    freeze_park();
    __atomic_fetch_and(&thread->attention, ~ATTENTION_SIGNAL, __ATOMIC_SEQ_CST);
    collect_host_signals();
    const bool pending = signal_is_pending() || tracee_is_wanted(thread);
    if (pending)
        add_attention(thread);
    /* Another fork or another bell may want the thread by now. They end no call: it looks again before it sleeps. */
    const uint32_t attention = __atomic_load_n(&thread->attention, __ATOMIC_SEQ_CST);
    return pending || (attention & ~(ATTENTION_SIGNAL | ATTENTION_FREEZE)) != 0;
}

static void block_for_call(uint64_t mask)
{
    struct thread_signals *signals = &self()->signals;
    signals->saved_blocked = signals->blocked;
    signals->restore_blocked = true;
    set_blocked(mask);
}

int signal_mask_for_call(const void *set, size_t size)
{
    uint64_t mask;
    if (!set)
        return 0;
    const int error = read_set(set, size, &mask);
    if (error == 0)
        block_for_call(mask);
    return error;
}

int64_t sys_rt_sigprocmask(int how, void *set, void *old, unsigned long set_size)
{
    const uint64_t before = self()->signals.blocked;
    uint64_t mask;
    if (set_size != SET_SIZE)
        return -EINVAL;
    if (set) {
        if (user_read(&mask, set, sizeof(mask)) < 0)
            return -EFAULT;
        if (how == SIG_BLOCK)
            mask |= before;
        else if (how == SIG_UNBLOCK)
            mask = before & ~mask;
        else if (how != SIG_SETMASK)
            return -EINVAL;
        set_blocked(mask);
    }
    return old ? user_write(old, &before, sizeof(before)) : 0;
}

int64_t sys_rt_sigpending(void *set, unsigned long set_size)
{
    const uint64_t pending = signal_pending_in(self()->signals.blocked);
    if (set_size > SET_SIZE)
        return -EINVAL;
    return user_write(set, &pending, set_size);
}

/* Sleep until there is a signal. Which of the ways to end a call applies is decided when it is delivered. */
static int64_t sleep_for_signal(void)
{
    while (!signal_is_pending() && !tracee_is_wanted(self())) {
        if (thread_sleep(NO_TIMEOUT) == -EINTR && signal_interrupts())
            break;
    }
    return -ERESTARTNOHAND;
}

int64_t sys_rt_sigsuspend(void *set, unsigned long set_size)
{
    uint64_t mask;
    const int error = read_set(set, set_size, &mask);
    if (error < 0)
        return error;
    block_for_call(mask);
    return sleep_for_signal();
}

int64_t sys_pause(void)
{
    return sleep_for_signal();
}
