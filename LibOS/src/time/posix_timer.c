/* SPDX-License-Identifier: MIT */
/* timer_create(2) and its kin. */
#include <linux/resource.h>
#include <linux/time.h>
#include "copy.h"
#include "process.h"
#include "syscalls.h"
#include "task.h"
#include "time/time_room.h"

#define FIRST_SLOTS 8

struct posix_timer {
    struct clock_timer timer; /* on the clock that it was made for */
    int id;
    int signal;
    sigval_t value;
    int32_t tid; /* to whom the signal goes, 0 = to the process */
    int overrun; /* of the signal that was taken last */
};

/* g_lock serialises all calls. The timer thread does not take it, so it may be held while a timer is stopped. */
static struct lock g_lock;
static struct posix_timer **g_slots; /* by id; NULL = free */
static unsigned g_slot_count;

static void fire(struct clock_timer *clock_timer, uint64_t missed)
{
    const struct posix_timer *timer = container_of(clock_timer, struct posix_timer, timer);
    siginfo_t info;
    signal_info(&info, timer->signal, SI_TIMER);
    info.si_tid = timer->id;
    info.si_overrun = missed > INT32_MAX ? INT32_MAX : (int)missed;
    info._sifields._timer._sigval = timer->value;
    /* The thread has another id while it is lent, which it is only if there is no other. */
    if (!timer->tid || vfork_is_lent()) {
        (void)signal_send_holder(&info);
        return;
    }
    struct thread *thread = thread_find(timer->tid);
    if (thread) {
        signal_send_thread(thread, &info);
        thread_put(thread);
    }
}

static struct posix_timer *find(int id)
{
    return id >= 0 && (unsigned)id < g_slot_count ? g_slots[id] : NULL;
}

/* What has expired by now counts, too, though the timer thread may not have come to it. */
static void taken(siginfo_t *info)
{
    lock_acquire(&g_lock);
    struct posix_timer *timer = find(info->si_tid);
    if (timer) {
        const uint64_t overrun = (uint64_t)info->si_overrun + timer_catch_up(&timer->timer.timer);
        timer->overrun = info->si_overrun = overrun > INT32_MAX ? INT32_MAX : (int)overrun;
    }
    lock_release(&g_lock);
}

/* With the lock held: a free id. */
static int free_slot(void)
{
    for (unsigned i = 0; i < g_slot_count; i++) {
        if (!g_slots[i])
            return (int)i;
    }
    const unsigned count = g_slot_count ? 2 * g_slot_count : FIRST_SLOTS;
    struct posix_timer **slots = heap_zalloc(count * sizeof(*slots));
    if (!slots || g_slot_count >= limit_get(RLIMIT_SIGPENDING)) {
        heap_free(slots);
        return -EAGAIN;
    }
    if (g_slots)
        memcpy(slots, g_slots, g_slot_count * sizeof(*slots));
    heap_free(g_slots);
    g_slots = slots;
    const int first = (int)g_slot_count;
    g_slot_count = count;
    return first;
}

static int check_thread(int32_t tid)
{
    struct thread *thread = thread_find(tid);
    if (!thread)
        return -EINVAL;
    thread_put(thread);
    return 0;
}

static int set_event(struct posix_timer *timer, const struct sigevent *wanted)
{
    timer->value = wanted->sigev_value;
    timer->signal = wanted->sigev_signo;
    switch (wanted->sigev_notify) {
    case SIGEV_NONE:
        timer->timer.fire = NULL;
        return 0;
    case SIGEV_THREAD_ID:
        timer->tid = wanted->sigev_notify_thread_id;
        if (check_thread(timer->tid) < 0)
            return -EINVAL;
        break;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
        break;
    default:
        return -EINVAL;
    }
    return timer->signal > 0 && timer->signal < SIGNAL_LIMIT ? 0 : -EINVAL;
}

static int check_clock(int clock)
{
    int64_t now;
    if (clock_read(clock, &now) < 0)
        return -EINVAL;
    if (clock_is_of_other(clock)) /* nobody would tell when it is time */
        return -EOPNOTSUPP;
    const bool cpu = clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
    return cpu || clock_is_wall(clock) ? 0 : -EOPNOTSUPP;
}

static int64_t insert(struct posix_timer *timer, void *id)
{
    lock_acquire(&g_lock);
    timer->id = free_slot();
    int64_t error = timer->id < 0 ? timer->id : copy_out(id, &timer->id, sizeof(timer->id));
    if (error == 0)
        g_slots[timer->id] = timer;
    lock_release(&g_lock);
    return error;
}

int64_t sys_timer_create(int clock, void *event, void *id)
{
    struct sigevent wanted;
    if (event && copy_in(&wanted, event, sizeof(wanted)) < 0)
        return -EFAULT;
    int64_t error = check_clock(clock);
    if (error < 0)
        return error;
    struct posix_timer *timer = heap_zalloc(sizeof(*timer));
    if (!timer)
        return -EAGAIN;
    signal_on_timer_taken(taken);
    timer->timer.clock = clock_for_others(clock);
    timer->timer.fire = fire;
    timer->signal = SIGALRM;
    if (event)
        error = set_event(timer, &wanted);
    if (error == 0)
        error = insert(timer, id);
    if (error < 0)
        heap_free(timer);
    else if (!event)
        timer->value.sival_int = timer->id;
    return error;
}

struct times {
    int64_t interval, value;
};

static int read_times(const void *from, struct times *out)
{
    const struct __kernel_itimerspec *given = from;
    const int error = timespec_read(&given->it_interval, &out->interval);
    return error < 0 ? error : timespec_read(&given->it_value, &out->value);
}

static int write_times(void *to, const struct times *times)
{
    struct __kernel_itimerspec *given = to;
    const int error = timespec_write(&given->it_interval, times->interval);
    return error < 0 ? error : timespec_write(&given->it_value, times->value);
}

static struct times times_of(const struct posix_timer *timer)
{
    return (struct times){timer->timer.interval_ns, clock_timer_left(&timer->timer)};
}

int64_t sys_timer_settime(int id, int flags, void *value, void *old)
{
    struct times wanted, was = {0, 0};
    if (!value)
        return -EINVAL;
    const int error = read_times(value, &wanted);
    if (error < 0)
        return error;
    lock_acquire(&g_lock);
    struct posix_timer *timer = find(id);
    if (timer) {
        was = times_of(timer);
        timer->overrun = 0;
        clock_timer_set(&timer->timer, wanted.value, wanted.interval, flags & TIMER_ABSTIME);
    }
    lock_release(&g_lock);
    if (!timer)
        return -EINVAL;
    return old ? write_times(old, &was) : 0;
}

int64_t sys_timer_gettime(int id, void *value)
{
    struct times now = {0, 0};
    lock_acquire(&g_lock);
    const struct posix_timer *timer = find(id);
    if (timer)
        now = times_of(timer);
    lock_release(&g_lock);
    return timer ? write_times(value, &now) : -EINVAL;
}

int64_t sys_timer_getoverrun(int id)
{
    lock_acquire(&g_lock);
    const struct posix_timer *timer = find(id);
    const int64_t overrun = timer ? timer->overrun : -EINVAL;
    lock_release(&g_lock);
    return overrun;
}

/* With the lock held. */
static void remove(int id)
{
    clock_timer_stop(&g_slots[id]->timer);
    heap_free(g_slots[id]);
    g_slots[id] = NULL;
}

int64_t sys_timer_delete(int id)
{
    lock_acquire(&g_lock);
    const bool there = find(id) != NULL;
    if (there)
        remove(id);
    lock_release(&g_lock);
    return there ? 0 : -EINVAL;
}

void timers_exec(void)
{
    lock_acquire(&g_lock);
    for (unsigned i = 0; i < g_slot_count; i++) {
        if (g_slots[i])
            remove((int)i);
    }
    lock_release(&g_lock);
}
