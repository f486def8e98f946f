/* SPDX-License-Identifier: MIT */
/* Internet endpoints as the kernel's sockaddr and back. Knows no socket. */
#ifndef PAL_HOST_LINUX_LINUX_INET_H
#define PAL_HOST_LINUX_LINUX_INET_H

#include <stdbool.h>
#include "inet.h"
#include "linux_socket.h"
#include "pal_attributes.h"

/* The kernel's name for a family of addresses. */
int linux_inet_family(const struct inet_endpoint *endpoint);

/* Make a sockaddr.
 * mapped   for a socket of both families: an IPv4 address becomes an IPv6 one (RFC 4291 2.5.5.2)
 * returns  its size */
size_t linux_inet_to(const struct inet_endpoint *endpoint, bool mapped, union socket_address *out);

/* Read a sockaddr that the kernel has filled.
 * mapped   as above, backwards
 * errors   NOTSUPPORT: a family that is none of ours */
PAL_MUST_CHECK int linux_inet_from(const union socket_address *address, bool mapped, struct inet_endpoint *out);

#endif
