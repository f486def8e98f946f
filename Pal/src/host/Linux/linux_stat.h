/* SPDX-License-Identifier: MIT */
/* Attributes of files as the kernel knows them and as the PAL shows them. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_STAT_H
#define PAL_HOST_LINUX_LINUX_STAT_H

#include <stdint.h>
#include "pal.h"
#include "pal_attributes.h"

/* Attributes of an open file. */
PAL_MUST_CHECK int linux_stat_open(int fd, PAL_STREAM_ATTR *out);

/* Attributes of what a path leads to. */
PAL_MUST_CHECK int linux_stat(const char *path, PAL_STREAM_ATTR *out);

/* Attributes of what has this path, be it a symbolic link. */
PAL_MUST_CHECK int linux_stat_name(const char *path, PAL_STREAM_ATTR *out);

/* Give an open file the permissions, the owner and the times of attr, as far as they differ or PAL_SET_x asks for them.
 * errors  INVAL: not a combination of PAL_SHARE_x, PAL_MODE_x and PAL_SET_x; DENIED; READONLY */
PAL_MUST_CHECK int linux_set_attributes(int fd, const PAL_STREAM_ATTR *attr);

/* The same for what has this path, be it a symbolic link; the permissions only if PAL_SET_PERMISSIONS asks for them. Those are
 * changed, and the rest where the program is confined, only of what can be opened, or was open when it was barred
 * (linux_barred.h): to the kernel a path could be that of a file that nobody has granted. */
PAL_MUST_CHECK int linux_set_name_attributes(const char *path, const PAL_STREAM_ATTR *attr);

#endif
