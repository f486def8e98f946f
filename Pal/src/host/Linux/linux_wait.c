/* SPDX-License-Identifier: MIT */
/* Sleeping until one of several waitables (pal_host.h) or descriptors may be ready. Knows no handle.
 *
 * Nobody sleeps through a wake-up: the one who waits first enters the queue and then looks at the count, the one who
 * wakes first raises the count and then looks at the queue, with a full barrier between the two in both. And who is
 * taken out of the queue either takes what it was notified of or notifies the next. */
#include "linux_wait.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include "linux_clock.h"
#include "linux_error.h"
#include "sys_linux.h"

#define US_PER_S         1000000
#define NS_PER_US        1000
#define NS_PER_S         1000000000
#define WAIT_MEMORY_SIZE ((size_t)64 << 10)

/***** Queues; the lock is held *****/

static void enqueue(struct wait_node *node, bool first)
{
    struct waitable *waitable = node->waitable;
    if (first)
        list_add_front(&waitable->nodes, &node->link);
    else
        list_add_back(&waitable->nodes, &node->link);
    node->notified = false;
    __atomic_store_n(&waitable->waiters, waitable->waiters + 1, __ATOMIC_RELAXED);
}

static void dequeue(struct wait_node *node)
{
    struct waitable *waitable = node->waitable;
    list_remove(&node->link);
    __atomic_store_n(&waitable->waiters, waitable->waiters - 1, __ATOMIC_RELAXED);
}

/***** Waking *****/

/* Notify the first in the queue.
 * out_fd   what is to be written to, -1 if it is not polling
 * returns  the thread, if it has to be woken from its sleep */
static struct linux_thread *notify_first(struct waitable *waitable, int *out_fd)
{
    struct list_node *first = list_first(&waitable->nodes);
    if (!first)
        return NULL;
    struct wait_node *node = list_entry(first, struct wait_node, link);
    struct linux_thread *thread = node->thread;
    dequeue(node);
    node->notified = true;
    if (__atomic_exchange_n(&thread->wake, 1, __ATOMIC_SEQ_CST))
        return NULL;
    *out_fd = -1;
    if (node->polling) {
        *out_fd = thread->wake_fd;
        __atomic_fetch_add(&thread->wakers, 1, __ATOMIC_RELAXED);
    }
    return thread;
}

void linux_wake(struct waitable *waitable)
{
    int fd;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&waitable->waiters, __ATOMIC_RELAXED) == 0)
        return;
    pal_lock(&waitable->lock);
    struct linux_thread *thread = notify_first(waitable, &fd);
    pal_unlock(&waitable->lock);
    if (!thread)
        return;
    if (fd < 0) {
        /* The thread may have gone on meanwhile, and even have ended: then this wakes nobody, or somebody who just looks
         * again. */
        sys_futex_wake(&thread->wake, 1);
        return;
    }
    sys_eventfd_raise(fd);
    __atomic_fetch_sub(&thread->wakers, 1, __ATOMIC_RELEASE);
}

void linux_wake_all(struct waitable *waitable)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t count = __atomic_load_n(&waitable->waiters, __ATOMIC_RELAXED); count > 0; count--)
        linux_wake(waitable);
}

/***** Waiting *****/

/* The thread's own descriptor, by which it is woken while it polls. */
static int prepare_polling(struct wait *wait, struct linux_thread *self)
{
    if (!self->wake_fd) {
        const int fd = sys_eventfd2(0, O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            return (int)linux_error(fd);
        self->wake_fd = fd;
    }
    wait->fds[wait->fd_count] = (struct pollfd){.fd = self->wake_fd, .events = POLLIN};
    return 0;
}

static int set_limit(struct wait *wait, uint64_t timeout_us)
{
    wait->limited = timeout_us != NO_TIMEOUT;
    if (!wait->limited)
        return 0;
    wait->left.tv_sec = (int64_t)(timeout_us / US_PER_S);
    wait->left.tv_nsec = (int64_t)(timeout_us % US_PER_S) * NS_PER_US;
    if (wait->fd_count > 0)
        return 0;
    const int result = linux_clock(CLOCK_MONOTONIC, &wait->deadline);
    if (result < 0)
        return (int)linux_error(result);
    wait->deadline.tv_sec += wait->left.tv_sec;
    wait->deadline.tv_nsec += wait->left.tv_nsec;
    if (wait->deadline.tv_nsec >= NS_PER_S) {
        wait->deadline.tv_nsec -= NS_PER_S;
        wait->deadline.tv_sec++;
    }
    return 0;
}

int linux_wait_begin(struct wait *wait, uint64_t timeout_us)
{
    struct linux_thread *self = linux_self();
    const bool polling = wait->fd_count > 0;
    int error = set_limit(wait, timeout_us);
    if (error == 0 && polling && wait->node_count > 0)
        error = prepare_polling(wait, self);
    if (error < 0)
        return error;
    __atomic_store_n(&self->wake, 0, __ATOMIC_RELAXED);
    for (size_t i = 0; i < wait->node_count; i++) {
        struct wait_node *node = &wait->nodes[i];
        node->thread = self;
        node->polling = polling;
        pal_lock(&node->waitable->lock);
        enqueue(node, false);
        pal_unlock(&node->waitable->lock);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return 0;
}

static int sleep_in_futex(struct wait *wait, struct linux_thread *self)
{
    const int result = sys_futex_wait(&self->wake, 0, wait->limited ? &wait->deadline : NULL);
    if (result == -ETIMEDOUT)
        return -PAL_ERROR_TRYAGAIN;
    return result == -EAGAIN ? 0 : (int)linux_error(result);
}

/* What ppoll returned, of which more than 0 is as good as 0 here. */
static int poll_error(int result)
{
    if (result == -EINVAL)
        return -PAL_ERROR_TOOLONG; /* the number of entries is limited like that of descriptors */
    return result < 0 ? (int)linux_error(result) : 0;
}

static int sleep_in_poll(struct wait *wait, struct linux_thread *self)
{
    const bool own = wait->node_count > 0;
    const int result = sys_ppoll(wait->fds, wait->fd_count + own, wait->limited ? &wait->left : NULL, NULL);
    if (result > 0 && own && wait->fds[wait->fd_count].revents)
        sys_eventfd_clear(self->wake_fd);
    return result == 0 ? -PAL_ERROR_TRYAGAIN : poll_error(result);
}

int linux_wait_poll(struct wait *wait)
{
    return wait->fd_count == 0 ? 0 : poll_error(sys_poll_now(wait->fds, wait->fd_count));
}

/* Back into the queues that it was taken out of, and to the place that it had there. */
static void rejoin(struct wait *wait, struct linux_thread *self)
{
    if (__atomic_exchange_n(&self->wake, 0, __ATOMIC_SEQ_CST) == 0)
        return;
    for (size_t i = 0; i < wait->node_count; i++) {
        struct wait_node *node = &wait->nodes[i];
        if (!__atomic_load_n(&node->notified, __ATOMIC_RELAXED))
            continue;
        pal_lock(&node->waitable->lock);
        enqueue(node, true);
        pal_unlock(&node->waitable->lock);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int linux_wait_sleep(struct wait *wait)
{
    struct linux_thread *self = linux_self();
    const int error = wait->fd_count > 0 ? sleep_in_poll(wait, self) : sleep_in_futex(wait, self);
    if (error == 0)
        rejoin(wait, self);
    return error;
}

void linux_wait_end(struct wait *wait, const struct waitable *taken)
{
    for (size_t i = 0; i < wait->node_count; i++) {
        struct wait_node *node = &wait->nodes[i];
        pal_lock(&node->waitable->lock);
        const bool notified = node->notified;
        if (!notified)
            dequeue(node);
        pal_unlock(&node->waitable->lock);
        if (notified && node->waitable == taken)
            taken = NULL;
        else if (notified && __atomic_load_n(&node->waitable->count, __ATOMIC_RELAXED) > 0)
            linux_wake(node->waitable);
    }
}

/***** What a thread keeps *****/

void *linux_wait_memory(size_t size)
{
    struct linux_thread *self = linux_self();
    if (self->wait_size < size) {
        const size_t wanted = (size + WAIT_MEMORY_SIZE - 1) & ~(WAIT_MEMORY_SIZE - 1);
        const long memory = sys_mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory < 0)
            return NULL;
        if (self->wait_memory)
            sys_munmap(self->wait_memory, self->wait_size);
        self->wait_memory = (void *)memory;
        self->wait_size = wanted;
    }
    return self->wait_memory;
}

void linux_wait_forget(void)
{
    struct linux_thread *self = linux_self();
    if (self->wait_memory)
        sys_munmap(self->wait_memory, self->wait_size);
    self->wait_memory = NULL;
    self->wait_size = 0;
    /* Somebody may be about to write to the descriptor, whose number could be another file's next. */
    while (__atomic_load_n(&self->wakers, __ATOMIC_ACQUIRE) > 0)
        _DkThreadYieldExecution();
    if (self->wake_fd)
        sys_close(self->wake_fd);
    self->wake_fd = 0;
}
