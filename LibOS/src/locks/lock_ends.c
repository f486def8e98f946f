/* SPDX-License-Identifier: MIT */
/* Locks when processes begin and end, also if nobody but the host knows of it. */
#include "clock.h"
#include "lock_table.h"
#include "process.h"

/* So often at most a process asks the host whether others live. */
#define LOOK_AFTER_NS 100000000

static struct lock_range ranges_of(int32_t pid)
{
    return (struct lock_range){.kind = LOCK_OF_PROCESS, .owner = (uint32_t)pid};
}

void lock_count_own(int32_t pid)
{
    const struct lock_range owner = ranges_of(pid);
    __atomic_store_n(&g_locks.process_ranges, lock_count(&g_locks.set, &owner), __ATOMIC_RELAXED);
}

static void forget_process(int32_t pid)
{
    const struct lock_range owner = ranges_of(pid);
    lock_forget_waiters(pid);
    (void)lock_forget(&g_locks.set, &owner);
    (void)lock_holding_ends(pid);
}

void locks_process_ends(int32_t pid)
{
    struct lock_bell bell = {.count = 0};
    if (!g_locks.shared || pid <= 0)
        return;
    locks_acquire();
    forget_process(pid);
    lock_choose(NULL, &bell);
    locks_release();
    lock_ring(&bell);
}

void locks_unshare(int32_t pid)
{
    struct lock_bell bell = {.count = 0};
    locks_acquire();
    if (lock_holding_ends(pid))
        lock_choose(NULL, &bell);
    locks_release();
    lock_ring(&bell);
}

void locks_become(int32_t pid)
{
    locks_acquire();
    lock_count_own(pid);
    locks_release();
}

void locks_forked(int32_t pid)
{
    lock_hold_forked();
    wait_queue_init(&g_locks.sleepers);
    locks_become(pid);
}

/* A process that has what is in the way; 0 = there is none, and it is not in the way any more. */
static int32_t process_behind(const struct lock_range *blocker)
{
    if (blocker->kind == LOCK_OF_PROCESS)
        return (int32_t)blocker->owner;
    locks_acquire();
    const int32_t pid = lock_holder(blocker->owner);
    if (pid == 0)
        (void)lock_forget(&g_locks.set, blocker);
    locks_release();
    return pid;
}

bool lock_has_gone(const struct lock_range *blocker)
{
    static int64_t next_look_ns;
    const int64_t now_ns = clock_monotonic_ns();
    if (!g_locks.shared || now_ns < __atomic_load_n(&next_look_ns, __ATOMIC_RELAXED))
        return false;
    __atomic_store_n(&next_look_ns, now_ns + LOOK_AFTER_NS, __ATOMIC_RELAXED);
    const int32_t pid = process_behind(blocker);
    if (pid == g_process.pid || (pid != 0 && process_lives(pid)))
        return false;
    locks_process_ends(pid);
    return true;
}
