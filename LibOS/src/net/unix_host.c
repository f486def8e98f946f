/* SPDX-License-Identifier: MIT */
/* Pairs of AF_UNIX sockets that several processes have: a named pipe of the host, which has both directions, for each. */
#include "unix_socket.h"
#include "format.h"

/* A pair of streams that nobody else knows. */
static int make_pair(PAL_HANDLE *out_a, PAL_HANDLE *out_b)
{
    uint64_t id;
    char server_uri[40], uri[40];
    if (DkRandomBitsRead(&id, sizeof(id)) != sizeof(id))
        return pal_failure();
    format_string(server_uri, sizeof(server_uri), "pipe.srv:%lu", (unsigned long)id);
    format_string(uri, sizeof(uri), "pipe:%lu", (unsigned long)id);
    PAL_HANDLE server = DkStreamOpen(server_uri, PAL_ACCESS_RDWR, 0, 0, 0);
    if (server == NULL)
        return pal_failure();
    int result = 0;
    PAL_HANDLE b = NULL, a = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    if (a != NULL)
        b = DkStreamWaitForClient(server);
    if (b == NULL)
        result = pal_failure();
    DkObjectClose(server);
    if (a != NULL && b == NULL)
        DkObjectClose(a);
    *out_a = a;
    *out_b = b;
    return result;
}

/* What waits for a socket goes into the peer's end of the stream, as far as there is room. Files that come along cannot:
 * those and what follows stay in memory, and whichever process reads them first may not be the only one. */
static void move_packets(struct unix_socket *socket, PAL_HANDLE stream)
{
    list_for_each(node, &socket->packets) {
        struct unix_packet *packet = list_entry(node, struct unix_packet, node);
        const size_t size = packet->size - packet->done;
        const bool is_frame = socket->base.type != SOCK_STREAM;
        if (packet->rights != NULL || (is_frame && !unix_frame_move(packet, stream)))
            return;
        const PAL_NUM written =
            is_frame ? size : DkStreamWrite(stream, PAL_SOCKET_NOW, size, packet->data + packet->done, NULL);
        packet->done += (uint32_t)written;
        socket->queued -= written;
        if (written < size)
            return;
        list_remove(node);
        socket->packet_count--;
        unix_free_packet(packet);
    }
}

static void set_stream(struct unix_socket *socket, PAL_HANDLE stream)
{
    __atomic_store_n(&socket->base.handle, stream, __ATOMIC_RELEASE);
}

/* Which side of a connection was shut before. */
static void repeat_shutdown(const struct unix_socket *socket, PAL_HANDLE stream)
{
    if ((socket->shut & SHUT_SEND) != 0)
        DkStreamDelete(stream, PAL_DELETE_WR);
}

static int share_pair(struct unix_socket *socket, struct unix_socket *peer)
{
    PAL_HANDLE a = NULL, b = NULL;
    const int result = make_pair(&a, &b);
    if (result < 0)
        return result;
    move_packets(socket, b);
    move_packets(peer, a);
    repeat_shutdown(socket, a);
    repeat_shutdown(peer, b);
    set_stream(socket, a);
    set_stream(peer, b);
    wait_queue_wake(&socket->readers);
    wait_queue_wake(&socket->writers);
    wait_queue_wake(&peer->readers);
    wait_queue_wake(&peer->writers);
    return 0;
}

int unix_share(struct socket *base)
{
    struct unix_socket *socket = unix_of(base);
    if (base->handle != NULL || base->listening)
        return 0;
    struct unix_socket *peer = unix_peer(socket);
    if (peer == NULL)
        return 0;
    /* One that has been closed has nothing more to say in any process. */
    const int result = peer->closed || peer->peer != socket ? 0 : share_pair(socket, peer);
    unix_put(peer);
    return result;
}

/***** With a stream *****/

int64_t unix_host_send(struct unix_socket *socket, struct message *message, int flags)
{
    if (message->name_size != 0 && socket->base.type != SOCK_SEQPACKET)
        return -EISCONN;
    if (message->control_size != 0) {
        struct unix_packet packet = {.rights = NULL};
        const int result = unix_read_control(message, &packet);
        if (result < 0)
            return result;
        if (packet.rights != NULL) {
            unix_free_rights(packet.rights);
            log_print(LOG_WARNING, "files cannot be sent to other processes (SCM_RIGHTS)");
            return -EOPNOTSUPP;
        }
    }
    const int64_t result = socket->base.type == SOCK_STREAM
                               ? socket_stream_send(&socket->base, unix_stream(socket), message, flags)
                               : unix_frame_send(socket, message, flags);
    return result == -ECONNRESET && socket->base.type == SOCK_STREAM ? socket_broken(flags) : result;
}

int64_t unix_host_receive(struct unix_socket *socket, struct message *message, int flags)
{
    const int wanted = (int)message->flags & MSG_CMSG_CLOEXEC;
    const bool is_stream = socket->base.type == SOCK_STREAM;
    const int64_t result = is_stream ? socket_stream_receive(&socket->base, unix_stream(socket), message, flags)
                                     : unix_frame_receive(socket, message, flags);
    message->flags = (uint32_t)wanted | (is_stream || result < 0 ? 0 : message->flags & MSG_TRUNC);
    if (result > 0) {
        const int error = unix_write_control(socket, message, NULL, &socket->peer_credentials, wanted);
        if (error < 0)
            return error;
    }
    return result;
}

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
