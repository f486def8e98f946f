/* SPDX-License-Identifier: MIT */
/* Host ABI, objects of any kind: closing and waiting. Knows no kind of object. */
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_user.h"

/* Handles that one call can wait for, and so many of them without memory of the heap. */
#define WAIT_HANDLES_MAX (PAL_HEAP_MAX / sizeof(PAL_HANDLE))
#define WAIT_HANDLES_FEW 16

void DkObjectClose(PAL_HANDLE objectHandle)
{
    (void)pal_return_bool(pal_handle_close(objectHandle));
}

static bool all_open(size_t count, PAL_HANDLE *handles)
{
    for (size_t i = 0; i < count; i++) {
        if (handles[i] && !pal_handle_is_open(handles[i]))
            return false;
    }
    return true;
}

static int wait_any(size_t count, PAL_HANDLE *array, uint64_t timeout_us, PAL_HANDLE *out)
{
    PAL_HANDLE few[WAIT_HANDLES_FEW], *handles = few;
    if (count == 0)
        return -PAL_ERROR_INVAL;
    if (count > WAIT_HANDLES_MAX)
        return -PAL_ERROR_TOOLONG;
    if (!array)
        return -PAL_ERROR_BADADDR;
    if (count > WAIT_HANDLES_FEW)
        handles = pal_malloc(count * sizeof(PAL_HANDLE));
    if (!handles)
        return -PAL_ERROR_NOMEM;
    /* Other threads may change the program's array meanwhile, so it is read once. */
    int error = pal_user_read(handles, array, count * sizeof(PAL_HANDLE));
    if (error == 0)
        error = all_open(count, handles) ? _DkObjectsWaitAny(count, handles, timeout_us, out) : -PAL_ERROR_BADHANDLE;
    if (handles != few)
        pal_free(handles);
    return error;
}

PAL_HANDLE DkObjectsWaitAny(PAL_NUM count, PAL_HANDLE *handleArray, PAL_NUM timeout)
{
    PAL_HANDLE ready = NULL;
    const int error = wait_any(count, handleArray, timeout, &ready);
    return pal_return_bool(error) ? ready : NULL;
}
