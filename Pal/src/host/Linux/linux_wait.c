/* SPDX-License-Identifier: MIT */
/* Sleeping until one of several waitables or descriptors is ready. Knows no queue but to be in it, and no handle. */
#include "linux_wait.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include "linux_clock.h"
#include "linux_error.h"
#include "linux_ready.h"
#include "sys_linux.h"
#include "sys_pipe.h"

#define US_PER_S         1000000
#define NS_PER_US        1000
#define NS_PER_S         1000000000
#define WAIT_MEMORY_SIZE ((size_t)64 << 10)

/* When a wait is over. */
struct limit {
    bool given;
    struct __kernel_timespec left;     /* for ppoll, which keeps it up to date */
    struct __kernel_timespec deadline; /* for a futex, of CLOCK_MONOTONIC */
};

static int set_limit(struct limit *limit, uint64_t timeout_us, bool polling)
{
    struct __kernel_timespec now = {0};
    limit->given = timeout_us != NO_TIMEOUT;
    const int result = limit->given && !polling ? linux_clock(CLOCK_MONOTONIC, &now) : 0;
    limit->left.tv_sec = (int64_t)(timeout_us / US_PER_S);
    limit->left.tv_nsec = (int64_t)(timeout_us % US_PER_S) * NS_PER_US;
    limit->deadline.tv_sec = now.tv_sec + limit->left.tv_sec + (now.tv_nsec + limit->left.tv_nsec) / NS_PER_S;
    limit->deadline.tv_nsec = (now.tv_nsec + limit->left.tv_nsec) % NS_PER_S;
    return (int)linux_error(result);
}

/* The thread's own pipe, by which it is woken when it polls. */
static int prepare_polling(struct wait *wait, struct linux_thread *self)
{
    if (!self->wake_fds[0]) {
        const int result = sys_pipe2(self->wake_fds, O_CLOEXEC | O_NONBLOCK);
        if (result < 0)
            return (int)linux_error(result);
    }
    wait->fds[wait->fd_count] = (struct pollfd){.fd = self->wake_fds[0], .events = POLLIN};
    return 0;
}

/* The number of entries for ppoll is limited like that of descriptors. */
static int poll_error(int result)
{
    return result == -EINVAL ? -PAL_ERROR_TOOLONG : (int)linux_error(result);
}

int linux_poll(struct wait *wait)
{
    const int result = wait->fd_count > 0 ? sys_poll_now(wait->fds, wait->fd_count) : 0;
    return result < 0 ? poll_error(result) : 0;
}

/* Returns 1 if descriptors are ready, 0 if the thread was woken. */
static int sleep_in_poll(struct wait *wait, struct linux_thread *self, struct limit *limit)
{
    const bool own = wait->node_count > 0;
    const int result = sys_ppoll(wait->fds, wait->fd_count + own, limit->given ? &limit->left : NULL, NULL);
    if (result < 0)
        return poll_error(result);
    if (result == 0)
        return -PAL_ERROR_TRYAGAIN;
    const bool woken = own && wait->fds[wait->fd_count].revents;
    if (woken)
        sys_pipe_clear(self->wake_fds[0]);
    return result > woken;
}

static int sleep_in_futex(struct linux_thread *self, const struct limit *limit)
{
    const int result = sys_futex_wait(&self->wake, WAKE_NOT_YET, limit->given ? &limit->deadline : NULL);
    if (result == -ETIMEDOUT)
        return -PAL_ERROR_TRYAGAIN;
    /* Without an event, the process was stopped and has been continued: the filter refuses what the kernel does then. */
    const bool goes_on = result == -EAGAIN || (result == -EINTR && pal_self()->tcb.pending == 0);
    return goes_on ? 0 : (int)linux_error(result);
}

static uint32_t read_wake(const struct linux_thread *self)
{
    return __atomic_load_n(&self->wake, __ATOMIC_ACQUIRE);
}

int linux_wait(struct wait *wait, uint64_t timeout_us, PAL_HANDLE *out)
{
    struct linux_thread *self = linux_self();
    const bool polling = wait->fd_count > 0;
    struct limit limit;
    int result = set_limit(&limit, timeout_us, polling);
    if (result == 0 && polling && wait->node_count > 0)
        result = prepare_polling(wait, self);
    if (result < 0)
        return result;
    self->wake = WAKE_NOT_YET;
    size_t entered = 0;
    for (; entered < wait->node_count && read_wake(self) == WAKE_NOT_YET; entered++) {
        struct wait_node *node = &wait->nodes[entered];
        node->thread = self;
        node->number = (uint32_t)entered + 1;
        node->polling = polling;
        linux_enter(node);
    }
    while (result == 0 && read_wake(self) == WAKE_NOT_YET)
        result = polling ? sleep_in_poll(wait, self, &limit) : sleep_in_futex(self, &limit);
    /* Give up, unless somebody was faster. */
    uint32_t got = WAKE_NOT_YET;
    const bool nothing = entered == 0 || __atomic_compare_exchange_n(&self->wake, &got, WAKE_GONE, false,
                                                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    for (size_t i = 0; i < entered; i++)
        linux_leave(&wait->nodes[i]);
    *out = nothing ? NULL : wait->nodes[got - 1].holder;
    return nothing && result < 0 ? result : 0;
}

/***** What a thread keeps *****/

static void close_wake(struct linux_thread *self)
{
    for (int i = 0; i < 2 && self->wake_fds[i]; i++) {
        sys_close(self->wake_fds[i]);
        self->wake_fds[i] = 0;
    }
}

void *linux_wait_memory(size_t size)
{
    struct linux_thread *self = linux_self();
    if (self->wait_size < size) {
        const size_t wanted = (size + WAIT_MEMORY_SIZE - 1) & ~(WAIT_MEMORY_SIZE - 1);
        void *memory;
        if (_DkInternalAlloc(&memory, wanted) < 0)
            return NULL;
        if (self->wait_memory)
            _DkInternalFree(self->wait_memory, self->wait_size);
        self->wait_memory = memory;
        self->wait_size = wanted;
    }
    return self->wait_memory;
}

void linux_wait_forget(void)
{
    struct linux_thread *self = linux_self();
    if (self->wait_memory)
        _DkInternalFree(self->wait_memory, self->wait_size);
    self->wait_memory = NULL;
    self->wait_size = 0;
    /* Somebody may be about to write to the descriptor, whose number could be another file's next. */
    while (__atomic_load_n(&self->wakers, __ATOMIC_ACQUIRE) > 0)
        _DkThreadYieldExecution();
    close_wake(self);
}

void linux_wait_begin_copy(void)
{
    struct linux_thread *self = linux_self();
    close_wake(self);
    self->wakers = 0;
}

void linux_forget_waiters(PAL_HANDLE handle)
{
    struct waitable *waitable = linux_waitable_of(handle);
    if (!waitable)
        return;
    waitable->waiters = 0;
    waitable->lock = (struct pal_lock){0};
    list_init(&waitable->nodes);
}
