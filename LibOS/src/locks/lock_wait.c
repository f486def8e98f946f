/* SPDX-License-Identifier: MIT */
/* Who waits for locks. A waiter stands in the table with what it wants; who gives up locks chooses those that nothing is in the
 * way of any more, nor another one who was chosen before, and rings their processes. They look for themselves then, so
 * somebody else may have been faster; those who leave or fail choose again. */
#include "lock_table.h"
#include "process/table.h"

#define DEADLOCK_STEPS 10 /* as Linux: longer chains are not looked at */

/* A process may be killed, and nobody tells: so often a waiter looks for itself. */
#define LOOK_AGAIN_US 200000

/***** Waking *****/

/* Whether one who was chosen, and has not looked yet, will have what another one wants. */
static bool is_taken(const struct lock_range *wanted)
{
    for (uint32_t i = 0, end = lock_waiter_end(); i < end; i++) {
        const struct lock_waiter *waiter = &g_locks.waiters[i];
        if (waiter->pid && waiter->woken && lock_excludes(&waiter->wanted, wanted))
            return true;
    }
    return false;
}

static bool is_choice(const struct lock_waiter *waiter, const struct lock_range *file)
{
    return waiter->pid && !waiter->woken && (!file || lock_same_file(&waiter->wanted, file)) &&
           !lock_conflict(&g_locks.set, &waiter->wanted) && !is_taken(&waiter->wanted);
}

/* False = there is no room for another process. */
static bool add_ring(struct lock_bell *bell, int32_t pid)
{
    for (uint32_t i = 0; i < bell->count; i++) {
        if (bell->pids[i] == pid)
            return true;
    }
    if (bell->count == LOCK_RINGS)
        return false;
    bell->pids[bell->count++] = pid;
    return true;
}

/* Those who find no room are chosen by those who are woken now. */
void lock_choose(const struct lock_range *file, struct lock_bell *bell)
{
    const uint32_t end = lock_waiter_end();
    const uint32_t start = end ? g_locks.numbers->turn % end : 0;
    for (uint32_t i = 0; i < end; i++) {
        const uint32_t index = (start + i) % end;
        struct lock_waiter *waiter = &g_locks.waiters[index];
        if (!is_choice(waiter, file))
            continue;
        if (!add_ring(bell, waiter->pid))
            return;
        waiter->woken = true;
        g_locks.numbers->turn = index + 1;
    }
}

void lock_ring(struct lock_bell *bell)
{
    for (uint32_t i = 0; i < bell->count; i++) {
        if (bell->pids[i] == g_process.pid)
            wait_queue_wake(&g_locks.sleepers);
        else
            mail_nudge(bell->pids[i]);
    }
    bell->count = 0;
}

void locks_rung(void)
{
    if (g_locks.sleepers.waiters.head.next)
        wait_queue_wake(&g_locks.sleepers);
}

/***** Waiting *****/

/* The calling thread's entry; NULL = it has none, or not any more. */
static struct lock_waiter *own_waiter(uint32_t place)
{
    struct lock_waiter *waiter = place < g_locks.waiter_capacity ? &g_locks.waiters[place] : NULL;
    return waiter && waiter->pid == g_process.pid && waiter->tid == self()->tid ? waiter : NULL;
}

int lock_sleep(const struct lock_range *wanted, uint32_t *place, struct lock_bell *bell)
{
    struct waiter waiter = {.notify = NULL};
    const struct lock_waiter *own = own_waiter(*place);
    const bool was_woken = own && own->woken;
    if (!own)
        *place = lock_waiter_room();
    if (*place == LOCK_NONE)
        return -ENOLCK;
    g_locks.waiters[*place] = (struct lock_waiter){.wanted = *wanted, .pid = g_process.pid, .tid = self()->tid};
    if (was_woken)
        lock_choose(wanted, bell); /* in vain: then perhaps others can go on */
    if (!g_locks.sleepers.waiters.head.next)
        wait_queue_init(&g_locks.sleepers);
    wait_queue_add(&g_locks.sleepers, &waiter);
    const uint64_t timeout = g_locks.shared ? LOOK_AGAIN_US : NO_TIMEOUT;
    locks_release();
    lock_ring(bell);
    int result = thread_sleep(timeout);
    wait_queue_remove(&g_locks.sleepers, &waiter);
    if (result == -EINTR)
        result = signal_interrupts() ? -ERESTARTSYS : 0;
    locks_acquire();
    return result;
}

void lock_leave(const struct lock_range *wanted, uint32_t place, struct lock_bell *bell)
{
    struct lock_waiter *own = own_waiter(place);
    if (!own)
        return;
    own->pid = 0;
    uint32_t end = lock_waiter_end();
    while (end > 0 && !g_locks.waiters[end - 1].pid)
        end--;
    g_locks.numbers->waiter_end = end;
    lock_choose(wanted, bell);
}

void lock_forget_waiters(int32_t pid)
{
    for (uint32_t i = 0, end = lock_waiter_end(); i < end; i++) {
        if (g_locks.waiters[i].pid == pid)
            g_locks.waiters[i].pid = 0;
    }
}

/***** Deadlocks *****/

/* What a process waits for and may wait for ever; NULL = nothing. */
static const struct lock_range *wanted_by(const struct lock_range *owner)
{
    for (uint32_t i = 0, end = lock_waiter_end(); i < end; i++) {
        const struct lock_waiter *waiter = &g_locks.waiters[i];
        if (waiter->pid && !waiter->woken && lock_same_owner(&waiter->wanted, owner))
            return &waiter->wanted;
    }
    return NULL;
}

bool lock_is_deadlock(const struct lock_range *wanted, const struct lock_range *blocker)
{
    for (unsigned i = 0; i < DEADLOCK_STEPS && blocker && blocker->kind == LOCK_OF_PROCESS; i++) {
        const struct lock_range *next = wanted_by(blocker);
        blocker = next ? lock_conflict(&g_locks.set, next) : NULL;
        if (blocker && lock_same_owner(blocker, wanted))
            return true;
    }
    return false;
}
