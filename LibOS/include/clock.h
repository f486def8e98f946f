/* SPDX-License-Identifier: MIT */
/* Clocks and timers. */
#ifndef LIBOS_INCLUDE_CLOCK_H
#define LIBOS_INCLUDE_CLOCK_H

#include <linux/time_types.h>
#include "libos.h"

#define NS_PER_SECOND 1000000000ll

/* Nanoseconds of CLOCK_REALTIME, since 1970, and of CLOCK_MONOTONIC. No host call where the host shares its clock. */
int64_t clock_realtime_ns(void);
int64_t clock_monotonic_ns(void);
/* Seconds since 1970 as time(2) tells them, which are as of the last tick, in the library OS and in the vDSO. What is compared with
 * them must not be of the exact clock, which is ahead. */
int64_t clock_seconds(void);
/* Any clock of clock_gettime(2). 0 or -EINVAL. */
int clock_read(int clock, int64_t *out_ns);

/* Read a struct timespec of the program: nanoseconds, saturating, or -EFAULT, -EINVAL (negative or not normal). */
PAL_MUST_CHECK int timespec_read(const void *from, int64_t *out_ns);
PAL_MUST_CHECK int timespec_write(void *to, int64_t ns);

/* The monotonic time at which a clock will show absolute_ns if nobody sets it; INT64_MAX stays that. The clock must be one
 * of those that go on by themselves (clock_is_wall). */
int64_t clock_to_monotonic(int clock, int64_t absolute_ns);
bool clock_is_wall(int clock);

/* The thread whose processor time a clock is, 0 = it is another kind; and CLOCK_THREAD_CPUTIME_ID of the calling thread as others
 * name it, other clocks as they are. */
int32_t clock_thread(int clock);
/* Whether it is the processor time of another process. */
bool clock_is_of_other(int clock);
int clock_for_others(int clock);
/* The clock of a thread's processor time. */
int clock_of_thread(int32_t tid);

/* Processor time of the process, in nanoseconds. */
int64_t clock_process_cpu_ns(void);

/* The monotonic time when this process began. */
extern int64_t g_clock_start_ns;

/* Timeout for thread_sleep until a monotonic time; INT64_MAX = for ever; rounded up. */
uint64_t timeout_until(int64_t monotonic_ns);

void clock_init(void);
/* The process goes on from a checkpoint: monotonic clocks go on from this, whatever the host's say. */
void clock_resumed(int64_t monotonic_ns);
/* The function that programs may call to read clocks (vDSO), or NULL. */
PAL_PTR clock_function(void);

/* A timer of the library OS: calls back from the timer thread, which exists only while one is armed. */
struct timer {
    struct list_node node;
    int64_t expiry_ns;                   /* monotonic */
    int64_t interval_ns;                 /* 0 = once */
    uint64_t missed;                     /* for the callback: further expiries until now */
    void (*expire)(struct timer *timer); /* no lock held; may arm it again */
};
/* Zeroed memory with expire set is a timer. Arms it, whether it is or not. */
void timer_start(struct timer *timer, int64_t expiry_ns, int64_t interval_ns);
/* How often one with an interval has expired without having been called back, which it will not be for those. */
uint64_t timer_catch_up(struct timer *timer);
/* After this the callback does not run and will not. */
void timer_stop(struct timer *timer);

/* While a process is copied: no timer's callback runs. Not if no timer was ever armed. */
void timers_freeze(void);
void timers_thaw(void);
/* In a new process, which has one thread: the program's timers are gone, those of the library OS go on. */
void timers_forked(void);
/* execve: timers made with timer_create(2) are gone; interval timers go on. */
void timers_exec(void);
/* The process goes on from a checkpoint: so do all timers. */
void timers_resumed(void);

/* RLIMIT_CPU may be another one than before. No lock held. */
void cpu_limit_changed(void);

#endif
