/* SPDX-License-Identifier: MIT */
/* Reading and writing sockets, of either kind, with or without an address and flags. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_MESSAGE_H
#define PAL_HOST_LINUX_LINUX_MESSAGE_H

#include <stddef.h>

/* Receive up to count bytes.
 * flags        0 or MSG_DONTWAIT
 * out_address  gets the sender of a datagram; NULL = not wanted
 * size         bytes at out_address, then of the address; 0 if there is none
 * returns      as recvmsg(2): bytes, or -errno */
long linux_receive(int fd, void *buffer, size_t count, int flags, void *out_address, int *size);

/* Send count bytes; no signal if nobody reads.
 * address      NULL = to the peer
 * returns      as sendmsg(2): bytes, or -errno */
long linux_send(int fd, const void *buffer, size_t count, int flags, const void *address, size_t size);

#endif
