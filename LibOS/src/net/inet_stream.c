/* SPDX-License-Identifier: MIT */
/* Data of TCP sockets. */
#include "inet_socket.h"

#define AWAY_MAX 65536ul /* bytes that are thrown away at once */

static bool has_data(const struct inet_socket *socket)
{
    return socket->state == INET_CONNECTED || socket->state == INET_CONNECTING;
}

/* What a call has learnt of a connection that was being made. A failure is the connection's, then, not that of data. */
static int64_t learn(struct inet_socket *socket, int64_t result)
{
    if (socket->state != INET_CONNECTING)
        return result;
    if (result > 0)
        socket->state = INET_CONNECTED;
    if (result != -ECONNRESET)
        return result;
    socket->state = INET_FAILED;
    return -ECONNREFUSED;
}

/* MSG_TRUNC of TCP: bytes are taken, and nobody gets them. */
static int64_t receive_away(struct inet_socket *socket, struct message *message, int flags)
{
    const size_t size = message->data.left < AWAY_MAX ? message->data.left : AWAY_MAX;
    char *bytes = heap_alloc(size);
    if (bytes == NULL)
        return -ENOBUFS;
    struct iovec piece = {bytes, size};
    message->data = (struct vector){.items = &piece, .count = 1, .left = size};
    const int64_t result = socket_stream_receive(&socket->base, inet_stream(socket), message, flags);
    heap_free(bytes);
    return result;
}

int64_t inet_receive_stream(struct inet_socket *socket, struct message *message, int flags)
{
    PAL_HANDLE stream = inet_stream(socket);
    if ((flags & MSG_OOB) != 0)
        return -EINVAL;
    if (stream == NULL || !has_data(socket))
        return -ENOTCONN;
    if ((flags & MSG_TRUNC) != 0 && message->data.left > 0)
        return learn(socket, receive_away(socket, message, flags));
    return learn(socket, socket_stream_receive(&socket->base, stream, message, flags));
}

int64_t inet_send_stream(struct inet_socket *socket, struct message *message, int flags)
{
    PAL_HANDLE stream = inet_stream(socket);
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (stream == NULL || !has_data(socket))
        return socket_broken(flags);
    const int64_t result = learn(socket, socket_stream_send(&socket->base, stream, message, flags));
    return result == -ECONNRESET ? socket_broken(flags) : result;
}
