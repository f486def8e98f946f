/* SPDX-License-Identifier: MIT */
/* The table of traced threads: who traces whom, and how each side hears of the other. Knows no request and no register. */
#include <linux/ptrace.h>
#include "exec.h"
#include "entry.h"
#include "process/table.h"
#include "trace/trace_room.h"

struct trace_head *g_trace_head;
struct trace_table *g_traces;
static uint32_t g_traced; /* threads of this process */

/* How long one who has been let go may need to notice it. */
#define NAP_US 50
#define NAPS   1000

void trace_begin(void)
{
    g_traces = shared_place(sizeof(*g_traces));
    g_trace_head = shared_place(sizeof(*g_trace_head));
}

uint32_t trace_end(void)
{
    const uint32_t end = g_trace_head ? __atomic_load_n(&g_trace_head->end, __ATOMIC_ACQUIRE) : 0;
    return end < TRACE_SLOTS ? end : TRACE_SLOTS;
}

uint32_t trace_find(int32_t tid)
{
    for (uint32_t i = 1; i <= trace_end(); i++) {
        if (__atomic_load_n(&slot_at(i)->tid, __ATOMIC_ACQUIRE) == tid)
            return i;
    }
    return 0;
}

static int64_t take_locked(const struct trace_slot *slot)
{
    uint32_t number = trace_find(slot->tid);
    if (number)
        return slot_at(number)->tracer != 0 ? -EPERM : -EBUSY;
    number = trace_find(0);
    if (!number && trace_end() == TRACE_SLOTS)
        return -EAGAIN;
    if (!number)
        g_trace_head->end = number = trace_end() + 1;
    struct trace_slot *free = slot_at(number);
    *free = *slot;
    detail_at(number)->ask = ASK_NOTHING;
    detail_at(number)->changed = 0;
    memset(detail_at(number)->debug, 0, sizeof(detail_at(number)->debug));
    return number;
}

int64_t trace_take(const struct trace_slot *slot)
{
    for (unsigned naps = 0;; naps++) {
        shared_lock(&g_trace_head->lock);
        const int64_t number = take_locked(slot);
        shared_unlock(&g_trace_head->lock);
        if (number != -EBUSY)
            return number;
        if (naps == NAPS)
            return -EPERM;
        DkThreadDelayExecution(NAP_US);
    }
}

void trace_free(uint32_t number)
{
    __atomic_store_n(&slot_at(number)->tid, 0, __ATOMIC_RELEASE);
}

bool trace_awaits(int32_t pid)
{
    for (uint32_t i = 1; i <= trace_end(); i++) {
        const struct trace_slot *slot = slot_at(i);
        if (slot->tid > 0 && slot->pid == pid && slot->state == TRACE_ENDED)
            return true;
    }
    return false;
}

void trace_bury(uint32_t number)
{
    process_tell_end(slot_at(number)->pid, number);
}

void trace_tell(const struct trace_slot *slot, int code)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_signo = SIGCHLD;
    info.si_code = code;
    info.si_pid = slot->tid;
    info.si_uid = g_process.uid;
    info.si_status = code == CLD_TRAPPED  ? slot->status >> 8 & 0x7f
                     : code == CLD_EXITED ? slot->status >> 8
                                          : slot->status & 0x7f;
    mail_send(slot->tracer, 0, &info);
}

int32_t trace_get_tracer(int32_t tid, bool *out_stopped)
{
    const uint32_t number = tid > 0 ? trace_find(tid) : 0;
    *out_stopped = number && slot_at(number)->state == TRACE_STOPPED;
    return number ? slot_at(number)->tracer : 0;
}

int32_t trace_get_process(int32_t tid)
{
    const uint32_t number = tid > 0 ? trace_find(tid) : 0;
    return number && slot_at(number)->state != TRACE_ENDED ? slot_at(number)->pid : 0;
}

/***** Threads of this process *****/

/* What a traced process runs is what its file says, and stays so: debuggers read it, and steps end at each instruction. */
static void count(int change)
{
    const uint32_t traced = __atomic_add_fetch(&g_traced, (uint32_t)change, __ATOMIC_SEQ_CST);
    if (change > 0 && traced == 1)
        patch_suspend(true);
    else if (traced == 0)
        patch_suspend(false);
    entry_watch(WATCH_TRACER, traced != 0);
}

static void adopt(struct thread *thread, uint32_t number, bool stopped)
{
    thread->trace =
        (struct thread_trace){.slot = number, .tid = thread->tid, .resumed = PTRACE_CONT, .stop_due = stopped};
    count(1);
}

static bool is_of(const struct trace_slot *slot, int32_t tid)
{
    return slot->pid == g_process.pid && slot->tid == tid;
}

bool slot_is_own(const struct trace_slot *slot)
{
    return is_of(slot, self()->trace.tid);
}

/* The calling thread is traced no more. A new tracer may take the same slot as soon as it is free, and another thread find it
 * there: the thread has forgotten the old one by then. */
static void forget_tracer(struct thread_trace *trace)
{
    const struct thread_trace former = *trace;
    *trace = (struct thread_trace){0};
    count(-1);
    shared_lock(&g_trace_head->lock);
    if (is_of(slot_at(former.slot), former.tid) && slot_at(former.slot)->tracer == 0)
        trace_free(former.slot);
    shared_unlock(&g_trace_head->lock);
}

struct trace_slot *own_slot(void)
{
    struct thread_trace *trace = &self()->trace;
    if (!trace->slot)
        return NULL;
    struct trace_slot *slot = slot_at(trace->slot);
    if (slot_is_own(slot) && slot->tracer != 0 && slot->state != TRACE_ENDED)
        return slot;
    forget_tracer(trace);
    return NULL;
}

/* A thread of this process for an entry of the table, or the entry goes. */
static void look_at(uint32_t number)
{
    struct trace_slot *slot = slot_at(number);
    struct thread *thread = thread_find(slot->tid);
    if (!thread) {
        if (slot->tid != g_process.pid && slot->state != TRACE_ENDED && !slot->unborn)
            trace_free(number);
        return;
    }
    lock_acquire(&g_process.lock);
    const bool is_new = thread->trace.slot != number && slot->tracer != 0;
    if (is_new)
        adopt(thread, number, signal_process_is_stopped());
    lock_release(&g_process.lock);
    if (is_new || slot->wanted || slot->tracer == 0)
        thread_attend(thread, ATTENTION_SIGNAL);
    if (__atomic_load_n(&thread->trace.stopped, __ATOMIC_SEQ_CST))
        thread_wake(thread);
    thread_put(thread);
}

void trace_rung(void)
{
    for (uint32_t i = 1; i <= trace_end(); i++) {
        if (__atomic_load_n(&slot_at(i)->tid, __ATOMIC_ACQUIRE) > 0 && slot_at(i)->pid == g_process.pid)
            look_at(i);
    }
}

void trace_forked(void)
{
    self()->trace = (struct thread_trace){0};
    g_traced = 0;
    patch_suspend(false);
    entry_watch(WATCH_TRACER, false);
}

void trace_become(void)
{
    trace_forked();
    trace_rung();
}

void trace_born(struct thread *thread, const struct trace_birth *birth)
{
    if (!birth->slot)
        return;
    adopt(thread, birth->slot, false);
    slot_at(birth->slot)->pid = g_process.pid;
    __atomic_fetch_or(&thread->attention, ATTENTION_SIGNAL, __ATOMIC_SEQ_CST);
    if (!slot_at(birth->slot)->seized) {
        siginfo_t info;
        signal_info(&info, SIGSTOP, SI_USER);
        info.si_pid = 0;
        info.si_uid = 0;
        (void)signal_send_thread(thread, &info);
    }
}

void trace_birth_fails(const struct trace_birth *birth, const struct thread *thread)
{
    if (!birth->slot)
        return;
    trace_free(birth->slot);
    if (thread)
        count(-1);
}

/***** Ends *****/

/* Who traced it is gone: it dies or goes on. */
static void let_go(uint32_t number)
{
    struct trace_slot *slot = slot_at(number);
    const int32_t pid = slot->pid;
    const bool ended = slot->state == TRACE_ENDED;
    __atomic_store_n(&slot->tracer, 0, __ATOMIC_SEQ_CST);
    if (ended) {
        trace_bury(number);
        return;
    }
    slot->resume = PTRACE_DETACH;
    if (slot->options & PTRACE_O_EXITKILL) {
        siginfo_t info;
        signal_info(&info, SIGKILL, SI_KERNEL);
        mail_send(pid, 0, &info);
    }
    __atomic_store_n(&slot->state, TRACE_RUNS, __ATOMIC_SEQ_CST);
    mail_nudge(pid);
}

static void end(uint32_t number, int status, bool is_told)
{
    struct trace_slot *slot = slot_at(number);
    if (slot->tracer == 0 || is_told) {
        trace_free(number);
        return;
    }
    if (!slot->ends)
        slot->status = status;
    slot->unseen = 1;
    __atomic_store_n(&slot->state, TRACE_ENDED, __ATOMIC_SEQ_CST);
    trace_tell(slot, slot->status & 0x7f ? CLD_KILLED : CLD_EXITED);
}

void trace_process_ended(int32_t pid, int status)
{
    const struct kin *kin = table_kin(pid);
    const int32_t parent = kin ? kin->ppid : 0;
    for (uint32_t i = 1; i <= trace_end(); i++) {
        const struct trace_slot *slot = slot_at(i);
        if (slot->tid <= 0)
            continue;
        /* As a child it tells of its end itself. */
        if (slot->pid == pid && slot->state != TRACE_ENDED)
            end(i, status, slot->tid == pid && slot->tracer == parent);
        else if (slot->tracer == pid)
            let_go(i);
    }
}

void tracee_ends(int status)
{
    const struct thread *thread = self();
    const struct trace_slot *slot = own_slot();
    if (!slot)
        return;
    /* The first thread's end is told with the process's. */
    if (slot->tid != g_process.pid)
        end(thread->trace.slot, status, false);
    self()->trace.slot = 0;
    count(-1);
}
