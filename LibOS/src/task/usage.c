/* SPDX-License-Identifier: MIT */
/* What has been used. The host tells how much processor time in all, not for what: it counts as the program's. */
#include <linux/times.h>
#include "clock.h"
#include "copy.h"
#include "mm.h"
#include "process.h"
#include "syscalls.h"
#include "task.h"

#define TICK_NS ((uint64_t)NS_PER_SECOND / 100) /* sysconf(_SC_CLK_TCK) is 100 everywhere */

void usage_describe(const struct process_usage *usage, struct rusage *out)
{
    memset(out, 0, sizeof(*out));
    out->ru_utime.tv_sec = (long)(usage->cpu_ns / (uint64_t)NS_PER_SECOND);
    out->ru_utime.tv_usec = (long)(usage->cpu_ns % (uint64_t)NS_PER_SECOND / 1000);
    out->ru_maxrss = (long)(usage->most_memory >> 10);
}

/* Of the calling thread; memory is the process's. */
static int thread_usage(struct process_usage *out)
{
    int64_t cpu_ns;
    if (clock_read(CLOCK_THREAD_CPUTIME_ID, &cpu_ns) < 0)
        return -EINVAL;
    *out = (struct process_usage){.cpu_ns = (uint64_t)cpu_ns, .most_memory = mm_most()};
    return 0;
}

int64_t sys_getrusage(int who, void *to)
{
    struct process_usage usage;
    struct rusage described;
    int error = 0;
    if (who == RUSAGE_SELF)
        process_own_usage(&usage);
    else if (who == RUSAGE_CHILDREN)
        process_children_usage(&usage);
    else
        error = who == RUSAGE_THREAD ? thread_usage(&usage) : -EINVAL;
    if (error < 0)
        return error;
    usage_describe(&usage, &described);
    return copy_out(to, &described, sizeof(described));
}

int64_t sys_times(void *buf)
{
    struct process_usage own, children;
    process_own_usage(&own);
    process_children_usage(&children);
    const struct tms now = {.tms_utime = (long)(own.cpu_ns / TICK_NS), .tms_cutime = (long)(children.cpu_ns / TICK_NS)};
    if (copy_out_wanted(buf, &now, sizeof(now)) < 0)
        return -EFAULT;
    return clock_monotonic_ns() / (int64_t)TICK_NS;
}
