/* SPDX-License-Identifier: MIT */
/* Locks on which somebody waits: each has an event of the host then. Knows no room. */
#include "libos.h"

uint32_t g_generation = 1;

enum { OPEN, HELD, WAITED };

/* Events made before a fork are handles of another process. */
static PAL_HANDLE event_of(struct lock *lock)
{
    PAL_HANDLE event = __atomic_load_n(&lock->event, __ATOMIC_ACQUIRE);
    if (event && __atomic_load_n(&lock->generation, __ATOMIC_RELAXED) == g_generation)
        return event;
    PAL_HANDLE fresh = DkSynchronizationEventCreate(PAL_FALSE);
    if (!fresh)
        return NULL;
    __atomic_store_n(&lock->generation, g_generation, __ATOMIC_RELAXED);
    if (__atomic_compare_exchange_n(&lock->event, &event, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    DkObjectClose(fresh);
    return event;
}

void lock_wait(struct lock *lock)
{
    while (__atomic_exchange_n(&lock->state, WAITED, __ATOMIC_ACQUIRE) != OPEN) {
        PAL_HANDLE event = event_of(lock);
        /* Without memory for an event there is nothing but to try again. */
        if (!event || !DkObjectsWaitAny(1, &event, NO_TIMEOUT))
            DkThreadYieldExecution();
    }
}

void lock_wake(struct lock *lock)
{
    PAL_HANDLE event = event_of(lock);
    if (event)
        DkEventSet(event);
}
