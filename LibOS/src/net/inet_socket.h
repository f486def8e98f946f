/* SPDX-License-Identifier: MIT */
/* Inside room net: sockets of AF_INET and AF_INET6 over the host's tcp: and udp: streams.
 *
 * A TCP socket gets its stream when it is bound or connects, a UDP socket when it is bound, connects or sends. The stream is
 * the host's object, which processes share after a fork; what is kept here is each process's own. The lock protects changes
 * of state; data go without it. */
#ifndef LIBOS_SRC_NET_INET_SOCKET_H
#define LIBOS_SRC_NET_INET_SOCKET_H

#include <linux/in.h>
#include <linux/in6.h>
#include "inet.h"
#include "socket.h"
#include "uri.h"

enum inet_state {
    INET_NEW,        /* no stream */
    INET_BOUND,      /* it has an address */
    INET_CONNECTING, /* TCP: how that ends, the stream tells */
    INET_CONNECTED,
    INET_LISTENING,
    INET_FAILED /* to connect: its stream is of no use any more */
};

#define INET_KEPT_OPTIONS 26

struct inet_socket {
    struct socket base;
    enum inet_state state;
    bool only6;                 /* IPV6_V6ONLY */
    bool shut_read, shut_write; /* reading: TCP */
    bool sizes_set;             /* SO_SNDBUF or SO_RCVBUF */
    bool told;                  /* connect has told how it ended */
    bool has_peer;              /* peer counts */
    bool wants_target;          /* IP_PKTINFO, or IPV6_RECVPKTINFO */
    struct inet_endpoint peer;
    uint32_t tcp_flags;              /* of TCP_NODELAY and TCP_CORK, by number */
    int32_t kept[INET_KEPT_OPTIONS]; /* inet_options.c */
    struct wait_queue changed;       /* there is a stream now */
};

static inline struct inet_socket *inet_of(struct socket *socket)
{
    return (struct inet_socket *)socket;
}

static inline PAL_HANDLE inet_stream(struct inet_socket *socket)
{
    return __atomic_load_n(&socket->base.handle, __ATOMIC_ACQUIRE);
}

static inline bool inet_is_tcp(const struct inet_socket *socket)
{
    return socket->base.type == SOCK_STREAM;
}

/* With the lock held: the socket has a stream, whose options are set as the socket's. */
void inet_give_stream(struct inet_socket *socket, PAL_HANDLE stream, enum inet_state state);

/***** inet_names.c *****/

/* An address of the program's for a socket of a family. 0, -EINVAL, -EAFNOSUPPORT */
PAL_MUST_CHECK int inet_read_name(int family, const struct __kernel_sockaddr_storage *name, uint32_t size,
                                  struct inet_endpoint *out);
/* The other way round. Returns its size. */
int inet_write_name(int family, const struct inet_endpoint *endpoint, struct __kernel_sockaddr_storage *out);
/* "tcp:ADDRESS:PORT" and the like; buffers of this size are enough for one address. */
#define INET_URI_SIZE (16 + INET_ENDPOINT_TEXT_SIZE)
void inet_print_uri(const char *scheme, const struct inet_endpoint *endpoint, char buffer[INET_URI_SIZE]);
/* The sender that the host tells as a URI. 0 or -EIO */
PAL_MUST_CHECK int inet_parse_sender(const char *uri, struct inet_endpoint *out);
/* The address that the host has given the socket; without one it is empty. 0 or -E... */
PAL_MUST_CHECK int inet_own_name(struct inet_socket *socket, struct inet_endpoint *out);
int inet_name(struct socket *socket, bool of_peer, struct __kernel_sockaddr_storage *out);

/***** inet_connect.c *****/

int inet_bind(struct socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size);
int inet_connect(struct socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size, bool nonblock);
int inet_listen(struct socket *socket, int backlog);
int inet_accept(struct socket *socket, bool nonblock, struct socket **out);
/* See how an attempt to connect has gone on. Returns 0: it has succeeded, or there was none, -EINPROGRESS, or the error, which
 * is told once. */
PAL_MUST_CHECK int inet_settle(struct inet_socket *socket);
/* Give a UDP socket a stream, if it has none. */
PAL_MUST_CHECK int inet_open_udp(struct inet_socket *socket);

/***** Data: inet_stream.c, inet_datagram.c *****/

int64_t inet_send_stream(struct inet_socket *socket, struct message *message, int flags);
int64_t inet_receive_stream(struct inet_socket *socket, struct message *message, int flags);
int64_t inet_send_datagram(struct inet_socket *socket, struct message *message, int flags);
int64_t inet_receive_datagram(struct inet_socket *socket, struct message *message, int flags);

/* inet_target.c: add to which address of this host a datagram has come, and by which interface. 0 or -EFAULT. */
PAL_MUST_CHECK int inet_put_target(struct inet_socket *socket, const struct inet_endpoint *from,
                                   struct message *message);

/***** inet_options.c *****/

void inet_options_init(struct inet_socket *socket);
int inet_get_option(struct socket *socket, int level, int option, void *value, uint32_t *size);
int inet_set_option(struct socket *socket, int level, int option, const void *value, uint32_t size);
/* Set the stream's options as the socket's. */
void inet_apply_options(struct inet_socket *socket);

#endif
