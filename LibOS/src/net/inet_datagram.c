/* SPDX-License-Identifier: MIT */
/* Data of UDP sockets. */
#include "entry.h"
#include "inet_socket.h"

#define DATAGRAM_MAX 65507u /* of IPv4; what IPv6 can have more, the host refuses or not */
#define BUFFER_MAX   65536u
#define SOURCE_SIZE  96

/***** Sending *****/

static int64_t translate(int error, bool is_connected)
{
    switch (error) {
    case -EFBIG:
        return -EMSGSIZE;
    case -ECONNRESET:
        return is_connected ? -ECONNREFUSED : -ENETUNREACH;
    case -ENOTCONN:
        return -EDESTADDRREQ;
    case -EINTR:
        return -ERESTARTSYS;
    default:
        return error;
    }
}

static int64_t write_to(struct inet_socket *socket, const char *uri, const void *data, size_t size, bool nonblock)
{
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    const bool limited = nonblock || socket->base.send_timeout_ns != 0;
    PAL_HANDLE stream = inet_stream(socket);
    for (;;) {
        pal_failure_clear();
        thread_rests(true);
        const PAL_NUM sent =
            block_write(stream, limited ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT, size, (void *)(uintptr_t)data, uri);
        thread_rests(false);
        if (sent > 0 || !pal_failed())
            return (int64_t)sent;
        const int error = pal_failure();
        if (error != -EAGAIN || nonblock)
            return translate(error, uri == NULL);
        const int result = socket_wait_stream(stream, POLL_WRITABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}

/* To whom: the name of the message, or the peer, for whom uri stays empty. */
static int find_receiver(struct inet_socket *socket, const struct message *message, char uri[INET_URI_SIZE])
{
    struct inet_endpoint to;
    uri[0] = '\0';
    if (message->name_size == 0)
        return socket->state == INET_CONNECTED ? (socket->peer.port == 0 ? -EINVAL : 0) : -EDESTADDRREQ;
    const struct __kernel_sockaddr_storage *name = &message->name;
    int result;
    if (socket->base.family == AF_INET6 && name->ss_family == AF_INET)
        result = inet_read_name(AF_INET, name, message->name_size, &to);
    else
        result = inet_read_name(socket->base.family, name, message->name_size, &to);
    if (result < 0)
        return result;
    if (to.port == 0)
        return -EINVAL;
    inet_print_uri("udp:", &to, uri);
    return 0;
}

int64_t inet_send_datagram(struct inet_socket *socket, struct message *message, int flags)
{
    char uri[INET_URI_SIZE];
    const size_t size = message->data.left;
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (size > DATAGRAM_MAX)
        return -EMSGSIZE;
    int64_t result = find_receiver(socket, message, uri);
    if (result == 0 && socket->shut_write)
        result = -EPIPE;
    if (result == 0 && inet_stream(socket) == NULL)
        result = inet_open_udp(socket);
    if (result < 0)
        return result;
    const char *to = uri[0] != '\0' ? uri : NULL;
    char *at = NULL;
    /* One piece, or none, needs no copy. */
    if (vector_part(&message->data, size, &at) == size)
        return write_to(socket, to, size > 0 ? at : uri, size, nonblock);
    char *all = heap_alloc(size);
    if (all == NULL)
        return -ENOBUFS;
    result = vector_read(&message->data, all, size);
    if (result == 0)
        result = write_to(socket, to, all, size, nonblock);
    heap_free(all);
    return result;
}

/***** Receiving *****/

/* Returns the datagram's whole size, of which at most size bytes are there. */
static int64_t read_from(struct inet_socket *socket, char *source, void *data, size_t size, int flags)
{
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    const bool limited = nonblock || socket->base.receive_timeout_ns != 0;
    const PAL_NUM how = PAL_SOCKET_WHOLE | (limited ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT) |
                        ((flags & MSG_PEEK) != 0 ? PAL_SOCKET_PEEK : 0);
    PAL_HANDLE stream = inet_stream(socket);
    for (;;) {
        pal_failure_clear();
        thread_rests(true);
        const PAL_NUM done = block_read(stream, how, size, data, source, source != NULL ? SOURCE_SIZE : 0);
        thread_rests(false);
        if (done > 0 || !pal_failed())
            return (int64_t)done;
        const int error = pal_failure();
        if (error == -ENOTCONN)
            return 0; /* shut down */
        if (error != -EAGAIN || nonblock)
            return translate(error, true);
        const int result = socket_wait_stream(stream, POLL_READABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}

static int64_t read_pieces(struct inet_socket *socket, char *source, struct message *message, int flags)
{
    const size_t size = message->data.left;
    char *at = NULL;
    if (vector_part(&message->data, size, &at) == size)
        return read_from(socket, source, size > 0 ? (void *)at : &at, size, flags);
    const size_t room = size < BUFFER_MAX ? size : BUFFER_MAX;
    char *all = heap_alloc(room);
    if (all == NULL)
        return -ENOBUFS;
    const int64_t whole = read_from(socket, source, all, room, flags);
    int result = 0;
    if (whole > 0)
        result = vector_write(&message->data, all, (size_t)whole < room ? (size_t)whole : room);
    heap_free(all);
    return result < 0 ? result : whole;
}

int64_t inet_receive_datagram(struct inet_socket *socket, struct message *message, int flags)
{
    char source[SOURCE_SIZE];
    struct inet_endpoint from;
    const size_t size = message->data.left;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    /* Without an address nothing arrives; but it may be given one by another thread that sends. */
    int64_t result = inet_stream(socket) == NULL ? inet_open_udp(socket) : 0;
    if (result < 0)
        return result;
    source[0] = '\0';
    result = read_pieces(socket, message->wants_name || socket->wants_target ? source : NULL, message, flags);
    message->flags = 0;
    if (result < 0)
        return result;
    const bool is_known = source[0] != '\0' && inet_parse_sender(source, &from) == 0;
    if (message->wants_name && is_known)
        message->name_size = (uint32_t)inet_write_name(socket->base.family, &from, &message->name);
    int error = message_put_time(message, socket->base.flags);
    if (error == 0 && socket->wants_target && is_known)
        error = inet_put_target(socket, &from, message);
    if (error < 0)
        return error;
    if ((size_t)result > size) {
        message->flags |= MSG_TRUNC;
        if ((flags & MSG_TRUNC) == 0)
            result = (int64_t)size;
    }
    return result;
}
