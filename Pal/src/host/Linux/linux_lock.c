/* SPDX-License-Identifier: MIT */
/* A lock that may be held during host calls. Knows nothing of what it protects.
 * source: U. Drepper, "Futexes Are Tricky", the second mutex. */
#include "linux_lock.h"
#include <asm/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include "pal_error.h"
#include "pal_host_api.h"
#include "sys_linux.h"

static bool take_free(struct linux_lock *lock)
{
    uint32_t state = 0;
    return __atomic_compare_exchange_n(&lock->state, &state, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void linux_lock(struct linux_lock *lock)
{
    if (take_free(lock))
        return;
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0)
        sys_futex_wait_lock(&lock->state, 2);
}

int linux_lock_or_event(struct linux_lock *lock)
{
    if (take_free(lock))
        return 0;
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0) {
        if (sys_futex_wait(&lock->state, 2, NULL) == -EINTR)
            return -PAL_ERROR_INTERRUPTED;
    }
    return 0;
}

void linux_unlock(struct linux_lock *lock)
{
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
        sys_futex_wake(&lock->state, 1);
}

static bool try_all(void)
{
    /* cppcheck-suppress comparePointers ; the linker puts them together */
    for (struct linux_lock *const *lock = __start_linux_locks; lock < __stop_linux_locks; lock++) {
        if (take_free(*lock))
            continue;
        while (lock-- > __start_linux_locks)
            linux_unlock(*lock);
        return false;
    }
    return true;
}

void linux_locks_take(void)
{
    while (!try_all())
        _DkThreadYieldExecution();
}

void linux_locks_release(void)
{
    /* cppcheck-suppress comparePointers ; the linker puts them together */
    for (struct linux_lock *const *lock = __start_linux_locks; lock < __stop_linux_locks; lock++)
        linux_unlock(*lock);
}
