/* SPDX-License-Identifier: MIT */
/* Room sync: futexes, as its files share them.
 *
 * A word is known by a key: for memory that only this process has, its address; for memory that it may share, the object
 * and the place in it, so that two mappings of the same word, later those of two processes, mean the same. Waiters
 * of all words of a bucket are in one queue, in the order in which they came. */
#ifndef LIBOS_SRC_SYNC_FUTEX_H
#define LIBOS_SRC_SYNC_FUTEX_H

#include <linux/futex.h>
#include "task.h"

struct futex_key {
    uint64_t device, inode; /* of a shared file; 0, 0 = memory of this process */
    uint64_t offset;        /* in it; or the address */
};

struct futex_bucket {
    struct lock lock;
    uint32_t waiters; /* length of queue; raised before its owner looks at the word */
    struct list queue;
} __attribute__((aligned(64)));

/* Lies on the waiting thread's stack, and is not touched any more once woken is set. */
struct futex_waiter {
    struct list_node node;
    struct futex_key key;
    struct futex_bucket *bucket; /* in whose queue it is; changes with that one's lock held */
    struct thread *thread;
    uint32_t bitset;
    uint32_t woken;
    uint32_t far;                    /* its place among those that other processes may wake (far.h) */
    bool pi;                         /* waits to be given a lock (futex_pi.c) */
    int32_t pi_owner;                /* of whom */
    uint32_t *word;                  /* with pi: as this process sees it */
    const struct futex_key *goes_to; /* FUTEX_WAIT_REQUEUE_PI: that word's, for which it does not wait yet; else NULL */
};

/* Find the key of a word. 0, -EINVAL (not aligned), -EFAULT */
PAL_MUST_CHECK int futex_key_find(const void *word, bool shared, struct futex_key *out);
bool futex_key_same(const struct futex_key *a, const struct futex_key *b);

#define FUTEX_BUCKETS 256 /* a power of two */
struct futex_bucket *futex_bucket_of(const struct futex_key *key);
struct futex_bucket *futex_bucket_at(unsigned index);
void futex_bucket_lock(struct futex_bucket *bucket);
/* Lock two, which may be the same. */
void futex_buckets_lock(struct futex_bucket *a, struct futex_bucket *b);
void futex_buckets_unlock(struct futex_bucket *a, struct futex_bucket *b);
/* Whether nobody waits in it; for who has changed a word before. */
bool futex_bucket_idle(struct futex_bucket *bucket);

/* With the bucket's lock held: put a waiter, whose key and bitset are set, into the queue, or take it out. */
void futex_enqueue(struct futex_bucket *bucket, struct futex_waiter *waiter);
void futex_dequeue(struct futex_waiter *waiter);
/* The same to the queue of another bucket, whose lock is held, too. */
void futex_change_queue(struct futex_waiter *waiter, struct futex_bucket *to);
/* With the lock held: let a waiter go. */
void futex_release(struct futex_waiter *waiter, struct wake_batch *batch);
/* With the lock held: let go up to count waiters of a key, of which a bit is in bitset. Returns how many, or -EINVAL: there
 * is one that waits for a lock with priority inheritance. */
int64_t futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, uint32_t bitset, int count,
                          struct wake_batch *batch);
/* Wake waiters of a word. Returns how many, or -E... */
int64_t futex_wake(const void *word, bool shared, int count, uint32_t bitset);

static inline bool futex_is_woken(const struct futex_waiter *waiter)
{
    return __atomic_load_n(&waiter->woken, __ATOMIC_ACQUIRE) != 0;
}

/* Take a waiter out of whichever queue it is in. False = it has been woken. */
bool futex_withdraw(struct futex_waiter *waiter);

/* Sleep until a waiter is woken or a monotonic time is there.
 * returns  0, and otherwise it is withdrawn: -ETIMEDOUT, -EINTR */
PAL_MUST_CHECK int futex_sleep(struct futex_waiter *waiter, int64_t deadline_ns);

/* FUTEX_WAIT_BITSET with a deadline in monotonic nanoseconds. */
int64_t futex_wait(const void *word, bool shared, uint32_t value, uint32_t bitset, int64_t deadline_ns);
int64_t futex_requeue(const void *word, const void *target, bool shared, int wake, int move, const uint32_t *expected);
int64_t futex_wake_op(void *word, void *target, bool shared, int wake, int wake_target, uint32_t operation);

int64_t futex_lock_pi(void *word, bool shared, int64_t deadline_ns, bool only_try);
int64_t futex_unlock_pi(void *word, bool shared);

/* For futex_requeue_pi.c. With the bucket's lock held: take a lock for a thread if it is free, else mark it as wanted; wanted:
 * mark it so in any case. Returns 0 = taken; 1 = held by *out_owner; -E... */
PAL_MUST_CHECK int futex_take_pi(uint32_t *word, int32_t tid, bool wanted, int32_t *out_owner);
/* Whether an owner is a thread of this process. */
bool futex_has_owner(int32_t tid);
/* Around a sleep that may become one for such a lock. */
void futex_pi_sleeps(bool sleeps);

int64_t futex_wait_requeue_pi(void *word, void *target, bool shared, uint32_t value, int64_t deadline_ns);
int64_t futex_cmp_requeue_pi(void *word, void *target, bool shared, int wake, int count, uint32_t expected);

#endif
