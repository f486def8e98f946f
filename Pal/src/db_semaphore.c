/* SPDX-License-Identifier: MIT */
/* Host ABI, semaphores. Knows no way to wait. */
#include "pal_exception.h"
#include "pal_handle.h"

PAL_HANDLE DkSemaphoreCreate(PAL_NUM initialCount, PAL_NUM maxCount)
{
    PAL_HANDLE semaphore = NULL;
    int error = -PAL_ERROR_INVAL;
    if (maxCount > 0 && maxCount <= INT32_MAX && initialCount <= maxCount)
        error = _DkSemaphoreCreate(&semaphore, (uint32_t)initialCount, (uint32_t)maxCount);
    return pal_return_handle(error, semaphore);
}

void DkSemaphoreRelease(PAL_HANDLE semaphoreHandle, PAL_NUM count)
{
    int error = 0;
    if (!pal_handle_is_open_as(semaphoreHandle, PAL_TYPE_SEMAPHORE))
        error = -PAL_ERROR_BADHANDLE;
    else if (count == 0)
        error = -PAL_ERROR_INVAL;
    else if (count > INT32_MAX)
        error = -PAL_ERROR_OVERFLOW;
    else
        error = _DkSemaphoreRelease(semaphoreHandle, (uint32_t)count);
    (void)pal_return_bool(error);
}
