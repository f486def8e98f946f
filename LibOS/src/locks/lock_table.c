/* SPDX-License-Identifier: MIT */
/* Where the table of advisory locks lies, and how it grows and moves. Knows nothing of what is in it. */
#include "lock_table.h"

#define FIRST_SIZE 16u

static struct lock_numbers g_numbers;
struct lock_table g_locks = {.numbers = &g_numbers, .set.counts = &g_numbers.counts};

static struct lock_shared *shared_table(void)
{
    return __atomic_load_n(&g_locks.shared, __ATOMIC_ACQUIRE);
}

void locks_acquire(void)
{
    if (!shared_table()) {
        lock_acquire(&g_locks.lock);
        if (!shared_table())
            return;
        lock_release(&g_locks.lock);
    }
    shared_lock(&g_locks.shared->lock);
}

/* It has not moved since it was locked. */
void locks_release(void)
{
    if (g_locks.shared)
        shared_unlock(&g_locks.shared->lock);
    else
        lock_release(&g_locks.lock);
}

/***** Growing *****/

/* Twice as many entries; the new ones are free. */
static bool grow(void **entries, uint32_t *capacity, size_t size, uint32_t most)
{
    const uint32_t wanted = *capacity == 0 ? FIRST_SIZE : 2 * *capacity;
    void *grown = !g_locks.shared && wanted <= most ? heap_zalloc(wanted * size) : NULL;
    if (!grown)
        return false;
    if (*entries)
        memcpy(grown, *entries, *capacity * size);
    heap_free(*entries);
    *entries = grown;
    *capacity = wanted;
    return true;
}

int lock_make_room(void)
{
    if (lock_has_room(&g_locks.set))
        return 0;
    void *ranges = g_locks.set.ranges;
    const bool grown = grow(&ranges, &g_locks.set.capacity, sizeof(*g_locks.set.ranges), LOCK_RANGES);
    g_locks.set.ranges = ranges;
    return grown ? 0 : -ENOLCK;
}

uint32_t lock_waiter_room(void)
{
    const uint32_t end = lock_waiter_end();
    uint32_t index = 0;
    while (index < end && g_locks.waiters[index].pid)
        index++;
    void *waiters = g_locks.waiters;
    if (index == g_locks.waiter_capacity &&
        !grow(&waiters, &g_locks.waiter_capacity, sizeof(*g_locks.waiters), LOCK_WAITERS))
        return LOCK_NONE;
    g_locks.waiters = waiters;
    if (index == end)
        g_locks.numbers->waiter_end = end + 1;
    return index;
}

/***** Moving *****/

static void move(struct lock_shared *shared)
{
    const struct lock_set *set = &g_locks.set;
    shared->numbers = *g_locks.numbers;
    if (set->ranges)
        memcpy(shared->ranges, set->ranges, lock_set_end(set) * sizeof(*set->ranges));
    if (g_locks.waiters)
        memcpy(shared->waiters, g_locks.waiters, lock_waiter_end() * sizeof(*g_locks.waiters));
    heap_free(set->ranges);
    heap_free(g_locks.waiters);
    g_locks.numbers = &shared->numbers;
    g_locks.set = (struct lock_set){shared->ranges, &shared->numbers.counts, LOCK_RANGES};
    g_locks.waiters = shared->waiters;
    g_locks.waiter_capacity = LOCK_WAITERS;
}

int locks_begin(void)
{
    struct lock_shared *shared = shared_place(sizeof(*shared));
    if (!shared)
        return -ENOMEM;
    lock_acquire(&g_locks.lock);
    if (!g_locks.sleepers.waiters.head.next)
        wait_queue_init(&g_locks.sleepers);
    move(shared);
    __atomic_store_n(&g_locks.shared, shared, __ATOMIC_RELEASE);
    lock_release(&g_locks.lock);
    /* Those who wait for a process that is killed from now on have to look for themselves. */
    wait_queue_wake(&g_locks.sleepers);
    return lock_hold_begin();
}
