/* SPDX-License-Identifier: MIT */
/* Waiters of shared words, as all processes see them: a table in shared memory, beside the queues of each process. Who wakes
 * marks an entry and rings its process, which then wakes the thread. */
#include "sync/far.h"
#include "sync.h"
#include "process/table.h"

#define FAR_WAITERS 4096u
#define RINGS       16u /* processes that are rung for one look through the table */

struct far_waiter {
    int32_t pid; /* 0 = free */
    int32_t tid;
    struct futex_key key;
    uint32_t bitset;
    uint32_t woken;
};

static struct far_table {
    struct shared_lock lock;
    uint32_t end; /* entries from here on have never been used */
    struct far_waiter waiters[FAR_WAITERS];
} * g_far;
static bool g_has_waited; /* a thread of this process, or of one that it is a copy of */

static bool is_shared(const struct futex_key *key)
{
    return key->device || key->inode;
}

bool futex_is_far(const struct futex_key *key)
{
    return g_far && is_shared(key);
}

static uint32_t end_of(const struct far_table *table)
{
    return table->end < FAR_WAITERS ? table->end : FAR_WAITERS;
}

/* With the lock held: an entry, FAR_NONE = there is none. */
static uint32_t add_locked(const struct futex_waiter *waiter)
{
    uint32_t place = 0;
    const uint32_t end = end_of(g_far);
    while (place < end && g_far->waiters[place].pid)
        place++;
    if (place == FAR_WAITERS)
        return FAR_NONE;
    g_far->waiters[place] = (struct far_waiter){
        .pid = g_process.pid, .tid = waiter->thread->tid, .key = waiter->key, .bitset = waiter->bitset};
    if (place == end)
        g_far->end = end + 1;
    return place;
}

int far_add(const struct futex_waiter *waiter, uint32_t *out_place)
{
    *out_place = FAR_NONE;
    if (!futex_is_far(&waiter->key))
        return 0;
    g_has_waited = true;
    shared_lock(&g_far->lock);
    *out_place = add_locked(waiter);
    shared_unlock(&g_far->lock);
    return *out_place == FAR_NONE ? -EAGAIN : 0;
}

bool far_remove(uint32_t place)
{
    if (place >= FAR_WAITERS)
        return false;
    struct far_waiter *entry = &g_far->waiters[place];
    shared_lock(&g_far->lock);
    const bool woken = entry->pid == g_process.pid && entry->woken;
    if (entry->pid == g_process.pid)
        entry->pid = 0;
    shared_unlock(&g_far->lock);
    return woken;
}

void far_move(uint32_t place, const struct futex_key *key)
{
    if (place >= FAR_WAITERS)
        return;
    shared_lock(&g_far->lock);
    if (g_far->waiters[place].pid == g_process.pid)
        g_far->waiters[place].key = *key;
    shared_unlock(&g_far->lock);
}

static bool is_live(int32_t pid)
{
    const struct process_entry *process = table_entry(pid);
    return process && process->state == STATE_LIVE;
}

static bool is_wanted(const struct far_waiter *entry, const struct futex_key *key, uint32_t bitset)
{
    return entry->pid && !entry->woken && entry->pid != g_process.pid && entry->bitset & bitset &&
           futex_key_same(&entry->key, key);
}

static unsigned add_ring(int32_t *pids, unsigned count, int32_t pid)
{
    for (unsigned i = 0; i < count; i++) {
        if (pids[i] == pid)
            return count;
    }
    pids[count] = pid;
    return count + 1;
}

/* Wake as many as one round of bells allows; *out_more: there may be others. */
static int64_t wake_some(const struct futex_key *key, uint32_t bitset, int64_t count, bool *out_more)
{
    int32_t pids[RINGS];
    unsigned rings = 0;
    int64_t woken = 0;
    shared_lock(&g_far->lock);
    for (uint32_t i = 0, end = end_of(g_far); i < end && woken < count && rings < RINGS; i++) {
        struct far_waiter *entry = &g_far->waiters[i];
        if (!is_wanted(entry, key, bitset))
            continue;
        if (!is_live(entry->pid)) {
            entry->pid = 0;
            continue;
        }
        entry->woken = 1;
        woken++;
        rings = add_ring(pids, rings, entry->pid);
    }
    shared_unlock(&g_far->lock);
    for (unsigned i = 0; i < rings; i++)
        mail_nudge(pids[i]);
    *out_more = rings == RINGS && woken < count;
    return woken;
}

int64_t far_wake(const struct futex_key *key, uint32_t bitset, int64_t count)
{
    int64_t woken = 0;
    bool more = futex_is_far(key) && count > 0;
    while (more)
        woken += wake_some(key, bitset, count - woken, &more);
    return woken;
}

/* Wake the thread behind an entry, in this process's own queue. */
static void release(const struct far_waiter *entry)
{
    struct wake_batch batch = {.count = 0};
    struct futex_bucket *bucket = futex_bucket_of(&entry->key);
    futex_bucket_lock(bucket);
    list_for_each(node, &bucket->queue) {
        struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
        if (waiter->thread->tid == entry->tid && futex_key_same(&waiter->key, &entry->key)) {
            futex_release(waiter, &batch);
            break;
        }
    }
    lock_release(&bucket->lock);
    wake_all(&batch);
}

void far_take(void)
{
    for (uint32_t i = 0, end = g_far ? end_of(g_far) : 0; i < end; i++) {
        if (__atomic_load_n(&g_far->waiters[i].pid, __ATOMIC_RELAXED) != g_process.pid)
            continue;
        shared_lock(&g_far->lock);
        const struct far_waiter entry = g_far->waiters[i];
        shared_unlock(&g_far->lock);
        if (entry.pid == g_process.pid && entry.woken)
            release(&entry);
    }
}

int far_begin(void)
{
    if (g_far)
        return 0;
    struct far_table *table = shared_place(sizeof(*table));
    if (!table)
        return -ENOMEM;
    g_far = table;
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
        struct futex_bucket *bucket = futex_bucket_at(i);
        futex_bucket_lock(bucket);
        list_for_each(node, &bucket->queue) {
            struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);
            if (waiter->far == FAR_NONE && !waiter->pi && far_add(waiter, &waiter->far) < 0)
                log_print(LOG_DEBUG, "too many threads wait for shared words");
        }
        lock_release(&bucket->lock);
    }
    return 0;
}

void far_forget(void)
{
    if (!g_far || !g_has_waited)
        return;
    shared_lock(&g_far->lock);
    for (uint32_t i = 0, end = end_of(g_far); i < end; i++) {
        if (g_far->waiters[i].pid == g_process.pid)
            g_far->waiters[i].pid = 0;
    }
    shared_unlock(&g_far->lock);
}
