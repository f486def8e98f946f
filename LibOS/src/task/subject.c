/* SPDX-License-Identifier: MIT */
/* Whom calls on scheduling and limits mean: a thread of this process, another process of the instance, or who started it. What
 * others want changed is written down in the table of processes, and taken over by the process itself. */
#include <linux/sched.h>
#include "process.h"
#include "task/task_room.h"

bool is_realtime(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

bool is_normal(int policy)
{
    return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

/* What others have written may be anything. */
static struct task_traits sound(struct task_traits traits)
{
    const bool realtime = is_realtime(traits.policy);
    if (!realtime && !is_normal(traits.policy))
        traits.policy = SCHED_NORMAL;
    if (traits.priority < (realtime ? 1 : 0) || traits.priority > (realtime ? REALTIME_MAX : 0))
        traits.priority = realtime ? 1 : 0;
    traits.nice = nice_clamp(traits.nice);
    return traits;
}

static bool find_thread(int32_t tid, struct subject *out)
{
    out->thread = thread_find(tid);
    if (!out->thread)
        return false;
    out->traits = out->thread->task.traits;
    out->uid = g_process.uid;
    out->euid = g_process.euid;
    return true;
}

static bool find_process(int32_t pid, struct subject *out)
{
    struct process_facts facts;
    if (!process_get_traits(pid, &out->traits) || !process_find(pid, &facts))
        return false;
    out->traits = sound(out->traits);
    out->uid = facts.uid;
    out->euid = facts.euid;
    return true;
}

int subject_find(int pid, struct subject *out)
{
    task_take_imposed();
    *out = (struct subject){.pid = pid ? pid : self()->tid};
    if (pid < 0)
        return -ESRCH;
    if (find_thread(out->pid, out) || find_process(out->pid, out) || pid == OUTER_PID)
        return 0;
    return -ESRCH;
}

void subject_end(struct subject *subject)
{
    if (subject->thread)
        thread_put(subject->thread);
}

bool subject_is_ours(const struct subject *subject)
{
    if (subject->pid == OUTER_PID)
        return false;
    return identity_has(CAP_SYS_NICE) || g_process.euid == subject->uid || g_process.euid == subject->euid;
}

int subject_set(struct subject *subject)
{
    if (!subject->thread)
        return process_impose_traits(subject->pid, &subject->traits) ? 0 : -ESRCH;
    lock_acquire(&g_process.lock);
    subject->thread->task.traits = subject->traits;
    lock_release(&g_process.lock);
    if (subject->pid == g_process.pid)
        process_traits_changed(&subject->traits);
    return 0;
}

struct task_traits traits_inherited(const struct task_traits *from)
{
    struct task_traits traits = *from;
    if (!from->reset_on_fork)
        return traits;
    if (is_realtime(from->policy)) {
        traits.policy = SCHED_NORMAL;
        traits.priority = traits.nice = 0;
    }
    if (traits.nice < 0)
        traits.nice = 0;
    traits.reset_on_fork = false;
    return traits;
}

void task_take_imposed(void)
{
    struct process_imposed imposed;
    if (!process_take_imposed(&imposed))
        return;
    struct thread *first = imposed.has_traits ? thread_find(g_process.pid) : NULL;
    if (first) {
        lock_acquire(&g_process.lock);
        first->task.traits = sound(imposed.traits);
        lock_release(&g_process.lock);
        thread_put(first);
    }
    for (unsigned i = 0; i < LIMIT_COUNT; i++)
        if (imposed.limits_set >> i & 1)
            limit_impose(i, &imposed.limits[i]);
}
