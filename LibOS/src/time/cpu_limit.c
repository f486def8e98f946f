/* SPDX-License-Identifier: MIT */
/* RLIMIT_CPU: a process that has used so much processor time gets SIGXCPU, again each second, and then SIGKILL. Knows nothing of how
 * limits are set. */
#include <linux/resource.h>
#include "task.h"
#include "time/time_room.h"

static void fire(struct clock_timer *timer, uint64_t missed);

static struct lock g_lock;
static struct clock_timer g_timer = {.clock = CLOCK_PROCESS_CPUTIME_ID, .fire = fire};

/* Limits are whole seconds, so each that matters is the soft one or comes some seconds after it. */
static void fire(struct clock_timer *timer, uint64_t missed)
{
    siginfo_t info;
    const uint64_t used = (uint64_t)(clock_process_cpu_ns() / NS_PER_SECOND);
    const bool over = used >= limit_get_hard(RLIMIT_CPU);
    (void)timer;
    (void)missed;
    signal_info(&info, over ? SIGKILL : SIGXCPU, SI_KERNEL);
    if (!over)
        limit_raise_cpu(used + 1); /* as Linux shows when the next one comes */
    signal_send_running(&info);
}

void cpu_limit_changed(void)
{
    const uint64_t seconds = limit_get(RLIMIT_CPU);
    const bool wanted = seconds < (uint64_t)(INT64_MAX / NS_PER_SECOND);
    if (!wanted && !__atomic_load_n(&g_timer.armed, __ATOMIC_RELAXED))
        return;
    lock_acquire(&g_lock);
    if (wanted)
        clock_timer_set(&g_timer, seconds ? (int64_t)seconds * NS_PER_SECOND : 1, NS_PER_SECOND, true);
    else
        clock_timer_stop(&g_timer);
    lock_release(&g_lock);
}

void cpu_limit_forked(void)
{
    g_lock = (struct lock){0};
    cpu_limit_changed();
}
