/* SPDX-License-Identifier: MIT */
/* /proc/locks: who has which locks, in all processes, and who waits for them. */
#include "locks/lock_table.h"
#include "proc_system.h"

static const char *kind_of(const struct lock_range *range)
{
    return range->kind == LOCK_OF_WHOLE ? "FLOCK " : range->kind == LOCK_OF_FILE ? "OFDLCK" : "POSIX ";
}

/* A waiter has the number of the lock that it waits for, and an arrow. */
static void add(struct text *out, uint32_t number, const char *arrow, const struct lock_range *range)
{
    const uint64_t device = range->device;
    text_add(out, "%u: %s%s ADVISORY  %s %d %02x:%02x:%lu %ld ", number, arrow, kind_of(range),
             range->exclusive ? "WRITE" : "READ", range->pid, (unsigned)(device >> 8) & 0xfff,
             (unsigned)((device & 0xff) | ((device >> 12) & 0xfff00)), range->inode, range->first);
    if (range->last == LOCK_RANGE_END)
        text_add(out, "EOF\n");
    else
        text_add(out, "%ld\n", range->last);
}

static void add_waiters(struct text *out, uint32_t number, const struct lock_range *range)
{
    for (uint32_t i = 0, end = lock_waiter_end(); i < end; i++) {
        const struct lock_waiter *waiter = &g_locks.waiters[i];
        if (waiter->pid && lock_conflict(&g_locks.set, &waiter->wanted) == range)
            add(out, number, "-> ", &waiter->wanted);
    }
}

int proc_show_locks(struct text *out, const struct pseudo_key *key)
{
    uint32_t number = 0;
    (void)key;
    locks_acquire();
    for (uint32_t i = 0, end = lock_set_end(&g_locks.set); i < end; i++) {
        const struct lock_range *range = &g_locks.set.ranges[i];
        if (range->kind == LOCK_FREE)
            continue;
        add(out, ++number, "", range);
        add_waiters(out, number, range);
    }
    locks_release();
    return 0;
}
