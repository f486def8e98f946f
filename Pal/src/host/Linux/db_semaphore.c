/* SPDX-License-Identifier: MIT */
/* Linux: semaphores. Knows no kernel: who waits, and how, is linux_wait.c's business. */
#include "linux_object.h"
#include "pal_atomic.h"
#include "pal_handle.h"

int _DkSemaphoreCreate(PAL_HANDLE *out, uint32_t initial, uint32_t maximum)
{
    const int error = pal_handle_new(PAL_TYPE_SEMAPHORE, out);
    if (error < 0)
        return error;
    (*out)->semaphore.maximum = maximum;
    (*out)->semaphore.released.count = initial;
    list_init(&(*out)->semaphore.released.nodes);
    return 0;
}

static int wake(PAL_HANDLE semaphore, uint32_t count)
{
    struct waitable *released = &semaphore->semaphore.released;
    const int error = pal_handle_get(semaphore);
    if (error < 0)
        return error;
    for (; count > 0 && __atomic_load_n(&released->waiters, __ATOMIC_SEQ_CST) > 0; count--)
        linux_wake(released);
    pal_handle_put(semaphore);
    return 0;
}

int _DkSemaphoreRelease(PAL_HANDLE semaphore, uint32_t count)
{
    struct waitable *released = &semaphore->semaphore.released;
    uint32_t before = __atomic_load_n(&released->count, __ATOMIC_RELAXED);
    do {
        const uint32_t maximum = semaphore->semaphore.maximum;
        if (before > maximum || count > maximum - before)
            return -PAL_ERROR_OVERFLOW;
    } while (!pal_compare_exchange(&released->count, &before, before + count));
    return __atomic_load_n(&released->waiters, __ATOMIC_SEQ_CST) == 0 ? 0 : wake(semaphore, count);
}

bool linux_semaphore_take(PAL_HANDLE semaphore)
{
    struct waitable *released = &semaphore->semaphore.released;
    uint32_t before = __atomic_load_n(&released->count, __ATOMIC_SEQ_CST);
    do {
        if (before == 0)
            return false;
    } while (!pal_compare_exchange(&released->count, &before, before - 1));
    return true;
}

const struct handle_ops linux_semaphore_ops = {.close = NULL};
