/* SPDX-License-Identifier: MIT */
/* Dispositions: what the process wants to be done about each signal. Knows no thread but by its queue. */
#include "process.h"
#include "signal/signal_room.h"
#include "syscalls.h"

/* Others are taken away, by which programs learn that they mean nothing. */
#define KNOWN_FLAGS                                                                                                    \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_RESTORER | SA_ONSTACK | SA_RESTART |            \
     SA_NODEFER | SA_RESETHAND)

struct signal_state g_signals;

void signals_init(void)
{
    list_init(&g_signals.process.shared.entries);
    g_signals.process.actions = g_signals.actions;
    list_init(&g_signals.unused);
    wait_queue_init(&g_signals.arrivals);
    for (int signal = 1; signal < SIGNAL_LIMIT; signal++) {
        if (pal_control.starter.ignored >> (signal - 1) & 1)
            g_signals.actions[signal].handler = HANDLER_IGNORE;
    }
}

void thread_signals_init(struct thread *thread, const struct thread *creator)
{
    struct thread_signals *signals = &thread->signals;
    memset(signals, 0, sizeof(*signals));
    signals->process = &g_signals.process;
    list_init(&signals->queue.entries);
    stack_reset(signals);
    if (creator)
        signals->blocked = creator->signals.blocked;
}

/* A companion's own. */
struct companion_signals {
    struct signal_process process;
    struct signal_action actions[SIGNAL_LIMIT];
};

int companion_signals_init(struct thread *thread, bool is_shared)
{
    struct companion_signals *own = heap_zalloc(sizeof(*own));
    if (!own)
        return -ENOMEM;
    list_init(&own->process.shared.entries);
    own->process.actions = is_shared ? g_signals.actions : own->actions;
    lock_acquire(&g_signals.lock);
    memcpy(own->actions, g_signals.actions, sizeof(own->actions));
    lock_release(&g_signals.lock);
    thread->signals.process = &own->process;
    return 0;
}

void companion_signals_free(struct thread *thread)
{
    heap_free(thread->signals.process); /* the first member of what was taken */
}

void thread_signals_end(struct thread *thread)
{
    const uint64_t taken = ~thread->signals.blocked;
    __atomic_store_n(&thread->signals.blocked, UINT64_MAX, __ATOMIC_SEQ_CST);
    lock_acquire(&g_signals.lock);
    queue_flush(&thread->signals.queue, UINT64_MAX);
    lock_release(&g_signals.lock);
    retarget(taken);
}

void signals_exec(void)
{
    lock_acquire(&g_signals.lock);
    for (int signal = 1; signal < SIGNAL_LIMIT; signal++) {
        struct signal_action *action = &g_signals.actions[signal];
        const uint64_t handler = action->handler == HANDLER_IGNORE ? HANDLER_IGNORE : HANDLER_DEFAULT;
        *action = (struct signal_action){.handler = handler};
    }
    lock_release(&g_signals.lock);
    stack_reset(&self()->signals);
}

/* What the lender has kept is not the new process's. */
static void forget_lender(void)
{
    if (!g_signals.lender)
        return;
    queue_flush(&g_signals.lender->shared, UINT64_MAX);
    queue_flush(&g_signals.lender->own, UINT64_MAX);
    heap_free(g_signals.lender);
    g_signals.lender = NULL;
}

void signals_forked(void)
{
    struct thread *thread = self();
    g_signals.lock = (struct lock){0};
    forget_lender();
    queue_flush(&thread->signals.queue, UINT64_MAX);
    queue_flush(&g_signals.process.shared, UINT64_MAX);
    g_signals.telling = (struct lock){0};
    g_signals.process.stopped = 0;
    g_signals.process.told = false;
    g_signals.from_host = 0;
    __atomic_store_n(&thread->attention, 0, __ATOMIC_SEQ_CST);
}

void signals_default(void)
{
    lock_acquire(&g_signals.lock);
    for (int signal = 1; signal < SIGNAL_LIMIT; signal++) {
        if (g_signals.actions[signal].handler != HANDLER_IGNORE)
            g_signals.actions[signal] = (struct signal_action){.handler = HANDLER_DEFAULT};
    }
    lock_release(&g_signals.lock);
}

struct signals_saved *signals_save(void)
{
    struct signals_saved *saved = heap_alloc(sizeof(*saved));
    if (!saved)
        return NULL;
    list_init(&saved->shared.entries);
    list_init(&saved->own.entries);
    lock_acquire(&g_signals.lock);
    memcpy(saved->actions, g_signals.actions, sizeof(saved->actions));
    queue_move(&g_signals.process.shared, &saved->shared);
    queue_move(&self()->signals.queue, &saved->own);
    g_signals.lender = saved;
    lock_release(&g_signals.lock);
    return saved;
}

void signals_restore(struct signals_saved *saved)
{
    struct thread *thread = self();
    lock_acquire(&g_signals.lock);
    memcpy(g_signals.actions, saved->actions, sizeof(saved->actions));
    queue_flush(&g_signals.process.shared, UINT64_MAX);
    queue_flush(&thread->signals.queue, UINT64_MAX);
    queue_move(&saved->shared, &g_signals.process.shared);
    queue_move(&saved->own, &thread->signals.queue);
    g_signals.lender = NULL;
    lock_release(&g_signals.lock);
    heap_free(saved);
}

bool signal_is_ignored(int signal)
{
    return g_signals.actions[signal].handler == HANDLER_IGNORE;
}

uint64_t signal_flags(int signal)
{
    return g_signals.actions[signal].flags;
}

struct wait_queue *signal_arrivals(void)
{
    return &g_signals.arrivals;
}

void signal_on_timer_taken(void (*taken)(siginfo_t *info))
{
    g_signals.timer_taken = taken;
}

void signal_get_status(const struct thread *thread, struct signal_status *out)
{
    memset(out, 0, sizeof(*out));
    lock_acquire(&g_signals.lock);
    out->pending = thread->signals.queue.pending;
    out->shared = thread->signals.process->shared.pending;
    out->blocked = thread->signals.blocked;
    out->queued = g_signals.queued;
    for (int signal = 1; signal < SIGNAL_LIMIT; signal++) {
        const uint64_t handler = thread->signals.process->actions[signal].handler;
        if (handler == HANDLER_IGNORE)
            out->ignored |= signal_bit(signal);
        else if (handler != HANDLER_DEFAULT)
            out->caught |= signal_bit(signal);
    }
    lock_release(&g_signals.lock);
}

static bool discards(const struct signal_action *action, uint64_t bit)
{
    return action->handler == HANDLER_IGNORE || (action->handler == HANDLER_DEFAULT && bit & SET_HARMLESS);
}

int64_t sys_rt_sigaction(int signal, void *action, void *old, unsigned long set_size)
{
    struct signal_action wanted, before;
    if (set_size != SET_SIZE)
        return -EINVAL;
    if (action && user_read(&wanted, action, sizeof(wanted)) < 0)
        return -EFAULT;
    if (signal < 1 || signal >= SIGNAL_LIMIT || (action && signal_bit(signal) & SET_UNBLOCKABLE))
        return -EINVAL;

    lock_acquire(&g_signals.lock);
    struct signal_action *current = &self()->signals.process->actions[signal];
    before = *current;
    if (action) {
        wanted.flags &= KNOWN_FLAGS;
        wanted.mask &= ~SET_UNBLOCKABLE;
        *current = wanted;
    }
    lock_release(&g_signals.lock);
    /* What is pending has become of no interest, even where it is blocked. */
    if (action && discards(&wanted, signal_bit(signal)))
        flush_everywhere(signal_bit(signal));
    if (action && signal == SIGCHLD)
        process_child_signal_changed();
    return old ? user_write(old, &before, sizeof(before)) : 0;
}
