/* SPDX-License-Identifier: MIT */
/* Connected AF_UNIX sockets that several processes have: a named pipe of the host, which has both directions, and a link.
 * Knows nothing of names. */
#include "unix_shared.h"

#define GATHER_MAX 65536ul /* bytes of a message that files come along with; what is beyond follows by itself */

/***** Moving to the host *****/

void unix_give_stream(struct unix_socket *socket, PAL_HANDLE stream, struct unix_link *link, uint32_t end)
{
    socket->link = link;
    socket->end = end;
    socket->peer_credentials = link->ends[1 - end].credentials;
    __atomic_store_n(&socket->base.handle, stream, __ATOMIC_RELEASE);
    wait_queue_wake(&socket->readers);
    wait_queue_wake(&socket->writers);
}

/* A pair of streams that nobody else knows. */
static int make_pair(PAL_HANDLE *out_a, PAL_HANDLE *out_b)
{
    uint64_t number;
    PAL_HANDLE server, a, b = NULL;
    int result = unix_server_open(&number, &server);
    if (result < 0)
        return result;
    result = unix_server_call(number, true, &a);
    if (result == 0)
        b = DkStreamWaitForClient(server);
    if (result == 0 && b == NULL)
        result = pal_failure();
    DkObjectClose(server);
    if (result < 0 && a != NULL)
        DkObjectClose(a);
    *out_a = a;
    *out_b = b;
    return result;
}

/* One packet goes into a stream; false = there is no room. */
static bool move_packet(struct unix_socket *receiver, struct unix_packet *packet, struct unix_way *way,
                        PAL_HANDLE stream)
{
    struct unix_outgoing *files = NULL;
    int64_t written = -EAGAIN;
    if (packet->rights != NULL && unix_pack(packet->rights, &files) < 0)
        return false;
    if (unix_way_begin(way, stream, files) == 0) {
        written = receiver->base.type != SOCK_STREAM
                      ? unix_frame_move(packet, stream)
                      : stream_write_through(stream, PAL_SOCKET_NOW, packet->size - packet->done,
                                             packet->data + packet->done);
        unix_way_end(way, files, written);
    }
    way->sender = packet->credentials;
    if (written < 0) {
        unix_unpack_own(files);
        return false;
    }
    heap_free(files);
    unix_free_rights(packet->rights);
    packet->rights = NULL;
    if (receiver->base.type == SOCK_STREAM)
        packet->done += (uint32_t)written;
    return receiver->base.type != SOCK_STREAM || packet->done == packet->size;
}

void unix_move_packets(struct unix_socket *receiver, struct unix_way *way, PAL_HANDLE stream)
{
    list_for_each(node, &receiver->packets) {
        struct unix_packet *packet = list_entry(node, struct unix_packet, node);
        const uint32_t before = packet->done;
        const bool moved = move_packet(receiver, packet, way, stream);
        receiver->queued -= receiver->base.type == SOCK_STREAM ? packet->done - before : moved ? packet->size : 0;
        if (!moved)
            return;
        list_remove(node);
        receiver->packet_count--;
        unix_free_packet(packet);
    }
}

/* Which side of a connection was shut before. */
static void repeat_shutdown(const struct unix_socket *socket, PAL_HANDLE stream)
{
    if ((socket->shut & SHUT_SEND) != 0)
        DkStreamDelete(stream, PAL_DELETE_WR);
}

/* What does not fit into the stream stays with whoever reads it first in this process. */
int unix_share_pair(struct unix_socket *socket, struct unix_socket *peer)
{
    PAL_HANDLE a = NULL, b = NULL;
    struct unix_link *link = unix_link_new();
    const int result = link != NULL ? make_pair(&a, &b) : -ENOMEM;
    if (result < 0) {
        if (link != NULL)
            shared_free(link, sizeof(*link));
        return result;
    }
    unix_link_describe(&link->ends[0], socket);
    unix_link_describe(&link->ends[1], peer);
    link->ends[0].credentials = peer->peer_credentials;
    link->ends[1].credentials = socket->peer_credentials;
    unix_move_packets(socket, &link->ways[1], b);
    unix_move_packets(peer, &link->ways[0], a);
    repeat_shutdown(socket, a);
    repeat_shutdown(peer, b);
    unix_give_stream(socket, a, link, 0);
    unix_give_stream(peer, b, link, 1);
    return 0;
}

/***** Sending *****/

static int64_t send_bytes(struct unix_socket *socket, struct message *message, int flags)
{
    struct unix_way *way = unix_way_out(socket);
    unix_way_sender(way);
    const int64_t result = socket_stream_send(&socket->base, unix_stream(socket), message, flags);
    unix_way_sent(way, result);
    return result;
}

/* What files come along with, at least the first byte of it. */
static int64_t send_announced(struct unix_socket *socket, const void *data, size_t size,
                              const struct unix_outgoing *files, int flags)
{
    struct unix_way *way = unix_way_out(socket);
    PAL_HANDLE stream = unix_stream(socket);
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    for (;;) {
        int64_t result = unix_way_begin(way, stream, files);
        if (result < 0)
            return result;
        result = stream_write_through(stream, PAL_SOCKET_NOW, size, data);
        unix_way_end(way, files, result);
        if (result != -EAGAIN || (flags & MSG_DONTWAIT) != 0)
            return result;
        result = socket_wait_stream(stream, POLL_WRITABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}

static int64_t send_with_files(struct unix_socket *socket, struct message *message, const struct unix_outgoing *files,
                               int flags)
{
    const size_t size = message->data.left < GATHER_MAX ? message->data.left : GATHER_MAX;
    if (size == 0)
        return 0;
    char *data = heap_alloc(size);
    if (data == NULL)
        return -ENOBUFS;
    int64_t result = vector_read(&message->data, data, size);
    if (result == 0)
        result = send_announced(socket, data, size, files, flags);
    int64_t done = result;
    if (result > 0 && (size_t)result < size && (flags & MSG_DONTWAIT) == 0) {
        struct iovec rest = {data + result, size - (size_t)result};
        struct message more = {.data = {.items = &rest, .count = 1, .left = rest.iov_len}};
        result = send_bytes(socket, &more, flags);
        done += result > 0 ? result : 0;
    }
    heap_free(data);
    if (done == (int64_t)size && message->data.left > 0) {
        result = send_bytes(socket, message, flags);
        done += result > 0 ? result : 0;
    }
    return done;
}

static int64_t send_packed(struct unix_socket *socket, struct message *message, const struct unix_packet *packet,
                           int flags)
{
    struct unix_outgoing *files = NULL;
    const int error = packet->rights != NULL ? unix_pack(packet->rights, &files) : 0;
    if (error < 0)
        return error;
    int64_t result;
    if (socket->base.type != SOCK_STREAM)
        result = unix_frame_send(socket, message, files, &packet->credentials, flags);
    else if (files != NULL)
        result = send_with_files(socket, message, files, flags);
    else
        result = send_bytes(socket, message, flags);
    if (result < 0 || (result == 0 && socket->base.type == SOCK_STREAM))
        unix_unpack_own(files);
    else
        heap_free(files);
    return result;
}

int64_t unix_host_send(struct unix_socket *socket, struct message *message, int flags)
{
    struct unix_packet packet = {.rights = NULL, .credentials = unix_credentials()};
    if (message->name_size != 0 && socket->base.type != SOCK_SEQPACKET)
        return -EISCONN;
    int64_t result = message->control_size != 0 ? unix_read_control(message, &packet) : 0;
    if (result == 0)
        result = send_packed(socket, message, &packet, flags);
    unix_free_rights(packet.rights);
    return result == -ECONNRESET && socket->base.type == SOCK_STREAM ? socket_broken(flags) : result;
}

/***** Receiving *****/

/* As much as is there, up to a limit. */
static int64_t read_now(PAL_HANDLE stream, struct message *message, uint64_t limit, PAL_NUM peek)
{
    uint64_t done = 0;
    char *at = NULL;
    for (size_t size; done < limit && (size = vector_part(&message->data, limit - done, &at)) > 0;) {
        const int64_t result = stream_read_through(stream, PAL_SOCKET_NOW | peek, size, at);
        if (result <= 0)
            return done > 0 ? (int64_t)done : result;
        done += (uint64_t)result;
        vector_advance(&message->data, (size_t)result);
        if ((size_t)result < size || peek != 0)
            break;
    }
    return (int64_t)done;
}

/* Files end what is read, with the message that they came with. */
static int64_t receive_announced(struct unix_socket *socket, struct message *message, int flags,
                                 struct unix_rights **out)
{
    struct unix_way *way = unix_way_in(socket);
    PAL_HANDLE stream = unix_stream(socket);
    const bool nonblock = (flags & MSG_DONTWAIT) != 0, all = (flags & MSG_WAITALL) != 0;
    const PAL_NUM peek = (flags & MSG_PEEK) != 0 ? PAL_SOCKET_PEEK : 0;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    int64_t done = 0, result = 0;
    message->flags = 0;
    while (message->data.left > 0) {
        shared_lock(&way->receiving);
        result = read_now(stream, message, unix_way_limit(way), peek);
        if (peek == 0)
            *out = unix_way_take(way, stream, result);
        shared_unlock(&way->receiving);
        done += result > 0 ? result : 0;
        if (result == 0 || (done > 0 && !all) || *out != NULL || peek != 0)
            break;
        if (result < 0 && result != -EAGAIN)
            break;
        result = nonblock ? -EAGAIN : result > 0 ? 0 : socket_wait_stream(stream, POLL_READABLE, deadline_ns);
        if (result < 0)
            break;
    }
    return done > 0 ? done : result;
}

static int64_t receive_bytes(struct unix_socket *socket, struct message *message, int flags)
{
    PAL_HANDLE stream = unix_stream(socket);
    const int64_t result = socket_stream_receive(&socket->base, stream, message, flags);
    if ((flags & MSG_PEEK) == 0 && unix_way_received(unix_way_in(socket), stream, result))
        message->flags |= MSG_CTRUNC;
    return result;
}

int64_t unix_host_receive(struct unix_socket *socket, struct message *message, int flags)
{
    const int wanted = (int)message->flags & MSG_CMSG_CLOEXEC;
    const bool is_stream = socket->base.type == SOCK_STREAM;
    struct unix_rights *rights = NULL;
    struct credentials credentials = {0};
    int64_t result;
    if (!is_stream)
        result = unix_frame_receive(socket, message, flags, &rights, &credentials);
    else if (message->control != NULL || unix_way_has_files(unix_way_in(socket)))
        result = receive_announced(socket, message, flags, &rights);
    else
        result = receive_bytes(socket, message, flags);
    if (is_stream)
        credentials = unix_way_in(socket)->sender;
    message->flags = (uint32_t)wanted | (result < 0 ? 0 : message->flags & (is_stream ? MSG_CTRUNC : MSG_TRUNC));
    if (result < 0) {
        unix_free_rights(rights);
    } else if (result > 0 || (credentials.pid != 0 && !is_stream)) {
        const int error = unix_write_control(socket, message, rights, &credentials, wanted);
        if (error < 0)
            return error;
    }
    return result;
}

/***** State *****/

uint32_t unix_host_poll(struct unix_socket *socket, struct poll_table *table)
{
    const uint32_t ready = list_is_empty(&socket->packets) ? 0 : POLL_READABLE;
    PAL_HANDLE stream = unix_stream(socket);
    if (table == NULL)
        return ready | poll_stream_now(stream, POLL_READABLE | POLL_WRITABLE | POLLRDHUP);
    poll_on_stream(table, stream);
    return ready;
}

int unix_host_shutdown(struct unix_socket *socket, int how)
{
    pal_failure_clear();
    DkStreamDelete(unix_stream(socket), how == SHUT_RDWR ? 0 : how == SHUT_RD ? PAL_DELETE_RD : PAL_DELETE_WR);
    return pal_failed() ? -ENOTCONN : 0;
}

int unix_host_bytes(struct unix_socket *socket)
{
    PAL_STREAM_ATTR attr;
    if (socket->base.type != SOCK_STREAM)
        return unix_frame_bytes(socket);
    return DkStreamAttributesQuerybyHandle(unix_stream(socket), &attr) ? (int)(attr.size + socket->queued) : 0;
}
