/* SPDX-License-Identifier: MIT */
/* Inside room net: sockets of AF_UNIX, in memory. What is sent becomes packets in the receiver's queue, also for streams.
 *
 * When the process forks, a connection becomes a stream of the host with a link (unix_link.h), and what has a name is found by
 * all processes (unix_shared.h).
 *
 * Locks: of two sockets never both are held; g_unix_names comes before a socket's. */
#ifndef LIBOS_SRC_NET_UNIX_SOCKET_H
#define LIBOS_SRC_NET_UNIX_SOCKET_H

#include <linux/un.h>
#include "socket.h"

/* Open files on their way. */
struct unix_rights {
    uint32_t count;
    struct file *files[];
};

struct unix_packet {
    struct list_node node;
    struct unix_socket *sender; /* with a reference; its room is given back when the packet goes */
    struct unix_rights *rights; /* or NULL */
    struct credentials credentials;
    struct sockaddr_un name; /* the sender's, of name_size bytes; 0 = none */
    uint32_t name_size;
    uint32_t cost;       /* of sender's room */
    uint32_t size, done; /* bytes; those of a stream that were read */
    uint8_t data[];
};

/* A socket that has a name: in the file system, or only here (abstract). */
struct unix_name {
    struct list_node node; /* of g_unix_names, unless all processes know it */
    struct unix_socket *socket;
    bool hidden;              /* nobody finds it any more */
    struct unix_bound *bound; /* in shared memory: the socket, if all processes know its name */
    PAL_HANDLE server;        /* and where its clients come in. One of the documented places of handles */
    uint64_t number;          /* of the server */
    uint64_t device, inode;   /* of a file; inode 0 = abstract */
    uint32_t size;            /* of address */
    struct sockaddr_un address;
};

/* Who is reached by a name, in any process. */
struct unix_bound;
struct unix_target {
    struct unix_bound *bound;
    uint64_t server;
    struct unix_end {
        struct credentials credentials;
        uint32_t name_size;
        struct sockaddr_un name;
    } end; /* the server's */
};

#define SHUT_RECEIVE 1u
#define SHUT_SEND    2u

struct unix_socket {
    struct socket base; /* lock protects what follows, too */
    uint32_t references;
    bool closed;
    uint32_t shut;            /* SHUT_x */
    struct unix_socket *peer; /* with a reference */
    struct list packets;
    uint32_t packet_count;
    uint64_t queued; /* bytes that can be read */
    uint64_t sent;   /* cost of what this socket has sent and is not read; atomic */
    struct unix_name *name;
    struct unix_link *link;    /* with base.handle: a connection that other processes may have a part in */
    uint32_t end;              /* of the link, 0 or 1 */
    struct unix_target target; /* of datagrams: whom it is connected to, if all processes know the name */
    struct credentials peer_credentials;
    /* Of one that listens: sockets whose peers have connected. */
    struct list pending; /* by pending_node */
    struct list_node pending_node;
    uint32_t pending_count, backlog;
    struct wait_queue readers; /* packets or connections have come, or none will */
    struct wait_queue writers; /* there is room in `sent` */
    struct wait_queue clients; /* who waits for room in packets or pending */
};

static inline struct unix_socket *unix_of(struct socket *socket)
{
    return (struct unix_socket *)socket;
}

void unix_get(struct unix_socket *socket);
void unix_put(struct unix_socket *socket);
struct credentials unix_credentials(void);

/* The peer, with a reference; NULL = none. */
struct unix_socket *unix_peer(struct unix_socket *socket);
/* Make two sockets, which nobody else knows yet, each other's peers. */
void unix_join(struct unix_socket *a, struct unix_socket *b);

/* Put packets into a receiver's queue, and free those that were taken out. Which wakes who waits for it.
 * unix_queue returns  0, -EPIPE, -ECONNREFUSED: it does not receive any more; the packet is the caller's still */
PAL_MUST_CHECK int unix_queue(struct unix_socket *receiver, struct unix_packet *packet);
void unix_free_packet(struct unix_packet *packet);

/* Data. */
int64_t unix_send(struct socket *socket, struct message *message, int flags);
int64_t unix_receive(struct socket *socket, struct message *message, int flags);

/* Control messages that are sent: what they hold becomes part of a packet. 0, -EINVAL, -EBADF, -EPERM, -ENOMEM, -ETOOMANYREFS */
PAL_MUST_CHECK int unix_read_control(const struct message *message, struct unix_packet *packet);
/* What came with a packet is handed over; rights, which may be NULL, are the caller's no more. */
PAL_MUST_CHECK int unix_write_control(struct unix_socket *socket, struct message *message, struct unix_rights *rights,
                                      const struct credentials *credentials, int flags);
struct unix_rights *unix_copy_rights(const struct unix_rights *rights);
void unix_free_rights(struct unix_rights *rights);

/* Names. */
int unix_bind(struct socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size);
int unix_name(struct socket *socket, bool of_peer, struct __kernel_sockaddr_storage *out);
/* Have all processes know a socket's name. 0 or -E... */
PAL_MUST_CHECK int unix_publish_name(struct unix_socket *socket);
/* Give a socket without a name an abstract one of five digits. */
PAL_MUST_CHECK int unix_autobind(struct unix_socket *socket);
/* The same if it turns to another one and wants to know who others are (SO_PASSCRED), who know it by that name.
 * found    what came of looking for the other one: 0 or -E...; it does not turn to a name that is none, or to no peer
 * returns  found, or what it gets no name by */
PAL_MUST_CHECK int unix_introduce(struct unix_socket *socket, int found);
/* What an address means: -EINVAL, and what paths give. */
struct unix_wanted;
PAL_MUST_CHECK int unix_read_name(const struct __kernel_sockaddr_storage *name, uint32_t size, struct unix_wanted *out);
/* Who has a name in this process, with a reference: -ECONNREFUSED, -EPROTOTYPE: of another type. */
PAL_MUST_CHECK int unix_find(const struct unix_wanted *wanted, int type, struct unix_socket **out);
void unix_forget_name(struct unix_socket *socket);
/* A socket that a listener hands out is called as the listener is; nobody finds it by that. 0 or -ENOMEM. */
PAL_MUST_CHECK int unix_share_name(struct unix_socket *listener, struct unix_socket *client);

/* State. */
uint32_t unix_poll(struct socket *socket, struct poll_table *table);
int64_t unix_control(struct socket *socket, uint32_t request, uint64_t argument);
int unix_get_option(struct socket *socket, int level, int option, void *value, uint32_t *size);
int unix_set_option(struct socket *socket, int level, int option, const void *value, uint32_t size);

/***** Sockets that several processes have *****/

struct unix_link;
struct unix_way;
struct unix_bound;
struct unix_outgoing;

/* unix_host.c: a connection is a stream of the host (socket.handle) with a link. */
void unix_give_stream(struct unix_socket *socket, PAL_HANDLE stream, struct unix_link *link, uint32_t end);
/* A pair in memory moves to the host, with what waits in it; and what waits for one socket goes into its far end. */
PAL_MUST_CHECK int unix_share_pair(struct unix_socket *socket, struct unix_socket *peer);
void unix_move_packets(struct unix_socket *receiver, struct unix_way *way, PAL_HANDLE stream);
int64_t unix_host_send(struct unix_socket *socket, struct message *message, int flags);
int64_t unix_host_receive(struct unix_socket *socket, struct message *message, int flags);
uint32_t unix_host_poll(struct unix_socket *socket, struct poll_table *table);
int unix_host_shutdown(struct unix_socket *socket, int how);
int unix_host_bytes(struct unix_socket *socket);
/* unix_server.c: one that listens. */
uint32_t unix_server_poll(struct unix_socket *socket, struct poll_table *table);
/* unix_frames.c: the same for datagrams and packets in sequence. */
int64_t unix_frame_send(struct unix_socket *socket, struct message *message, const struct unix_outgoing *files,
                        const struct credentials *credentials, int flags);
int64_t unix_frame_receive(struct unix_socket *socket, struct message *message, int flags, struct unix_rights **rights,
                           struct credentials *credentials);
int unix_frame_bytes(struct unix_socket *socket);
/* Put a packet that has been in memory into a stream: bytes, or -EAGAIN: there is no room. */
int64_t unix_frame_move(const struct unix_packet *packet, PAL_HANDLE stream);
/* unix_share.c: another process is about to have the socket, too. */
PAL_MUST_CHECK int unix_share(struct socket *socket);
void unix_copied(struct socket *socket);
PAL_MUST_CHECK int unix_pack_socket(struct socket *socket, struct file_parcel *parcel, PAL_HANDLE *out_handle);

/* Datagrams for the socket lie in shared memory. */
static inline bool unix_has_box(const struct unix_socket *socket)
{
    return socket->base.type == SOCK_DGRAM && socket->base.in_table && socket->link == NULL;
}

static inline PAL_HANDLE unix_stream(struct unix_socket *socket)
{
    return __atomic_load_n(&socket->base.handle, __ATOMIC_ACQUIRE);
}

/* Result inside of what sleeps in memory: the socket has moved to the host. */
#define UNIX_MOVED 1

/* The socket has somebody to talk to. */
static inline bool unix_is_connected(struct unix_socket *socket)
{
    return socket->peer != NULL || socket->link != NULL;
}

/* Connections. */
int unix_connect(struct socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size, bool nonblock);
int unix_listen(struct socket *socket, int backlog);
int unix_accept(struct socket *socket, bool nonblock, struct socket **out);

#endif
