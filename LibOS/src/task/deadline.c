/* SPDX-License-Identifier: MIT */
/* Sleeps that are interrupted and begun again end when they were to end. Knows nothing of why they sleep. */
#include "clock.h"
#include "task.h"

/* What a call that is made again has in common with the one that was interrupted. */
static void describe(const struct regs *regs, uint64_t out[3])
{
    out[0] = regs->number;
    out[1] = regs->rsp;
    out[2] = regs->rdi;
}

int64_t sleep_deadline(int64_t relative_ns)
{
    struct thread *thread = self();
    const int64_t kept = thread->task.sleep_until_ns;
    uint64_t call[3];
    describe(thread->regs, call);
    thread->task.sleep_until_ns = 0;
    if (kept && memcmp(call, thread->task.sleep_call, sizeof(call)) == 0)
        return kept;
    const int64_t now = clock_monotonic_ns();
    return relative_ns > INT64_MAX - now ? INT64_MAX : now + relative_ns;
}

void sleep_keep(int64_t deadline_ns)
{
    struct thread *thread = self();
    thread->task.sleep_until_ns = deadline_ns;
    describe(thread->regs, thread->task.sleep_call);
}
