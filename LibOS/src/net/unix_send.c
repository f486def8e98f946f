/* SPDX-License-Identifier: MIT */
/* Sending by sockets of AF_UNIX. */
#include "unix_shared.h"

#define STREAM_PIECE   32768u /* a stream is cut into packets of so many bytes */
#define BACKLOG_DGRAMS 10u    /* net.unix.max_dgram_qlen: of senders that the receiver has not as its peer */

/* About what Linux charges for a packet: its buffer, of a size that its heap has, or pages, with what describes it. */
static uint32_t cost_of(size_t size)
{
    if (size > PAGE_SIZE - 320)
        return (uint32_t)page_up(size) + 1024;
    uint32_t buffer = 512;
    while (buffer < size + 320)
        buffer *= 2;
    return buffer + 256;
}

static struct unix_packet *new_packet(struct unix_socket *sender, size_t size)
{
    struct unix_packet *packet = heap_alloc(sizeof(*packet) + size);
    if (packet == NULL)
        return NULL;
    packet->rights = NULL;
    packet->credentials = unix_credentials();
    packet->name_size = 0;
    packet->size = (uint32_t)size;
    packet->done = 0;
    packet->cost = cost_of(size);
    packet->sender = sender;
    unix_get(sender);
    __atomic_add_fetch(&sender->sent, packet->cost, __ATOMIC_SEQ_CST);
    return packet;
}

/* A packet with the next size bytes of a message; the first one of it takes what came with it. */
static int make_packet(struct unix_socket *sender, struct message *message, size_t size, bool first,
                       struct unix_packet **out)
{
    struct unix_packet *packet = new_packet(sender, size);
    if (packet == NULL)
        return -ENOBUFS;
    int result = vector_read(&message->data, packet->data, size);
    if (result == 0 && first && message->control_size != 0)
        result = unix_read_control(message, packet);
    if (result < 0)
        unix_free_packet(packet);
    else
        *out = packet;
    return result;
}

/* Wait until there is room for another packet; lock held. */
static int wait_for_room(struct unix_socket *socket, bool nonblock, int64_t deadline_ns)
{
    int result = 0;
    while (result == 0 && (socket->shut & SHUT_SEND) == 0 &&
           __atomic_load_n(&socket->sent, __ATOMIC_SEQ_CST) >= socket->base.send_size && unix_stream(socket) == NULL)
        result = nonblock ? -EAGAIN : socket_sleep(&socket->base.lock, &socket->writers, deadline_ns);
    if (result == 0 && unix_stream(socket) != NULL)
        return UNIX_MOVED;
    return result;
}

/***** Streams *****/

/* What keeps a stream from sending anything at all; lock held. */
static int stream_fault(const struct unix_socket *socket)
{
    if (socket->peer == NULL)
        return -ENOTCONN;
    return (socket->shut & SHUT_SEND) != 0 ? -EPIPE : 0;
}

static int send_nothing(struct unix_socket *socket)
{
    lock_acquire(&socket->base.lock);
    const int result = stream_fault(socket);
    lock_release(&socket->base.lock);
    return result;
}

/* Everything that can be sent at once: one packet. */
static int64_t send_piece(struct unix_socket *socket, struct message *message, bool first, bool nonblock,
                          int64_t deadline_ns)
{
    lock_acquire(&socket->base.lock);
    int result = stream_fault(socket);
    if (result == 0)
        result = socket_take_error(&socket->base);
    if (result == 0)
        result = wait_for_room(socket, nonblock, deadline_ns);
    if (result == UNIX_MOVED) {
        lock_release(&socket->base.lock);
        return 0;
    }
    struct unix_socket *peer = socket->peer;
    if (result == 0 && ((socket->shut & SHUT_SEND) != 0 || peer == NULL))
        result = -EPIPE;
    if (result == 0)
        unix_get(peer);
    lock_release(&socket->base.lock);
    if (result < 0)
        return result;

    const size_t size = message->data.left < STREAM_PIECE ? message->data.left : STREAM_PIECE;
    struct unix_packet *packet = NULL;
    result = make_packet(socket, message, size, first, &packet);
    if (result == 0) {
        result = unix_queue(peer, packet);
        if (result < 0)
            unix_free_packet(packet);
    }
    unix_put(peer);
    return result < 0 ? result : (int64_t)size;
}

static int64_t send_stream(struct unix_socket *socket, struct message *message, int flags)
{
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    int64_t done = 0, result = 0;
    if (message->name_size != 0)
        return socket->peer != NULL ? -EISCONN : -EOPNOTSUPP;
    if (message->data.left == 0)
        result = send_nothing(socket);
    while (message->data.left > 0) {
        result = send_piece(socket, message, done == 0, (flags & MSG_DONTWAIT) != 0, deadline_ns);
        if (result == 0) /* it has moved */
            result = unix_host_send(socket, message, flags | MSG_NOSIGNAL);
        if (result < 0)
            break;
        done += result;
    }
    if (done > 0)
        return done;
    return result == -EPIPE ? socket_broken(flags) : result;
}

/***** Datagrams, and packets in sequence *****/

/* Who gets it, with a reference. */
static int find_receiver(struct unix_socket *socket, const struct message *message, struct unix_socket **out)
{
    if (message->name_size != 0 && socket->base.type == SOCK_DGRAM) {
        struct unix_wanted wanted;
        const int result = unix_read_name(&message->name, message->name_size, &wanted);
        return result < 0 ? result : unix_find(&wanted, SOCK_DGRAM, out);
    }
    *out = unix_peer(socket);
    return *out != NULL ? 0 : -ENOTCONN;
}

/* Wait until a receiver that others send to as well has not too much to read. */
static int wait_for_receiver(const struct unix_socket *socket, struct unix_socket *receiver, bool nonblock,
                             int64_t deadline_ns)
{
    int result = 0;
    lock_acquire(&receiver->base.lock);
    while (result == 0 && receiver->peer != socket && receiver->packet_count > BACKLOG_DGRAMS && !receiver->closed)
        result = nonblock ? -EAGAIN : socket_sleep(&receiver->base.lock, &receiver->clients, deadline_ns);
    if (result == 0 && receiver->base.type == SOCK_DGRAM && receiver->peer != NULL && receiver->peer != socket)
        result = -EPERM; /* it is connected to somebody else */
    lock_release(&receiver->base.lock);
    return result;
}

static int check_sender(struct unix_socket *socket, const struct message *message)
{
    const int error = socket_take_error(&socket->base);
    if (error != 0)
        return error;
    if (message->data.left > socket->base.send_size - 32)
        return -EMSGSIZE;
    return (socket->shut & SHUT_SEND) != 0 ? -EPIPE : 0;
}

/* Linux looks for the receiver of a datagram when all else is in order, except for what the name looks like. */
static int check_first(struct unix_socket *socket, const struct message *message, int found)
{
    if (found == -EINVAL || (found < 0 && socket->base.type != SOCK_DGRAM))
        return found;
    if (socket->base.type == SOCK_DGRAM)
        found = unix_introduce(socket, found);
    const int error = check_sender(socket, message);
    return error < 0 ? error : found;
}

static int queue_packet(struct unix_socket *socket, struct unix_socket *receiver, struct message *message)
{
    struct unix_packet *packet;
    int result = make_packet(socket, message, message->data.left, true, &packet);
    if (result < 0)
        return result;
    lock_acquire(&socket->base.lock);
    if (socket->name != NULL) {
        packet->name = socket->name->address;
        packet->name_size = socket->name->size;
    }
    lock_release(&socket->base.lock);
    result = unix_queue(receiver, packet);
    if (result < 0)
        unix_free_packet(packet);
    return result;
}

/* Who finds that the peer is gone has none any more, nor what came from it. */
static void part_dgram(struct unix_socket *socket, struct unix_socket *peer)
{
    struct list packets;
    list_init(&packets);
    lock_acquire(&socket->base.lock);
    const bool was_peer = peer != NULL && socket->peer == peer;
    struct list_node *node;
    while (was_peer && (node = list_first(&socket->packets)) != NULL) {
        list_remove(node);
        list_add_back(&packets, node);
    }
    if (was_peer) {
        socket->peer = NULL;
        socket->packet_count = 0;
        socket->queued = 0;
    }
    lock_release(&socket->base.lock);
    if (was_peer)
        unix_put(peer);
    list_for_each(packet, &packets)
        unix_free_packet(list_entry(packet, struct unix_packet, node));
}

static int64_t send_packet(struct unix_socket *socket, struct message *message, int flags)
{
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    const int64_t size = (int64_t)message->data.left;
    struct unix_socket *receiver = NULL;
    int result = check_first(socket, message, find_receiver(socket, message, &receiver));
    if (result == 0) {
        lock_acquire(&socket->base.lock);
        result = wait_for_room(socket, nonblock, deadline_ns);
        lock_release(&socket->base.lock);
    }
    if (result == 0)
        result = wait_for_receiver(socket, receiver, nonblock, deadline_ns);
    if (result == 0)
        result = queue_packet(socket, receiver, message);
    if (result == -ECONNREFUSED && message->name_size == 0)
        part_dgram(socket, receiver);
    if (receiver != NULL)
        unix_put(receiver);
    if (result == UNIX_MOVED)
        return unix_host_send(socket, message, flags);
    return result < 0 ? result : size;
}

/* Whom a datagram goes to if all processes know the name: 0 and target->bound, which is NULL if it stays in this process. */
static int find_target(struct unix_socket *socket, const struct message *message, struct unix_target *out)
{
    struct unix_wanted wanted;
    struct unix_socket *local;
    *out = socket->target;
    if (message->name_size == 0)
        return 0;
    int result = unix_read_name(&message->name, message->name_size, &wanted);
    if (result < 0)
        return result;
    out->bound = NULL;
    result = unix_find(&wanted, SOCK_DGRAM, &local);
    if (result == 0)
        unix_put(local);
    return result == -ECONNREFUSED ? unix_find_server(&wanted, SOCK_DGRAM, out) : result;
}

static int64_t send_datagram(struct unix_socket *socket, struct message *message, int flags)
{
    struct unix_target target = {.bound = NULL};
    int error = g_unix_table != NULL ? find_target(socket, message, &target) : 0;
    if (error == 0 && target.bound == NULL)
        return send_packet(socket, message, flags);
    error = check_first(socket, message, error);
    return error < 0 ? error : unix_box_send(socket, &target, message, flags);
}

static int64_t send_by_type(struct unix_socket *socket, struct message *message, int flags)
{
    const int type = socket->base.type;
    if (unix_stream(socket) != NULL && (type != SOCK_DGRAM || message->name_size == 0))
        return unix_host_send(socket, message, flags);
    if (type == SOCK_DGRAM)
        return send_datagram(socket, message, flags);
    return type == SOCK_STREAM ? send_stream(socket, message, flags) : send_packet(socket, message, flags);
}

/* What is wrong with what comes along Linux says before all else, but for packets that have no way to go. */
static int check_control(struct unix_socket *socket, const struct message *message)
{
    struct unix_packet packet = {.rights = NULL};
    if (socket->base.type == SOCK_SEQPACKET && socket->peer == NULL && unix_stream(socket) == NULL)
        return -ENOTCONN;
    const int result = unix_read_control(message, &packet);
    unix_free_rights(packet.rights);
    return result;
}

int64_t unix_send(struct socket *base, struct message *message, int flags)
{
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    const int error = message->control_size != 0 ? check_control(unix_of(base), message) : 0;
    return error < 0 ? error : send_by_type(unix_of(base), message, flags);
}
