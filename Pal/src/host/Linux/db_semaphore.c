/* SPDX-License-Identifier: MIT */
/* Linux: semaphores. A semaphore is a waitable of which each waiter takes one. */
#include "linux_waitable.h"

int _DkSemaphoreCreate(PAL_HANDLE *out, uint32_t initial, uint32_t maximum)
{
    const int error = pal_handle_new(PAL_TYPE_SEMAPHORE, out);
    if (error == 0)
        linux_waitable_init(&(*out)->semaphore.released, initial, maximum, true);
    return error;
}

int _DkSemaphoreRelease(PAL_HANDLE semaphore, uint32_t count)
{
    return linux_raise(semaphore, &semaphore->semaphore.released, count, false);
}

const struct handle_ops linux_semaphore_ops = {.close = NULL};
