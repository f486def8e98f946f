/* SPDX-License-Identifier: MIT */
/* Condition variables whose waiters go on with a lock with an owner: they wait at one word until somebody gives them the lock at
 * another, or puts them among those who wait for it. Between threads of one process. */
#include "copy.h"
#include "sync/far.h"
#include "sync/futex.h"

/* Those of other processes could be neither moved nor given anything. */
static int find_keys(const void *word, const void *target, bool shared, struct futex_key *out,
                     struct futex_key *out_target)
{
    if (word == target)
        return -EINVAL;
    int error = futex_key_find(word, shared, out);
    if (error == 0)
        error = futex_key_find(target, shared, out_target);
    if (error == 0 && (futex_is_far(out) || futex_is_far(out_target)))
        error = -ENOSYS;
    return error;
}

int64_t futex_wait_requeue_pi(void *word, void *target, bool shared, uint32_t value, int64_t deadline_ns)
{
    struct futex_key target_key;
    struct futex_waiter waiter = {
        .pi = true, .word = target, .bitset = FUTEX_BITSET_MATCH_ANY, .far = FAR_NONE, .goes_to = &target_key};
    uint32_t now = 0;
    int error = find_keys(word, target, shared, &waiter.key, &target_key);
    if (error < 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&waiter.key);
    futex_pi_sleeps(true);
    futex_bucket_lock(bucket);
    futex_enqueue(bucket, &waiter);
    error = user_load32(&now, word);
    if (error == 0 && now != value)
        error = -EAGAIN;
    if (error < 0)
        futex_dequeue(&waiter);
    lock_release(&bucket->lock);
    int64_t result = error < 0 ? error : futex_sleep(&waiter, deadline_ns);
    futex_pi_sleeps(false);
    if (result != -EINTR)
        return result;
    /* Who waited for the lock already has to look at the condition again. */
    return waiter.goes_to ? -ERESTARTNOINTR : -EAGAIN;
}

static struct futex_waiter *next_waiter(struct futex_bucket *bucket, const struct futex_key *key)
{
    list_for_each(node, &bucket->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (waiter->goes_to && futex_key_same(&waiter->key, key))
            return waiter;
    }
    return NULL;
}

/* Whether all who wait at a word do so for the same lock. */
static bool is_agreed(struct futex_bucket *bucket, const struct futex_key *key, const struct futex_key *target)
{
    list_for_each(node, &bucket->queue) {
        const struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (futex_key_same(&waiter->key, key) && !(waiter->goes_to && futex_key_same(waiter->goes_to, target)))
            return false;
    }
    return true;
}

/* With both locks held: give the lock to the first waiter if it is free, and have the others wait for it. Returns how many. */
static int64_t hand_on(struct futex_bucket *from, const struct futex_key *key, struct futex_bucket *to, int count,
                       struct wake_batch *batch)
{
    struct futex_waiter *waiter = next_waiter(from, key);
    int32_t owner = 0;
    if (!waiter)
        return 0;
    const int32_t heir = waiter->thread->tid;
    const int held = futex_take_pi(waiter->word, heir, count > 0, &owner);
    if (held < 0)
        return held;
    if (held && !futex_has_owner(owner))
        return -ESRCH;
    if (!held) {
        owner = heir;
        waiter->goes_to = NULL;
        futex_release(waiter, batch);
    }
    int64_t done = !held;
    for (; done <= count && (waiter = next_waiter(from, key)) != NULL; done++) {
        waiter->key = *waiter->goes_to;
        waiter->goes_to = NULL;
        waiter->pi_owner = owner;
        if (from != to)
            futex_change_queue(waiter, to);
    }
    return done;
}

int64_t futex_cmp_requeue_pi(void *word, void *target, bool shared, int wake, int count, uint32_t expected)
{
    struct futex_key from, to;
    struct wake_batch batch = {.count = 0};
    uint32_t now = 0;
    if (wake != 1 || count < 0)
        return -EINVAL;
    const int error = find_keys(word, target, shared, &from, &to);
    if (error < 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&from), *other = futex_bucket_of(&to);
    futex_buckets_lock(bucket, other);
    int64_t result = user_load32(&now, word);
    if (result == 0 && now != expected)
        result = -EAGAIN;
    if (result == 0)
        result = is_agreed(bucket, &from, &to) ? hand_on(bucket, &from, other, count, &batch) : -EINVAL;
    futex_buckets_unlock(bucket, other);
    wake_all(&batch);
    return result;
}
