/* SPDX-License-Identifier: MIT */
/* Inside room net: what is common to all sockets, and what a family has to offer. */
#ifndef LIBOS_SRC_NET_SOCKET_H
#define LIBOS_SRC_NET_SOCKET_H

#include "fs.h"
#include "poll.h"
#include "socket_abi.h"

/* Memory of the program in pieces, and how far it has been used. Pieces may be wild. */
struct vector {
    struct iovec *items;
    size_t count;  /* of those that are left */
    size_t offset; /* into the first */
    size_t left;   /* bytes in all */
};
/* The part of size that lies in the first piece that is left, *out_at; 0 = no piece is left. And it has been used. */
size_t vector_part(struct vector *vector, size_t size, char **out_at);
void vector_advance(struct vector *vector, size_t size);
/* Copy all of size, which is at most left. 0 or -EFAULT. */
PAL_MUST_CHECK int vector_read(struct vector *vector, void *to, size_t size);
PAL_MUST_CHECK int vector_write(struct vector *vector, const void *from, size_t size);

/* What is sent or received by one call. */
struct message {
    struct vector data;
    struct __kernel_sockaddr_storage name; /* sent to; or who has sent it */
    uint32_t name_size;                    /* 0 = none */
    void *control;                         /* sent: of our memory; received: the program's buffer */
    size_t control_size;
    size_t control_done; /* received: bytes of it that were filled */
    uint32_t flags;      /* received: MSG_TRUNC, MSG_CTRUNC, MSG_EOR */
    bool wants_name;     /* received: somebody asks who has sent it */
};

/* Add a control message to one that is being received; MSG_CTRUNC if there is no room. 0 or -EFAULT. */
PAL_MUST_CHECK int message_put_control(struct message *message, int level, int type, const void *data, size_t size);
/* Add when a datagram came, if the socket's options want it: that it is now that it is taken. 0 or -EFAULT. */
PAL_MUST_CHECK int message_put_time(struct message *message, uint64_t socket_flags);
/* Bytes of data that the room for another control message can take. */
size_t message_control_room(const struct message *message);

/* A name as the program gives it: 0, -EINVAL: too long, -EFAULT. */
PAL_MUST_CHECK int socket_read_name(struct __kernel_sockaddr_storage *out, const void *from, uint32_t size);
/* Give the program as much of a name as it has room for, and the name's size, where it has said how much that is. */
PAL_MUST_CHECK int socket_write_name(void *to, void *user_size, const struct __kernel_sockaddr_storage *name,
                                     uint32_t size);

struct socket;
struct file_parcel;

/* What a family of sockets can do. nonblock, and MSG_DONTWAIT in flags: do not wait. NULL = EOPNOTSUPP. */
struct socket_ops {
    int (*bind)(struct socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size);
    int (*connect)(struct socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size, bool nonblock);
    int (*listen)(struct socket *socket, int backlog);
    int (*accept)(struct socket *socket, bool nonblock, struct socket **out);
    /* Size of the own or the peer's name, or -ENOTCONN. */
    int (*name)(struct socket *socket, bool of_peer, struct __kernel_sockaddr_storage *out);
    int64_t (*send)(struct socket *socket, struct message *message, int flags);
    int64_t (*receive)(struct socket *socket, struct message *message, int flags);
    int (*shutdown)(struct socket *socket, int how);
    uint32_t (*poll)(struct socket *socket, struct poll_table *table);
    int64_t (*control)(struct socket *socket, uint32_t request, uint64_t argument);
    /* Options of the family's own; -ENOPROTOOPT = none of them. get: value holds *size bytes. */
    int (*get_option)(struct socket *socket, int level, int option, void *value, uint32_t *size);
    int (*set_option)(struct socket *socket, int level, int option, const void *value, uint32_t size);
    void (*close)(struct socket *socket);
    int (*share)(struct socket *socket); /* another process is about to have the socket, too; see struct file_ops */
    void (*copied)(struct socket *socket);
    /* It is sent to another process; see struct parcel_kind. */
    int (*pack)(struct socket *socket, struct file_parcel *parcel, PAL_HANDLE *out_handle);
};

struct socket {
    const struct socket_ops *ops;
    int family, type, protocol;
    struct lock lock;
    PAL_HANDLE handle; /* stream of the host, NULL = none (yet). One of the documented places of handles */
    int error;         /* -E..., told once */
    bool listening;
    bool in_table; /* its name is in shared memory */
    /* Options that are only kept, or are kept by the host, too. */
    uint32_t send_size, receive_size;
    int64_t send_timeout_ns, receive_timeout_ns; /* 0 = none */
    uint64_t flags;                              /* bits of SOCKET_FLAG */
    int linger_seconds;
    int low_water, priority;
    struct file_right right; /* the file of its name gets the permissions */
};

/* Options of SOL_SOCKET that are on or off; and those that have messages tell when they came. */
#define SOCKET_FLAG(option) (1ull << ((option) % 64))
#define SOCKET_TIMES        (SOCKET_FLAG(SO_TIMESTAMP_OLD) | SOCKET_FLAG(SO_TIMESTAMPNS_OLD))

extern const struct socket_ops unix_ops, inet_ops;

/* The socket of a descriptor, with a reference to its file: -EBADF, -ENOTSOCK. */
PAL_MUST_CHECK int socket_get(int fd, struct file **out_file, struct socket **out_socket);
/* A file for a socket. flags are SOCK_NONBLOCK. NULL = no memory. */
struct file *socket_file(struct socket *socket, uint32_t flags);
/* The socket that a file is, or NULL. */
struct socket *socket_of_file(const struct file *file);
/* Fill in what is common; the rest is zero. */
void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type, int protocol);
/* Sockets of the family, by type: the caller closes them with ops->close. */
PAL_MUST_CHECK int unix_socket_new(int type, struct socket **out);
PAL_MUST_CHECK int unix_socket_pair(int type, struct socket *out[2]);
PAL_MUST_CHECK int inet_socket_new(int family, int type, int protocol, struct socket **out);

PAL_MUST_CHECK int netlink_socket_new(int type, int protocol, struct socket **out);
/* What ioctl tells of the network's interfaces, by a socket of any family; -ENOTTY: something else. */
int64_t interface_control(const struct socket *socket, uint32_t request, uint64_t argument);
/* Sockets that have come from another process; the handle is theirs. And those that have not arrived. */
PAL_MUST_CHECK int unix_unpack_socket(const struct file_parcel *parcel, PAL_HANDLE handle, struct socket **out);
PAL_MUST_CHECK int inet_unpack_socket(const struct file_parcel *parcel, PAL_HANDLE handle, struct socket **out);
void unix_drop_socket(const struct file_parcel *parcel);

/* Sleep in a queue, with a lock held before and after.
 * deadline_ns  monotonic, INT64_MAX = none
 * returns      0, -EAGAIN: the time is over, -ERESTARTSYS, or -EINTR if there is a deadline */
PAL_MUST_CHECK int socket_sleep(struct lock *lock, struct wait_queue *queue, int64_t deadline_ns);
/* The result of a wait that was interrupted: as above. */
PAL_MUST_CHECK int socket_interrupted(int64_t deadline_ns);
/* SIGPIPE, unless flags have MSG_NOSIGNAL, and -EPIPE. */
int64_t socket_broken(int flags);
/* Wait for a stream to be ready for one of events (POLLx); errors count.
 * deadline_ns  monotonic, INT64_MAX = none
 * returns      0, also without a reason, -EAGAIN: the time is over, -ERESTARTSYS, -EINTR */
PAL_MUST_CHECK int socket_wait_stream(PAL_HANDLE stream, uint32_t events, int64_t deadline_ns);
/* Data of a connected socket over a stream of the host; the timeouts are the socket's. Return bytes or -E..., among them
 * -ECONNRESET for whatever has ended the connection. */
PAL_MUST_CHECK int64_t socket_stream_receive(struct socket *socket, PAL_HANDLE stream, struct message *message,
                                             int flags);
PAL_MUST_CHECK int64_t socket_stream_send(struct socket *socket, PAL_HANDLE stream, struct message *message, int flags);
/* When a wait that begins now ends, by an option. */
int64_t socket_deadline(int64_t timeout_ns);
/* The pending error, which is none then. */
int socket_take_error(struct socket *socket);

/* What getsockopt and setsockopt do themselves. */
int socket_get_option(struct socket *socket, int option, void *value, uint32_t *size);
int socket_set_option(struct socket *socket, int option, const void *value, uint32_t size);

#endif
