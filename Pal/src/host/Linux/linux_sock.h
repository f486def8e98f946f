/* SPDX-License-Identifier: MIT */
/* What pipes, sockets and their servers have in common: the handles that pal_host.h calls sock. Knows no protocol. */
#ifndef PAL_HOST_LINUX_LINUX_SOCK_H
#define PAL_HOST_LINUX_LINUX_SOCK_H

#include "linux_socket.h"
#include "pal_host_api.h"

/* Make a handle of a descriptor, which belongs to it from here on and is closed if that fails.
 * options  PAL_OPTION_x */
PAL_MUST_CHECK int linux_sock_new(enum pal_handle_type type, int fd, PAL_FLG options, PAL_HANDLE *out);

/* MSG_DONTWAIT for a handle that does not block. */
int linux_sock_flags(PAL_HANDLE handle);

/* Flags of one read or write, whose offset has PAL_SOCKET_x. */
int linux_sock_read_flags(PAL_HANDLE handle, uint64_t offset);
int linux_sock_write_flags(PAL_HANDLE handle, uint64_t offset);

/* Keep in mind whether there was room for a write of count bytes, and translate its result. */
int64_t linux_sock_written(PAL_HANDLE handle, size_t count, long result);

/* Operations of a handle_ops table. */
PAL_MUST_CHECK int64_t linux_sock_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer);
PAL_MUST_CHECK int64_t linux_sock_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer);
void linux_sock_close(PAL_HANDLE handle);
PAL_MUST_CHECK int linux_sock_delete(PAL_HANDLE handle, PAL_FLG access);

/* Attributes as pal.h says of PAL_STREAM_ATTR; members that a type has not got are 0 (linux_sockattr.c). */
PAL_MUST_CHECK int linux_sock_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out);

/* Set what differs; stops at the first that fails, and what was set before stays. */
PAL_MUST_CHECK int linux_sock_set_attributes(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr);

/* What holds now of two descriptors, which may be one; -1 = none.
 * out  readable, writeable and disconnected are set */
PAL_MUST_CHECK int linux_poll_attributes(int input, int output, PAL_STREAM_ATTR *out);

/* Bytes ready to be read; 0 if the kernel cannot tell. */
uint64_t linux_bytes_ready(int fd);

#endif
