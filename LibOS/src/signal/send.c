/* SPDX-License-Identifier: MIT */
/* Sending: to whom a signal goes, and how they get to know. Knows nothing of how it is taken. */
#include "process.h"
#include "signal/signal_room.h"

/* Sending takes g_process.lock, so that threads stay where they are, and within it g_signals.lock. A thread that is alone
 * needs only the second. */
static bool lock_threads(void)
{
    if (__atomic_load_n(&g_process.thread_count, __ATOMIC_ACQUIRE) == 1 && self()->tid != 0)
        return false;
    lock_acquire(&g_process.lock);
    return true;
}

static void unlock_threads(bool locked)
{
    if (locked)
        lock_release(&g_process.lock);
}

void signal_info(siginfo_t *out, int signal, int code)
{
    memset(out, 0, sizeof(*out));
    out->si_signo = signal;
    out->si_code = code;
    if (code == SI_USER || code == SI_TKILL || code == SI_QUEUE) {
        out->si_pid = own_pid();
        out->si_uid = g_process.uid;
    }
}

/* A blocked signal is kept even if it is ignored now: that can change before it is unblocked. */
static bool is_discarded(const struct thread *thread, int signal)
{
    const uint64_t bit = signal_bit(signal);
    const uint64_t handler = thread->signals.process->actions[signal].handler;
    if (thread->trace.slot) /* its tracer hears of all */
        return false;
    if (__atomic_load_n(&thread->signals.blocked, __ATOMIC_RELAXED) & bit)
        return false;
    return handler == HANDLER_IGNORE || (handler == HANDLER_DEFAULT && bit & SET_HARMLESS);
}

static void flush_threads(struct signal_process *process, uint64_t set)
{
    queue_flush(&process->shared, set);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread->signals.process == process)
            queue_flush(&thread->signals.queue, set);
    }
}

void flush_everywhere(uint64_t set)
{
    const bool locked = lock_threads();
    lock_acquire(&g_signals.lock);
    flush_threads(self()->signals.process, set);
    lock_release(&g_signals.lock);
    unlock_threads(locked);
}

/* Stopping and going on cancel each other when they are sent, whatever becomes of them later. */
static void prepare(struct signal_process *process, int signal)
{
    const uint64_t bit = signal_bit(signal);
    if (bit & SET_STOPPING)
        flush_threads(process, SET_OF(SIGCONT));
    if (signal == SIGCONT)
        flush_threads(process, SET_STOPPING);
    if ((signal == SIGCONT || signal == SIGKILL) && process->stopped) {
        __atomic_store_n(&process->stopped, 0, __ATOMIC_SEQ_CST);
        if (signal == SIGKILL) /* the parent hears of the end only */
            __atomic_store_n(&process->told, false, __ATOMIC_SEQ_CST);
        list_for_each(node, &g_process.threads)
            thread_wake(list_entry(node, struct thread, peers));
    }
}

static bool takes(const struct thread *thread, uint64_t bit)
{
    const struct thread_signals *signals = &thread->signals;
    return bit & SET_UNBLOCKABLE || !(__atomic_load_n(&signals->blocked, __ATOMIC_SEQ_CST) & bit) ||
           __atomic_load_n(&signals->waiting_for, __ATOMIC_SEQ_CST) & bit;
}

static bool is_busy(const struct thread *thread)
{
    return __atomic_load_n(&thread->attention, __ATOMIC_RELAXED) != 0 ||
           __atomic_load_n(&thread->trace.stopped, __ATOMIC_RELAXED);
}

/* Who takes a signal of the process: one without anything else to look after if possible, the first before the others.
 * With g_process.lock held. NULL = nobody now. */
static struct thread *choose(uint64_t bit)
{
    struct thread *any = NULL;
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread->is_companion || !takes(thread, bit))
            continue;
        if (!is_busy(thread))
            return thread;
        if (!any)
            any = thread;
    }
    return any;
}

/* Any thread of the process; NULL = there is none any more. */
static struct thread *any_thread(void)
{
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (!thread->is_companion)
            return thread;
    }
    return NULL;
}

/* Who takes a signal that is for the one who uses a processor: of those that do, each in its turn. As choose. */
static struct thread *choose_running(uint64_t bit)
{
    static int32_t last;
    struct thread *first = NULL, *next = NULL;
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread->is_companion || !takes(thread, bit) || thread_state(thread) != 'R')
            continue;
        if (!first)
            first = thread;
        if (!next && thread->tid > last)
            next = thread;
    }
    if (!next)
        next = first;
    last = next ? next->tid : 0;
    return next ? next : choose(bit);
}

/* A thread that waits for just this signal is woken, others have to look around. */
static void tell(struct thread *thread, uint64_t bit)
{
    if (__atomic_load_n(&thread->signals.waiting_for, __ATOMIC_SEQ_CST) & bit)
        thread_wake(thread);
    if (!(__atomic_load_n(&thread->signals.blocked, __ATOMIC_SEQ_CST) & bit))
        thread_attend(thread, ATTENTION_SIGNAL);
}

/* thread NULL = the process, and whom of it `chooser` chooses. */
static int send(struct thread *thread, const siginfo_t *info, struct thread *(*chooser)(uint64_t bit))
{
    const int signal = info->si_signo;
    const bool locked = lock_threads();
    struct thread *target = thread ? thread : any_thread();
    int error = 0;
    bool sent = false;
    lock_acquire(&g_signals.lock);
    prepare(target ? target->signals.process : &g_signals.process, signal);
    if (target && !is_discarded(target, signal)) {
        error = queue_add(thread ? &thread->signals.queue : &g_signals.process.shared, info);
        sent = error == 0;
    }
    lock_release(&g_signals.lock);
    target = NULL;
    if (sent)
        target = !thread ? chooser(signal_bit(signal)) : takes(thread, signal_bit(signal)) ? thread : NULL;
    if (target && locked)
        thread_get(target);
    unlock_threads(locked);
    if (target)
        tell(target, signal_bit(signal));
    if (target && locked)
        thread_put(target);
    if (sent)
        wait_queue_wake(&g_signals.arrivals);
    return error;
}

int signal_send_thread(struct thread *thread, const siginfo_t *info)
{
    return send(thread, info, NULL);
}

int signal_send_process(const siginfo_t *info)
{
    return send(NULL, info, choose);
}

/* While its thread is lent, a process's signals wait for its return. Whether they do. */
static bool keep_for_lender(const siginfo_t *info)
{
    lock_acquire(&g_signals.lock);
    struct signals_saved *lender = g_signals.lender;
    if (lender)
        (void)queue_add(&lender->shared, info);
    lock_release(&g_signals.lock);
    return lender != NULL;
}

int signal_send_holder(const siginfo_t *info)
{
    return keep_for_lender(info) ? 0 : send(NULL, info, choose);
}

void signal_send_running(const siginfo_t *info)
{
    if (!keep_for_lender(info))
        (void)send(NULL, info, choose_running);
}

void signal_send_self(int signal)
{
    siginfo_t info;
    signal_info(&info, signal, SI_USER);
    (void)send(self(), &info, NULL);
}

void signal_force(const siginfo_t *info)
{
    struct thread *thread = self();
    const uint64_t bit = signal_bit(info->si_signo);
    lock_acquire(&g_signals.lock);
    struct signal_action *action = &thread->signals.process->actions[info->si_signo];
    if (thread->signals.blocked & bit || action->handler == HANDLER_IGNORE) {
        action->handler = HANDLER_DEFAULT;
        __atomic_store_n(&thread->signals.blocked, thread->signals.blocked & ~bit, __ATOMIC_SEQ_CST);
    }
    /* What somebody sent under the same number must not stand in front of the fault. */
    queue_flush(&thread->signals.queue, bit);
    (void)queue_add(&thread->signals.queue, info);
    lock_release(&g_signals.lock);
    thread_attend(thread, ATTENTION_SIGNAL);
}

void retarget(uint64_t set)
{
    uint64_t wanted = __atomic_load_n(&g_signals.process.shared.pending, __ATOMIC_SEQ_CST) & set;
    if (!wanted || __atomic_load_n(&g_process.thread_count, __ATOMIC_ACQUIRE) == 1)
        return;
    for (; wanted; wanted &= wanted - 1) {
        const uint64_t bit = wanted & -wanted;
        lock_acquire(&g_process.lock);
        struct thread *thread = choose(bit);
        if (thread && thread != self())
            thread_get(thread);
        lock_release(&g_process.lock);
        if (thread && thread != self()) {
            tell(thread, bit);
            thread_put(thread);
        }
    }
}

/* No lock can be taken here. The first thread is there as long as the process in all but odd programs. */
void signal_host_event(int signal)
{
    struct thread *thread = self();
    __atomic_fetch_or(&g_signals.from_host, signal_bit(signal), __ATOMIC_SEQ_CST);
    if (!thread || thread->tid == 0)
        thread = any_thread();
    if (thread)
        thread_attend(thread, ATTENTION_SIGNAL);
}

void signal_collect(void)
{
    collect_host_signals();
}

void collect_host_signals(void)
{
    uint64_t set = __atomic_load_n(&g_signals.from_host, __ATOMIC_RELAXED);
    if (__builtin_expect(process_has_mail(), 0))
        process_take_mail();
    if (__builtin_expect(!set, 1))
        return;
    set = __atomic_exchange_n(&g_signals.from_host, 0, __ATOMIC_ACQ_REL);
    /* The host tells all processes what its terminal wants; some are in the background of it. */
    if (!process_is_foreground())
        set &= SET_OF(SIGTERM);
    for (; set; set &= set - 1) {
        siginfo_t info;
        signal_info(&info, __builtin_ctzll(set) + 1, SI_USER);
        info.si_pid = 0;
        info.si_uid = 0;
        /* It is meant for both, or for whom the host knows. */
        (void)keep_for_lender(&info);
        (void)send(NULL, &info, choose);
    }
}
