/* SPDX-License-Identifier: MIT */
/* Timers on clocks of the program, processor time included, over those of the timer thread. Knows nothing of signals. */
#include "time/time_room.h"
#include "task.h"

#define LOOK_AGAIN_NS 1000000 /* at processor time, at least */

static int64_t axis_now(const struct clock_timer *timer)
{
    int64_t now;
    if (clock_is_wall(timer->clock) || clock_read(timer->clock, &now) < 0)
        return clock_monotonic_ns();
    return now;
}

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/* With each processor busy for the process, its time passes that much faster than the wall's. */
static void look_later(struct clock_timer *timer, int64_t left_ns)
{
    const int64_t cpus = (int64_t)pal_control.cpu_info.cpu_num;
    const int64_t pause_ns = left_ns / (cpus > 0 ? cpus : 1);
    timer_start(&timer->timer, add(clock_monotonic_ns(), pause_ns > LOOK_AGAIN_NS ? pause_ns : LOOK_AGAIN_NS), 0);
}

static void expire_wall(struct timer *timer)
{
    struct clock_timer *owner = container_of(timer, struct clock_timer, timer);
    owner->fire(owner, timer->missed);
}

static void expire_cpu(struct timer *timer)
{
    struct clock_timer *owner = container_of(timer, struct clock_timer, timer);
    const int64_t now = axis_now(owner);
    if (now < owner->expiry_ns) {
        look_later(owner, owner->expiry_ns - now);
        return;
    }
    uint64_t missed = 0;
    if (owner->interval_ns > 0) {
        missed = (uint64_t)((now - owner->expiry_ns) / owner->interval_ns);
        owner->expiry_ns += ((int64_t)missed + 1) * owner->interval_ns;
        look_later(owner, owner->expiry_ns - now);
    }
    owner->fire(owner, missed);
}

void clock_timer_set(struct clock_timer *timer, int64_t value_ns, int64_t interval_ns, bool absolute)
{
    const bool wall = clock_is_wall(timer->clock);
    clock_timer_stop(timer);
    if (value_ns == 0)
        return;
    timer->armed = true;
    timer->interval_ns = interval_ns;
    if (!absolute)
        timer->expiry_ns = add(axis_now(timer), value_ns);
    else
        timer->expiry_ns = wall ? clock_to_monotonic(timer->clock, value_ns) : value_ns;
    if (!timer->fire)
        return;
    timer->timer.expire = wall ? expire_wall : expire_cpu;
    if (wall)
        timer_start(&timer->timer, timer->expiry_ns, interval_ns);
    else
        look_later(timer, timer->expiry_ns - axis_now(timer));
}

int64_t clock_timer_left(const struct clock_timer *timer)
{
    if (!timer->armed)
        return 0;
    const int64_t left = timer->expiry_ns - axis_now(timer);
    if (left > 0)
        return left;
    if (timer->interval_ns > 0)
        return timer->interval_ns - -left % timer->interval_ns;
    return 0;
}

void clock_timer_stop(struct clock_timer *timer)
{
    if (timer->timer.expire)
        timer_stop(&timer->timer);
    timer->armed = false;
    timer->interval_ns = 0;
}
