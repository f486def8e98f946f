/* SPDX-License-Identifier: MIT */
/* Messages of AF_UNIX sockets that several processes have, in a stream of the host: each has its size in front. */
#include "unix_socket.h"

#define MESSAGE_MAX (256u << 10)

static PAL_NUM mode_of(int flags)
{
    return ((flags & MSG_DONTWAIT) != 0 ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT) |
           ((flags & MSG_PEEK) != 0 ? PAL_SOCKET_PEEK : 0);
}

/* Read or write all of a message; once it has begun, nothing interrupts it. */
static int64_t move_all(PAL_HANDLE stream, char *bytes, size_t size, PAL_NUM mode, bool write)
{
    size_t done = 0;
    while (done < size) {
        const PAL_NUM how = done == 0 ? mode : PAL_SOCKET_WAIT;
        const int64_t result = write ? stream_write(stream, how, size - done, bytes + done)
                                     : stream_read(stream, how, size - done, bytes + done);
        if (result == -EINTR && done > 0)
            DkThreadYieldExecution();
        else if (result <= 0)
            return result;
        else
            done += (size_t)result;
    }
    return (int64_t)size;
}

int64_t unix_message_receive(struct unix_socket *socket, struct message *message, int flags)
{
    PAL_HANDLE stream = unix_stream(socket);
    uint32_t size = 0;
    int64_t result = stream_read(stream, mode_of(flags | MSG_PEEK), sizeof(size), &size);
    if (result <= 0)
        return result == -ECONNRESET ? 0 : result == -EINTR ? -ERESTARTSYS : result;
    if (result < (int64_t)sizeof(size) || size > MESSAGE_MAX)
        return -EIO; /* another process has put nonsense into it */
    char *bytes = heap_alloc(sizeof(size) + size);
    if (bytes == NULL)
        return -ENOMEM;
    result = move_all(stream, bytes, sizeof(size) + size, mode_of(flags), false);
    const size_t wanted = message->data.left < size ? message->data.left : size;
    if (result > 0)
        result = vector_write(&message->data, bytes + sizeof(size), wanted);
    heap_free(bytes);
    if (result < 0)
        return result == -EINTR ? -ERESTARTSYS : result;
    message->flags = wanted < size ? MSG_TRUNC : 0;
    return (flags & MSG_TRUNC) != 0 ? size : (int64_t)wanted;
}

int64_t unix_message_send(struct unix_socket *socket, struct message *message, int flags)
{
    const size_t size = message->data.left;
    const uint32_t head = (uint32_t)size;
    if (size > MESSAGE_MAX || size > socket->base.send_size)
        return -EMSGSIZE;
    char *bytes = heap_alloc(sizeof(head) + size);
    if (bytes == NULL)
        return -ENOMEM;
    memcpy(bytes, &head, sizeof(head));
    int64_t result = vector_read(&message->data, bytes + sizeof(head), size);
    if (result == 0)
        result = move_all(unix_stream(socket), bytes, sizeof(head) + size, mode_of(flags & MSG_DONTWAIT), true);
    heap_free(bytes);
    if (result == -EINTR)
        return -ERESTARTSYS;
    return result < 0 ? result : (int64_t)size;
}
