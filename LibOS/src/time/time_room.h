/* SPDX-License-Identifier: MIT */
/* Room time: timers of the program, on any of its clocks. */
#ifndef LIBOS_SRC_TIME_TIME_ROOM_H
#define LIBOS_SRC_TIME_TIME_ROOM_H

#include "clock.h"

/* Calls of one timer are the caller's to serialise; fire runs on the timer thread, between them or during them. */
struct clock_timer {
    struct timer timer;
    int clock; /* CLOCK_x; processor time is looked at again and again */
    bool armed;
    int64_t expiry_ns;            /* on the clock's own axis: monotonic for those that go on by themselves */
    int64_t interval_ns;          /* 0 = once */
    int32_t tid;                  /* of the thread whose processor time it is, or 0 */
    int64_t spent_ns;             /* by that thread when it was looked at last, of the time since the timer was set */
    int64_t seen_ns, seen_cpu_ns; /* when that was, monotonic and in processor time of the process */
    void (*fire)(struct clock_timer *timer, uint64_t missed); /* NULL = nobody is told */
};

/* Arm; value_ns is relative or, on the clock, absolute. 0 and not absolute = disarm. */
void clock_timer_set(struct clock_timer *timer, int64_t value_ns, int64_t interval_ns, bool absolute);
/* What is left until the next expiry, 0 = disarmed. */
int64_t clock_timer_left(const struct clock_timer *timer);
/* After this fire does not run and will not. */
void clock_timer_stop(struct clock_timer *timer);

/* In a new process: the thread that calls timers back is not there, and is made again if it is needed. */
void timer_thread_forked(void);

/* A new process has its limits, and has used nothing yet. */
void cpu_limit_forked(void);

#endif
