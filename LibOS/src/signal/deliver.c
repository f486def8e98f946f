/* SPDX-License-Identifier: MIT */
/* Delivery: what becomes of the signals that a thread has when it goes back to the program. Knows nothing of how frames look
 * like. */
#include <linux/signal.h>
#include "exec.h"
#include "process.h"
#include "signal/signal_room.h"

static int64_t result_of(const struct regs *regs)
{
    return regs->number == NO_CALL ? 0 : (int64_t)regs->rax;
}

/* Have the program make its system call again. */
static void restart(struct regs *regs)
{
    const struct thread *thread = self();
    regs->rip = thread->trap_site ? thread->trap_site : patch_restart_address(regs->rip);
    regs->rax = regs->number;
    regs->number = NO_CALL;
}

/* What a call that was interrupted comes to when a handler runs. */
static void settle_call(struct regs *regs, uint64_t flags)
{
    const int64_t result = result_of(regs);
    sleep_forget(self());
    if (result_is_restart(result)) {
        if (result == -ERESTARTNOINTR || (result == -ERESTARTSYS && flags & SA_RESTART))
            restart(regs);
        else
            regs->rax = (uint64_t)-EINTR;
    }
    regs->number = NO_CALL;
}

static void restore_mask(struct thread_signals *signals)
{
    signals->restore_blocked = false;
    set_blocked(signals->saved_blocked);
}

static int take(struct thread *thread, uint64_t set, siginfo_t *out)
{
    const int signal = queue_take(&thread->signals.queue, set, out);
    return signal ? signal : queue_take(&thread->signals.process->shared, set, out);
}

static void tell_timer(siginfo_t *info)
{
    if (info->si_code == SI_TIMER && g_signals.timer_taken)
        g_signals.timer_taken(info);
}

int signal_take(uint64_t set, siginfo_t *out)
{
    struct thread *thread = self();
    if (!(pending_of(thread) & set))
        return 0;
    lock_acquire(&g_signals.lock);
    const int signal = take(thread, set, out);
    lock_release(&g_signals.lock);
    if (signal)
        tell_timer(out);
    return signal;
}

/* What is to be done about a signal. With the lock held. */
static void take_action(int signal, struct signal_action *out)
{
    struct signal_action *action = &self()->signals.process->actions[signal];
    *out = *action;
    if (action->flags & SA_RESETHAND && action->handler > HANDLER_IGNORE)
        action->handler = HANDLER_DEFAULT;
}

/* The same for what the thread does not block, with what is to be done about it. */
static int take_with_action(struct thread *thread, siginfo_t *out, struct signal_action *out_action)
{
    const uint64_t set = ~thread->signals.blocked;
    if (!(pending_of(thread) & set))
        return 0;
    lock_acquire(&g_signals.lock);
    const int signal = take(thread, set, out);
    take_action(signal, out_action);
    lock_release(&g_signals.lock);
    if (signal)
        tell_timer(out);
    return signal;
}

/* The thread's tracer may want another signal in place of one, or none. */
static int ask_tracer(struct regs *regs, siginfo_t *info, struct signal_action *action)
{
    const int signal = info->si_signo, instead = tracee_signal(regs, info);
    if (instead && instead != signal) {
        lock_acquire(&g_signals.lock);
        take_action(instead, action);
        lock_release(&g_signals.lock);
    }
    return instead;
}

/* All threads stop until somebody sends SIGCONT, or the process ends. */
static void stop_process(int signal)
{
    struct signal_process *process = self()->signals.process;
    lock_acquire(&g_process.lock);
    __atomic_store_n(&process->stopped, (uint32_t)signal, __ATOMIC_SEQ_CST);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread->signals.process != process)
            continue;
        __atomic_store_n(&thread->trace.stop_due, true, __ATOMIC_SEQ_CST);
        if (thread != self())
            thread_attend(thread, ATTENTION_STOP);
    }
    lock_release(&g_process.lock);
}

static int stop_signal(void)
{
    return (int)__atomic_load_n(&self()->signals.process->stopped, __ATOMIC_SEQ_CST);
}

bool signal_process_is_stopped(void)
{
    return __atomic_load_n(&g_signals.process.stopped, __ATOMIC_SEQ_CST) != 0;
}

/* Whoever sees first that the process has stopped, or goes on again, tells the parent; one at a time, for what is told last stays. */
static void tell_parent(bool stopped)
{
    bool *told = &self()->signals.process->told;
    if (__atomic_load_n(told, __ATOMIC_SEQ_CST) == stopped || (stop_signal() != 0) != stopped)
        return;
    lock_acquire(&g_signals.telling);
    const int signal = stop_signal();
    if (*told != stopped && (signal != 0) == stopped) {
        __atomic_store_n(told, stopped, __ATOMIC_SEQ_CST);
        process_stopped(signal);
    }
    lock_release(&g_signals.telling);
}

/* One whose tracer wants to see it stop does so elsewhere. */
static void wait_while_stopped(struct thread *thread)
{
    tell_parent(true);
    while (stop_signal() && !thread->trace.slot &&
           !(__atomic_load_n(&thread->attention, __ATOMIC_SEQ_CST) & ATTENTION_EXIT)) {
        freeze_park();
        collect_host_signals();
        (void)!thread_sleep(NO_TIMEOUT);
        __atomic_fetch_and(&thread->attention, ~(ATTENTION_SIGNAL | ATTENTION_STOP), __ATOMIC_SEQ_CST);
    }
    tell_parent(false);
}

static void act_by_default(int signal, const siginfo_t *info, const struct regs *regs)
{
    const uint64_t bit = signal_bit(signal);
    if (bit & SET_HARMLESS)
        return;
    /* Those of a terminal do not stop a process that nobody could make go on. */
    if (bit & SET_STOPPING) {
        if (signal == SIGSTOP || !process_group_is_orphan(process_group()))
            stop_process(signal);
        return;
    }
    if (bit & SET_SYNCHRONOUS && info->si_code > 0)
        fault_explain(info, regs);
    process_exit(signal); /* nobody writes a core, so the status says that there is none */
}

/* Have the program run a handler when it goes on. */
static void handle(struct regs *regs, const struct signal_action *action, const siginfo_t *info)
{
    struct thread_signals *signals = &self()->signals;
    const int signal = info->si_signo;
    settle_call(regs, action->flags);
    if (__builtin_expect(self()->trace.slot != 0, 0))
        tracee_return(regs);
    const uint64_t mask = signals->restore_blocked ? signals->saved_blocked : signals->blocked;
    if (frame_push(regs, action, info, mask) < 0) {
        siginfo_t fault;
        if (signal == SIGSEGV) {
            lock_acquire(&g_signals.lock);
            self()->signals.process->actions[SIGSEGV].handler = HANDLER_DEFAULT;
            lock_release(&g_signals.lock);
        }
        signal_info(&fault, SIGSEGV, SI_KERNEL);
        signal_force(&fault);
        return;
    }
    signals->restore_blocked = false;
    if (signals->stack_flags & SS_AUTODISARM)
        stack_reset(signals);
    uint64_t blocked = signals->blocked | action->mask;
    if (!(action->flags & SA_NODEFER))
        blocked |= signal_bit(signal);
    set_blocked(blocked);
    check_target(regs);
    if (__builtin_expect(self()->trace.slot != 0, 0))
        tracee_handler(regs);
}

/* Of a traced thread. */
static void show_stops(struct regs *regs)
{
    bool stopped;
    if (stop_signal() && trace_get_tracer(g_process.pid, &stopped) != process_parent())
        tell_parent(true);
    tracee_look(regs, stop_signal());
    tell_parent(false);
}

void signal_deliver(struct regs *regs)
{
    struct thread *thread = self();
    struct signal_action action;
    siginfo_t info;
    const int64_t result = result_of(regs);
    /* A call that has ended for its own reasons ends with its mask, too. */
    if (thread->signals.restore_blocked && result != -EINTR && !result_is_restart(result))
        restore_mask(&thread->signals);
    for (;;) {
        freeze_park();
        __atomic_fetch_and(&thread->attention, ~(ATTENTION_SIGNAL | ATTENTION_STOP), __ATOMIC_SEQ_CST);
        collect_host_signals();
        if (__builtin_expect(stop_signal() != 0 && !thread->trace.slot, 0))
            wait_while_stopped(thread);
        if (__builtin_expect(thread->trace.slot != 0, 0))
            show_stops(regs);
        int signal = take_with_action(thread, &info, &action);
        if (!signal)
            break;
        if (__builtin_expect(thread->trace.slot != 0, 0) && !(signal = ask_tracer(regs, &info, &action)))
            continue;
        if (action.handler == HANDLER_DEFAULT)
            act_by_default(signal, &info, regs);
        else if (action.handler != HANDLER_IGNORE)
            handle(regs, &action, &info);
    }
    if (result_is_restart(result_of(regs)))
        restart(regs);
    if (thread->signals.restore_blocked) {
        restore_mask(&thread->signals);
        if (signal_is_pending())
            thread_attend(thread, ATTENTION_SIGNAL);
    }
    if (__builtin_expect(thread->trace.slot != 0, 0))
        tracee_return(regs);
}
