/* SPDX-License-Identifier: MIT */
/* The table of advisory locks, for those who change it: who has locks, who waits for them, and which open files have owners'
 * ids. It is in the heap while the process is alone, and in shared memory from the first fork on. */
#ifndef LIBOS_SRC_LOCKS_LOCK_TABLE_H
#define LIBOS_SRC_LOCKS_LOCK_TABLE_H

#include "fs/fs_core.h"
#include "lock_ranges.h"
#include "shared.h"

#define LOCK_NONE UINT32_MAX

/* A thread that waits. */
struct lock_waiter {
    struct lock_range wanted;
    int32_t pid, tid; /* pid 0 = free */
    uint32_t woken;   /* nothing excludes what it wants any more; it has not looked yet */
};

/* The open files of a process, as owners: those that other processes may have, too, or that have locks. */
struct lock_holding {
    int32_t pid;   /* 0 = free */
    uint32_t size; /* of ids */
    uint64_t *ids; /* in shared memory; 0 = free */
};

struct lock_numbers {
    struct lock_counts counts;
    uint32_t waiter_end; /* entries from here on are free */
    uint32_t turn;       /* the waiter that is looked at first, so that each has its turn */
    uint64_t last_id;    /* that was given to an open file */
};

/* In shared memory. Most of it is never touched. */
#define LOCK_RANGES   65536u
#define LOCK_WAITERS  4096u
#define LOCK_HOLDINGS 4096u
struct lock_shared {
    struct shared_lock lock;
    struct lock_numbers numbers;
    uint32_t holding_end;
    struct lock_holding holdings[LOCK_HOLDINGS];
    struct lock_waiter waiters[LOCK_WAITERS];
    struct lock_range ranges[LOCK_RANGES];
};

struct lock_table {
    struct lock lock;           /* of all that follows, while the process is alone */
    struct lock_shared *shared; /* and from the first fork on its lock; NULL until then */
    struct lock_numbers *numbers;
    struct lock_set set;
    struct lock_waiter *waiters;
    uint32_t waiter_capacity;
    uint32_t process_ranges;    /* this process has: whether closing a descriptor can matter */
    struct wait_queue sleepers; /* threads of this process that wait */
};
extern struct lock_table g_locks;

/***** lock_table.c *****/

void locks_acquire(void);
void locks_release(void);

/* With the lock held, as all that follows unless it says otherwise. Have room for a change, or for a waiter: its index.
 * Returns 0 or -ENOLCK, LOCK_NONE. */
PAL_MUST_CHECK int lock_make_room(void);
uint32_t lock_waiter_room(void);
static inline uint32_t lock_waiter_end(void)
{
    const uint32_t end = __atomic_load_n(&g_locks.numbers->waiter_end, __ATOMIC_RELAXED);
    return end < g_locks.waiter_capacity ? end : g_locks.waiter_capacity;
}

/***** lock_hold.c: open files as owners *****/

/* Give an open file an id, which it has in all processes that inherit it. 0 or -ENOLCK. */
PAL_MUST_CHECK int lock_hold(struct file *file);
/* It goes in this process. Returns whether locks have gone with it. */
bool lock_let_go(struct file *file);
/* A process that has one; this one if it has. 0 = none. */
int32_t lock_holder(uint64_t id);
/* A process has gone. Returns whether locks have. */
bool lock_holding_ends(int32_t pid);
/* Begin to write down what this process has, once the table is shared. Without the lock. 0 or -ENOMEM. */
PAL_MUST_CHECK int lock_hold_begin(void);
/* This process is the one that locks_share has got ready. */
void lock_hold_forked(void);

/***** lock_wait.c: waiters *****/

/* Processes to be rung when the lock is open again. */
#define LOCK_RINGS 16
struct lock_bell {
    uint32_t count;
    int32_t pids[LOCK_RINGS];
};

/* Somebody has less than before, of a file, or of any (NULL): choose whom to wake. Then, without the lock: wake them. */
void lock_choose(const struct lock_range *file, struct lock_bell *bell);
void lock_ring(struct lock_bell *bell);

/* The calling thread waits: sleep until it is woken, with the lock held before and after.
 * place    where it stands in the table, LOCK_NONE at first; lock_leave takes it out
 * returns  0, -ETIMEDOUT: nothing was heard for long, -ERESTARTSYS, -ENOLCK */
PAL_MUST_CHECK int lock_sleep(const struct lock_range *wanted, uint32_t *place, struct lock_bell *bell);
void lock_leave(const struct lock_range *wanted, uint32_t place, struct lock_bell *bell);

/* Whether the one who is in the way waits, perhaps through others, for the one who asks. */
bool lock_is_deadlock(const struct lock_range *wanted, const struct lock_range *blocker);

/* The waiters of a process that is gone. */
void lock_forget_waiters(int32_t pid);

/***** lock_ends.c *****/

/* How many ranges this process has, whose id is given, has changed. */
void lock_count_own(int32_t pid);
/* Whether a lock that is in the way is so no more, for who had it has been killed. Asks the host, but not often. Without the
 * lock. */
bool lock_has_gone(const struct lock_range *blocker);

#endif
