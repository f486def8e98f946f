/* SPDX-License-Identifier: MIT */
/* Nice values and priorities of input and output. They are kept and told, as policies are. */
#include <linux/resource.h>
#include "process.h"
#include "syscalls.h"
#include "task/task_room.h"

#define NICE_MIN (-20)
#define NICE_MAX 19

int nice_clamp(int nice)
{
    return nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
}

bool nice_is_within_limit(int nice)
{
    return (uint64_t)(NICE_MAX + 1 - nice) <= limit_get(RLIMIT_NICE);
}

bool nice_is_allowed(const struct task_traits *traits, int nice)
{
    return nice >= traits->nice || identity_has(CAP_SYS_NICE) || nice_is_within_limit(nice);
}

/***** Whom a call means *****/

/* Does something to one of those whom a call means, or finds something out; 0 or -E... */
typedef int visitor(struct subject *subject, int *value);

/* As on Linux, who cannot be changed does not keep others from being changed, but is told of. */
static void visit_one(int32_t id, visitor *visit, int *value, int *result)
{
    struct subject subject;
    if (subject_find(id, &subject) < 0)
        return;
    const int error = visit(&subject, value);
    subject_end(&subject);
    if (error < 0 || *result == -ESRCH)
        *result = error;
}

static bool is_meant(int which, int who, int32_t group, uint32_t uid)
{
    if (which == PRIO_PGRP)
        return group == (who ? who : process_group());
    return uid == (who ? (uint32_t)who : g_process.uid);
}

/* The thread of this process with the lowest id above one; 0 = none. */
static int32_t next_thread(int32_t tid)
{
    int32_t next = 0;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        const struct thread *thread = list_entry(node, struct thread, peers);
        const int32_t other = thread->tid;
        if (thread_pid(thread) == own_pid() && other > tid && (next == 0 || other < next))
            next = other;
    }
    lock_release(&g_process.lock);
    return next;
}

/* Of a process, a group or a user. -ESRCH: nobody is meant. */
static int visit_all(int which, int who, visitor *visit, int *value)
{
    struct process_facts facts;
    int result = -ESRCH;
    if (which == PRIO_PROCESS) {
        visit_one(who, visit, value, &result);
        return result;
    }
    if (which != PRIO_PGRP && which != PRIO_USER)
        return -EINVAL;
    if (is_meant(which, who, process_group(), g_process.uid))
        for (int32_t tid = 0; (tid = next_thread(tid)) != 0;)
            visit_one(tid, visit, value, &result);
    for (int32_t pid = 0; (pid = process_next(pid)) != 0;)
        if (pid != own_pid() && process_find(pid, &facts) && is_meant(which, who, facts.pgid, facts.uid))
            visit_one(pid, visit, value, &result);
    return result;
}

/***** Nice values *****/

static int find_lowest(struct subject *subject, int *lowest)
{
    if (subject->traits.nice < *lowest)
        *lowest = subject->traits.nice;
    return 0;
}

/* 20 - nice, so that it is never negative. */
int64_t sys_getpriority(int which, int who)
{
    int lowest = NICE_MAX;
    const int error = visit_all(which, who, find_lowest, &lowest);
    return error < 0 ? error : NICE_MAX + 1 - lowest;
}

static int set_nice(struct subject *subject, int *nice)
{
    if (!subject_is_ours(subject))
        return -EPERM;
    if (!nice_is_allowed(&subject->traits, *nice))
        return -EACCES;
    subject->traits.nice = *nice;
    return subject_set(subject);
}

int64_t sys_setpriority(int which, int who, int priority)
{
    int nice = nice_clamp(priority);
    return visit_all(which, who, set_nice, &nice);
}

/***** Input and output: a class in the upper bits *****/

enum { IO_NONE, IO_REALTIME, IO_BEST_EFFORT, IO_IDLE };
enum { IO_WHO_PROCESS = 1, IO_WHO_GROUP, IO_WHO_USER };

static int visit_all_io(int which, int who, visitor *visit, int *value)
{
    static const int same[] = {[IO_WHO_PROCESS] = PRIO_PROCESS, [IO_WHO_GROUP] = PRIO_PGRP, [IO_WHO_USER] = PRIO_USER};
    return which < IO_WHO_PROCESS || which > IO_WHO_USER ? -EINVAL : visit_all(same[which], who, visit, value);
}

static int set_io(struct subject *subject, int *priority)
{
    if (!subject_is_ours(subject))
        return -EPERM;
    subject->traits.io_priority = *priority;
    return subject_set(subject);
}

int64_t sys_ioprio_set(int which, int who, int priority)
{
    const int class = priority >> 13;
    const int level = priority & 7;
    if (class < IO_NONE || class > IO_IDLE || (class == IO_NONE && level))
        return -EINVAL;
    if (class == IO_REALTIME && !identity_has(CAP_SYS_NICE))
        return -EPERM;
    return visit_all_io(which, who, set_io, &priority);
}

static int find_first_io(struct subject *subject, int *first)
{
    if (subject->traits.io_priority < *first)
        *first = subject->traits.io_priority;
    return 0;
}

int64_t sys_ioprio_get(int which, int who)
{
    int first = INT32_MAX;
    const int error = visit_all_io(which, who, find_first_io, &first);
    return error < 0 ? error : first;
}
