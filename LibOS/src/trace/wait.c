/* SPDX-License-Identifier: MIT */
/* What a tracer's wait(2) is told of those that it traces. Knows nothing of how one waits. */
#include <linux/ptrace.h>
#include "process/table.h"
#include "trace/trace_room.h"

static bool is_meant(const struct trace_wish *wish, const struct trace_slot *slot)
{
    if (slot->tid <= 0 || slot->tracer != own_pid())
        return false;
    if (wish->own_only && slot->tracer_tid && slot->tracer_tid != self()->tid)
        return false;
    if (wish->tid && slot->tid != wish->tid)
        return false;
    const struct kin *kin = wish->group ? table_kin(slot->pid) : NULL;
    return !wish->group || (kin && kin->pgid == wish->group);
}

/* 1 with news, 0 = none yet. */
static int take(const struct trace_wish *wish, uint32_t number, struct trace_news *out)
{
    struct trace_slot *slot = slot_at(number);
    const uint32_t state = __atomic_load_n(&slot->state, __ATOMIC_SEQ_CST);
    const bool ended = state == TRACE_ENDED;
    if (!slot->unseen || state == TRACE_RUNS || (ended && !wish->ends))
        return 0;
    const struct process_entry *entry = table_entry(slot->pid);
    *out = (struct trace_news){.tid = slot->tid,
                               .pid = slot->pid,
                               .status = slot->status & 0xffffff,
                               .uid = entry ? entry->uid : g_process.uid};
    if (wish->keep)
        return 1;
    slot->unseen = 0;
    if (ended)
        trace_bury(number);
    return 1;
}

/* Threads come before their process, whose end is the last that is heard of it. */
int tracer_wait(const struct trace_wish *wish, struct trace_news *out)
{
    int result = -ECHILD;
    for (unsigned leaders = 0; leaders < 2; leaders++) {
        for (uint32_t i = 1; i <= trace_end(); i++) {
            const struct trace_slot *slot = slot_at(i);
            if (!is_meant(wish, slot) || (slot->tid == slot->pid) != (leaders == 1))
                continue;
            result = 0;
            if (take(wish, i, out))
                return 1;
        }
    }
    return result;
}

static bool is_stranger(const struct trace_slot *slot)
{
    const struct kin *kin = table_kin(slot->pid);
    return slot->tid > 0 && slot->tracer == own_pid() && slot->state != TRACE_ENDED && (!kin || kin->ppid != own_pid());
}

bool tracer_has_strangers(void)
{
    for (uint32_t i = 1; i <= trace_end(); i++) {
        if (is_stranger(slot_at(i)))
            return true;
    }
    return false;
}

void tracer_look_after(void)
{
    for (uint32_t i = 1; i <= trace_end(); i++) {
        const int32_t pid = slot_at(i)->pid;
        if (is_stranger(slot_at(i)) && !process_lives(pid))
            trace_process_ended(pid, SIGKILL);
    }
}
