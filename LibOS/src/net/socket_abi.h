/* SPDX-License-Identifier: MIT */
/* Numbers and structures of sockets that Linux's headers for programs leave to the C library. */
#ifndef LIBOS_SRC_NET_SOCKET_ABI_H
#define LIBOS_SRC_NET_SOCKET_ABI_H

#include <asm/fcntl.h>
#include <asm/socket.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <stdint.h>

#define AF_UNSPEC         0
#define AF_UNIX           1
#define AF_INET           2
#define AF_INET6          10
#define AF_NETLINK        16
#define AF_LIMIT          46

#define SOCK_STREAM       1
#define SOCK_DGRAM        2
#define SOCK_RAW          3
#define SOCK_SEQPACKET    5
#define SOCK_TYPES        11 /* from here on there is no type */
#define SOCK_TYPE_MASK    0xf
#define SOCK_CLOEXEC      O_CLOEXEC
#define SOCK_NONBLOCK     O_NONBLOCK

#define SHUT_RD           0
#define SHUT_WR           1
#define SHUT_RDWR         2

#define MSG_OOB           0x1
#define MSG_PEEK          0x2
#define MSG_CTRUNC        0x8
#define MSG_TRUNC         0x20
#define MSG_DONTWAIT      0x40
#define MSG_EOR           0x80
#define MSG_WAITALL       0x100
#define MSG_ERRQUEUE      0x2000
#define MSG_NOSIGNAL      0x4000
#define MSG_WAITFORONE    0x10000
#define MSG_CMSG_CLOEXEC  0x40000000

#define SCM_RIGHTS        1
#define SCM_CREDENTIALS   2
#define SCM_RIGHTS_MAX    253

#define IOV_LIMIT         1024 /* UIO_MAXIOV */
#define SOL_NETLINK_LEVEL 270
#define CONTROL_LIMIT     131072 /* bytes of control messages: net.core.optmem_max */

struct user_msghdr {
    void *name;
    int name_size;
    struct iovec *vector;
    size_t vector_count;
    void *control;
    size_t control_size;
    uint32_t flags;
};

struct user_mmsghdr {
    struct user_msghdr header;
    uint32_t size;
};

struct control_header {
    size_t size; /* with this header */
    int level, type;
};

struct credentials {
    int32_t pid;
    uint32_t uid, gid;
};

#endif
