/* SPDX-License-Identifier: MIT */
/* Notification and synchronization events, for step 4. How one waits for them is in db_object.c. The core holds no
 * reference for _DkEventSet and _DkEventClear: unless one atomic instruction does it all, begin with pal_handle_get and
 * end with pal_handle_put (pal_handle.h). */
#include "pal_host.h"

/* Step 4. auto_clear: a synchronization event, which clears itself when it has released one waiter. NOMEM. */
int _DkEventCreate(PAL_HANDLE *out, bool initially_set, bool auto_clear)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Release one waiter or all; with nobody waiting the event stays set for the next one. */
int _DkEventSet(PAL_HANDLE event)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Waiters that have been released stay so. */
int _DkEventClear(PAL_HANDLE event)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Nobody waits any more. */
static void event_close(PAL_HANDLE handle)
{
}

const struct handle_ops event_ops = {
    .close = event_close,
};
