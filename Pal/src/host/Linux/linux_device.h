/* SPDX-License-Identifier: MIT */
/* Names of devices, for handles that are passed to other processes (db_devices.c). */
#ifndef PAL_HOST_LINUX_LINUX_DEVICE_H
#define PAL_HOST_LINUX_LINUX_DEVICE_H

#include "pal_host_api.h"

/* Index of a device by its name, which need not end in NUL. Error: STREAMNOTEXIST. */
PAL_MUST_CHECK int linux_device_find(const char *name, size_t len);

/* Make a handle of the file that a standard descriptor is (db_files.c). Error: STREAMISDEVICE: it is none. */
PAL_MUST_CHECK int linux_standard_file(PAL_HANDLE *out, int fd, PAL_FLG access);

/* The name of a device's handle. */
const char *linux_device_name(PAL_HANDLE handle);

#endif
