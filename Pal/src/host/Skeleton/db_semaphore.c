/* SPDX-License-Identifier: MIT */
/* Semaphores, for step 4. How one waits for them, and what references have to do with it, is in db_object.c and
 * db_events.c. */
#include "pal_host.h"

/* Step 4. initial is at most maximum, maximum at most 2^31 - 1. NOMEM. */
int _DkSemaphoreCreate(PAL_HANDLE *out, uint32_t initial, uint32_t maximum)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. OVERFLOW beyond the maximum, and then nothing has changed. No host call if nobody waits. */
int _DkSemaphoreRelease(PAL_HANDLE semaphore, uint32_t count)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Nobody waits any more. */
static void semaphore_close(PAL_HANDLE handle)
{
}

const struct handle_ops semaphore_ops = {
    .close = semaphore_close,
};
