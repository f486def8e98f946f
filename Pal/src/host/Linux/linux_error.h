/* SPDX-License-Identifier: MIT */
/* From the kernel's errors to the PAL's: the only place that knows both. */
#ifndef PAL_HOST_LINUX_LINUX_ERROR_H
#define PAL_HOST_LINUX_LINUX_ERROR_H

#include <stdint.h>
#include "pal_attributes.h"

/* Translate what a system call returned: >= 0 stays, -errno becomes -PAL_ERROR_x. */
PAL_MUST_CHECK int64_t linux_error(long result);

#endif
