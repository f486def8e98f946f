/* SPDX-License-Identifier: MIT */
/* Locks whose owner the word names. They are handed over in the order of arrival; priorities are the host's, and nothing
 * is inherited. The word: id of the owner, FUTEX_WAITERS, FUTEX_OWNER_DIED. */
#include "sync/futex.h"
#include "copy.h"
#include "process.h"
#include "sync.h"
#include "sync/far.h"

/* Waiters for such locks, so that the end of a thread need not look for them if there are none. */
static uint32_t g_waiters;

static struct futex_waiter *first_waiter(struct futex_bucket *bucket, const struct futex_key *key)
{
    list_for_each(node, &bucket->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (futex_key_same(&waiter->key, key))
            return waiter;
    }
    return NULL;
}

int futex_take_pi(uint32_t *word, int32_t tid, bool wanted, int32_t *out_owner)
{
    const uint32_t me = (uint32_t)tid;
    uint32_t value;
    int error = user_load32(&value, word);
    while (error == 0) {
        const uint32_t owner = value & FUTEX_TID_MASK;
        uint32_t seen = value;
        if (owner == me)
            return -EDEADLK;
        *out_owner = (int32_t)owner;
        if (owner == 0)
            error =
                user_compare_exchange32(word, &seen, (value & FUTEX_OWNER_DIED) | me | (wanted ? FUTEX_WAITERS : 0));
        else
            error = user_compare_exchange32(word, &seen, value | FUTEX_WAITERS);
        if (error == 0 && seen == value)
            return owner != 0;
        value = seen;
    }
    return error;
}

/* As the calling thread. */
static int take(uint32_t *word, bool wanted, int32_t *out_owner)
{
    return futex_take_pi(word, self()->tid, wanted, out_owner);
}

void futex_pi_sleeps(bool sleeps)
{
    __atomic_fetch_add(&g_waiters, sleeps ? 1 : UINT32_MAX, __ATOMIC_SEQ_CST);
}

bool futex_has_owner(int32_t tid)
{
    struct thread *thread = thread_find(tid);
    if (thread)
        thread_put(thread);
    return thread != NULL;
}

/* In whatever process. */
static bool lives(int32_t tid)
{
    const siginfo_t nothing = {0};
    return futex_has_owner(tid) || process_kill_thread(0, tid, &nothing) != -ESRCH;
}

static bool is_own(const uint32_t *word)
{
    uint32_t value;
    return user_load32(&value, word) == 0 && (value & FUTEX_TID_MASK) == (uint32_t)self()->tid;
}

/* With the bucket's lock held: a waiter in the queue for a lock of another process shows itself to that. The owner may have opened
 * the lock before it could see anybody, so it is tried once more. As take; but for 1 the waiter is out again. */
static int wait_far(uint32_t *word, struct futex_waiter *waiter)
{
    int error = far_add(waiter, &waiter->far);
    if (error == 0)
        error = take(word, true, &waiter->pi_owner);
    if (error != 1) {
        futex_dequeue(waiter);
        (void)far_remove(waiter->far);
        __atomic_fetch_sub(&g_waiters, 1, __ATOMIC_RELAXED);
    }
    return error;
}

/* One attempt. 1 = a waiter that was woken by another process, which gives locks to nobody, has to try again. */
static int64_t lock_once(void *word, const struct futex_key *key, bool again, int64_t deadline_ns, bool only_try)
{
    struct futex_waiter waiter = {
        .pi = true, .word = word, .key = *key, .bitset = FUTEX_BITSET_MATCH_ANY, .far = FAR_NONE};
    struct futex_bucket *bucket = futex_bucket_of(key);
    int error;
    futex_bucket_lock(bucket);
    const struct futex_waiter *other = first_waiter(bucket, key);
    if (other && !other->pi)
        error = -EINVAL;
    else
        error = take(word, again || other != NULL, &waiter.pi_owner);
    if (error == 1 && only_try) /* as Linux, who leaves the word saying that somebody waits */
        error = lives(waiter.pi_owner) ? -EAGAIN : -ESRCH;
    const bool is_far = error == 1 && futex_is_far(key) && !futex_has_owner(waiter.pi_owner);
    if (error == 1) {
        __atomic_fetch_add(&g_waiters, 1, __ATOMIC_SEQ_CST);
        futex_enqueue(bucket, &waiter);
    }
    if (is_far)
        error = wait_far(word, &waiter);
    lock_release(&bucket->lock);
    if (error != 1)
        return error;
    /* An owner looks for heirs after it has left the list of threads. One that is not in it may have looked too early. */
    int64_t result = 0;
    if (!is_far && !futex_has_owner(waiter.pi_owner) && futex_withdraw(&waiter))
        result = -ESRCH;
    else
        result = futex_sleep(&waiter, deadline_ns);
    __atomic_fetch_sub(&g_waiters, 1, __ATOMIC_RELAXED);
    return is_far && result == 0 ? !is_own(word) : result;
}

int64_t futex_lock_pi(void *word, bool shared, int64_t deadline_ns, bool only_try)
{
    struct futex_key key;
    int64_t result = futex_key_find(word, shared, &key);
    if (result < 0)
        return result;
    for (bool again = false; (result = lock_once(word, &key, again, deadline_ns, only_try)) == 1;)
        again = true;
    return result;
}

/* With the bucket's lock held: the first waiter owns the lock from now on, and the others wait for that one.
 * flags  further bits of the word */
static int hand_over(struct futex_bucket *bucket, struct futex_waiter *heir, uint32_t flags, struct wake_batch *batch)
{
    const uint32_t owner = (uint32_t)heir->thread->tid;
    uint32_t *word = heir->word;
    const struct futex_key key = heir->key;
    bool more = futex_is_far(&key); /* those of other processes are not in the queue */
    list_for_each(node, &bucket->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (waiter == heir || !futex_key_same(&waiter->key, &key))
            continue;
        waiter->pi_owner = (int32_t)owner;
        more = true;
    }
    const uint32_t value = owner | flags | (more ? FUTEX_WAITERS : 0);
    if (copy_out(word, &value, sizeof(value)) < 0)
        return -EFAULT;
    futex_release(heir, batch);
    return 0;
}

int64_t futex_unlock_pi(void *word, bool shared)
{
    const uint32_t me = (uint32_t)self()->tid;
    struct futex_key key;
    struct wake_batch batch = {.count = 0};
    uint32_t value;
    int error = copy_in(&value, word, sizeof(value));
    if (error == 0 && (value & FUTEX_TID_MASK) != me)
        error = -EPERM;
    if (error == 0)
        error = futex_key_find(word, shared, &key);
    if (error < 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&key);
    futex_bucket_lock(bucket);
    struct futex_waiter *heir = first_waiter(bucket, &key);
    if (heir) {
        error = heir->pi ? hand_over(bucket, heir, 0, &batch) : -EINVAL;
    } else {
        uint32_t seen = value;
        while ((error = user_compare_exchange32(word, &seen, 0)) == 0 && seen != value)
            value = seen;
    }
    lock_release(&bucket->lock);
    wake_all(&batch);
    if (!heir && error == 0 && value & FUTEX_WAITERS)
        (void)far_wake(&key, FUTEX_BITSET_MATCH_ANY, 1);
    return error;
}

static struct futex_waiter *first_heir(struct futex_bucket *bucket, int32_t owner)
{
    list_for_each(node, &bucket->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (waiter->pi && waiter->pi_owner == owner)
            return waiter;
    }
    return NULL;
}

void futex_pi_owner_dies(int32_t tid)
{
    struct wake_batch batch = {.count = 0};
    struct futex_waiter *heir;
    if (__atomic_load_n(&g_waiters, __ATOMIC_SEQ_CST) == 0)
        return;
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
        struct futex_bucket *bucket = futex_bucket_at(i);
        if (futex_bucket_idle(bucket))
            continue;
        futex_bucket_lock(bucket);
        while ((heir = first_heir(bucket, tid)) != NULL) {
            /* Where the word has gone, nobody can own it. */
            if (hand_over(bucket, heir, FUTEX_OWNER_DIED, &batch) < 0)
                futex_release(heir, &batch);
        }
        lock_release(&bucket->lock);
        wake_all(&batch);
    }
}
