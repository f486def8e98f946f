/* SPDX-License-Identifier: MIT */
/* Locks of threads that end: robust lists, and the word that tells that a thread is gone. */
#include "copy.h"
#include "sync/far.h"
#include "sync/futex.h"
#include "sync.h"
#include "syscalls.h"

int64_t sys_set_robust_list(void *head, unsigned long size)
{
    if (size != sizeof(struct robust_list_head))
        return -EINVAL;
    self()->robust_list = (uintptr_t)head;
    return 0;
}

int64_t sys_get_robust_list(int pid, void *head, void *size)
{
    static const uint64_t head_size = sizeof(struct robust_list_head);
    struct thread *thread = thread_find(pid ? pid : self()->tid);
    if (!thread)
        return -ESRCH;
    const uint64_t list = thread->robust_list;
    thread_put(thread);
    return copy_out(size, &head_size, sizeof(head_size)) < 0 ? -EFAULT : copy_out(head, &list, sizeof(list));
}

/* Wake one who wants a lock that has lost its owner. One with priority inheritance goes to a waiter of this process when the thread
 * is not in its list any more (futex_pi_owner_dies). */
static void wake_next(const uint32_t *word, bool pi)
{
    struct futex_key key;
    if (!pi)
        futex_wake(word, true, 1, FUTEX_BITSET_MATCH_ANY);
    else if (futex_key_find(word, true, &key) == 0)
        far_wake(&key, FUTEX_BITSET_MATCH_ANY, 1);
}

/* A lock that the dying thread may hold: mark it as left behind by its owner, and wake one who wants it.
 * pending  it was about to be locked or unlocked when the thread ended
 * returns  false if the address is bad */
static bool leave_lock(uint64_t address, int32_t tid, bool pi, bool pending)
{
    uint32_t *word = (uint32_t *)address;
    uint32_t value;
    if (address % sizeof(*word) || !user_range_ok(address, sizeof(*word)) || user_load32(&value, word) < 0)
        return false;
    /* Unlocked in between, but perhaps nobody was woken. */
    if (pending && !pi && value == 0) {
        futex_wake(word, true, 1, FUTEX_BITSET_MATCH_ANY);
        return true;
    }
    while ((value & FUTEX_TID_MASK) == (uint32_t)tid) {
        uint32_t seen = value;
        if (user_compare_exchange32(word, &seen, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) < 0)
            return false;
        if (seen == value) {
            if (value & FUTEX_WAITERS)
                wake_next(word, pi);
            return true;
        }
        value = seen;
    }
    return true;
}

/* Entries are addresses; their lowest bit tells that the lock has priority inheritance. */
static void walk_robust_list(uint64_t list, int32_t tid)
{
    struct robust_list_head head;
    if (!list || copy_in(&head, (const void *)list, sizeof(head)) < 0)
        return;
    const uint64_t pending = (uintptr_t)head.list_op_pending;
    const uint64_t offset = (uint64_t)head.futex_offset;
    uint64_t entry = (uintptr_t)head.list.next;
    for (unsigned i = 0; (entry & ~1ul) != list && i < ROBUST_LIST_LIMIT; i++) {
        uint64_t next;
        /* The lock may be freed by who gets it. */
        const int error = copy_in(&next, (const void *)(entry & ~1ul), sizeof(next));
        if (entry != pending && !leave_lock((entry & ~1ul) + offset, tid, entry & 1, false))
            return;
        if (error < 0)
            return;
        entry = next;
    }
    if (pending)
        leave_lock((pending & ~1ul) + offset, tid, pending & 1, true);
}

void futex_walk_robust(struct thread *thread)
{
    const uint64_t list = thread->robust_list;
    walk_robust_list(list, thread->tid);
    __atomic_store_n(&thread->robust_list, 0, __ATOMIC_RELEASE);
}

bool futex_holds_robust(const struct thread *thread)
{
    struct robust_list_head head;
    const uint64_t list = __atomic_load_n(&thread->robust_list, __ATOMIC_ACQUIRE);
    return list && copy_in(&head, (const void *)list, sizeof(head)) == 0 &&
           ((uintptr_t)head.list.next != list || head.list_op_pending);
}

void futex_clear_tid(uint64_t address)
{
    static const uint32_t none = 0;
    if (address && copy_out((void *)address, &none, sizeof(none)) == 0)
        futex_wake((const void *)address, true, 1, FUTEX_BITSET_MATCH_ANY);
}
