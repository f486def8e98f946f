/* SPDX-License-Identifier: MIT */
/* Timers on clocks of the program, processor time included, over those of the timer thread. Knows nothing of signals. */
#include "time/time_room.h"
#include "task.h"

#define LOOK_AGAIN_NS 1000000 /* at processor time, at least */

/* What another thread has used nobody tells: one that does not sleep is taken to use what the process uses, up to a whole
 * processor. So one that sleeps is let alone, and one that works by itself is seen to do so. */
static int64_t thread_now(const struct clock_timer *timer)
{
    int64_t used_ns = 0;
    struct thread *thread = thread_find(timer->tid);
    if (thread && !thread_sleeps(thread)) {
        const int64_t passed_ns = clock_monotonic_ns() - timer->seen_ns;
        used_ns = clock_process_cpu_ns() - timer->seen_cpu_ns;
        used_ns = used_ns < passed_ns ? used_ns : passed_ns;
    }
    if (thread)
        thread_put(thread);
    return timer->spent_ns + used_ns;
}

static void thread_seen(struct clock_timer *timer, int64_t spent_ns)
{
    timer->spent_ns = spent_ns;
    timer->seen_ns = clock_monotonic_ns();
    timer->seen_cpu_ns = clock_process_cpu_ns();
}

static int64_t axis_now(const struct clock_timer *timer)
{
    int64_t now;
    if (timer->tid)
        return thread_now(timer);
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
    const int64_t cpus = timer->tid ? 1 : (int64_t)pal_control.cpu_info.cpu_num;
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
    if (owner->tid)
        thread_seen(owner, now);
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

/* On the timer's axis, which for a thread begins when the timer is set. */
static int64_t expiry_of(const struct clock_timer *timer, int64_t value_ns, bool absolute)
{
    int64_t now;
    if (!absolute)
        return add(axis_now(timer), value_ns);
    if (clock_is_wall(timer->clock))
        return clock_to_monotonic(timer->clock, value_ns);
    if (!timer->tid)
        return value_ns;
    return clock_read(timer->clock, &now) == 0 && value_ns > now ? value_ns - now : 0;
}

void clock_timer_set(struct clock_timer *timer, int64_t value_ns, int64_t interval_ns, bool absolute)
{
    const bool wall = clock_is_wall(timer->clock);
    clock_timer_stop(timer);
    if (value_ns == 0)
        return;
    timer->armed = true;
    timer->interval_ns = interval_ns;
    timer->tid = clock_thread(timer->clock);
    if (timer->tid)
        thread_seen(timer, 0);
    timer->expiry_ns = expiry_of(timer, value_ns, absolute);
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
