/* SPDX-License-Identifier: MIT */
/* Receiving by sockets of AF_UNIX. */
#include "unix_shared.h"

#define EMOVED 600 /* inside of here: the socket is a stream of the host now */

/* What was taken out while the lock was held, and is dealt with after that. */
struct taken {
    struct list packets;
    struct unix_rights *rights;
    struct credentials credentials;
    struct unix_socket *clients_of; /* whose queue has become shorter */
};

static struct unix_packet *first_packet(const struct unix_socket *socket)
{
    struct list_node *node = list_first(&socket->packets);
    return node != NULL ? list_entry(node, struct unix_packet, node) : NULL;
}

static void take_packet(struct unix_socket *socket, struct unix_packet *packet, struct taken *taken)
{
    list_remove(&packet->node);
    list_add_back(&taken->packets, &packet->node);
    socket->packet_count--;
}

/* Wait until there is a packet; lock held. 0 with none = the end. */
static int wait_for_packet(struct unix_socket *socket, bool nonblock, int64_t deadline_ns)
{
    int result = socket->base.type != SOCK_STREAM ? socket_take_error(&socket->base) : 0;
    while (result == 0 && list_is_empty(&socket->packets)) {
        if (unix_stream(socket) != NULL || unix_has_box(socket))
            return UNIX_MOVED;
        result = socket_take_error(&socket->base);
        if (result != 0)
            break;
        if (socket->base.type != SOCK_DGRAM && socket->peer == NULL)
            return socket->base.type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
        if ((socket->shut & SHUT_RECEIVE) != 0)
            return nonblock && socket->base.type == SOCK_DGRAM ? -EAGAIN : 0;
        result = nonblock ? -EAGAIN : socket_sleep(&socket->base.lock, &socket->readers, deadline_ns);
    }
    return result;
}

/* Rights are handed over once; who only peeks gets others to the same files. */
static void take_rights(struct unix_packet *packet, struct taken *taken, bool peek)
{
    taken->credentials = packet->credentials;
    if (packet->rights == NULL)
        return;
    taken->rights = peek ? unix_copy_rights(packet->rights) : packet->rights;
    if (!peek)
        packet->rights = NULL;
}

static void take_name(const struct unix_packet *packet, struct message *message)
{
    memcpy(&message->name, &packet->name, packet->name_size);
    message->name_size = packet->name_size;
}

/***** Streams *****/

/* Copy from the packets that are there until the message is full, or something that came with a packet ends it. */
static int64_t copy_stream(struct unix_socket *socket, struct message *message, struct taken *taken, bool peek)
{
    int64_t done = 0;
    list_for_each(node, &socket->packets) {
        struct unix_packet *packet = list_entry(node, struct unix_packet, node);
        if (message->data.left == 0)
            break;
        const size_t rest = packet->size - packet->done;
        const size_t size = rest < message->data.left ? rest : message->data.left;
        if (vector_write(&message->data, packet->data + packet->done, size) < 0)
            return done > 0 ? done : -EFAULT;
        const bool had_rights = packet->rights != NULL;
        take_rights(packet, taken, peek);
        done += (int64_t)size;
        if (!peek) {
            packet->done += (uint32_t)size;
            socket->queued -= size;
            if (packet->done == packet->size)
                take_packet(socket, packet, taken);
        }
        if (had_rights)
            break;
    }
    return done;
}

static int64_t receive_stream(struct unix_socket *socket, struct message *message, int flags, struct taken *taken)
{
    const bool nonblock = (flags & MSG_DONTWAIT) != 0, peek = (flags & MSG_PEEK) != 0;
    const size_t all = message->data.left;
    const size_t least = (flags & MSG_WAITALL) != 0             ? all
                         : (size_t)socket->base.low_water < all ? (size_t)socket->base.low_water
                                                                : all;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    int64_t done = 0, result = 0;
    for (;;) {
        result = wait_for_packet(socket, nonblock, deadline_ns);
        if (result == UNIX_MOVED && done > 0)
            break;
        if (result == UNIX_MOVED)
            return -EMOVED;
        if (result < 0 || list_is_empty(&socket->packets))
            break;
        result = copy_stream(socket, message, taken, peek);
        if (result < 0)
            break;
        done += result;
        if ((size_t)done >= least || peek || taken->rights != NULL)
            break;
    }
    return done > 0 ? done : result;
}

/***** Datagrams, and packets in sequence *****/

static int64_t receive_packet(struct unix_socket *socket, struct message *message, int flags, struct taken *taken)
{
    const bool nonblock = (flags & MSG_DONTWAIT) != 0, peek = (flags & MSG_PEEK) != 0;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    const int result = wait_for_packet(socket, nonblock, deadline_ns);
    if (result == UNIX_MOVED)
        return -EMOVED;
    struct unix_packet *packet = first_packet(socket);
    if (result < 0 || packet == NULL)
        return result;
    const size_t size = packet->size < message->data.left ? packet->size : message->data.left;
    const bool copied = vector_write(&message->data, packet->data, size) == 0;
    if (!peek) {
        socket->queued -= packet->size;
        take_packet(socket, packet, taken);
        taken->clients_of = socket;
    }
    if (!copied)
        return -EFAULT; /* and the packet is gone, as on Linux */
    if (size < packet->size)
        message->flags |= MSG_TRUNC;
    take_name(packet, message);
    take_rights(packet, taken, peek);
    return (flags & MSG_TRUNC) != 0 ? (int64_t)packet->size : (int64_t)size;
}

int64_t unix_receive(struct socket *base, struct message *message, int flags)
{
    struct unix_socket *socket = unix_of(base);
    struct taken taken = {.rights = NULL};
    const int wanted = (int)message->flags & MSG_CMSG_CLOEXEC;
    if ((flags & MSG_OOB) != 0)
        return base->type == SOCK_STREAM ? -EINVAL : -EOPNOTSUPP;
    message->flags = (uint32_t)wanted;
    list_init(&taken.packets);
    if (unix_stream(socket) != NULL && list_is_empty(&socket->packets))
        return unix_host_receive(socket, message, flags);
    if (unix_has_box(socket) && list_is_empty(&socket->packets))
        return unix_box_receive(socket, message, flags);

    lock_acquire(&base->lock);
    int64_t result = base->type == SOCK_STREAM ? receive_stream(socket, message, flags, &taken)
                                               : receive_packet(socket, message, flags, &taken);
    lock_release(&base->lock);
    if (result == -EMOVED)
        return unix_has_box(socket) ? unix_box_receive(socket, message, flags)
                                    : unix_host_receive(socket, message, flags);

    if (taken.clients_of != NULL)
        wait_queue_wake(&socket->clients);
    list_for_each(node, &taken.packets) {
        list_remove(node);
        unix_free_packet(list_entry(node, struct unix_packet, node));
    }
    if (result > 0 || (result == 0 && taken.credentials.pid != 0)) {
        const int error = unix_write_control(socket, message, taken.rights, &taken.credentials, wanted);
        if (error < 0)
            result = error;
    }
    return result;
}
