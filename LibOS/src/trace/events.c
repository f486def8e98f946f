/* SPDX-License-Identifier: MIT */
/* Events that a tracer may want to see: new programs, ends, children, which are traced from their beginning. */
#include <linux/ptrace.h>
#include <linux/sched.h>
#include "trace/trace_room.h"
#include "trace/watch.h"

static bool has_option(const struct trace_slot *slot, int event)
{
    return slot->options & 1u << event;
}

static void stop_with_event(int event, uint64_t message)
{
    (void)stop_with_code(self()->regs, TRACE_EVENT(event), message, STOP_EVENT);
}

void tracee_executed(int32_t former)
{
    struct thread *thread = self();
    if (!thread->trace.slot)
        return;
    if (thread->trace.tid != thread->tid) {
        const uint32_t leader = trace_find(thread->tid);
        if (leader)
            trace_free(leader);
        slot_at(thread->trace.slot)->tid = thread->trace.tid = thread->tid;
    }
    watch_end(&thread->trace, detail_at(thread->trace.slot));
    const struct trace_slot *slot = own_slot();
    if (slot && has_option(slot, PTRACE_EVENT_EXEC))
        stop_with_event(PTRACE_EVENT_EXEC, (uint64_t)former);
    else if (slot && !slot->seized)
        signal_send_self(SIGTRAP);
}

void tracee_exits(int status)
{
    struct trace_slot *slot = own_slot();
    if (slot && has_option(slot, PTRACE_EVENT_EXIT))
        stop_with_event(PTRACE_EVENT_EXIT, (uint64_t)(uint32_t)status);
    slot = own_slot();
    if (slot) {
        slot->status = status;
        slot->ends = 1;
    }
}

/***** Children *****/

static int event_of(uint64_t flags, uint32_t exit_signal)
{
    if (flags & CLONE_VFORK)
        return PTRACE_EVENT_VFORK;
    return exit_signal == SIGCHLD ? PTRACE_EVENT_FORK : PTRACE_EVENT_CLONE;
}

void trace_birth_begin(struct trace_birth *out, uint64_t flags, uint32_t exit_signal, int32_t child)
{
    *out = (struct trace_birth){0};
    if (__builtin_expect(!self()->trace.slot, 1))
        return;
    const struct trace_slot *slot = own_slot();
    const int event = event_of(flags, exit_signal);
    if (!slot || flags & CLONE_UNTRACED)
        return;
    const bool told = has_option(slot, event);
    if (told)
        out->event = event;
    if (!told && !(flags & CLONE_PTRACE))
        return;
    struct trace_slot born = {.tid = child,
                              .pid = flags & CLONE_THREAD ? g_process.pid : child,
                              .tracer = slot->tracer,
                              .tracer_tid = slot->tracer_tid,
                              .options = slot->options,
                              .seized = slot->seized,
                              .unborn = (flags & CLONE_THREAD) != 0,
                              .wanted = slot->seized,
                              .resume = PTRACE_CONT};
    const int64_t number = trace_take(&born);
    out->slot = number > 0 ? (uint32_t)number : 0;
}

void trace_birth_end(const struct trace_birth *birth, int32_t child)
{
    if (birth->slot && slot_at(birth->slot)->tid == child) /* it may have ended */
        slot_at(birth->slot)->unborn = 0;
    if (birth->event)
        stop_with_event(birth->event, (uint64_t)child);
}

void trace_vfork_done(int32_t child)
{
    const struct trace_slot *slot = self()->trace.slot ? own_slot() : NULL;
    if (slot && has_option(slot, PTRACE_EVENT_VFORK_DONE))
        stop_with_event(PTRACE_EVENT_VFORK_DONE, (uint64_t)child);
}
