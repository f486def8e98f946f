/* SPDX-License-Identifier: MIT */
/* Datagrams and packets in sequence over a stream of the host: each is sent with its size in front, by one write. Knows only
 * connections whose ends may be in different processes. */
#include "unix_link.h"

#define FRAME_MAX (212992u * 2) /* no socket's buffer takes more */

struct frame {
    uint32_t size;
    struct credentials credentials;
    uint8_t data[];
};

/* All of it, once it has begun: half a frame would make nonsense of what follows. */
static int write_rest(PAL_HANDLE stream, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        const int64_t result = stream_write_through(stream, PAL_SOCKET_WAIT, size - done, data + done);
        if (result < 0)
            return (int)result;
        done += (size_t)result;
    }
    return 0;
}

/* Other writers wait until it is all written. Returns bytes or -E... */
static int64_t write_now(struct unix_socket *socket, const struct frame *frame, const struct unix_outgoing *files)
{
    struct unix_way *way = unix_way_out(socket);
    PAL_HANDLE stream = unix_stream(socket);
    const size_t size = sizeof(*frame) + frame->size;
    int64_t result = unix_way_begin(way, stream, files);
    if (result < 0)
        return result;
    result = stream_write_through(stream, PAL_SOCKET_NOW, size, frame);
    if (result > 0 && (size_t)result < size) {
        const int error = write_rest(stream, (const char *)frame + result, size - (size_t)result);
        result = error < 0 ? error : (int64_t)size;
    }
    unix_way_end(way, files, result);
    return result;
}

static int write_frame(struct unix_socket *socket, const struct frame *frame, const struct unix_outgoing *files,
                       bool nonblock)
{
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    for (;;) {
        int64_t result = write_now(socket, frame, files);
        if (result >= 0)
            return 0;
        if (result != -EAGAIN || nonblock)
            return (int)result;
        result = socket_wait_stream(unix_stream(socket), POLL_WRITABLE, deadline_ns);
        if (result < 0)
            return (int)result;
    }
}

int64_t unix_frame_send(struct unix_socket *socket, struct message *message, const struct unix_outgoing *files,
                        const struct credentials *credentials, int flags)
{
    const size_t size = message->data.left;
    if (size > socket->base.send_size - 32)
        return -EMSGSIZE;
    struct frame *frame = heap_alloc(sizeof(*frame) + size);
    if (frame == NULL)
        return -ENOBUFS;
    frame->size = (uint32_t)size;
    frame->credentials = *credentials;
    int result = vector_read(&message->data, frame->data, size);
    if (result == 0)
        result = write_frame(socket, frame, files, (flags & MSG_DONTWAIT) != 0);
    heap_free(frame);
    if (result == -ECONNRESET) /* without SIGPIPE, which on Linux is for streams only */
        return socket->base.type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
    return result < 0 ? result : (int64_t)size;
}

int64_t unix_frame_move(const struct unix_packet *packet, PAL_HANDLE stream)
{
    const size_t size = sizeof(struct frame) + packet->size;
    struct frame *frame = heap_alloc(size);
    if (frame == NULL)
        return -ENOMEM;
    frame->size = packet->size;
    frame->credentials = packet->credentials;
    memcpy(frame->data, packet->data, packet->size);
    const int64_t written = stream_write_through(stream, PAL_SOCKET_NOW, size, frame);
    heap_free(frame);
    return written == (int64_t)size || written < 0 ? written : -EAGAIN;
}

static int read_whole(PAL_HANDLE stream, PAL_NUM peek, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        const int64_t result = stream_read_through(stream, (peek != 0 ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT) | peek,
                                                   size - done, (char *)data + done);
        if (result == 0 || peek != 0)
            return result == (int64_t)size ? 0 : result < 0 ? (int)result : -EAGAIN;
        if (result < 0)
            return (int)result;
        done += (size_t)result;
    }
    return 0;
}

/* With the way locked, so that nobody else takes part of it: the first frame; NULL and 0 = the end. -EAGAIN: there is none */
static int take_frame(struct unix_socket *socket, PAL_NUM peek, struct frame **out)
{
    PAL_HANDLE stream = unix_stream(socket);
    struct frame header;
    *out = NULL;
    int64_t result = stream_read_through(stream, PAL_SOCKET_NOW | PAL_SOCKET_PEEK, sizeof(header), &header);
    if (result != sizeof(header))
        return result > 0 ? -EAGAIN : (int)result;
    if (header.size > FRAME_MAX)
        return -EIO;
    const size_t size = sizeof(header) + header.size;
    struct frame *frame = heap_alloc(size);
    if (frame == NULL)
        return -ENOBUFS;
    const int error = read_whole(stream, peek, frame, size);
    if (error == 0)
        *out = frame;
    else
        heap_free(frame);
    return error;
}

/* Wait for the next frame; NULL = the end, and then the result is 0. */
static int64_t next_frame(struct unix_socket *socket, int flags, struct frame **out, struct unix_rights **rights)
{
    struct unix_way *way = unix_way_in(socket);
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    const PAL_NUM peek = (flags & MSG_PEEK) != 0 ? PAL_SOCKET_PEEK : 0;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    for (;;) {
        shared_lock(&way->receiving);
        int result = take_frame(socket, peek, out);
        if (*out != NULL && peek == 0)
            *rights = unix_way_take(way, unix_stream(socket), (int64_t)(sizeof(**out) + (*out)->size));
        shared_unlock(&way->receiving);
        if (result == 0 && *out == NULL && nonblock && socket->base.type == SOCK_DGRAM)
            return -EAGAIN;
        if (result != -EAGAIN || nonblock)
            return result;
        result = socket_wait_stream(unix_stream(socket), POLL_READABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}

int64_t unix_frame_receive(struct unix_socket *socket, struct message *message, int flags, struct unix_rights **rights,
                           struct credentials *credentials)
{
    struct frame *frame = NULL;
    int64_t result = next_frame(socket, flags, &frame, rights);
    if (frame == NULL)
        return result;
    const size_t whole = frame->size, size = whole < message->data.left ? whole : message->data.left;
    result = vector_write(&message->data, frame->data, size);
    *credentials = frame->credentials;
    heap_free(frame);
    if (result < 0)
        return result;
    message->name_size = unix_end_name(unix_far_end(socket), (struct sockaddr_un *)&message->name);
    if (size < whole)
        message->flags |= MSG_TRUNC;
    return (flags & MSG_TRUNC) != 0 ? (int64_t)whole : (int64_t)size;
}

int unix_frame_bytes(struct unix_socket *socket)
{
    struct frame header;
    const int64_t result =
        stream_read_through(unix_stream(socket), PAL_SOCKET_NOW | PAL_SOCKET_PEEK, sizeof(header), &header);
    return result == sizeof(header) ? (int)header.size : 0;
}
