/* SPDX-License-Identifier: MIT */
/* Inside room net: AF_UNIX sockets with names that all processes know. The names are a table in shared memory, made at the first
 * fork; a socket in it has a pipe server of the host, by which clients of any process come in, and which tells that it has gone
 * with the last process that had it. */
#ifndef LIBOS_SRC_NET_UNIX_SHARED_H
#define LIBOS_SRC_NET_UNIX_SHARED_H

#include "ipc/bell.h"
#include "unix_link.h"

#define UNIX_SLOTS 1024u

/* Datagrams that wait for a socket. */
struct unix_datagram;
struct unix_box {
    struct unix_datagram *first, *last;
    uint32_t count;
    int32_t owner;       /* process that has received from it last */
    uint64_t peer;       /* server of the only one who may send; 0 = anybody */
    struct bell readers; /* who waits for a datagram */
};

/* A socket in the table; the table's lock protects it. */
struct unix_bound {
    uint32_t used;
    int32_t type;
    uint32_t users;         /* processes */
    uint64_t server;        /* number of its pipe server */
    uint64_t device, inode; /* of a file; both 0 = abstract, or nobody finds it any more (size 0) */
    uint32_t size;          /* of address */
    struct sockaddr_un address;
    struct credentials credentials; /* of who listens */
    uint32_t listening, backlog, pending;
    struct bell clients; /* who waits for room in the backlog, or the box */
    struct unix_box box;
};

struct unix_table {
    struct shared_lock lock;
    uint32_t end; /* slots that were ever used */
    uint32_t last_auto;
    struct unix_bound slots[UNIX_SLOTS];
};

/* NULL until the first fork. */
extern struct unix_table *g_unix_table;

/* What an address means. */
struct unix_wanted {
    uint64_t device, inode; /* of a file; inode 0 = abstract */
    const struct sockaddr_un *address;
    uint32_t size;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
};

#define UNIX_URI_SIZE 40
/* Open a pipe server of a new number, whose calls do not wait. 0 or -E... */
PAL_MUST_CHECK int unix_server_open(uint64_t *out_number, PAL_HANDLE *out);
/* Connect to one, with a stream that carries handles. 0, -ENOENT: nobody has it, -EAGAIN: no room, -EINTR, -E... */
PAL_MUST_CHECK int unix_server_call(uint64_t number, bool nonblock, PAL_HANDLE *out);

/* Enter a socket's name into the table, for one process. 0, -EADDRINUSE, -ENOMEM, or what the host says */
PAL_MUST_CHECK int unix_enter(struct unix_name *name, int type);
/* A file in the table is another one now. */
void unix_table_replaced(const struct unix_wanted *wanted, uint64_t new_inode);
/* A process has it no more, or one more has it. */
void unix_bound_put(struct unix_bound *bound, uint64_t server);
void unix_bound_get(struct unix_bound *bound);
/* Whether a pointer is to a slot of the table. */
bool unix_is_bound(const struct unix_bound *bound);

/* Find who listens at a name. 0, -ECONNREFUSED, -EPROTOTYPE */
PAL_MUST_CHECK int unix_find_server(const struct unix_wanted *wanted, int type, struct unix_target *out);
/* Wait until there is room in its backlog, and take it. 0, -EAGAIN, -ECONNREFUSED, -ERESTARTSYS, -EINTR */
PAL_MUST_CHECK int unix_take_place(const struct unix_target *target, bool nonblock, int64_t deadline_ns);
/* A client has been accepted, or has not come after all. */
void unix_leave_place(struct unix_bound *bound, uint64_t server);
void unix_set_listening(struct unix_bound *bound, uint32_t backlog);
bool unix_bound_listens(const struct unix_bound *bound);
/* The server is gone with all its processes. */
void unix_bound_gone(const struct unix_target *target);
/* With the table locked: whether a slot is still that of this server. */
static inline bool unix_is_same(const struct unix_bound *bound, uint64_t server)
{
    return bound->used != 0 && bound->server == server;
}
/* Whether anybody has the socket still who could receive; asks the host only if it seems that nobody does. */
bool unix_owner_lives(const struct unix_target *target);
/* With the table locked: sleep until there may be room at a server. Now and then it is looked after: one whose processes were
 * killed gives nobody room. 0, -EAGAIN: the time is over, -EINTR */
PAL_MUST_CHECK int unix_wait_for_room(const struct unix_target *target, int64_t deadline_ns);
/* When who waits for room looks after the server, if it has not done so meanwhile. */
#define UNIX_LOOK_AFTER_NS NS_PER_SECOND
void unix_look_after(const struct unix_target *target);
/* A socket for datagrams is connected to another one; target->bound NULL = to none any more. */
void unix_set_peer(struct unix_bound *bound, const struct unix_target *target);

/* unix_box.c: a socket for datagrams that has a name, or is connected to such a name. */
int64_t unix_box_send(struct unix_socket *socket, const struct unix_target *target, struct message *message, int flags);
int64_t unix_box_receive(struct unix_socket *socket, struct message *message, int flags);
/* Whether a socket may send there: -EPERM if that is connected to somebody else. */
PAL_MUST_CHECK int unix_box_permits(const struct unix_target *target, const struct unix_socket *sender);
uint32_t unix_box_poll(struct unix_socket *socket, struct poll_table *table);
int unix_box_bytes(struct unix_socket *socket);
/* What has been in memory goes into the box. 0 or -E... */
PAL_MUST_CHECK int unix_box_move(struct unix_socket *receiver, const struct unix_packet *packet);
/* With the table locked: nobody will receive from it any more. */
void unix_box_drop(struct unix_box *box);

/* unix_server.c: connections by name, between any processes. */
int unix_connect_shared(struct unix_socket *socket, const struct unix_wanted *wanted, bool nonblock);
int unix_accept_shared(struct unix_socket *socket, bool nonblock, struct socket **out);
/* Connect through a server that this process has; who waits there for one of its sockets, which may be NULL, gets that later. */
PAL_MUST_CHECK int unix_call(const struct unix_target *target, const struct unix_end *from, PAL_HANDLE *out_stream,
                             struct unix_link **out_link, bool nonblock);

#endif
