/* SPDX-License-Identifier: MIT */
/* Connections of AF_UNIX sockets: connect, listen, accept. */
#include "unix_shared.h"

#define BACKLOG_MAX 4096 /* net.core.somaxconn */

/***** Datagrams *****/

/* Find the peer, in this process or by a name that all know; AF_UNSPEC is none. */
static int find_peer(struct unix_socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size,
                     struct unix_socket **peer, struct unix_target *target)
{
    struct unix_wanted wanted;
    *peer = NULL;
    *target = (struct unix_target){.bound = NULL};
    if (size < sizeof(name->ss_family))
        return -EINVAL;
    if (name->ss_family == AF_UNSPEC)
        return 0;
    int result = unix_introduce(socket, unix_read_name(name, size, &wanted));
    if (result == 0)
        result = unix_find(&wanted, SOCK_DGRAM, peer);
    if (result == 0 && (*peer)->peer != NULL && (*peer)->peer != socket) {
        unix_put(*peer);
        return -EPERM; /* it is connected to somebody else */
    }
    if (result != -ECONNREFUSED || g_unix_table == NULL)
        return result;
    result = unix_find_server(&wanted, SOCK_DGRAM, target);
    if (result == 0 && !unix_owner_lives(target))
        result = -ECONNREFUSED;
    return result < 0 ? result : unix_box_permits(target, socket);
}

/* The peer is whom sends go to. */
static int connect_dgram(struct unix_socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size)
{
    struct unix_socket *peer;
    struct unix_target target;
    const int result = find_peer(socket, name, size, &peer, &target);
    if (result < 0)
        return result;
    lock_acquire(&socket->base.lock);
    struct unix_socket *old = socket->peer;
    socket->peer = peer;
    socket->target = target;
    if (unix_has_box(socket))
        unix_set_peer(socket->name->bound, &target);
    lock_release(&socket->base.lock);
    if (old != NULL)
        unix_put(old);
    return 0;
}

/***** Streams and packets in sequence *****/

/* Whether all processes can connect to it: by the host, and not here. */
static bool is_shared(const struct unix_socket *socket)
{
    return socket->name != NULL && socket->name->bound != NULL;
}

/* Put a new socket, the peer of the one that connects, on the list of one that listens. */
static int queue_client(struct unix_socket *listener, struct unix_socket *client, bool nonblock, int64_t deadline_ns)
{
    int result = 0;
    lock_acquire(&listener->base.lock);
    while (result == 0) {
        if (listener->closed || !listener->base.listening || (listener->shut & SHUT_RECEIVE) != 0)
            result = -ECONNREFUSED;
        else if (is_shared(listener))
            result = UNIX_MOVED;
        else if (listener->pending_count <= listener->backlog)
            break;
        else
            result = nonblock ? -EAGAIN : socket_sleep(&listener->base.lock, &listener->clients, deadline_ns);
    }
    if (result == 0) {
        list_add_back(&listener->pending, &client->pending_node);
        listener->pending_count++;
    }
    lock_release(&listener->base.lock);
    if (result == 0)
        wait_queue_wake(&listener->readers);
    return result;
}

/* Make a socket and its future peer each other's peers. The peer is there before the listener can hand it out. */
static int join_client(struct unix_socket *socket, struct unix_socket *client)
{
    int result = 0;
    lock_acquire(&socket->base.lock);
    if (socket->base.listening)
        result = -EINVAL;
    else if (unix_is_connected(socket))
        result = -EISCONN;
    else
        unix_join(socket, client);
    lock_release(&socket->base.lock);
    return result;
}

static void part_client(struct unix_socket *socket, struct unix_socket *client)
{
    lock_acquire(&socket->base.lock);
    socket->peer = NULL;
    lock_release(&socket->base.lock);
    client->peer = NULL;
    unix_put(socket);
    unix_put(client);
}

static int connect_to(struct unix_socket *socket, struct unix_socket *listener, bool nonblock)
{
    struct socket *client;
    int result = unix_socket_new(socket->base.type, &client);
    if (result < 0)
        return result;
    result = unix_share_name(listener, unix_of(client));
    if (result == 0)
        result = join_client(socket, unix_of(client));
    if (result == 0) {
        result = queue_client(listener, unix_of(client), nonblock, socket_deadline(socket->base.send_timeout_ns));
        if (result == 0)
            return 0;
        part_client(socket, unix_of(client));
    }
    client->ops->close(client);
    return result;
}

int unix_connect(struct socket *base, const struct __kernel_sockaddr_storage *name, uint32_t size, bool nonblock)
{
    struct unix_socket *socket = unix_of(base);
    if (base->type == SOCK_DGRAM)
        return connect_dgram(socket, name, size);
    struct unix_wanted wanted;
    int result = unix_introduce(socket, unix_read_name(name, size, &wanted));
    if (result < 0)
        return result;
    do {
        struct unix_socket *listener;
        result = unix_find(&wanted, base->type, &listener);
        if (result == -ECONNREFUSED && g_unix_table != NULL)
            return unix_connect_shared(socket, &wanted, nonblock);
        if (result < 0)
            return result;
        result = connect_to(socket, listener, nonblock);
        unix_put(listener);
    } while (result == UNIX_MOVED);
    return result;
}

int unix_listen(struct socket *base, int backlog)
{
    struct unix_socket *socket = unix_of(base);
    int result = 0;
    if (base->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    lock_acquire(&base->lock);
    if (socket->name == NULL || (unix_is_connected(socket) && !base->listening)) {
        result = -EINVAL;
    } else {
        base->listening = true;
        socket->backlog = backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX : (uint32_t)backlog;
        socket->peer_credentials = unix_credentials();
        if (is_shared(socket))
            unix_set_listening(socket->name->bound, socket->backlog);
    }
    lock_release(&base->lock);
    wait_queue_wake(&socket->clients);
    return result;
}

int unix_accept(struct socket *base, bool nonblock, struct socket **out)
{
    struct unix_socket *socket = unix_of(base);
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(base->receive_timeout_ns);
    int result = 0;
    if (base->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    lock_acquire(&base->lock);
    if (!base->listening && !(is_shared(socket) && unix_bound_listens(socket->name->bound)))
        result = -EINVAL;
    while (result == 0 && list_is_empty(&socket->pending)) {
        if (is_shared(socket))
            result = UNIX_MOVED;
        else if ((socket->shut & SHUT_RECEIVE) != 0)
            result = nonblock ? -EAGAIN : -EINVAL;
        else
            result = nonblock ? -EAGAIN : socket_sleep(&base->lock, &socket->readers, deadline_ns);
    }
    if (result == 0) {
        struct unix_socket *client = list_entry(socket->pending.head.next, struct unix_socket, pending_node);
        list_remove(&client->pending_node);
        socket->pending_count--;
        *out = &client->base;
    }
    lock_release(&base->lock);
    if (result == UNIX_MOVED)
        return unix_accept_shared(socket, nonblock, out);
    if (result == 0)
        wait_queue_wake(&socket->clients);
    return result;
}
