/* SPDX-License-Identifier: MIT */
/* A lock for sections of a few instructions that make no host call. Knows nothing of what it protects. */
#include "pal_lock.h"
#include "pal_atomic.h"
#include "pal_host_api.h"

/* Looks at the lock before the holder is taken to be off its processor. */
#define SPINS_BEFORE_YIELD 100

void pal_lock(struct pal_lock *lock)
{
    unsigned spins = 0;
    if (g_single_thread) {
        lock->taken = 1;
        return;
    }
    while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE)) {
        if (++spins < SPINS_BEFORE_YIELD)
            __builtin_ia32_pause();
        else
            _DkThreadYieldExecution();
    }
}

void pal_unlock(struct pal_lock *lock)
{
    __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

static bool try_lock(struct pal_lock *lock)
{
    return !__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE);
}

static bool try_all(void)
{
    /* cppcheck-suppress comparePointers ; the linker puts them together */
    for (struct pal_lock *const *lock = __start_pal_locks; lock < __stop_pal_locks; lock++) {
        if (try_lock(*lock))
            continue;
        while (lock-- > __start_pal_locks)
            pal_unlock(*lock);
        return false;
    }
    return true;
}

/* They have no order, so nobody waits for one with another in hand. */
void pal_locks_take(void)
{
    while (!try_all())
        _DkThreadYieldExecution();
}

void pal_locks_release(void)
{
    /* cppcheck-suppress comparePointers ; the linker puts them together */
    for (struct pal_lock *const *lock = __start_pal_locks; lock < __stop_pal_locks; lock++)
        pal_unlock(*lock);
}
