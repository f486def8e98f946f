/* SPDX-License-Identifier: MIT */
/* futex(2): waiting, waking, and moving of those who wait. Knows nothing of queues; PI is in futex_pi.c. */
#include "sync/futex.h"
#include <linux/time.h>
#include "clock.h"
#include "copy.h"
#include "sync/far.h"
#include "syscalls.h"

int64_t futex_wait(const void *word, bool shared, uint32_t value, uint32_t bitset, int64_t deadline_ns)
{
    struct futex_waiter waiter = {.bitset = bitset};
    uint32_t now = 0;
    if (bitset == 0)
        return -EINVAL;
    int error = futex_key_find(word, shared, &waiter.key);
    if (error < 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&waiter.key);
    futex_bucket_lock(bucket);
    futex_enqueue(bucket, &waiter);
    error = far_add(&waiter, &waiter.far);
    if (error == 0)
        error = user_load32(&now, word);
    if (error == 0 && now != value)
        error = -EAGAIN;
    if (error < 0)
        futex_dequeue(&waiter);
    lock_release(&bucket->lock);
    if (error == 0)
        return futex_sleep(&waiter, deadline_ns);
    far_remove(waiter.far);
    return error;
}

/* Move waiters of one word, whose bucket's lock is held, to another. */
static int64_t move(struct futex_bucket *from, const struct futex_key *key, struct futex_bucket *to,
                    const struct futex_key *target, int count)
{
    int64_t moved = 0;
    list_for_each(node, &from->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (moved >= count)
            break;
        if (!futex_key_same(&waiter->key, key))
            continue;
        if (waiter->pi)
            return -EINVAL;
        moved++;
        waiter->key = *target;
        far_move(waiter->far, target);
        if (from != to)
            futex_change_queue(waiter, to);
    }
    return moved;
}

int64_t futex_requeue(const void *word, const void *target, bool shared, int wake, int count, const uint32_t *expected)
{
    struct futex_key from, to;
    struct wake_batch batch;
    uint32_t now = 0;
    int64_t woken = 0, moved = 0;
    if (wake < 0 || count < 0)
        return -EINVAL;
    int error = futex_key_find(word, shared, &from);
    if (error == 0)
        error = futex_key_find(target, shared, &to);
    if (error < 0)
        return error;
    batch.count = 0;
    struct futex_bucket *bucket = futex_bucket_of(&from), *other = futex_bucket_of(&to);
    futex_buckets_lock(bucket, other);
    if (expected)
        error = user_load32(&now, word);
    if (error == 0 && expected && now != *expected)
        error = -EAGAIN;
    if (error == 0 && wake > 0)
        woken = futex_wake_locked(bucket, &from, FUTEX_BITSET_MATCH_ANY, wake, &batch);
    if (error == 0 && woken >= 0)
        moved = move(bucket, &from, other, &to, count);
    futex_buckets_unlock(bucket, other);
    wake_all(&batch);
    if (error < 0)
        return error;
    if (woken < 0 || moved < 0)
        return -EINVAL;
    /* Those of other processes are woken, which they may be at any time, instead of being moved. */
    return woken + moved + far_wake(&from, FUTEX_BITSET_MATCH_ANY, wake - woken + count - moved);
}

/* What FUTEX_WAKE_OP makes of a word. */
static int operate(uint32_t operation, uint32_t argument, uint32_t old, uint32_t *out_new)
{
    switch (operation) {
    case FUTEX_OP_SET:
        *out_new = argument;
        return 0;
    case FUTEX_OP_ADD:
        *out_new = old + argument;
        return 0;
    case FUTEX_OP_OR:
        *out_new = old | argument;
        return 0;
    case FUTEX_OP_ANDN:
        *out_new = old & ~argument;
        return 0;
    case FUTEX_OP_XOR:
        *out_new = old ^ argument;
        return 0;
    default:
        return -ENOSYS;
    }
}

static int compare(uint32_t comparison, int32_t old, int32_t argument)
{
    switch (comparison) {
    case FUTEX_OP_CMP_EQ:
        return old == argument;
    case FUTEX_OP_CMP_NE:
        return old != argument;
    case FUTEX_OP_CMP_LT:
        return old < argument;
    case FUTEX_OP_CMP_GE:
        return old >= argument;
    case FUTEX_OP_CMP_LE:
        return old <= argument;
    case FUTEX_OP_CMP_GT:
        return old > argument;
    default:
        return -ENOSYS;
    }
}

/* Change the word as the operation says. Returns whether the comparison holds for what it was, or -E... */
static int change(uint32_t *word, uint32_t operation)
{
    uint32_t argument = (uint32_t)((int32_t)(operation << 8) >> 20);
    const int32_t comparand = (int32_t)(operation << 20) >> 20;
    uint32_t old, new, seen;
    if (operation >> 28 & FUTEX_OP_OPARG_SHIFT)
        argument = 1u << (argument & 31);
    int error = user_load32(&old, word);
    while (error == 0) {
        error = operate(operation >> 28 & 7, argument, old, &new);
        seen = old;
        if (error == 0)
            error = user_compare_exchange32(word, &seen, new);
        if (error == 0 && seen == old)
            return compare(operation >> 24 & 15, (int32_t)old, comparand);
        old = seen;
    }
    return error;
}

int64_t futex_wake_op(void *word, void *target, bool shared, int wake, int wake_target, uint32_t operation)
{
    struct futex_key key, target_key;
    struct wake_batch batch;
    int64_t woken = 0, more = 0;
    int error = futex_key_find(word, shared, &key);
    if (error == 0)
        error = futex_key_find(target, shared, &target_key);
    if (error < 0)
        return error;
    batch.count = 0;
    struct futex_bucket *bucket = futex_bucket_of(&key), *other = futex_bucket_of(&target_key);
    futex_buckets_lock(bucket, other);
    const int holds = change(target, operation);
    if (holds >= 0)
        woken = futex_wake_locked(bucket, &key, FUTEX_BITSET_MATCH_ANY, wake, &batch);
    if (holds > 0 && woken >= 0)
        more = futex_wake_locked(other, &target_key, FUTEX_BITSET_MATCH_ANY, wake_target, &batch);
    futex_buckets_unlock(bucket, other);
    wake_all(&batch);
    if (holds < 0)
        return holds;
    if (woken < 0 || more < 0)
        return -EINVAL;
    woken += far_wake(&key, FUTEX_BITSET_MATCH_ANY, wake - woken);
    return woken + more + (holds > 0 ? far_wake(&target_key, FUTEX_BITSET_MATCH_ANY, wake_target - more) : 0);
}

/* The deadline of an operation, INT64_MAX without one. */
static int read_deadline(int command, int operation, unsigned long timeout, int64_t *out_ns)
{
    int64_t time;
    *out_ns = INT64_MAX;
    if (!timeout)
        return 0;
    const int error = timespec_read((const void *)timeout, &time);
    if (error < 0)
        return error;
    const bool realtime = operation & FUTEX_CLOCK_REALTIME || command == FUTEX_LOCK_PI;
    if (command == FUTEX_WAIT)
        *out_ns = sleep_deadline(time);
    else
        *out_ns = clock_to_monotonic(realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
    return 0;
}

/* As Linux has it: a wait without end goes on after a handler, if that is wanted; one with an end does not. */
static int64_t interrupted(int64_t result, int64_t deadline_ns)
{
    if (result != -EINTR)
        return result;
    if (deadline_ns == INT64_MAX)
        return -ERESTARTSYS;
    sleep_keep(deadline_ns);
    return -ERESTARTNOHAND;
}

static int64_t wait(void *word, int operation, uint32_t value, unsigned long timeout, uint32_t bitset)
{
    int64_t deadline_ns;
    const int error = read_deadline(operation & FUTEX_CMD_MASK, operation, timeout, &deadline_ns);
    if (error < 0)
        return error;
    return interrupted(futex_wait(word, !(operation & FUTEX_PRIVATE_FLAG), value, bitset, deadline_ns), deadline_ns);
}

static int64_t lock_pi(void *word, int operation, unsigned long timeout)
{
    int64_t deadline_ns;
    const int error = read_deadline(operation & FUTEX_CMD_MASK, operation, timeout, &deadline_ns);
    if (error < 0)
        return error;
    const int64_t result = futex_lock_pi(word, !(operation & FUTEX_PRIVATE_FLAG), deadline_ns, false);
    return result == -EINTR ? -ERESTARTNOINTR : result;
}

static int64_t wait_requeue_pi(void *word, int operation, uint32_t value, unsigned long timeout, void *target)
{
    int64_t deadline_ns;
    const int error = read_deadline(operation & FUTEX_CMD_MASK, operation, timeout, &deadline_ns);
    return error < 0 ? error
                     : futex_wait_requeue_pi(word, target, !(operation & FUTEX_PRIVATE_FLAG), value, deadline_ns);
}

int64_t sys_futex(void *word, int operation, unsigned value, unsigned long timeout, void *word2, unsigned value3)
{
    const int command = operation & FUTEX_CMD_MASK;
    const bool shared = !(operation & FUTEX_PRIVATE_FLAG);
    if (operation & FUTEX_CLOCK_REALTIME && command != FUTEX_WAIT_BITSET && command != FUTEX_WAIT_REQUEUE_PI &&
        command != FUTEX_LOCK_PI2)
        return -ENOSYS;
    switch (command) {
    case FUTEX_WAIT:
        return wait(word, operation, value, timeout, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAIT_BITSET:
        return wait(word, operation, value, timeout, value3);
    case FUTEX_WAKE:
        return futex_wake(word, shared, (int)value, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
        return value3 ? futex_wake(word, shared, (int)value, value3) : -EINVAL;
    case FUTEX_REQUEUE:
        return futex_requeue(word, word2, shared, (int)value, (int)timeout, NULL);
    case FUTEX_CMP_REQUEUE:
        return futex_requeue(word, word2, shared, (int)value, (int)timeout, &value3);
    case FUTEX_WAKE_OP:
        return futex_wake_op(word, word2, shared, (int)value, (int)timeout, value3);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return lock_pi(word, operation, timeout);
    case FUTEX_TRYLOCK_PI:
        return futex_lock_pi(word, shared, INT64_MAX, true);
    case FUTEX_UNLOCK_PI:
        return futex_unlock_pi(word, shared);
    case FUTEX_WAIT_REQUEUE_PI:
        return wait_requeue_pi(word, operation, value, timeout, word2);
    case FUTEX_CMP_REQUEUE_PI:
        return futex_cmp_requeue_pi(word, word2, shared, (int)value, (int)timeout, value3);
    default:
        return -ENOSYS;
    }
}
