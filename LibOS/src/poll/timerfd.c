/* SPDX-License-Identifier: MIT */
/* timerfd: expirations of a timer as a file. Nothing runs when one expires; who waits knows the time. */
#include <linux/time.h>
#include <linux/timerfd.h>
#include "clock.h"
#include "common_state.h"
#include "copy.h"
#include "parcel.h"
#include "poll.h"
#include "text.h"
#include "syscalls.h"

struct timer_state {
    int64_t expiry_ns;    /* the next one, by the clock; 0 = disarmed */
    int64_t interval_ns;  /* 0 = once */
    uint64_t expirations; /* up to the last look, and not read */
    uint64_t flags;       /* with which it was set */
};

struct timer_file {
    struct common_state common; /* whose readers are woken when the timer is set */
    struct timer_state own;     /* while it is this process's alone */
    int clock;
};

static bool is_clock(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
}

static int64_t now_of(const struct timer_file *timer)
{
    int64_t now_ns = 0;
    (void)clock_read(timer->clock, &now_ns);
    return now_ns;
}

/* Count what has expired. */
static void catch_up(struct timer_state *state, int64_t now_ns)
{
    if (state->expiry_ns == 0 || now_ns < state->expiry_ns)
        return;
    if (state->interval_ns <= 0) {
        state->expirations++;
        state->expiry_ns = 0;
        return;
    }
    const int64_t count = (now_ns - state->expiry_ns) / state->interval_ns + 1;
    state->expirations += (uint64_t)count;
    /* A product that is too large is a time that does not come. */
    if (__builtin_mul_overflow(count, state->interval_ns, &now_ns) ||
        __builtin_add_overflow(state->expiry_ns, now_ns, &state->expiry_ns))
        state->expiry_ns = INT64_MAX;
}

/* What it is now, with the lock taken; and what it is from now on. In between it is a copy, which nobody else changes. */
static struct timer_state timer_begin(struct timer_file *timer, int64_t *out_now_ns)
{
    common_lock(&timer->common);
    struct timer_state state = *(const struct timer_state *)timer->common.state;
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* what is looked at below is the copy */
    *out_now_ns = state.expiry_ns != 0 ? now_of(timer) : 0;
    catch_up(&state, *out_now_ns);
    return state;
}

static void timer_end(struct timer_file *timer, const struct timer_state *state)
{
    *(struct timer_state *)timer->common.state = *state;
    common_unlock(&timer->common);
}

static int64_t time_left(const struct timer_state *state, int64_t now_ns)
{
    return state->expiry_ns == 0 ? 0 : state->expiry_ns - now_ns;
}

static uint64_t take(struct timer_file *timer)
{
    int64_t now_ns;
    struct timer_state state = timer_begin(timer, &now_ns);
    const uint64_t taken = state.expirations;
    state.expirations = 0;
    timer_end(timer, &state);
    return taken;
}

static int64_t timerfd_read(struct file *file, void *buffer, size_t size, int64_t *position)
{
    (void)position;
    if (size < sizeof(uint64_t))
        return -EINVAL;
    uint64_t taken = take(file->data);
    while (taken == 0) {
        const int error = file_wait(file, POLLIN);
        if (error < 0)
            return error;
        taken = take(file->data);
    }
    return user_write(buffer, &taken, sizeof(taken)) < 0 ? -EFAULT : (int64_t)sizeof(taken);
}

static uint32_t timerfd_poll(struct file *file, struct poll_table *table)
{
    struct timer_file *timer = file->data;
    int64_t now_ns;
    poll_on_queue(table, &timer->common.readers);
    if (table != NULL)
        common_hear(&timer->common);
    const struct timer_state state = timer_begin(timer, &now_ns);
    timer_end(timer, &state);
    if (state.expirations == 0 && state.expiry_ns != 0)
        poll_on_time(table, clock_monotonic_ns() + (state.expiry_ns - now_ns));
    return state.expirations != 0 ? POLLIN : 0;
}

static void timerfd_close(struct file *file)
{
    struct timer_file *timer = file->data;
    common_end(&timer->common);
    heap_free(timer);
}

static int timerfd_share(struct file *file)
{
    struct timer_file *timer = file->data;
    return common_share(file, &timer->common);
}

static int64_t timerfd_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct timer_file *timer = file->data;
    uint64_t ticks;
    if (request != (uint32_t)TFD_IOC_SET_TICKS)
        return -ENOTTY;
    if (copy_in(&ticks, (const void *)argument, sizeof(ticks)) < 0)
        return -EFAULT;
    if (ticks == 0)
        return -EINVAL;
    common_lock(&timer->common);
    ((struct timer_state *)timer->common.state)->expirations = ticks;
    common_changed(&timer->common, &timer->common.readers);
    return 0;
}

static const struct file_ops timerfd_ops;

static int new_timerfd(int clock, uint32_t flags, struct file **out)
{
    struct timer_file *timer = heap_zalloc(sizeof(*timer));
    struct file *file = timer != NULL ? file_new(&timerfd_ops, O_RDWR | flags, timer) : NULL;
    if (file == NULL) {
        heap_free(timer);
        return -ENOMEM;
    }
    timer->clock = clock;
    common_begin(&timer->common, &timer->own, sizeof(timer->own));
    *out = file;
    return 0;
}

/***** On the way to another process *****/

static int timerfd_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    const struct timer_file *timer = file->data;
    (void)out_handle;
    parcel->data[0] = (uint64_t)timer->clock;
    return 0;
}

static int timerfd_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    const int clock = (int)parcel->data[0];
    if (handle != NULL)
        DkObjectClose(handle);
    int error = is_clock(clock) ? new_timerfd(clock, parcel->flags & O_NONBLOCK, out) : -EBADMSG;
    if (error < 0)
        return error;
    error = common_join(&((struct timer_file *)(*out)->data)->common, parcel->shared);
    if (error < 0)
        file_put(*out);
    return error;
}

const struct parcel_kind timerfd_parcels = {.pack = timerfd_pack, .unpack = timerfd_unpack};

static void timerfd_describe(struct file *file, struct text *out)
{
    struct timer_file *timer = file->data;
    int64_t now_ns;
    const struct timer_state state = timer_begin(timer, &now_ns);
    timer_end(timer, &state);
    const int64_t left_ns = time_left(&state, now_ns), interval_ns = state.interval_ns;
    text_add(out, "clockid: %d\nticks: %lu\nsettime flags: 0%lo\n", timer->clock, state.expirations, state.flags);
    text_add(out, "it_value: (%lld, %lld)\nit_interval: (%lld, %lld)\n", left_ns / NS_PER_SECOND,
             left_ns % NS_PER_SECOND, interval_ns / NS_PER_SECOND, interval_ns % NS_PER_SECOND);
}

static const struct file_ops timerfd_ops = {
    .kind = "anon_inode:[timerfd]",
    .seeks_nowhere = true,
    .read = timerfd_read,
    .control = timerfd_control,
    .poll = timerfd_poll,
    .close = timerfd_close,
    .describe = timerfd_describe,
    .share = timerfd_share,
    .parcel = &timerfd_parcels,
};

int64_t sys_timerfd_create(int clock, int flags)
{
    if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0)
        return -EINVAL;
    if (clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM)
        return -EPERM;
    if (!is_clock(clock))
        return -EINVAL;
    struct file *file;
    const int error = new_timerfd(clock, (uint32_t)flags & TFD_NONBLOCK, &file);
    return error < 0 ? error : fd_install(file, 0, (flags & TFD_CLOEXEC) != 0);
}

/* The two halves of a struct itimerspec of the program. */
static int read_times(const struct __kernel_itimerspec *from, int64_t *out_interval_ns, int64_t *out_value_ns)
{
    if (!user_range_ok((uintptr_t)from, sizeof(*from)))
        return -EFAULT;
    int result = timespec_read(&from->it_interval, out_interval_ns);
    const int value_result = timespec_read(&from->it_value, out_value_ns);
    if (result == 0 || value_result == -EFAULT)
        result = value_result;
    return result;
}

static int write_times(struct __kernel_itimerspec *to, int64_t interval_ns, int64_t value_ns)
{
    struct __kernel_itimerspec times = {
        .it_interval = {.tv_sec = interval_ns / NS_PER_SECOND, .tv_nsec = interval_ns % NS_PER_SECOND},
        .it_value = {.tv_sec = value_ns / NS_PER_SECOND, .tv_nsec = value_ns % NS_PER_SECOND},
    };
    return copy_out(to, &times, sizeof(times));
}

/* When a timer expires that is set now. */
static int64_t expiry_of(const struct timer_file *timer, int flags, int64_t value_ns)
{
    if (value_ns != 0 && (flags & TFD_TIMER_ABSTIME) == 0 && __builtin_add_overflow(now_of(timer), value_ns, &value_ns))
        value_ns = INT64_MAX;
    return value_ns;
}

/* The timer of a descriptor, with a reference to its file. */
static int get_timer(int fd, struct file **out)
{
    *out = fd_get(fd);
    if (*out == NULL)
        return -EBADF;
    if ((*out)->ops == &timerfd_ops)
        return 0;
    file_put(*out);
    return -EINVAL;
}

int64_t sys_timerfd_settime(int fd, int flags, void *value, void *old)
{
    int64_t interval_ns, value_ns;
    /* The clock is not set from in here, so that nothing is ever cancelled; asking for it is no mistake. */
    if (!user_range_ok((uintptr_t)value, sizeof(struct __kernel_itimerspec)))
        return -EFAULT;
    int result = read_times(value, &interval_ns, &value_ns);
    if (result == -EFAULT)
        return result;
    if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0 || result < 0)
        return -EINVAL;
    struct file *file;
    result = get_timer(fd, &file);
    if (result < 0)
        return result;

    struct timer_file *timer = file->data;
    int64_t now_ns;
    const struct timer_state old_state = timer_begin(timer, &now_ns);
    *(struct timer_state *)timer->common.state = (struct timer_state){
        .expiry_ns = expiry_of(timer, flags, value_ns), .interval_ns = interval_ns, .flags = (uint32_t)flags};
    common_changed(&timer->common, &timer->common.readers);
    file_put(file);
    return old != NULL ? write_times(old, old_state.interval_ns, time_left(&old_state, now_ns)) : 0;
}

int64_t sys_timerfd_gettime(int fd, void *value)
{
    struct file *file;
    const int result = get_timer(fd, &file);
    if (result < 0)
        return result;
    int64_t now_ns;
    const struct timer_state state = timer_begin(file->data, &now_ns);
    timer_end(file->data, &state);
    file_put(file);
    return write_times(value, state.interval_ns, time_left(&state, now_ns));
}
