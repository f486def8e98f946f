/* SPDX-License-Identifier: MIT */
/* The kernel's clocks, read without a system call where its vDSO offers that. Knows no unit but its own. */
#ifndef PAL_HOST_LINUX_LINUX_CLOCK_H
#define PAL_HOST_LINUX_LINUX_CLOCK_H

#include <linux/time.h>
#include <linux/time_types.h>
#include "pal_attributes.h"

/* What programs may call as the vDSO's clock_gettime and getcpu; NULL = there is none. Where clock_gettime would make a system
 * call, which would be an event, this one makes it itself. */
void linux_helpers(void **out_clock_gettime, void **out_getcpu);

/* As clock_gettime(2): 0 or -errno. May be called from any thread, and in signal handlers. */
PAL_MUST_CHECK int linux_clock(int clock, struct __kernel_timespec *out);

#endif
