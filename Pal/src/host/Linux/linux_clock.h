/* SPDX-License-Identifier: MIT */
/* What the kernel's vDSO offers: its clocks, read without a system call, and its version. Knows no unit but its own. */
#ifndef PAL_HOST_LINUX_LINUX_CLOCK_H
#define PAL_HOST_LINUX_LINUX_CLOCK_H

#include <linux/time.h>
#include <linux/time_types.h>
#include <stdint.h>
#include "pal_attributes.h"

/* What programs may call as the vDSO's clock_gettime and getcpu; NULL = there is none. Where clock_gettime would make a system
 * call, which would be an event, this one makes it itself. */
void linux_helpers(void **out_clock_gettime, void **out_getcpu);

/* The kernel's version, as LINUX_VERSION_CODE has it; 0 = it does not say. */
uint32_t linux_kernel_version(void);

/* As clock_gettime(2): 0 or -errno. May be called from any thread, and in signal handlers. */
PAL_MUST_CHECK int linux_clock(int clock, struct __kernel_timespec *out);

#endif
