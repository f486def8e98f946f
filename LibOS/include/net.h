/* SPDX-License-Identifier: MIT */
/* Sockets, for other rooms. */
#ifndef LIBOS_INCLUDE_NET_H
#define LIBOS_INCLUDE_NET_H

#include <linux/socket.h>
#include "libos.h"

/* Make what the sockets of all processes have in common; once, before the first fork. 0 or -ENOMEM */
PAL_MUST_CHECK int net_begin(void);

/* The file that is the name of a socket is another one now: who connects finds the socket there. */
void net_file_replaced(uint64_t device, uint64_t inode, uint64_t new_inode);

/* What is told of a socket to who lists them. */
struct socket_facts {
    int family, type;
    bool listens, connected;
    struct __kernel_sockaddr_storage own, peer;
    uint32_t own_size; /* 0 = it has no name */
    uint64_t inode;
};
/* Call back for each socket of AF_UNIX, AF_INET and AF_INET6 that this process has a descriptor of; of one with several
 * descriptors it may be more than once. */
void net_for_each_socket(void (*visit)(const struct socket_facts *facts, void *arg), void *arg);

/* Whether a file is a socket of AF_NETLINK: 0, -ENOTSOCK, -EINVAL. Such a one receives a datagram, if it has room. */
struct file;
PAL_MUST_CHECK int net_check_netlink(const struct file *file);
void net_deliver(struct file *file, const void *data, size_t size);

#endif
