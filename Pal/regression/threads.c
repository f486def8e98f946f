/* SPDX-License-Identifier: MIT */
/* Threads and streams for the programs on waiting. Knows no test. */
#include "threads.h"

PAL_HANDLE wait_for(PAL_HANDLE handle, PAL_NUM timeout)
{
    return DkObjectsWaitAny(1, &handle, timeout);
}

PAL_HANDLE start(void (*function)(void *), void *param)
{
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)function, param, 0);
    if (!thread)
        bail_out("no thread");
    return thread;
}

bool join(PAL_HANDLE thread)
{
    const bool ended = wait_for(thread, LIMIT_US) == thread;
    DkObjectClose(thread);
    return ended;
}

PAL_HANDLE open_stream(const char *uri)
{
    return DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
}

bool write_byte(PAL_HANDLE stream)
{
    char byte = 1;
    return DkStreamWrite(stream, 0, 1, &byte, NULL) == 1;
}

bool read_byte(PAL_HANDLE stream)
{
    char byte;
    return DkStreamRead(stream, 0, 1, &byte, NULL, 0) == 1;
}
