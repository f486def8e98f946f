/* SPDX-License-Identifier: MIT */
/* futex_waitv(2): waiting for one of several words. */
#include <linux/time.h>
#include "clock.h"
#include "copy.h"
#include "sync/far.h"
#include "sync/futex.h"
#include "syscalls.h"

#define KNOWN_FLAGS (FUTEX_32 | FUTEX_PRIVATE_FLAG)

struct wait_set {
    unsigned count;
    struct futex_waitv wanted[FUTEX_WAITV_MAX];
    struct futex_waiter waiters[FUTEX_WAITV_MAX];
};

static int read_set(struct wait_set *set, const void *from, unsigned count)
{
    set->count = count;
    if (copy_in(set->wanted, from, count * sizeof(*set->wanted)) < 0)
        return -EFAULT;
    for (unsigned i = 0; i < count; i++) {
        const struct futex_waitv *wanted = &set->wanted[i];
        if (wanted->flags & ~(uint32_t)KNOWN_FLAGS || wanted->__reserved || !(wanted->flags & FUTEX_32))
            return -EINVAL;
        if (wanted->val > UINT32_MAX)
            return -EINVAL;
        set->waiters[i].bitset = FUTEX_BITSET_MATCH_ANY;
        const int error =
            futex_key_find((const void *)wanted->uaddr, !(wanted->flags & FUTEX_PRIVATE_FLAG), &set->waiters[i].key);
        if (error < 0)
            return error;
    }
    return 0;
}

/* Returns the index of the last one that has been woken, -1 = none. */
static int withdraw(struct wait_set *set, unsigned count)
{
    int woken = -1;
    for (unsigned i = 0; i < count; i++) {
        const bool near_woken = !futex_withdraw(&set->waiters[i]);
        const bool far_woken = far_remove(set->waiters[i].far);
        if (near_woken || far_woken)
            woken = (int)i;
    }
    return woken;
}

static int enqueue(struct wait_set *set, unsigned index)
{
    struct futex_waiter *waiter = &set->waiters[index];
    struct futex_bucket *bucket = futex_bucket_of(&waiter->key);
    uint32_t value = 0;
    futex_bucket_lock(bucket);
    futex_enqueue(bucket, waiter);
    int error = far_add(waiter, &waiter->far);
    if (error == 0)
        error = user_load32(&value, (const uint32_t *)set->wanted[index].uaddr);
    if (error == 0 && value != (uint32_t)set->wanted[index].val)
        error = -EAGAIN;
    if (error < 0)
        futex_dequeue(waiter);
    lock_release(&bucket->lock);
    if (error < 0)
        far_remove(waiter->far);
    return error;
}

static bool any_woken(const struct wait_set *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        if (futex_is_woken(&set->waiters[i]))
            return true;
    }
    return false;
}

static int64_t wait(struct wait_set *set, int64_t deadline_ns)
{
    for (unsigned i = 0; i < set->count; i++) {
        const int error = enqueue(set, i);
        if (error < 0) {
            const int woken = withdraw(set, i);
            return woken >= 0 ? woken : error;
        }
    }
    int result = 0;
    while (result == 0 && !any_woken(set))
        result = thread_sleep(timeout_until(deadline_ns));
    const int woken = withdraw(set, set->count);
    if (woken >= 0)
        return woken;
    return result == -EINTR ? -ERESTARTNOHAND : result;
}

int64_t sys_futex_waitv(void *waiters, unsigned count, unsigned flags, void *timeout, int clock)
{
    int64_t deadline_ns = INT64_MAX;
    if (flags || count == 0 || count > FUTEX_WAITV_MAX || !waiters)
        return -EINVAL;
    if (timeout) {
        if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
            return -EINVAL;
        const int error = timespec_read(timeout, &deadline_ns);
        if (error < 0)
            return error;
        deadline_ns = clock_to_monotonic(clock, deadline_ns);
    }
    struct wait_set *set = heap_zalloc(sizeof(*set));
    if (!set)
        return -ENOMEM;
    const int error = read_set(set, waiters, count);
    const int64_t result = error < 0 ? error : wait(set, deadline_ns);
    heap_free(set);
    return result;
}
