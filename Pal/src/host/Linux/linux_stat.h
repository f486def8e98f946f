/* SPDX-License-Identifier: MIT */
/* Attributes of files as the kernel knows them and as the PAL shows them. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_STAT_H
#define PAL_HOST_LINUX_LINUX_STAT_H

#include <stdint.h>
#include "pal.h"
#include "pal_attributes.h"

/* Attributes of an open file, or of a path if fd is AT_FDCWD. */
PAL_MUST_CHECK int linux_stat(int fd, const char *path, PAL_STREAM_ATTR *out);

/* Give an open file the permissions of share_flags unless it has them; its other mode bits stay.
 * errors  INVAL: not a combination of PAL_SHARE_x; DENIED; READONLY */
PAL_MUST_CHECK int linux_set_permissions(int fd, PAL_FLG share_flags);

#endif
