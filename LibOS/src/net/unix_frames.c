/* SPDX-License-Identifier: MIT */
/* Datagrams and packets in sequence over a stream of the host: each is sent with its size in front, by one write. Knows only
 * pairs of sockets that several processes have. */
#include "unix_socket.h"

#define FRAME_MAX (212992u * 2) /* no socket's buffer takes more */

struct frame {
    uint32_t size;
    uint8_t data[];
};

/* All of it, once it has begun: half a frame would make nonsense of what follows. */
static int write_rest(PAL_HANDLE stream, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        const int64_t result = stream_write(stream, PAL_SOCKET_WAIT, size - done, data + done);
        if (result < 0 && result != -EINTR)
            return (int)result;
        done += result > 0 ? (size_t)result : 0;
    }
    return 0;
}

static int write_frame(struct unix_socket *socket, const struct frame *frame, bool nonblock)
{
    PAL_HANDLE stream = unix_stream(socket);
    const size_t size = sizeof(*frame) + frame->size;
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    for (;;) {
        int64_t result = stream_write(stream, PAL_SOCKET_NOW, size, frame);
        if (result >= 0)
            return write_rest(stream, (const char *)frame + result, size - (size_t)result);
        if (result != -EAGAIN || nonblock)
            return (int)result;
        result = socket_wait_stream(stream, POLL_WRITABLE, deadline_ns);
        if (result < 0)
            return (int)result;
    }
}

int64_t unix_frame_send(struct unix_socket *socket, struct message *message, int flags)
{
    const size_t size = message->data.left;
    if (size > socket->base.send_size - 32)
        return -EMSGSIZE;
    struct frame *frame = heap_alloc(sizeof(*frame) + size);
    if (frame == NULL)
        return -ENOBUFS;
    frame->size = (uint32_t)size;
    int result = vector_read(&message->data, frame->data, size);
    if (result == 0)
        result = write_frame(socket, frame, (flags & MSG_DONTWAIT) != 0);
    heap_free(frame);
    if (result == -ECONNRESET)
        return socket->base.type == SOCK_DGRAM ? -ECONNREFUSED : socket_broken(flags);
    return result < 0 ? result : (int64_t)size;
}

bool unix_frame_move(const struct unix_packet *packet, PAL_HANDLE stream)
{
    struct frame *frame = heap_alloc(sizeof(*frame) + packet->size);
    if (frame == NULL)
        return false;
    const size_t size = sizeof(*frame) + packet->size;
    frame->size = packet->size;
    memcpy(frame->data, packet->data, packet->size);
    const int64_t written = stream_write(stream, PAL_SOCKET_NOW, size, frame);
    heap_free(frame);
    return written == (int64_t)size;
}

/* Wait until there is a frame. Returns 1, 0 = the end, -E... */
static int64_t wait_for_frame(struct unix_socket *socket, bool nonblock, int64_t deadline_ns)
{
    PAL_HANDLE stream = unix_stream(socket);
    struct frame header;
    for (;;) {
        int64_t result = stream_read(stream, PAL_SOCKET_NOW | PAL_SOCKET_PEEK, sizeof(header), &header);
        if (result == 0 && socket->base.type == SOCK_DGRAM && nonblock)
            return -EAGAIN;
        if (result == -EAGAIN && nonblock)
            return result;
        if (result != -EAGAIN)
            return result > 0 ? 1 : result;
        result = socket_wait_stream(stream, POLL_READABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}

static int read_whole(PAL_HANDLE stream, PAL_NUM peek, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        const int64_t result = stream_read(stream, (peek != 0 ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT) | peek, size - done,
                                           (char *)data + done);
        if (result == 0 || peek != 0)
            return result == (int64_t)size ? 0 : result < 0 ? (int)result : -EAGAIN;
        if (result < 0 && result != -EINTR)
            return (int)result;
        done += result > 0 ? (size_t)result : 0;
    }
    return 0;
}

/* With the lock held, so that only one thread of this process takes it: the first frame, NULL = there is none (any more). */
static int take_frame(struct unix_socket *socket, PAL_NUM peek, struct frame **out)
{
    PAL_HANDLE stream = unix_stream(socket);
    struct frame header;
    *out = NULL;
    int result = read_whole(stream, PAL_SOCKET_PEEK, &header, sizeof(header));
    if (result < 0)
        return result;
    if (header.size > FRAME_MAX)
        return -EIO;
    const size_t size = sizeof(header) + header.size;
    struct frame *frame = heap_alloc(size);
    if (frame == NULL)
        return -ENOBUFS;
    result = read_whole(stream, peek, frame, size);
    if (result == 0)
        *out = frame;
    else
        heap_free(frame);
    return result;
}

int64_t unix_frame_receive(struct unix_socket *socket, struct message *message, int flags)
{
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    const PAL_NUM peek = (flags & MSG_PEEK) != 0 ? PAL_SOCKET_PEEK : 0;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(socket->base.receive_timeout_ns);
    struct frame *frame = NULL;
    int64_t result;
    do {
        result = wait_for_frame(socket, nonblock, deadline_ns);
        if (result == -EINTR)
            return -ERESTARTSYS;
        if (result <= 0)
            return result;
        lock_acquire(&socket->base.lock);
        result = take_frame(socket, peek, &frame);
        lock_release(&socket->base.lock);
    } while (result == -EAGAIN && !nonblock); /* somebody else has taken it */
    if (result < 0 || frame == NULL)
        return result;
    const size_t whole = frame->size, size = whole < message->data.left ? whole : message->data.left;
    result = vector_write(&message->data, frame->data, size);
    heap_free(frame);
    if (result < 0)
        return result;
    if (size < whole)
        message->flags |= MSG_TRUNC;
    return (flags & MSG_TRUNC) != 0 ? (int64_t)whole : (int64_t)size;
}

int unix_frame_bytes(struct unix_socket *socket)
{
    struct frame header;
    const int64_t result = stream_read(unix_stream(socket), PAL_SOCKET_NOW | PAL_SOCKET_PEEK, sizeof(header), &header);
    return result == sizeof(header) ? (int)header.size : 0;
}
