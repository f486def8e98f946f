/* SPDX-License-Identifier: MIT */
/* Nice values and priorities of input and output. They are kept and told, as policies are. */
#include <linux/resource.h>
#include "syscalls.h"
#include "task/task_room.h"

#define NICE_MIN (-20)
#define NICE_MAX 19

int nice_clamp(int nice)
{
    return nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
}

bool nice_is_allowed(const struct thread *thread, int nice)
{
    return nice >= thread->task.nice || identity_is_root() || (uint64_t)(NICE_MAX + 1 - nice) <= limit_get(RLIMIT_NICE);
}

/* Whether a call on priorities means this process: it is the only one of its group and user. */
static int means_us(int which, int who)
{
    struct thread *thread;
    switch (which) {
    case PRIO_PROCESS:
        thread = who < 0 ? NULL : thread_find(who ? who : self()->tid);
        if (!thread)
            return -ESRCH;
        thread_put(thread);
        return 0;
    case PRIO_PGRP:
        return who == 0 || who == g_process.pgid ? 0 : -ESRCH;
    case PRIO_USER:
        return who == 0 || (uint32_t)who == g_process.uid ? 0 : -ESRCH;
    default:
        return -EINVAL;
    }
}

/* Of one thread, or of all. */
static bool is_meant(const struct thread *thread, int which, int who)
{
    return which != PRIO_PROCESS || thread->tid == (who ? who : self()->tid);
}

/* 20 - nice, so that it is never negative. */
int64_t sys_getpriority(int which, int who)
{
    const int error = means_us(which, who);
    if (error < 0)
        return error;
    int lowest = NICE_MAX;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        const struct thread *thread = list_entry(node, struct thread, peers);
        if (is_meant(thread, which, who) && thread->task.nice < lowest)
            lowest = thread->task.nice;
    }
    lock_release(&g_process.lock);
    return 20 - lowest;
}

int64_t sys_setpriority(int which, int who, int priority)
{
    const int error = means_us(which, who);
    if (error < 0)
        return error;
    const int nice = nice_clamp(priority);
    int64_t result = 0;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (!is_meant(thread, which, who))
            continue;
        if (nice_is_allowed(thread, nice))
            thread->task.nice = nice;
        else
            result = -EACCES;
    }
    lock_release(&g_process.lock);
    return result;
}

/* I/O priorities: a class in the upper bits. */
enum { IO_NONE, IO_REALTIME, IO_BEST_EFFORT, IO_IDLE };
enum { IO_WHO_PROCESS = 1, IO_WHO_GROUP, IO_WHO_USER };

static int io_means_us(int which, int who)
{
    static const int same[] = {[IO_WHO_PROCESS] = PRIO_PROCESS, [IO_WHO_GROUP] = PRIO_PGRP, [IO_WHO_USER] = PRIO_USER};
    return which < IO_WHO_PROCESS || which > IO_WHO_USER ? -EINVAL : means_us(same[which], who);
}

int64_t sys_ioprio_set(int which, int who, int priority)
{
    const int class = priority >> 13;
    const int level = priority & 7;
    if (class < IO_NONE || class > IO_IDLE || (class == IO_NONE && level))
        return -EINVAL;
    if (class == IO_REALTIME && !identity_is_root())
        return -EPERM;
    const int error = io_means_us(which, who);
    if (error == 0)
        self()->task.io_priority = priority;
    return error;
}

int64_t sys_ioprio_get(int which, int who)
{
    const int error = io_means_us(which, who);
    return error < 0 ? error : self()->task.io_priority;
}
