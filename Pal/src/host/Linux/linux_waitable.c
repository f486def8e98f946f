/* SPDX-License-Identifier: MIT */
/* Waitables: making them ready, taking them, and the queues of those who wait. Knows of handles only that they are held.
 *
 * As long as nobody waits, a waitable is a count that one instruction changes. From then on only who has the lock changes
 * it, and hands over what is there to the first in the queue. Each thread in a queue has a word, thread->wake, that
 * changes once: to the number of what it gets, or to WAKE_GONE when it gives up. So nobody gets two things, nothing is
 * handed over to one who has gone, and what was handed over stays so even if it is cleared before the thread runs. No
 * wake-up is lost, because entering the queue and looking at the count is one step for all others. */
#include "linux_waitable.h"
#include "pal_atomic.h"
#include "pal_handle.h"
#include "sys_linux.h"
#include "sys_pipe.h"

/* Instead of an error: somebody is in the queue, so the lock is needed. */
#define WAITED_FOR 1

/* A node in waitable->both; the count is below. */
#define ONE_WAITER ((uint64_t)1 << 32)

static uint32_t count_of(uint64_t both)
{
    return (uint32_t)both;
}

static bool has_waiters(uint64_t both)
{
    return both >= ONE_WAITER;
}

static bool is_ready(const struct waitable *waitable)
{
    return __atomic_load_n(&waitable->count, __ATOMIC_SEQ_CST) > 0;
}

/***** Counts *****/

void linux_waitable_init(struct waitable *waitable, uint32_t count, uint32_t maximum, bool consumed)
{
    waitable->count = count;
    waitable->maximum = maximum;
    waitable->consumed = consumed;
    list_init(&waitable->nodes);
}

/* The exchange also orders what the program does before and after it, so it takes place even if it changes nothing. */
static inline int add(struct waitable *waitable, uint32_t count, bool saturate, bool locked)
{
    uint64_t both = __atomic_load_n(&waitable->both, __ATOMIC_RELAXED);
    uint32_t added;
    do {
        if (!locked && has_waiters(both))
            return WAITED_FOR;
        const uint32_t maximum = waitable->maximum, before = count_of(both);
        const uint32_t room = before < maximum ? maximum - before : 0;
        if (count > room && !saturate)
            return -PAL_ERROR_OVERFLOW;
        added = count < room ? count : room;
    } while (!pal_compare_exchange(&waitable->both, &both, both + added));
    return 0;
}

static inline int clear(struct waitable *waitable, bool locked)
{
    uint64_t both = __atomic_load_n(&waitable->both, __ATOMIC_ACQUIRE);
    do {
        if (count_of(both) == 0)
            return 0;
        if (!locked && has_waiters(both))
            return WAITED_FOR;
    } while (!pal_compare_exchange(&waitable->both, &both, both - count_of(both)));
    return 0;
}

static inline bool take(struct waitable *waitable, bool locked)
{
    uint64_t both = __atomic_load_n(&waitable->both, __ATOMIC_SEQ_CST);
    do {
        if (count_of(both) == 0)
            return false;
        if (!waitable->consumed)
            return true;
        if (!locked && has_waiters(both))
            return false;
    } while (!pal_compare_exchange(&waitable->both, &both, both - 1));
    return true;
}

bool linux_take_unheld(struct waitable *waitable)
{
    return take(waitable, false);
}

/* There can be a count while somebody is in the queue: one who has got something else and has not left it yet. */
bool linux_take(struct waitable *waitable)
{
    if (!is_ready(waitable))
        return false;
    if (take(waitable, false))
        return true;
    pal_lock(&waitable->lock);
    const bool taken = take(waitable, true);
    pal_unlock(&waitable->lock);
    return taken;
}

/***** Queues; the lock is held *****/

static void enqueue(struct wait_node *node)
{
    list_add_back(&node->waitable->nodes, &node->link);
    node->queued = true;
    __atomic_fetch_add(&node->waitable->both, ONE_WAITER, __ATOMIC_SEQ_CST);
}

/* When the last one has left, others change the count without the lock: consume first. */
static void dequeue(struct wait_node *node)
{
    list_remove(&node->link);
    node->queued = false;
    __atomic_fetch_sub(&node->waitable->both, ONE_WAITER, __ATOMIC_SEQ_CST);
}

/* Let a thread have what its node stands for; false if it has got something else, or has given up. */
static bool claim(struct wait_node *node)
{
    uint32_t not_yet = WAKE_NOT_YET;
    return __atomic_compare_exchange_n(&node->thread->wake, &not_yet, node->number, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static void consume(struct waitable *waitable)
{
    if (waitable->consumed)
        __atomic_fetch_sub(&waitable->both, 1, __ATOMIC_SEQ_CST);
}

/* A thread that has to be woken up. */
struct sleeper {
    struct linux_thread *thread;
    int fd; /* -1: it sleeps in a futex */
};

/* Hand over to the first in a queue that takes it. */
static bool grant(struct waitable *waitable, struct list *queue, struct sleeper *out)
{
    struct list_node *first;
    if (waitable->consumed && !is_ready(waitable))
        return false;
    while ((first = list_first(queue))) {
        struct wait_node *node = list_entry(first, struct wait_node, link);
        const bool claimed = claim(node);
        if (claimed) {
            consume(waitable);
            out->thread = node->thread;
            out->fd = node->polling ? node->thread->wake_fds[1] : -1;
            if (node->polling)
                __atomic_fetch_add(&node->thread->wakers, 1, __ATOMIC_RELAXED);
        }
        dequeue(node);
        if (claimed)
            return true;
    }
    return false;
}

void linux_enter(struct wait_node *node)
{
    struct waitable *waitable = node->waitable;
    pal_lock(&waitable->lock);
    enqueue(node);
    if (is_ready(waitable) && claim(node)) {
        consume(waitable);
        dequeue(node);
    }
    pal_unlock(&waitable->lock);
}

void linux_leave(struct wait_node *node)
{
    pal_lock(&node->waitable->lock);
    if (node->queued)
        dequeue(node);
    pal_unlock(&node->waitable->lock);
}

/***** Waking *****/

static void wake(const struct sleeper *sleeper)
{
    if (sleeper->fd < 0) {
        /* The thread may have gone on by itself, and even have ended; then this wakes nobody, or one who looks again. */
        sys_futex_wake(&sleeper->thread->wake, 1);
        return;
    }
    sys_pipe_raise(sleeper->fd);
    __atomic_fetch_sub(&sleeper->thread->wakers, 1, __ATOMIC_RELEASE);
}

static void move_all(struct list *from, struct list *to)
{
    struct list_node *node;
    list_init(to);
    while ((node = list_first(from))) {
        list_remove(node);
        list_add_back(to, node);
    }
}

/* Those who are in the queue now get what stays ready, whatever is done to it meanwhile; so they wait in a queue of
 * their own until their turn comes. */
static int raise_held(struct waitable *waitable, uint32_t count, bool saturate)
{
    struct list all, *queue = &waitable->nodes;
    struct sleeper sleeper;
    pal_lock(&waitable->lock);
    const int error = add(waitable, count, saturate, true);
    if (error == 0 && !waitable->consumed) {
        move_all(queue, &all);
        queue = &all;
    }
    bool granted = error == 0 && grant(waitable, queue, &sleeper);
    pal_unlock(&waitable->lock);
    while (granted) {
        wake(&sleeper);
        pal_lock(&waitable->lock);
        granted = grant(waitable, queue, &sleeper);
        pal_unlock(&waitable->lock);
    }
    return error;
}

int linux_raise(PAL_HANDLE holder, struct waitable *waitable, uint32_t count, bool saturate)
{
    int error = add(waitable, count, saturate, false);
    if (error != WAITED_FOR)
        return error;
    error = pal_handle_get(holder);
    if (error < 0)
        return error;
    error = raise_held(waitable, count, saturate);
    pal_handle_put(holder);
    return error;
}

int linux_clear(PAL_HANDLE holder, struct waitable *waitable)
{
    int error = clear(waitable, false);
    if (error != WAITED_FOR)
        return error;
    error = pal_handle_get(holder);
    if (error < 0)
        return error;
    pal_lock(&waitable->lock);
    error = clear(waitable, true);
    pal_unlock(&waitable->lock);
    pal_handle_put(holder);
    return error;
}

void linux_wake_all(struct waitable *waitable)
{
    if (has_waiters(__atomic_load_n(&waitable->both, __ATOMIC_SEQ_CST)))
        (void)raise_held(waitable, 0, true);
}
