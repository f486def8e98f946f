/* SPDX-License-Identifier: MIT */
/* Futexes: keys of words, and the queues of those who wait for them. Knows nothing of operations. */
#include "sync/futex.h"
#include "sync.h"
#include "clock.h"
#include "fs.h"
#include "mm.h"
#include "sync/far.h"

PAL_LARGE static struct futex_bucket g_buckets[FUTEX_BUCKETS];

/* A word in a mapping that other processes may see, too. */
static int find_shared(uint64_t address, struct futex_key *out)
{
    struct mapping mapping;
    struct file_attr attr;
    if (!mm_find(address, &mapping))
        return -EFAULT;
    if (!mapping.file)
        return mapping.prot & PROT_READ ? 0 : -EFAULT;
    if (mapping.flags & MAP_SHARED && mapping.file->ops->attributes &&
        mapping.file->ops->attributes(mapping.file, &attr) == 0) {
        out->device = attr.device;
        out->inode = attr.inode;
        out->offset = address - mapping.start + mapping.offset;
    }
    file_put(mapping.file);
    return 0;
}

int futex_key_find(const void *word, bool shared, struct futex_key *out)
{
    const uint64_t address = (uintptr_t)word;
    if (address % sizeof(uint32_t))
        return -EINVAL;
    if (!user_range_ok(address, sizeof(uint32_t)))
        return -EFAULT;
    *out = (struct futex_key){.offset = address};
    return shared ? find_shared(address, out) : 0;
}

bool futex_key_same(const struct futex_key *a, const struct futex_key *b)
{
    return a->offset == b->offset && a->inode == b->inode && a->device == b->device;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
    const uint64_t mixed = ((key->offset >> 2) ^ key->inode << 20 ^ key->device) * 0x9e3779b97f4a7c15ul;
    return &g_buckets[mixed >> 56 & (FUTEX_BUCKETS - 1)];
}

struct futex_bucket *futex_bucket_at(unsigned index)
{
    return &g_buckets[index];
}

void futex_bucket_lock(struct futex_bucket *bucket)
{
    lock_acquire(&bucket->lock);
    if (!bucket->queue.head.next)
        list_init(&bucket->queue);
}

void futex_buckets_lock(struct futex_bucket *a, struct futex_bucket *b)
{
    futex_bucket_lock(a < b ? a : b);
    if (a != b)
        futex_bucket_lock(a < b ? b : a);
}

void futex_buckets_unlock(struct futex_bucket *a, struct futex_bucket *b)
{
    lock_release(&a->lock);
    if (a != b)
        lock_release(&b->lock);
}

bool futex_bucket_idle(struct futex_bucket *bucket)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&bucket->waiters, __ATOMIC_RELAXED) == 0;
}

void futex_enqueue(struct futex_bucket *bucket, struct futex_waiter *waiter)
{
    waiter->thread = self();
    waiter->woken = 0;
    waiter->far = FAR_NONE;
    __atomic_store_n(&waiter->bucket, bucket, __ATOMIC_RELAXED);
    list_add_back(&bucket->queue, &waiter->node);
    __atomic_fetch_add(&bucket->waiters, 1, __ATOMIC_SEQ_CST);
}

void futex_dequeue(struct futex_waiter *waiter)
{
    list_remove(&waiter->node);
    __atomic_fetch_sub(&waiter->bucket->waiters, 1, __ATOMIC_RELAXED);
}

void futex_change_queue(struct futex_waiter *waiter, struct futex_bucket *to)
{
    futex_dequeue(waiter);
    list_add_back(&to->queue, &waiter->node);
    __atomic_fetch_add(&to->waiters, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&waiter->bucket, to, __ATOMIC_RELEASE);
}

void futex_release(struct futex_waiter *waiter, struct wake_batch *batch)
{
    struct thread *thread = waiter->thread;
    futex_dequeue(waiter);
    /* Its owner may see the mark, go on, and end, before it is stirred. */
    thread_get(thread);
    __atomic_store_n(&waiter->woken, 1, __ATOMIC_RELEASE);
    wake_collect(batch, thread);
    thread_put(thread);
}

int64_t futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, uint32_t bitset, int count,
                          struct wake_batch *batch)
{
    int64_t woken = 0;
    list_for_each(node, &bucket->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (!futex_key_same(&waiter->key, key))
            continue;
        if (waiter->pi)
            return -EINVAL;
        if (!(waiter->bitset & bitset))
            continue;
        futex_release(waiter, batch);
        if (++woken >= count) /* one at least, as Linux does */
            break;
    }
    return woken;
}

int64_t futex_wake(const void *word, bool shared, int count, uint32_t bitset)
{
    struct futex_key key;
    struct wake_batch batch;
    const int error = futex_key_find(word, shared, &key);
    if (error < 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&key);
    int64_t woken = 0;
    if (!futex_bucket_idle(bucket)) {
        batch.count = 0;
        futex_bucket_lock(bucket);
        woken = futex_wake_locked(bucket, &key, bitset, count, &batch);
        lock_release(&bucket->lock);
        wake_all(&batch);
    }
    return woken < 0 ? woken : woken + far_wake(&key, bitset, count - woken);
}

bool futex_withdraw(struct futex_waiter *waiter)
{
    for (;;) {
        struct futex_bucket *bucket = __atomic_load_n(&waiter->bucket, __ATOMIC_ACQUIRE);
        futex_bucket_lock(bucket);
        if (bucket == __atomic_load_n(&waiter->bucket, __ATOMIC_RELAXED)) {
            const bool queued = !futex_is_woken(waiter);
            if (queued)
                futex_dequeue(waiter);
            lock_release(&bucket->lock);
            return queued;
        }
        lock_release(&bucket->lock); /* it has been moved meanwhile */
    }
}

static int sleep(struct futex_waiter *waiter, int64_t deadline_ns)
{
    while (!futex_is_woken(waiter)) {
        const int result = thread_sleep(timeout_until(deadline_ns));
        if (result < 0 && !futex_is_woken(waiter))
            return futex_withdraw(waiter) ? result : 0;
    }
    return 0;
}

int futex_sleep(struct futex_waiter *waiter, int64_t deadline_ns)
{
    const int result = sleep(waiter, deadline_ns);
    return far_remove(waiter->far) ? 0 : result;
}

void futex_forked(void)
{
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
        list_init(&g_buckets[i].queue);
        g_buckets[i].waiters = 0;
    }
}
