/* SPDX-License-Identifier: MIT */
/* Threads and streams for the programs on waiting. Knows no test. */
#ifndef PAL_REGRESSION_THREADS_H
#define PAL_REGRESSION_THREADS_H

#include "regression.h"

#define LIMIT_US 60000000 /* nothing takes as long unless it hangs */

/* Wait for one object; NULL = it is not ready in time. */
PAL_HANDLE wait_for(PAL_HANDLE handle, PAL_NUM timeout);

/* Start a thread; there is no test without it. */
PAL_HANDLE start(void (*function)(void *), void *param);

/* Wait for the end of a thread and close its handle; whether it has ended. */
bool join(PAL_HANDLE thread);

/* A stream to read and write, without blocking. */
PAL_HANDLE open_stream(const char *uri);

/* Whether one byte could be written, or read. */
bool write_byte(PAL_HANDLE stream);
bool read_byte(PAL_HANDLE stream);

#endif
