/* SPDX-License-Identifier: MIT */
/* The three interval timers of a process. User time is not told apart from processor time as a whole, so ITIMER_VIRTUAL
 * runs as ITIMER_PROF does. */
#include <linux/time.h>
#include "copy.h"
#include "syscalls.h"
#include "task.h"
#include "time/time_room.h"

#define MICROSECOND_NS 1000

static void fire(struct clock_timer *timer, uint64_t missed);

static struct lock g_lock;
static struct clock_timer g_itimers[] = {
    [ITIMER_REAL] = {.clock = CLOCK_MONOTONIC, .fire = fire},
    [ITIMER_VIRTUAL] = {.clock = CLOCK_PROCESS_CPUTIME_ID, .fire = fire},
    [ITIMER_PROF] = {.clock = CLOCK_PROCESS_CPUTIME_ID, .fire = fire},
};

static void fire(struct clock_timer *timer, uint64_t missed)
{
    static const int signals[] = {[ITIMER_REAL] = SIGALRM, [ITIMER_VIRTUAL] = SIGVTALRM, [ITIMER_PROF] = SIGPROF};
    siginfo_t info;
    (void)missed;
    signal_info(&info, signals[timer - g_itimers], SI_KERNEL);
    if (timer == &g_itimers[ITIMER_REAL])
        signal_send_holder(&info);
    else
        signal_send_running(&info);
}

/* Set a timer and tell what it was, in nanoseconds. */
static void exchange(struct clock_timer *timer, int64_t value_ns, int64_t interval_ns, int64_t old[2])
{
    lock_acquire(&g_lock);
    old[0] = timer->interval_ns;
    old[1] = clock_timer_left(timer);
    clock_timer_set(timer, value_ns, interval_ns, false);
    if (value_ns == 0 && timer != &g_itimers[ITIMER_REAL])
        timer->interval_ns = interval_ns; /* the others keep it although they do not run */
    lock_release(&g_lock);
}

static int read_timeval(const struct __kernel_old_timeval *value, int64_t *out_ns)
{
    if (value->tv_sec < 0 || value->tv_usec < 0 || value->tv_usec >= 1000000)
        return -EINVAL;
    if (value->tv_sec >= INT64_MAX / NS_PER_SECOND)
        *out_ns = INT64_MAX;
    else
        *out_ns = value->tv_sec * NS_PER_SECOND + value->tv_usec * MICROSECOND_NS;
    return 0;
}

/* A timer that runs does not show 0. */
static int write_timer(void *to, const int64_t times[2])
{
    struct __kernel_old_timeval out[2];
    for (unsigned i = 0; i < 2; i++) {
        const int64_t ns = times[i] > 0 && times[i] < MICROSECOND_NS ? MICROSECOND_NS : times[i];
        out[i].tv_sec = ns / NS_PER_SECOND;
        out[i].tv_usec = ns % NS_PER_SECOND / MICROSECOND_NS;
    }
    return copy_out_wanted(to, out, sizeof(out));
}

int64_t sys_getitimer(int which, void *value)
{
    int64_t now[2];
    if (which < 0 || which >= (int)array_count(g_itimers))
        return -EINVAL;
    lock_acquire(&g_lock);
    now[0] = g_itimers[which].interval_ns;
    now[1] = clock_timer_left(&g_itimers[which]);
    lock_release(&g_lock);
    return value ? write_timer(value, now) : -EFAULT;
}

int64_t sys_setitimer(int which, void *value, void *old)
{
    struct __kernel_old_timeval wanted[2] = {{0, 0}, {0, 0}};
    int64_t interval_ns = 0, value_ns = 0, was[2];
    if (value && copy_in(wanted, value, sizeof(wanted)) < 0)
        return -EFAULT;
    if (read_timeval(&wanted[0], &interval_ns) < 0 || read_timeval(&wanted[1], &value_ns) < 0)
        return -EINVAL;
    if (which < 0 || which >= (int)array_count(g_itimers))
        return -EINVAL;
    exchange(&g_itimers[which], value_ns, interval_ns, was);
    return write_timer(old, was);
}

/* Rounded to seconds, but never to 0. */
int64_t sys_alarm(unsigned seconds)
{
    int64_t was[2];
    exchange(&g_itimers[ITIMER_REAL], (int64_t)seconds * NS_PER_SECOND, 0, was);
    const int64_t rounded = (was[1] + NS_PER_SECOND / 2) / NS_PER_SECOND;
    return was[1] > 0 && rounded == 0 ? 1 : rounded;
}

void timers_forked(void)
{
    g_lock = (struct lock){0};
    timer_thread_forked();
    for (unsigned i = 0; i < array_count(g_itimers); i++) {
        if (g_itimers[i].armed)
            clock_timer_set(&g_itimers[i], 0, 0, false);
        g_itimers[i].interval_ns = 0;
    }
    timers_exec();
    cpu_limit_forked();
}
