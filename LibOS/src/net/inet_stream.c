/* SPDX-License-Identifier: MIT */
/* Data of TCP sockets. */
#include "inet_socket.h"

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

int64_t inet_receive_stream(struct inet_socket *socket, struct message *message, int flags)
{
    PAL_HANDLE stream = inet_stream(socket);
    if ((flags & MSG_OOB) != 0)
        return -EINVAL;
    if (stream == NULL || !has_data(socket))
        return -ENOTCONN;
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
