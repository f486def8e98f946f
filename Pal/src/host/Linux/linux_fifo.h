/* SPDX-License-Identifier: MIT */
/* Pipes as pipe(7) has them (PAL_OPTION_FIFO): what differs from those that are sockets. */
#ifndef PAL_HOST_LINUX_LINUX_FIFO_H
#define PAL_HOST_LINUX_LINUX_FIFO_H

#include "pal_host_api.h"

/* Operations of a handle_ops table, for handles whose sock.fifo says so. */
PAL_MUST_CHECK int64_t linux_fifo_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer);
PAL_MUST_CHECK int64_t linux_fifo_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer);
PAL_MUST_CHECK int linux_fifo_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out);
PAL_MUST_CHECK int linux_fifo_set_attributes(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr);

#endif
