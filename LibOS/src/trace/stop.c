/* SPDX-License-Identifier: MIT */
/* A traced thread: when it stops for its tracer, and how it serves it meanwhile. Knows nothing of the tracer's calls. */
#include <linux/ptrace.h>
#include "entry.h"
#include "trace/memory.h"
#include "trace/watch.h"

#define LOOK_AFTER_US 1000000 /* whether the tracer is still alive */
#define TRAP_FLAG     0x100u  /* TF */
#define CALL_BIT      0x80

/***** Stopping *****/

static bool must_end(const struct thread *thread)
{
    return signal_pending_in(signal_bit(SIGKILL)) ||
           __atomic_load_n(&thread->attention, __ATOMIC_SEQ_CST) & ATTENTION_EXIT;
}

/* Sleep until the tracer has rung. False: it is gone. */
static bool sleep_for_tracer(struct thread *thread, const struct trace_slot *slot)
{
    __atomic_fetch_and(&thread->attention, ~(ATTENTION_SIGNAL | ATTENTION_STOP), __ATOMIC_SEQ_CST);
    signal_collect();
    if (must_end(thread))
        return true;
    return thread_sleep(LOOK_AFTER_US) != -ETIMEDOUT || process_lives(slot->tracer);
}

static void show(const struct regs *regs, const struct stop *stop)
{
    const struct thread *thread = self();
    struct trace_detail *detail = detail_at(thread->trace.slot);
    const bool in_event = stop->call == STOP_EVENT && regs->number != NO_CALL;
    const bool before = stop->call == PTRACE_SYSCALL_INFO_ENTRY || stop->call == PTRACE_SYSCALL_INFO_SECCOMP;
    registers_show(regs, before || in_event, &detail->regs);
    detail->vectors_size = (uint32_t)vectors_show(detail->vectors, VECTORS_ROOM);
    detail->has_info = stop->info != NULL;
    if (stop->info)
        detail->info = *stop->info;
    detail->call = stop->call;
    detail->message = stop->message;
    detail->blocked = thread->signals.blocked;
    detail->ask = ASK_NOTHING;
    detail->changed = 0;
}

static void take_over(struct regs *regs)
{
    const struct trace_detail *detail = detail_at(self()->trace.slot);
    const uint32_t changed = detail->changed;
    if (changed & CHANGED_REGS)
        registers_take(regs, &detail->regs);
    if (changed & CHANGED_VECTORS && vectors_take(detail->vectors) < 0)
        log_print(LOG_DEBUG, "ptrace: the vector state cannot be loaded");
    if (changed & CHANGED_MASK)
        signal_set_blocked(detail->blocked);
}

int stop_for_tracer(struct regs *regs, const struct stop *stop)
{
    struct thread *thread = self();
    struct trace_slot *slot = own_slot();
    if (!slot)
        return 0;
    show(regs, stop);
    slot->status = stop->code << 8 | 0x7f;
    slot->resume = PTRACE_CONT;
    slot->signal = stop->signal;
    slot->unseen = 1;
    __atomic_store_n(&thread->trace.stopped, true, __ATOMIC_SEQ_CST);
    __atomic_store_n(&slot->state, TRACE_STOPPED, __ATOMIC_SEQ_CST);
    trace_tell(slot, CLD_TRAPPED);
    bool alive = true;
    while (alive && !must_end(thread) && slot_is_own(slot) &&
           __atomic_load_n(&slot->state, __ATOMIC_SEQ_CST) == TRACE_STOPPED) {
        trace_serve(detail_at(thread->trace.slot));
        freeze_park();
        alive = sleep_for_tracer(thread, slot);
    }
    __atomic_store_n(&thread->trace.stopped, false, __ATOMIC_SEQ_CST);
    int signal = 0;
    if (slot_is_own(slot)) { /* also of who has been let go */
        signal = slot->signal > 0 && slot->signal < SIGNAL_LIMIT ? slot->signal : 0;
        take_over(regs);
        slot->tracer = alive ? slot->tracer : 0;
    }
    slot = own_slot();
    if (slot)
        slot->state = TRACE_RUNS;
    thread->trace.resumed = slot ? slot->resume : PTRACE_CONT;
    thread->trace.steps = slot && slot->resume == PTRACE_SINGLESTEP;
    thread->trace.watching = 0;
    if (slot)
        watch_begin(&thread->trace, detail_at(thread->trace.slot));
    if (must_end(thread) || signal_is_pending() || tracee_may_step(&thread->trace))
        thread_attend(thread, ATTENTION_SIGNAL);
    return must_end(thread) ? SIGKILL : signal;
}

int stop_with_code(struct regs *regs, int code, uint64_t message, uint32_t call)
{
    siginfo_t info;
    signal_info(&info, code & 0x7f, SI_USER);
    info.si_code = code;
    return stop_for_tracer(regs, &(struct stop){.code = code, .info = &info, .message = message, .call = call});
}

/***** Signals *****/

bool tracee_is_wanted(const struct thread *thread)
{
    const uint32_t number = thread->trace.slot;
    return number && (__atomic_load_n(&slot_at(number)->wanted, __ATOMIC_SEQ_CST) ||
                      __atomic_load_n(&thread->trace.stop_due, __ATOMIC_SEQ_CST));
}

/* The process has stopped. A tracer that has said PTRACE_LISTEN hears of it when it goes on. */
static void stop_with_process(struct regs *regs, const struct trace_slot *slot, int signal)
{
    struct thread *thread = self();
    if (!slot->seized) {
        (void)stop_for_tracer(regs, &(struct stop){.code = signal});
        return;
    }
    (void)stop_with_code(regs, signal | PTRACE_EVENT_STOP << 8, 0, 0);
    if (thread->trace.resumed != PTRACE_LISTEN)
        return;
    __atomic_store_n(&thread->trace.stopped, true, __ATOMIC_SEQ_CST);
    while (signal_process_is_stopped() && !must_end(thread) && own_slot() && !slot->wanted) {
        freeze_park();
        if (!sleep_for_tracer(thread, slot))
            break;
    }
    __atomic_store_n(&thread->trace.stopped, false, __ATOMIC_SEQ_CST);
    if (own_slot() && !must_end(thread)) {
        __atomic_store_n(&slot_at(thread->trace.slot)->wanted, 0, __ATOMIC_SEQ_CST);
        (void)stop_with_code(regs, TRACE_EVENT(PTRACE_EVENT_STOP), 0, 0);
    }
}

void tracee_look(struct regs *regs, int stop_signal)
{
    struct thread *thread = self();
    struct trace_slot *slot = own_slot();
    if (!slot || must_end(thread))
        return;
    const bool wanted = __atomic_exchange_n(&slot->wanted, 0, __ATOMIC_SEQ_CST);
    const bool due = __atomic_exchange_n(&thread->trace.stop_due, false, __ATOMIC_SEQ_CST);
    if ((due || wanted) && stop_signal)
        stop_with_process(regs, slot, stop_signal);
    else if (wanted)
        (void)stop_with_code(regs, TRACE_EVENT(PTRACE_EVENT_STOP), 0, 0);
}

int tracee_signal(struct regs *regs, siginfo_t *info)
{
    struct thread *thread = self();
    const int signal = info->si_signo;
    if (signal == SIGKILL || !own_slot())
        return signal;
    const int instead = stop_for_tracer(regs, &(struct stop){.code = signal, .signal = signal, .info = info});
    if (instead == SIGKILL || !thread->trace.slot)
        return instead;
    const struct trace_detail *detail = detail_at(thread->trace.slot);
    if (instead == signal && detail->changed & CHANGED_INFO) {
        *info = detail->info;
        info->si_signo = signal;
    } else if (instead && instead != signal) {
        const struct trace_slot *slot = slot_at(thread->trace.slot);
        signal_info(info, instead, SI_USER);
        info->si_pid = slot->tracer;
    }
    if (instead && thread->signals.blocked & signal_bit(instead)) {
        (void)signal_send_thread(thread, info);
        return 0;
    }
    return instead;
}

void tracee_handler(struct regs *regs)
{
    if (self()->trace.steps && own_slot())
        (void)stop_with_code(regs, SIGTRAP, 0, 0);
}

/***** Steps *****/

void tracee_return(struct regs *regs)
{
    regs->efl &= ~(uint64_t)TRAP_FLAG;
    if (tracee_may_step(&self()->trace) && own_slot())
        regs->efl |= TRAP_FLAG;
    signal_check_target(regs); /* the tracer may have taken away the signal that said so */
}

bool tracee_steps(struct regs *regs, siginfo_t *info)
{
    struct thread *thread = self();
    struct thread_trace *trace = &thread->trace;
    regs->efl &= ~(uint64_t)TRAP_FLAG;
    if (!own_slot()) {
        trace->steps = false;
        trace->watching = 0;
        return false;
    }
    const bool watched = watch_step(trace, detail_at(trace->slot), regs->rip), stepped = trace->steps;
    trace->steps = false;
    if (stepped || watched)
        info->si_code = stepped ? TRAP_TRACE : TRAP_HWBKPT;
    else if (trace->watching)
        regs->efl |= TRAP_FLAG; /* on to the next one */
    return stepped || watched;
}

/***** System calls *****/

static bool stops_at_calls(void)
{
    return self()->trace.resumed == PTRACE_SYSCALL && own_slot();
}

static int code_of_calls(void)
{
    return SIGTRAP | (own_slot() && own_slot()->options & PTRACE_O_TRACESYSGOOD ? CALL_BIT : 0);
}

static void stop_at_call(struct regs *regs, uint32_t call)
{
    const int signal = stop_with_code(regs, code_of_calls(), call, call);
    if (signal && signal != SIGKILL)
        signal_send_self(signal);
}

/* After a stop before a call, in which the tracer may have taken the call away; kept: %rax before that. */
static bool is_made(struct regs *regs, uint64_t kept)
{
    if (!must_end(self()) && (int32_t)regs->number >= 0) {
        regs->rax = kept;
        return true;
    }
    /* The result is what the tracer has put there, or ENOSYS. */
    if (regs->rax == kept)
        regs->rax = (uint64_t)-ENOSYS;
    return false;
}

bool tracee_before_call(struct regs *regs)
{
    if (!stops_at_calls())
        return true;
    const uint64_t kept = regs->rax;
    stop_at_call(regs, PTRACE_SYSCALL_INFO_ENTRY);
    return is_made(regs, kept);
}

bool tracee_filtered(struct regs *regs, uint32_t data)
{
    const struct trace_slot *slot = own_slot();
    const uint64_t kept = regs->rax;
    if (!slot || !(slot->options & PTRACE_O_TRACESECCOMP)) {
        regs->rax = (uint64_t)-ENOSYS;
        return false;
    }
    (void)stop_with_code(regs, TRACE_EVENT(PTRACE_EVENT_SECCOMP), data, PTRACE_SYSCALL_INFO_SECCOMP);
    return is_made(regs, kept);
}

void tracee_after_call(struct regs *regs)
{
    struct thread *thread = self();
    if (thread->trace.steps && own_slot()) {
        siginfo_t info;
        signal_info(&info, SIGTRAP, TRAP_BRKPT);
        info.si_addr = (void *)(uintptr_t)regs->rip;
        thread->trace.steps = false;
        signal_force(&info);
    } else if (stops_at_calls()) {
        stop_at_call(regs, PTRACE_SYSCALL_INFO_EXIT);
    }
}
