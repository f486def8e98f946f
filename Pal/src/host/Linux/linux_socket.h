/* SPDX-License-Identifier: MIT */
/* What the kernel's calls for sockets and pipes take and its headers leave to libc. Source: include/linux/socket.h, net.h, poll.h and
 * splice.h of Linux. Knows no PAL type. */
#ifndef PAL_HOST_LINUX_LINUX_SOCKET_H
#define PAL_HOST_LINUX_LINUX_SOCKET_H

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/fcntl.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <stdint.h>

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10 };
enum { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_NONBLOCK = O_NONBLOCK, SOCK_CLOEXEC = O_CLOEXEC };
enum { SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2 };
enum {
    MSG_PEEK = 0x2,
    MSG_CTRUNC = 0x8,
    MSG_TRUNC = 0x20,
    MSG_DONTWAIT = 0x40,
    MSG_NOSIGNAL = 0x4000,
    MSG_CMSG_CLOEXEC = 0x40000000
};
enum { SCM_RIGHTS = 1 };
enum { SPLICE_F_NONBLOCK = 2 };

struct iovec {
    void *iov_base;
    size_t iov_len;
};

struct msghdr {
    void *msg_name;
    int msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
    unsigned msg_flags;
};

/* Its data follow, aligned as size_t. */
struct cmsghdr {
    size_t cmsg_len; /* with this header */
    int cmsg_level;
    int cmsg_type;
};

struct linger {
    int l_onoff;
    int l_linger; /* seconds */
};

union socket_address {
    struct {
        uint16_t family;
    } any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

#endif
