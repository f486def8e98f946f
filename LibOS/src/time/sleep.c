/* SPDX-License-Identifier: MIT */
/* nanosleep and its kin. */
#include <linux/time.h>
#include "clock.h"
#include "copy.h"
#include "syscalls.h"
#include "task.h"

/* Sleep until a monotonic time. 0 or -EINTR. */
static int sleep_until(int64_t deadline_ns)
{
    int result = 0;
    while (result == 0)
        result = thread_sleep(timeout_until(deadline_ns));
    return result == -ETIMEDOUT ? 0 : result;
}

static int64_t sleep_relative(int64_t duration_ns, void *remaining)
{
    const int64_t deadline_ns = sleep_deadline(duration_ns);
    if (sleep_until(deadline_ns) == 0)
        return 0;
    const int64_t left_ns = deadline_ns - clock_monotonic_ns();
    if (left_ns <= 0)
        return 0;
    if (remaining && timespec_write(remaining, left_ns) < 0)
        return -EFAULT;
    sleep_keep(deadline_ns);
    return -ERESTARTNOHAND;
}

int64_t sys_nanosleep(void *request, void *remaining)
{
    int64_t duration_ns;
    const int error = timespec_read(request, &duration_ns);
    return error < 0 ? error : sleep_relative(duration_ns, remaining);
}

/* Processor time passes no faster than this thread can run, so nobody can sleep on one's own; on that of all threads, by
 * looking at it again and again. */
static int64_t sleep_on_cpu_clock(int clock, int64_t target_ns)
{
    for (;;) {
        int64_t now;
        const int error = clock_read(clock, &now);
        if (error < 0)
            return error;
        if (now >= target_ns)
            return 0;
        const int64_t cpus = (int64_t)pal_control.cpu_info.cpu_num;
        if (sleep_until(clock_monotonic_ns() + (target_ns - now) / (cpus > 0 ? cpus : 1) + 1000) < 0)
            return -ERESTARTNOHAND;
    }
}

int64_t sys_clock_nanosleep(int clock, int flags, void *request, void *remaining)
{
    int64_t now, time;
    if (clock_read(clock, &now) < 0)
        return -EINVAL;
    if (clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID && !clock_is_wall(clock))
        return -EOPNOTSUPP;
    const int error = timespec_read(request, &time);
    if (error < 0)
        return error;
    const bool absolute = flags & TIMER_ABSTIME;
    if (!clock_is_wall(clock))
        return sleep_on_cpu_clock(clock, absolute || time > INT64_MAX - now ? time : now + time);
    if (!absolute)
        return sleep_relative(time, remaining);
    return sleep_until(clock_to_monotonic(clock, time)) == 0 ? 0 : -ERESTARTNOHAND;
}
