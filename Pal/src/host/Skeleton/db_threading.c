/* SPDX-License-Identifier: MIT */
/* Threads, for step 4 but for what step 2 needs to wait for a lock. Knows nothing of what they run. */
#include "pal_host.h"

/* Step 4. A stack of at least 64 KiB with a guard page, and a zeroed struct pal_thread at %gs (db_main.c) with
 * tcb.self, the canary and the handle in it; then start(param), and _DkThreadExit when it returns. Stack and block go
 * with the thread, even if nobody ever closes the handle. */
int _DkThreadCreate(PAL_HANDLE *out, void (*start)(void *), void *param)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. A handle for the thread that calls, for the control block's first_thread. */
int _DkThreadAdopt(PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Set %fs, which is the program's and 0 in a new thread, to *address and leave it there; NULL only asks. INVAL
 * for an address that is not the program's. */
int _DkThreadPrivate(void **address)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. By a clock that nobody sets. With INTERRUPTED, too, report how long it was, but not more than duration_us. */
int _DkThreadDelayExecution(uint64_t duration_us, uint64_t *out_slept_us)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4; pal_lock calls it from step 2 on, but only while another thread holds the lock. */
int _DkThreadYieldExecution(void)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Wake those who wait for the handle; the last thread ends the process, with code 0. */
int _DkThreadExit(void)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Make the thread leave a blocking call with INTERRUPTED and get PAL_EVENT_RESUME; not lose it if the thread is
 * just about to block. NOTKILLABLE if the thread has ended. */
int _DkThreadResume(PAL_HANDLE thread)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The thread runs on if it has not ended. */
static void thread_close(PAL_HANDLE handle)
{
}

const struct handle_ops thread_ops = {
    .close = thread_close,
};
