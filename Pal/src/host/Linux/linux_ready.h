/* SPDX-License-Identifier: MIT */
/* What tells that a handle of each kind is ready. Knows no way to wait. */
#ifndef PAL_HOST_LINUX_LINUX_READY_H
#define PAL_HOST_LINUX_LINUX_READY_H

#include "pal_host.h"

/* What an event, a semaphore or a thread is waited for by; NULL for all others. */
struct waitable *linux_waitable_of(PAL_HANDLE handle);

/* Whether a file can be waited for: a FIFO or a terminal, which have no positions. Others are always ready. */
bool linux_file_waits(PAL_HANDLE handle);

/* The descriptors that a stream is read from and written to; they may be one, and -1 is none. Returns whether there are
 * any: others are always ready. */
bool linux_descriptors(PAL_HANDLE handle, int *out_input, int *out_output);

/* Whether there is input that no descriptor tells of. */
bool linux_has_input(PAL_HANDLE handle);

#endif
