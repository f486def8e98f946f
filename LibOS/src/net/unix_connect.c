/* SPDX-License-Identifier: MIT */
/* Connections of AF_UNIX sockets: connect, listen, accept. */
#include "unix_socket.h"

#define BACKLOG_MAX 4096 /* net.core.somaxconn */

/***** Datagrams *****/

/* The peer is whom sends go to; AF_UNSPEC undoes it. */
static int connect_dgram(struct unix_socket *socket, const struct __kernel_sockaddr_storage *name, uint32_t size)
{
    struct unix_socket *peer = NULL;
    if (size < sizeof(name->ss_family))
        return -EINVAL;
    if (name->ss_family != AF_UNSPEC) {
        const int result = unix_find(name, size, SOCK_DGRAM, &peer);
        if (result < 0)
            return result;
    }
    lock_acquire(&socket->base.lock);
    struct unix_socket *old = socket->peer;
    socket->peer = peer;
    lock_release(&socket->base.lock);
    if (old != NULL)
        unix_put(old);
    return 0;
}

/***** Streams and packets in sequence *****/

/* Put a new socket, the peer of the one that connects, on the list of one that listens. */
static int queue_client(struct unix_socket *listener, struct unix_socket *client, bool nonblock, int64_t deadline_ns)
{
    int result = 0;
    lock_acquire(&listener->base.lock);
    while (result == 0) {
        if (listener->closed || !listener->base.listening || (listener->shut & SHUT_RECEIVE) != 0)
            result = -ECONNREFUSED;
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
    else if (socket->peer != NULL)
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
    struct unix_socket *listener;
    int result = unix_find(name, size, base->type, &listener);
    if (result < 0)
        return result;
    result = connect_to(socket, listener, nonblock);
    unix_put(listener);
    return result;
}

int unix_listen(struct socket *base, int backlog)
{
    struct unix_socket *socket = unix_of(base);
    int result = 0;
    if (base->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    lock_acquire(&base->lock);
    if (socket->name == NULL || (socket->peer != NULL && !base->listening)) {
        result = -EINVAL;
    } else {
        base->listening = true;
        socket->backlog = backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX : (uint32_t)backlog;
        socket->peer_credentials = unix_credentials();
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
    if (!base->listening)
        result = -EINVAL;
    while (result == 0 && list_is_empty(&socket->pending)) {
        if ((socket->shut & SHUT_RECEIVE) != 0)
            result = -EINVAL;
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
    if (result == 0)
        wait_queue_wake(&socket->clients);
    return result;
}
