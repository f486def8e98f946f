/* SPDX-License-Identifier: MIT */
/* Waiting for objects of any kind, for step 4. */
#include "pal_host.h"

/* Step 4. Any mixture of types; NULL entries are passed over. Ready is: a stream with data, room or an end, a server
 * with a client, a thread or process that has ended, an event that is set, a semaphore with a count; of the last two
 * exactly the one that is returned is taken. TRYAGAIN when timeout_us has passed, at once if it is 0; NO_TIMEOUT waits
 * for ever, even for nothing. INTERRUPTED: see _DkThreadResume. The core holds no references: begin with
 * pal_handle_get_all and end with pal_handle_put_all (pal_handle.h). */
int _DkObjectsWaitAny(size_t count, PAL_HANDLE *handles, uint64_t timeout_us, PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}
