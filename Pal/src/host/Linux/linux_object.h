/* SPDX-License-Identifier: MIT */
/* When handles of all kinds are ready. Knows no way to wait. */
#ifndef PAL_HOST_LINUX_LINUX_OBJECT_H
#define PAL_HOST_LINUX_LINUX_OBJECT_H

#include "pal_host.h"

struct pollfd;

/* Take an event or a semaphore, if it is ready. Neither needs a reference. */
bool linux_event_take(PAL_HANDLE event);
bool linux_semaphore_take(PAL_HANDLE semaphore);

/* The descriptors that tell when a handle is ready, and for what.
 * out      gets at most LINUX_POLL_FDS entries
 * returns  their number; 0 = the handle has none */
#define LINUX_POLL_FDS 2
unsigned linux_poll_fds(PAL_HANDLE handle, struct pollfd *out);

#endif
