/* SPDX-License-Identifier: MIT */
/* Host ABI, the rest: time, random bits, instruction cache. Knows no clock. */
#include "pal_exception.h"
#include "pal_host_api.h"

PAL_NUM DkSystemTimeQuery(void)
{
    uint64_t now_us = 0;
    return pal_return_bool(_DkSystemTimeQuery(&now_us)) ? now_us : 0;
}

PAL_NUM DkRandomBitsRead(PAL_PTR buffer, PAL_NUM size)
{
    int error = 0;
    if (!buffer && size > 0)
        error = -PAL_ERROR_BADADDR;
    else if (size > 0)
        error = _DkRandomBitsRead(buffer, size);
    return pal_return_bool(error) ? size : 0;
}

PAL_BOL DkInstructionCacheFlush(PAL_PTR addr, PAL_NUM size)
{
    uintptr_t end;
    int error = -PAL_ERROR_OVERFLOW;
    if (!__builtin_add_overflow((uintptr_t)addr, size, &end))
        error = _DkInstructionCacheFlush(addr, size);
    return pal_return_bool(error);
}
