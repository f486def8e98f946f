/* SPDX-License-Identifier: MIT */
/* Data of connected sockets over a stream of the host, of whatever family. Knows nothing of how they were connected. */
#include "socket.h"
#include "poll/poll_table.h"
#include "clock.h"

#define GATHER_MAX 65536ul /* pieces of so many bytes in all are sent at once, as one call would */

int socket_wait_stream(PAL_HANDLE stream, uint32_t events, int64_t deadline_ns)
{
    struct pal_poll entry = {.handle = stream, .events = host_events(events)};
    const int result = host_poll(&entry, 1, timeout_until(deadline_ns));
    if (result == -EINTR)
        return socket_interrupted(deadline_ns);
    if (result < 0)
        return result;
    return entry.ready == 0 && deadline_ns != INT64_MAX && clock_monotonic_ns() >= deadline_ns ? -EAGAIN : 0;
}

/* How long a call waits, and by whom: without a limit the host waits in the read or write itself. */
struct patience {
    bool nonblock;
    int64_t deadline_ns;
    PAL_NUM how; /* PAL_SOCKET_x */
};

static struct patience patience(int flags, int64_t timeout_ns)
{
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    const bool limited = nonblock || timeout_ns != 0;
    return (struct patience){nonblock, nonblock ? INT64_MAX : socket_deadline(timeout_ns),
                             limited ? PAL_SOCKET_NOW : PAL_SOCKET_WAIT};
}

/***** Receiving *****/

static int64_t receive_piece(PAL_HANDLE stream, char *at, size_t size, PAL_NUM peek, const struct patience *how)
{
    for (;;) {
        int64_t result = stream_read(stream, how->how | peek, size, at);
        if (result == -EINTR)
            return -ERESTARTSYS;
        if (result != -EAGAIN || how->nonblock)
            return result;
        result = socket_wait_stream(stream, POLL_READABLE, how->deadline_ns);
        if (result < 0)
            return result;
    }
}

/* Nothing is wanted, but something has to be there, or the end. */
static int64_t receive_nothing(PAL_HANDLE stream, const struct patience *how)
{
    char byte;
    const int64_t result = receive_piece(stream, &byte, sizeof(byte), PAL_SOCKET_PEEK, how);
    return result < 0 ? result : 0;
}

int64_t socket_stream_receive(struct socket *socket, PAL_HANDLE stream, struct message *message, int flags)
{
    struct patience how = patience(flags, socket->receive_timeout_ns);
    const PAL_NUM peek = (flags & MSG_PEEK) != 0 ? PAL_SOCKET_PEEK : 0;
    const bool all = (flags & MSG_WAITALL) != 0 && peek == 0;
    int64_t done = 0, result = 0;
    char *at = NULL;
    message->flags = 0;
    if (message->data.left == 0)
        return receive_nothing(stream, &how);
    for (size_t size; (size = vector_part(&message->data, SIZE_MAX, &at)) > 0;) {
        result = receive_piece(stream, at, size, peek, &how);
        if (result <= 0)
            break;
        done += result;
        vector_advance(&message->data, (size_t)result);
        if (peek != 0 || ((size_t)result < size && !all))
            break;
        how.nonblock = how.nonblock || !all;
        how.how = all ? how.how : PAL_SOCKET_NOW;
    }
    return done > 0 ? done : result;
}

/***** Sending *****/

/* All of a piece, or what goes before something is in the way. */
static int64_t send_piece(PAL_HANDLE stream, const char *at, size_t size, const struct patience *how)
{
    size_t done = 0;
    int64_t result = 0;
    while (done < size && result >= 0) {
        result = stream_write(stream, how->how, size - done, at + done);
        if (result >= 0)
            done += (size_t)result;
        else if (result == -EAGAIN && !how->nonblock)
            result = socket_wait_stream(stream, POLL_WRITABLE, how->deadline_ns);
    }
    if (done > 0)
        return (int64_t)done;
    return result == -EINTR ? -ERESTARTSYS : result;
}

static int64_t send_pieces(PAL_HANDLE stream, struct message *message, const struct patience *how)
{
    int64_t done = 0, result = 0;
    char *at = NULL;
    for (size_t size; (size = vector_part(&message->data, SIZE_MAX, &at)) > 0;) {
        result = send_piece(stream, at, size, how);
        if (result < 0)
            break;
        done += result;
        vector_advance(&message->data, (size_t)result);
        if ((size_t)result < size)
            break;
    }
    return done > 0 ? done : result;
}

/* Pieces that went one by one would become packets of their own, or wait for each other. */
static int64_t send_gathered(PAL_HANDLE stream, struct message *message, const struct patience *how)
{
    const size_t size = message->data.left;
    char *all = heap_alloc(size);
    if (all == NULL)
        return send_pieces(stream, message, how);
    int64_t result = vector_read(&message->data, all, size);
    if (result == 0)
        result = send_piece(stream, all, size, how);
    heap_free(all);
    return result;
}

int64_t socket_stream_send(struct socket *socket, PAL_HANDLE stream, struct message *message, int flags)
{
    const struct patience how = patience(flags, socket->send_timeout_ns);
    if (message->data.left == 0) /* the host says whether somebody would have read it */
        return stream_write(stream, how.how, 0, "");
    const bool gather = message->data.count > 1 && message->data.left <= GATHER_MAX;
    return gather ? send_gathered(stream, message, &how) : send_pieces(stream, message, &how);
}
