/* SPDX-License-Identifier: MIT */
/* What has been used. The host tells how much processor time in all, not for what: it counts as the program's. */
#include <linux/resource.h>
#include <linux/times.h>
#include "clock.h"
#include "copy.h"
#include "mm.h"
#include "syscalls.h"
#include "task.h"

#define TICK_NS (NS_PER_SECOND / 100) /* sysconf(_SC_CLK_TCK) is 100 everywhere */

static struct __kernel_old_timeval as_timeval(int64_t ns)
{
    return (struct __kernel_old_timeval){.tv_sec = ns / NS_PER_SECOND, .tv_usec = ns % NS_PER_SECOND / 1000};
}

int64_t sys_getrusage(int who, void *usage)
{
    struct rusage now = {0};
    int64_t cpu_ns = 0;
    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
        return -EINVAL;
    if (who != RUSAGE_CHILDREN) {
        const int clock = who == RUSAGE_SELF ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID;
        if (clock_read(clock, &cpu_ns) < 0)
            return -EINVAL;
        now.ru_utime = as_timeval(cpu_ns);
        now.ru_maxrss = (long)(mm_total() >> 10);
    }
    return copy_out(usage, &now, sizeof(now));
}

int64_t sys_times(void *buf)
{
    const struct tms now = {.tms_utime = clock_process_cpu_ns() / TICK_NS};
    if (copy_out_wanted(buf, &now, sizeof(now)) < 0)
        return -EFAULT;
    return clock_monotonic_ns() / TICK_NS;
}
