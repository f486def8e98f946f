/* SPDX-License-Identifier: MIT */
/* Clocks: reading them, and the units of the program. Knows nothing of sleeping. */
#include "clock.h"
#include <linux/time.h>
#include "copy.h"
#include "process.h"
#include "syscalls.h"
#include "task.h"

/* Parts of the id of a thread's or process's processor time, as pthread_getcpuclockid(3) makes it. */
#define CPU_CLOCK_THREAD 4
#define CPU_CLOCK_KIND   3
#define CPU_CLOCK_KINDS  3
#define CPU_CLOCK_SCHED  2
#define COARSE_TICK_NS   4000000 /* resolution of clocks that are as of the last tick */

int64_t g_clock_start_ns;

/* What the host shares, or NULL. */
OF_HOST static int (*g_host_clock)(int clock, PAL_NUM out[2]) = NULL;

/* What the host's monotonic clocks are behind those of the process, which goes on from a checkpoint. */
static int64_t g_ahead_ns;

static bool is_monotonic(int clock)
{
    return clock == PAL_CLOCK_MONOTONIC || clock == PAL_CLOCK_MONOTONIC_RAW || clock == PAL_CLOCK_MONOTONIC_COARSE ||
           clock == PAL_CLOCK_BOOTTIME;
}

/* The host's function, for a process that has its own idea of monotonic time. May be called by the program. */
static int shifted_clock(int clock, PAL_NUM out[2])
{
    const int result = ((int (*)(int, PAL_NUM *))pal_control.clock_gettime)(clock, out);
    if (result == 0 && is_monotonic(clock)) {
        const int64_t now = (int64_t)out[0] * NS_PER_SECOND + (int64_t)out[1] + g_ahead_ns;
        out[0] = (PAL_NUM)(now / NS_PER_SECOND);
        out[1] = (PAL_NUM)(now % NS_PER_SECOND);
    }
    return result;
}

void clock_resumed(int64_t monotonic_ns)
{
    g_ahead_ns = 0;
    g_host_clock = (int (*)(int, PAL_NUM *))pal_control.clock_gettime;
    g_ahead_ns = monotonic_ns - clock_monotonic_ns();
    if (g_host_clock)
        g_host_clock = shifted_clock;
}

PAL_PTR clock_function(void)
{
    return (PAL_PTR)g_host_clock;
}

void clock_init(void)
{
    g_host_clock = (int (*)(int, PAL_NUM *))pal_control.clock_gettime;
    g_clock_start_ns = clock_monotonic_ns();
    g_process.start_ns = (uint64_t)g_clock_start_ns;
    self()->cpu_start_ns = (uint64_t)g_clock_start_ns;
}

/* A host without clocks of its own to share has one, which serves for all: it is as good as a monotonic one while nobody
 * sets it. */
static int64_t read_host(int clock)
{
    PAL_NUM time[2];
    if (g_host_clock && g_host_clock(clock, time) == 0)
        return (int64_t)time[0] * NS_PER_SECOND + (int64_t)time[1];
    return (int64_t)DkSystemTimeQuery() * 1000 + (is_monotonic(clock) ? g_ahead_ns : 0);
}

int64_t clock_realtime_ns(void)
{
    return read_host(PAL_CLOCK_REALTIME);
}

int64_t clock_seconds(void)
{
    return read_host(PAL_CLOCK_REALTIME_COARSE) / NS_PER_SECOND;
}

int64_t clock_monotonic_ns(void)
{
    return read_host(PAL_CLOCK_MONOTONIC);
}

/* Without a clock for it, processor time is the time since the start: too much, and never backwards. */
static int64_t cpu_time(int clock, int64_t start_ns)
{
    PAL_NUM time[2];
    if (g_host_clock && g_host_clock(clock, time) == 0)
        return (int64_t)time[0] * NS_PER_SECOND + (int64_t)time[1];
    return clock_monotonic_ns() - start_ns;
}

int64_t clock_process_cpu_ns(void)
{
    return cpu_time(PAL_CLOCK_PROCESS_CPUTIME, g_clock_start_ns);
}

static int64_t thread_cpu_ns(struct thread *thread)
{
    if (thread == self())
        return cpu_time(PAL_CLOCK_THREAD_CPUTIME, (int64_t)thread->cpu_start_ns);
    if (thread_ask_time(thread))
        return thread->cpu_ns;
    /* It does not say what it has used: no more than all, and no more than the time that it has been there. */
    const int64_t all = clock_process_cpu_ns();
    const int64_t age = clock_monotonic_ns() - (int64_t)thread->cpu_start_ns;
    return all < age ? all : age;
}

/* Of another process, which is asked. */
static int process_time(int32_t pid, int64_t *out_ns)
{
    struct process_facts facts;
    process_ask_usage(pid);
    if (!process_find(pid, &facts))
        return -EINVAL;
    *out_ns = (int64_t)facts.cpu_ns;
    return 0;
}

/* A clock of which the id says whose it is. */
static int read_cpu_clock(int clock, int64_t *out_ns)
{
    const int32_t id = (int32_t)(~(uint32_t)clock >> 3);
    if ((clock & CPU_CLOCK_KIND) >= CPU_CLOCK_KINDS)
        return -EINVAL;
    if (!(clock & CPU_CLOCK_THREAD)) {
        if (id != 0 && id != g_process.pid)
            return process_time(id, out_ns);
        *out_ns = clock_process_cpu_ns();
        return 0;
    }
    struct thread *thread = thread_find(id ? id : self()->tid);
    if (!thread)
        return -EINVAL;
    *out_ns = thread_cpu_ns(thread);
    thread_put(thread);
    return 0;
}

int32_t clock_thread(int clock)
{
    if (clock >= 0 || !(clock & CPU_CLOCK_THREAD))
        return 0;
    const int32_t id = (int32_t)(~(uint32_t)clock >> 3);
    return id ? id : self()->tid;
}

bool clock_is_of_other(int clock)
{
    const int32_t id = (int32_t)(~(uint32_t)clock >> 3);
    return clock < 0 && !(clock & CPU_CLOCK_THREAD) && id != 0 && id != g_process.pid;
}

int clock_of_thread(int32_t tid)
{
    return (int)(~(uint32_t)tid << 3 | CPU_CLOCK_THREAD | CPU_CLOCK_SCHED);
}

int clock_for_others(int clock)
{
    const int32_t tid = clock == CLOCK_THREAD_CPUTIME_ID ? self()->tid : clock_thread(clock);
    return tid ? clock_of_thread(tid) : clock;
}

bool clock_is_wall(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
           clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM || clock == CLOCK_TAI;
}

int clock_read(int clock, int64_t *out_ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *out_ns = read_host(clock);
        return 0;
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *out_ns = read_host(PAL_CLOCK_REALTIME);
        return 0;
    case CLOCK_BOOTTIME_ALARM:
        *out_ns = read_host(PAL_CLOCK_BOOTTIME);
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *out_ns = clock_process_cpu_ns();
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *out_ns = thread_cpu_ns(self());
        return 0;
    default:
        return clock < 0 ? read_cpu_clock(clock, out_ns) : -EINVAL;
    }
}

int64_t clock_to_monotonic(int clock, int64_t absolute_ns)
{
    int64_t now = 0;
    if (clock == CLOCK_MONOTONIC || absolute_ns == INT64_MAX || clock_read(clock, &now) < 0)
        return absolute_ns;
    const int64_t monotonic = clock_monotonic_ns();
    int64_t when;
    if (__builtin_sub_overflow(absolute_ns, now, &when) || __builtin_add_overflow(when, monotonic, &when))
        return INT64_MAX;
    return when < 0 ? 0 : when;
}

uint64_t timeout_until(int64_t monotonic_ns)
{
    if (monotonic_ns == INT64_MAX)
        return NO_TIMEOUT;
    const int64_t now = clock_monotonic_ns();
    return monotonic_ns <= now ? 0 : ((uint64_t)(monotonic_ns - now) + 999) / 1000;
}

int timespec_read(const void *from, int64_t *out_ns)
{
    struct __kernel_timespec time;
    if (copy_in(&time, from, sizeof(time)) < 0)
        return -EFAULT;
    if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec >= NS_PER_SECOND)
        return -EINVAL;
    *out_ns = time.tv_sec >= INT64_MAX / NS_PER_SECOND ? INT64_MAX : time.tv_sec * NS_PER_SECOND + time.tv_nsec;
    return 0;
}

int timespec_write(void *to, int64_t ns)
{
    const struct __kernel_timespec time = {.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
    return copy_out(to, &time, sizeof(time));
}

int64_t sys_clock_gettime(int clock, void *time)
{
    int64_t now;
    const int error = clock_read(clock, &now);
    return error < 0 ? error : timespec_write(time, now);
}

int64_t sys_clock_getres(int clock, void *resolution)
{
    int64_t now;
    const int error = clock_read(clock, &now);
    if (error < 0)
        return error;
    const bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    return resolution ? timespec_write(resolution, coarse ? COARSE_TICK_NS : 1) : 0;
}

/* The clocks are the host's. */
int64_t sys_clock_settime(int clock, void *time)
{
    int64_t wanted;
    if (clock != CLOCK_REALTIME)
        return -EINVAL;
    const int error = timespec_read(time, &wanted);
    return error < 0 ? error : -EPERM;
}

int64_t sys_settimeofday(void *time, void *zone)
{
    struct __kernel_old_timeval wanted;
    if (time && copy_in(&wanted, time, sizeof(wanted)) < 0)
        return -EFAULT;
    if (time && (wanted.tv_usec < 0 || wanted.tv_usec > 1000000))
        return -EINVAL;
    return time || zone ? -EPERM : 0;
}

int64_t sys_gettimeofday(void *time, void *zone)
{
    static const struct timezone no_zone = {0}; /* the host does not tell it */
    const int64_t now = time ? clock_realtime_ns() : 0;
    const struct __kernel_old_timeval value = {.tv_sec = now / NS_PER_SECOND, .tv_usec = now % NS_PER_SECOND / 1000};
    if (copy_out_wanted(time, &value, sizeof(value)) < 0 || copy_out_wanted(zone, &no_zone, sizeof(no_zone)) < 0)
        return -EFAULT;
    return 0;
}

int64_t sys_time(void *time)
{
    const int64_t now = clock_seconds();
    return copy_out_wanted(time, &now, sizeof(now)) < 0 ? -EFAULT : now;
}

int64_t sys_getcpu(void *cpu, void *node)
{
    int (*host)(unsigned *, unsigned *) = (int (*)(unsigned *, unsigned *))pal_control.getcpu;
    unsigned where[2] = {0, 0};
    if (host && host(&where[0], &where[1]) < 0)
        where[0] = where[1] = 0;
    where[0] = affinity_tell(where[0]);
    if (copy_out_wanted(cpu, &where[0], sizeof(unsigned)) < 0 || copy_out_wanted(node, &where[1], sizeof(unsigned)) < 0)
        return -EFAULT;
    return 0;
}
