/* SPDX-License-Identifier: MIT */
/* Taking signals without a handler: sigtimedwait(2). */
#include "clock.h"
#include "signal/signal_room.h"
#include "syscalls.h"

/* Sleep until one of a set may have come. 0, -ETIMEDOUT, -EINTR. */
static int sleep_for(uint64_t set, int64_t deadline_ns)
{
    struct thread *thread = self();
    int result = 0;
    /* Senders look at this after they have set the pending bit. */
    __atomic_store_n(&thread->signals.waiting_for, set, __ATOMIC_SEQ_CST);
    if (!(pending_of(thread) & set))
        result = thread_sleep(timeout_until(deadline_ns));
    __atomic_store_n(&thread->signals.waiting_for, 0, __ATOMIC_SEQ_CST);
    return result == -EINTR && !signal_interrupts() ? 0 : result;
}

int64_t sys_rt_sigtimedwait(void *from, void *out_info, void *timeout, unsigned long set_size)
{
    uint64_t set;
    siginfo_t info;
    int64_t limit_ns = INT64_MAX, deadline_ns = INT64_MAX;
    int error = read_set(from, set_size, &set);
    if (error == 0 && timeout)
        error = timespec_read(timeout, &limit_ns);
    if (error < 0)
        return error;

    int signal = signal_take(set, &info);
    if (!signal && limit_ns == 0)
        return -EAGAIN;
    if (!signal && timeout && __builtin_saddl_overflow(clock_monotonic_ns(), limit_ns, &deadline_ns))
        deadline_ns = INT64_MAX;
    while (!signal && error == 0) {
        error = sleep_for(set, deadline_ns);
        signal = signal_take(set, &info);
    }
    if (!signal)
        return error == -ETIMEDOUT ? -EAGAIN : error;
    if (out_info && user_write(out_info, &info, sizeof(info)) < 0)
        return -EFAULT;
    return signal;
}
