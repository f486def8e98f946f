/* SPDX-License-Identifier: MIT */
/* From a number to a function, and what is due before the program goes on. Knows no system call. */
#include "dispatch.h"
#include <asm/unistd.h>
#include <linux/seccomp.h>
#include "entry.h"
#include "exec.h"
#include "task.h"

struct entry_counts g_entry_counts;
static uint32_t g_watch; /* WATCH_x */

void entry_watch(uint32_t what, bool on)
{
    if (on)
        __atomic_fetch_or(&g_watch, what, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(&g_watch, ~what, __ATOMIC_SEQ_CST);
}

/* Say it once for each number. */
static void not_implemented(uint64_t number)
{
    static uint64_t told[SYSCALL_LIMIT / 64 + 1];
    if (number >= SYSCALL_LIMIT || !g_syscalls[number].name)
        return;
    const uint64_t bit = 1ull << number % 64;
    if (__atomic_fetch_or(&told[number / 64], bit, __ATOMIC_RELAXED) & bit)
        return;
    log_print(LOG_WARNING, "system call %s (%lu) is not implemented", g_syscalls[number].name, (unsigned long)number);
}

static int64_t call(struct regs *regs)
{
    const uint64_t number = (uint32_t)regs->number;
    if (number < SYSCALL_LIMIT && g_syscalls[number].call)
        return g_syscalls[number].call(regs);
    not_implemented(number);
    return -ENOSYS;
}

static void finish(struct regs *regs, int64_t result)
{
    regs->rax = (uint64_t)result;
    if (__builtin_expect(result_is_restart(result) || self()->signals.restore_blocked, 0)) {
        signal_deliver(regs);
        regs->changed = 1;
    }
}

static bool is_allowed(struct regs *regs)
{
    return self()->filters.mode == SECCOMP_MODE_DISABLED || filter_before_call(regs);
}

/* A call that was not made is not made again, whatever its result looks like. */
static void refuse(struct regs *regs)
{
    regs->number = NO_CALL;
    regs->changed = 1;
}

/* The same call, seen by a tracer before and after. Calls that set all registers return the result that is among them. */
static void call_traced(struct regs *regs)
{
    const bool made = tracee_before_call(regs) && is_allowed(regs);
    regs->rax = (uint64_t)(made ? call(regs) : (int64_t)regs->rax);
    tracee_after_call(regs);
    regs->changed = 1;
    thread_attend(self(), ATTENTION_SIGNAL);
}

/* Somebody wants to know of calls. */
static void dispatch_watched(struct regs *regs)
{
    const uint32_t watch = __atomic_load_n(&g_watch, __ATOMIC_RELAXED);
    if (watch & WATCH_COUNT)
        __atomic_fetch_add(&g_entry_counts.patched, 1, __ATOMIC_RELAXED);
    if (watch & WATCH_LOG)
        trace_enter(regs);
    if (self()->trace.slot) {
        call_traced(regs);
        return;
    }
    const bool made = is_allowed(regs);
    const int64_t result = made ? call(regs) : (int64_t)regs->rax;
    if (watch & WATCH_LOG)
        trace_leave(regs, result);
    if (!made)
        refuse(regs);
    else if (!regs->changed)
        finish(regs, result);
}

void dispatch(struct regs *regs)
{
    self()->regs = regs;
    self()->trap_site = 0;
    if (__builtin_expect(g_watch != 0, 0)) {
        dispatch_watched(regs);
        return;
    }
    const int64_t result = call(regs);
    /* rt_sigreturn and exec have set all registers. */
    if (!regs->changed)
        finish(regs, result);
}

/* The program does not come back from it, so it is in vain to count what has trapped. */
static bool is_last(uint64_t number)
{
    return number == __NR_exit || number == __NR_exit_group;
}

void dispatch_trapped(struct regs *regs)
{
    const uint64_t site = self()->trap_site;
    self()->regs = regs;
    __atomic_fetch_add(&g_entry_counts.trapped, 1, __ATOMIC_RELAXED);
    /* Patched code is no shorter way for who uses %gs. */
    if (!self()->guest_gs && !is_last(regs->number))
        patch_site(site);
    dispatch(regs);
    /* Only the long way back restores it. */
    if (self()->guest_gs)
        regs->changed = 1;
}

/* Have the PAL tell of events that came at the end of a call or in the host's clock function: any call does that. */
static void hear(void)
{
    struct pal_tcb *tcb;
    __asm__("movq %%gs:0, %0" : "=r"(tcb));
    if (__atomic_load_n(&tcb->pending, __ATOMIC_RELAXED) != 0)
        (void)DkSystemTimeQuery();
}

void attend(struct regs *regs)
{
    struct thread *thread = self();
    thread->regs = regs;
    hear();
    if (__atomic_load_n(&thread->attention, __ATOMIC_ACQUIRE) & ATTENTION_EXIT)
        thread_exit(0);
    signal_deliver(regs);
    regs->changed = 1;
}

struct regs *thread_regs(struct thread *thread)
{
    return (struct regs *)(thread->stack - sizeof(struct regs));
}
