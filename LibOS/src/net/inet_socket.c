/* SPDX-License-Identifier: MIT */
/* Sockets of AF_INET and AF_INET6: their life and readiness. */
#include "inet_socket.h"
#include <asm/ioctls.h>
#include <linux/sockios.h>
#include "copy.h"
#include "parcel.h"

#define TCP_SEND_SIZE    16384  /* net.ipv4.tcp_wmem, the default */
#define TCP_RECEIVE_SIZE 131072 /* net.ipv4.tcp_rmem */

/***** Life *****/

static int check_protocol(int type, int protocol)
{
    if (protocol < 0 || protocol >= IPPROTO_MAX)
        return -EINVAL;
    if (type == SOCK_RAW)
        return -EPERM;
    if (type != SOCK_STREAM && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    const int wanted = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
    return protocol == 0 || protocol == wanted ? wanted : -EPROTONOSUPPORT;
}

int inet_socket_new(int family, int type, int protocol, struct socket **out)
{
    const int kind = check_protocol(type, protocol);
    if (kind < 0)
        return kind;
    struct inet_socket *socket = heap_zalloc(sizeof(*socket));
    if (socket == NULL)
        return -ENOMEM;
    socket_init(&socket->base, &inet_ops, family, type, kind);
    if (type == SOCK_STREAM) {
        socket->base.send_size = TCP_SEND_SIZE;
        socket->base.receive_size = TCP_RECEIVE_SIZE;
    }
    wait_queue_init(&socket->changed);
    inet_options_init(socket);
    *out = &socket->base;
    return 0;
}

void inet_give_stream(struct inet_socket *socket, PAL_HANDLE stream, enum inet_state state)
{
    socket->state = state;
    __atomic_store_n(&socket->base.handle, stream, __ATOMIC_RELEASE);
    inet_apply_options(socket);
    wait_queue_wake(&socket->changed);
}

static void inet_close(struct socket *socket)
{
    if (socket->handle != NULL)
        DkObjectClose(socket->handle);
    heap_free(socket);
}

static int inet_shutdown(struct socket *base, int how)
{
    struct inet_socket *socket = inet_of(base);
    const int settled = inet_settle(socket);
    PAL_HANDLE stream = inet_stream(socket);
    if (base->listening) {
        socket->shut_read = socket->shut_read || how != SHUT_WR; /* who accepts is told when it next looks */
        return 0;
    }
    const bool has_peer = settled == 0 && socket->state == INET_CONNECTED;
    if (stream == NULL || (!has_peer && inet_is_tcp(socket)))
        return -ENOTCONN;
    pal_failure_clear();
    DkStreamDelete(stream, how == SHUT_RDWR ? 0 : how == SHUT_RD ? PAL_DELETE_RD : PAL_DELETE_WR);
    if (how != SHUT_RD && !inet_is_tcp(socket))
        socket->shut_write = true;
    if (pal_failed() || !has_peer) /* of UDP without a peer those who wait are woken all the same */
        return -ENOTCONN;
    if (how != SHUT_WR)
        socket->shut_read = true;
    if (how != SHUT_RD)
        socket->shut_write = true;
    return 0;
}

/***** Readiness *****/

static uint32_t inet_poll(struct socket *base, struct poll_table *table)
{
    struct inet_socket *socket = inet_of(base);
    PAL_HANDLE stream = inet_stream(socket);
    if (base->listening && socket->shut_read) /* on Linux it is no server any more */
        return POLL_WRITABLE | POLLHUP;
    if (stream == NULL)
        poll_on_queue(table, &socket->changed);
    /* What was given a stream meanwhile has not woken the queue for this one. */
    if (stream == NULL && (stream = inet_stream(socket)) == NULL)
        return inet_is_tcp(socket) ? POLL_WRITABLE | POLLHUP : POLL_WRITABLE;
    /* A bound one that does nothing is no server to the host either, and so is hung up. */
    if (table == NULL)
        return poll_stream_now(stream, POLL_READABLE | POLL_WRITABLE | POLLRDHUP | POLLPRI);
    poll_on_stream(table, stream);
    return 0;
}

/***** ioctl *****/

static int bytes_ready(struct inet_socket *socket)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE stream = inet_stream(socket);
    return stream != NULL && DkStreamAttributesQuerybyHandle(stream, &attr) ? (int)attr.size : 0;
}

static int64_t inet_control(struct socket *base, uint32_t request, uint64_t argument)
{
    int value = 0;
    switch (request) {
    case FIONREAD:
        if (base->listening && !inet_of(base)->shut_read)
            return -EINVAL;
        value = bytes_ready(inet_of(base));
        break;
    case SIOCOUTQ:
        if (base->listening)
            return -EINVAL;
        break;
    case SIOCATMARK:
        if (base->type != SOCK_STREAM)
            return -ENOTTY;
        break;
    default:
        return -ENOTTY;
    }
    return copy_out((void *)argument, &value, sizeof(value));
}

/***** Data *****/

static int64_t inet_send(struct socket *socket, struct message *message, int flags)
{
    return socket->type == SOCK_STREAM ? inet_send_stream(inet_of(socket), message, flags)
                                       : inet_send_datagram(inet_of(socket), message, flags);
}

static int64_t inet_receive(struct socket *socket, struct message *message, int flags)
{
    if ((flags & MSG_ERRQUEUE) != 0)
        return -EAGAIN;
    return socket->type == SOCK_STREAM ? inet_receive_stream(inet_of(socket), message, flags)
                                       : inet_receive_datagram(inet_of(socket), message, flags);
}

/***** On the way to another process *****/

/* In file_parcel.data: what is not the host's. */
struct packed {
    int32_t family, type, linger_seconds;
    uint32_t state;
    uint64_t flags;
    uint32_t listening, only6, shut_read, sizes_set, told, has_peer, tcp_flags;
    uint32_t send_size, receive_size;
    struct inet_endpoint peer;
};
_Static_assert(sizeof(struct packed) <= sizeof(((struct file_parcel *)NULL)->data), "it fits");

static int inet_pack(struct socket *base, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    const struct inet_socket *socket = inet_of(base);
    const struct packed packed = {.family = base->family,
                                  .type = base->type,
                                  .linger_seconds = base->linger_seconds,
                                  .state = socket->state,
                                  .flags = base->flags,
                                  .listening = base->listening,
                                  .only6 = socket->only6,
                                  .shut_read = socket->shut_read,
                                  .sizes_set = socket->sizes_set,
                                  .told = socket->told,
                                  .has_peer = socket->has_peer,
                                  .tcp_flags = socket->tcp_flags,
                                  .send_size = base->send_size,
                                  .receive_size = base->receive_size,
                                  .peer = socket->peer};
    memcpy(parcel->data, &packed, sizeof(packed));
    *out_handle = base->handle;
    return 0;
}

int inet_unpack_socket(const struct file_parcel *parcel, PAL_HANDLE handle, struct socket **out)
{
    struct packed packed;
    memcpy(&packed, parcel->data, sizeof(packed));
    const bool sound = (packed.family == AF_INET || packed.family == AF_INET6) && packed.state <= INET_FAILED &&
                       (handle != NULL || packed.state == INET_NEW || packed.state == INET_FAILED);
    const int result = sound ? inet_socket_new(packed.family, packed.type, 0, out) : -EBADMSG;
    if (result < 0) {
        if (handle != NULL)
            DkObjectClose(handle);
        return result;
    }
    struct socket *base = *out;
    struct inet_socket *socket = inet_of(base);
    base->handle = handle;
    base->flags = packed.flags;
    base->linger_seconds = packed.linger_seconds;
    base->listening = packed.listening != 0;
    base->send_size = packed.send_size;
    base->receive_size = packed.receive_size;
    socket->state = (enum inet_state)packed.state;
    socket->only6 = packed.only6 != 0;
    socket->shut_read = packed.shut_read != 0;
    socket->sizes_set = packed.sizes_set != 0;
    socket->told = packed.told != 0;
    socket->has_peer = packed.has_peer != 0;
    socket->tcp_flags = packed.tcp_flags;
    socket->peer = packed.peer;
    return 0;
}

const struct socket_ops inet_ops = {
    .bind = inet_bind,
    .connect = inet_connect,
    .listen = inet_listen,
    .accept = inet_accept,
    .name = inet_name,
    .send = inet_send,
    .receive = inet_receive,
    .shutdown = inet_shutdown,
    .poll = inet_poll,
    .control = inet_control,
    .get_option = inet_get_option,
    .set_option = inet_set_option,
    .close = inet_close,
    .pack = inet_pack,
};
