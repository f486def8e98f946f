/* SPDX-License-Identifier: MIT */
/* Host ABI, threads. Knows no way to make one. */
#include "pal_atomic.h"
#include "pal_exception.h"
#include "pal_handle.h"

PAL_HANDLE DkThreadCreate(PAL_PTR addr, PAL_PTR param, PAL_FLG flags)
{
    PAL_HANDLE thread = NULL;
    int error = -PAL_ERROR_INVAL;
    g_single_thread = false;
    if (addr && flags == 0)
        error = _DkThreadCreate(&thread, (void (*)(void *))addr, param);
    return pal_return_handle(error, thread);
}

PAL_PTR DkThreadPrivate(PAL_PTR addr)
{
    return pal_return_bool(_DkThreadPrivate(&addr)) ? addr : NULL;
}

PAL_NUM DkThreadDelayExecution(PAL_NUM duration)
{
    uint64_t slept_us = 0;
    if (duration == 0)
        (void)pal_return_bool(_DkThreadYieldExecution());
    else
        (void)pal_return_bool(_DkThreadDelayExecution(duration, &slept_us));
    return slept_us;
}

void DkThreadYieldExecution(void)
{
    (void)pal_return_bool(_DkThreadYieldExecution());
}

void DkThreadExit(void)
{
    (void)pal_return_bool(_DkThreadExit());
}

PAL_BOL DkThreadResume(PAL_HANDLE thread)
{
    int error = pal_handle_get(thread);
    if (error == 0) {
        const PAL_IDX type = pal_hdr(thread)->type;
        const bool fits = type == PAL_TYPE_THREAD || type == PAL_TYPE_PROCESS;
        error = fits ? _DkThreadResume(thread) : -PAL_ERROR_BADHANDLE;
        pal_handle_put(thread);
    }
    return pal_return_bool(error);
}
