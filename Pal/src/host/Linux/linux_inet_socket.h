/* SPDX-License-Identifier: MIT */
/* What TCP and UDP sockets have in common (db_sockets.c). Knows no protocol. */
#ifndef PAL_HOST_LINUX_LINUX_INET_SOCKET_H
#define PAL_HOST_LINUX_LINUX_INET_SOCKET_H

#include "pal_host_api.h"

/* Bind a socket of the endpoint's family. Errors: ADDRINUSE, ADDRNOTEXIST, DENIED. */
PAL_MUST_CHECK int linux_inet_bind(int fd, const struct inet_endpoint *local);

/* What a server's options ask of its socket before it is bound: PAL_OPTION_ONLY6 and SPREAD, and whether it shares its address. */
PAL_MUST_CHECK int linux_inet_prepare(int fd, const struct inet_endpoint *local, PAL_FLG options, bool shares);

/* Connect a socket of the endpoint's family; one that does not block may still be at it.
 * waits    for the peer, so that an event interrupts it
 * errors   CONNFAILED, TIMEDOUT, ADDRNOTEXIST, ADDRINUSE, DENIED, INTERRUPTED */
PAL_MUST_CHECK int linux_inet_connect(int fd, const struct inet_endpoint *peer, bool waits);

/* The address that a socket has; of one that has none yet the port is 0.
 * mapped  IPv4 shows as such, as linux_inet_from has it */
PAL_MUST_CHECK int linux_inet_local(int fd, bool mapped, struct inet_endpoint *out);

/* Print the URI of a socket: the address that it really has, and its peer. As uri_print. */
PAL_MUST_CHECK int64_t linux_inet_getname(PAL_HANDLE handle, enum uri_scheme scheme, char *buffer, size_t size);

#endif
