/* SPDX-License-Identifier: MIT */
/* Host ABI, events. Knows no way to wait. */
#include "pal_exception.h"
#include "pal_handle.h"

PAL_HANDLE DkNotificationEventCreate(PAL_BOL initialState)
{
    PAL_HANDLE event = NULL;
    const int error = _DkEventCreate(&event, initialState, false);
    return pal_return_handle(error, event);
}

PAL_HANDLE DkSynchronizationEventCreate(PAL_BOL initialState)
{
    PAL_HANDLE event = NULL;
    const int error = _DkEventCreate(&event, initialState, true);
    return pal_return_handle(error, event);
}

void DkEventSet(PAL_HANDLE eventHandle)
{
    int error = -PAL_ERROR_BADHANDLE;
    if (pal_handle_is_open_as(eventHandle, PAL_TYPE_EVENT))
        error = _DkEventSet(eventHandle);
    (void)pal_return_bool(error);
}

void DkEventClear(PAL_HANDLE eventHandle)
{
    int error = -PAL_ERROR_BADHANDLE;
    if (pal_handle_is_open_as(eventHandle, PAL_TYPE_EVENT))
        error = _DkEventClear(eventHandle);
    (void)pal_return_bool(error);
}
