/* SPDX-License-Identifier: MIT */
/* Addresses and connections of internet sockets: bind, connect, listen, accept. */
#include "exec.h"
#include "inet_socket.h"
#include "manifest_value.h"
#include "poll/poll_table.h"

#define BACKLOG_MAX 4096 /* net.core.somaxconn */

/* Who may not connect at all is on a host without a network; who may, but not there, is behind a firewall. */
static bool has_network(void)
{
    struct manifest_member member;
    uint32_t cursor = 0;
    return manifest_group_next(g_manifest, "net.allow_peer", &cursor, &member);
}

/* Opening the stream of a connection has failed. */
static int connect_failure(void)
{
    const int error = pal_failure();
    if (error == -ECONNRESET)
        return -ENETUNREACH;
    if (error == -EACCES || error == -ENOSYS)
        return has_network() ? -EACCES : -ENETUNREACH;
    if (error == -EOPNOTSUPP)
        return -EAFNOSUPPORT;
    return error;
}

static uint32_t server_options(const struct inet_socket *socket)
{
    const uint64_t flags = socket->base.flags;
    return PAL_OPTION_NONBLOCK | (inet_is_tcp(socket) ? PAL_OPTION_BOUND : 0) |
           (flags & SOCKET_FLAG(SO_REUSEADDR) ? PAL_OPTION_REUSE : 0) |
           (flags & SOCKET_FLAG(SO_REUSEPORT) ? PAL_OPTION_SPREAD : 0) | (socket->only6 ? PAL_OPTION_ONLY6 : 0);
}

/* With the lock held. */
static int open_bound(struct inet_socket *socket, const struct inet_endpoint *local)
{
    char uri[INET_URI_SIZE];
    inet_print_uri(inet_is_tcp(socket) ? "tcp.srv:" : "udp.srv:", local, uri);
    PAL_HANDLE stream = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, server_options(socket));
    if (stream == NULL)
        return pal_failure();
    inet_give_stream(socket, stream, INET_BOUND);
    return 0;
}

/* An address of our own that the host chooses. Who may not serve can still send. With the lock held. */
static int open_unbound_udp(struct inet_socket *socket)
{
    const struct inet_endpoint any = {.address.family = socket->base.family == AF_INET ? INET_V4 : INET_V6};
    const int result = open_bound(socket, &any);
    if (result != -EACCES)
        return result;
    PAL_HANDLE stream = DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    if (stream == NULL)
        return connect_failure();
    inet_give_stream(socket, stream, INET_BOUND);
    return 0;
}

int inet_open_udp(struct inet_socket *socket)
{
    int result = 0;
    lock_acquire(&socket->base.lock);
    if (socket->base.handle == NULL)
        result = open_unbound_udp(socket);
    lock_release(&socket->base.lock);
    return result;
}

static bool is_any(const struct inet_endpoint *endpoint)
{
    static const uint8_t zeros[16];
    return memcmp(endpoint->address.bytes, zeros, sizeof(zeros)) == 0;
}

/* Any address, to connect to, is this host. */
static void resolve_any(struct inet_endpoint *peer)
{
    if (!is_any(peer))
        return;
    if (peer->address.family == INET_V6) {
        peer->address.bytes[15] = 1;
    } else {
        peer->address.bytes[0] = 127;
        peer->address.bytes[3] = 1;
    }
}

int inet_bind(struct socket *base, const struct __kernel_sockaddr_storage *name, uint32_t size)
{
    struct inet_socket *socket = inet_of(base);
    struct __kernel_sockaddr_storage copy = *name;
    struct inet_endpoint local;
    /* As long as Linux has existed, an address without a family is any one. */
    if (base->family == AF_INET && name->ss_family == AF_UNSPEC &&
        ((const struct sockaddr_in *)(const void *)name)->sin_addr.s_addr == 0)
        copy.ss_family = AF_INET;
    int result = inet_read_name(base->family, &copy, size, &local);
    if (result < 0)
        return result;
    lock_acquire(&base->lock);
    if (socket->state != INET_NEW)
        result = -EINVAL;
    else
        result = open_bound(socket, &local);
    if (result == -EACCES && !inet_is_tcp(socket) && local.port == 0 && is_any(&local))
        result = open_unbound_udp(socket);
    lock_release(&base->lock);
    return result;
}

/***** Connecting *****/

static void fail(struct inet_socket *socket)
{
    socket->state = INET_FAILED;
    socket->has_peer = false;
}

int inet_settle(struct inet_socket *socket)
{
    char nothing;
    int result = 0;
    lock_acquire(&socket->base.lock);
    if (socket->state == INET_CONNECTING) {
        PAL_HANDLE stream = socket->base.handle;
        if ((poll_stream_now(stream, POLL_WRITABLE) & (POLLOUT | POLLERR | POLLHUP)) == 0) {
            result = -EINPROGRESS;
        } else {
            /* A read of nothing takes nothing but the error, which a signal that comes meanwhile must not hide. */
            result = (int)stream_read_through(stream, PAL_SOCKET_NOW, 0, &nothing);
            result = result == -ECONNRESET ? -ECONNREFUSED : result == -EAGAIN || result >= 0 ? 0 : result;
            if (result < 0)
                fail(socket);
            else
                socket->state = INET_CONNECTED;
        }
    }
    lock_release(&socket->base.lock);
    return result;
}

/* Begin to connect, with the lock held. */
static int begin_tcp(struct inet_socket *socket, const struct inet_endpoint *peer)
{
    char uri[INET_URI_SIZE];
    if (peer->port == 0)
        return -ECONNREFUSED;
    inet_print_uri("tcp:", peer, uri);
    if (socket->base.handle != NULL) {
        /* Bound, or of an attempt that has failed: who waits for the stream in a set goes on to do so. */
        if (!DkStreamChangeName(socket->base.handle, uri))
            return connect_failure();
        socket->state = INET_CONNECTING;
        wait_queue_wake(&socket->changed);
    } else {
        PAL_HANDLE stream = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
        if (stream == NULL)
            return connect_failure();
        inet_give_stream(socket, stream, INET_CONNECTING);
    }
    socket->peer = *peer;
    socket->has_peer = true;
    socket->told = false;
    return 0;
}

/* What connect says of an attempt that has ended since it was made. With the lock held. */
static int tell_end(struct inet_socket *socket)
{
    if (socket->told)
        return socket->state == INET_FAILED ? 0 : -EISCONN;
    socket->told = true;
    return socket->state == INET_FAILED ? -ECONNABORTED : 1;
}

static int connect_tcp(struct inet_socket *socket, const struct inet_endpoint *peer, bool nonblock)
{
    const int64_t deadline_ns = socket_deadline(socket->base.send_timeout_ns);
    int result = 0;
    lock_acquire(&socket->base.lock);
    const bool continues = socket->state == INET_CONNECTING;
    if (socket->state == INET_LISTENING)
        result = -EISCONN;
    else if (socket->state == INET_CONNECTED || socket->state == INET_FAILED)
        result = tell_end(socket);
    if (result == 0 && !continues)
        result = begin_tcp(socket, peer);
    lock_release(&socket->base.lock);
    if (result == 1)
        return 0;
    if (result == 0 && nonblock && !continues)
        return -EINPROGRESS;
    while (result == 0 && (result = inet_settle(socket)) == -EINPROGRESS) {
        if (nonblock)
            return -EALREADY;
        result = socket_wait_stream(inet_stream(socket), POLL_WRITABLE, deadline_ns);
        if (result == -EAGAIN)
            return -EINPROGRESS;
    }
    socket->told = socket->state != INET_CONNECTING;
    return result;
}

static int disconnect_udp(struct inet_socket *socket)
{
    if (socket->state != INET_CONNECTED)
        return 0;
    if (!DkStreamChangeName(socket->base.handle, "udp:"))
        return pal_failure();
    socket->state = INET_BOUND;
    socket->has_peer = false;
    return 0;
}

/* Nothing is sent by that, and the C library's name resolution connects to port 0, only to learn its own address. */
static int connect_udp(struct inet_socket *socket, const struct inet_endpoint *peer)
{
    char uri[INET_URI_SIZE];
    struct inet_endpoint host_peer = *peer;
    if (peer->port == 0)
        host_peer.port = 9; /* discard */
    int result = socket->base.handle == NULL ? open_unbound_udp(socket) : 0;
    if (result < 0)
        return result == -EACCES && !has_network() ? -ENETUNREACH : result;
    inet_print_uri("udp:", &host_peer, uri);
    if (!DkStreamChangeName(socket->base.handle, uri))
        return connect_failure();
    socket->peer = host_peer;
    socket->peer.port = peer->port;
    socket->has_peer = true;
    socket->state = INET_CONNECTED;
    return 0;
}

int inet_connect(struct socket *base, const struct __kernel_sockaddr_storage *name, uint32_t size, bool nonblock)
{
    struct inet_socket *socket = inet_of(base);
    struct inet_endpoint peer;
    int result = 0;
    if (size < sizeof(name->ss_family))
        return -EINVAL;
    if (name->ss_family == AF_UNSPEC && inet_is_tcp(socket))
        return socket->state == INET_NEW ? 0 : -EOPNOTSUPP;
    if (name->ss_family != AF_UNSPEC)
        result = inet_read_name(base->family, name, size, &peer);
    if (result < 0)
        return socket->state == INET_LISTENING || (inet_is_tcp(socket) && socket->state == INET_CONNECTED) ? -EISCONN
                                                                                                           : result;
    if (name->ss_family != AF_UNSPEC)
        resolve_any(&peer);
    if (inet_is_tcp(socket))
        return connect_tcp(socket, &peer, nonblock);
    lock_acquire(&base->lock);
    result = name->ss_family == AF_UNSPEC ? disconnect_udp(socket) : connect_udp(socket, &peer);
    lock_release(&base->lock);
    return result;
}

/***** Serving *****/

int inet_listen(struct socket *base, int backlog)
{
    struct inet_socket *socket = inet_of(base);
    const struct inet_endpoint any = {.address.family = base->family == AF_INET ? INET_V4 : INET_V6};
    int result = 0;
    if (!inet_is_tcp(socket))
        return -EOPNOTSUPP;
    lock_acquire(&base->lock);
    if (socket->state == INET_NEW)
        result = open_bound(socket, &any);
    if (result == 0 && socket->state != INET_BOUND && socket->state != INET_LISTENING)
        result = -EINVAL;
    if (result == 0) {
        const PAL_NUM count = backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX : backlog == 0 ? 1 : (PAL_NUM)backlog;
        result = DkStreamSetLength(base->handle, count) == count ? 0 : pal_failure();
    }
    if (result == 0) {
        base->listening = true;
        socket->state = INET_LISTENING;
        socket->shut_read = false;
    }
    lock_release(&base->lock);
    return result;
}

/* A client has its server's options; the host's stream has them already. */
static int make_client(struct inet_socket *server, PAL_HANDLE stream, struct socket **out)
{
    char text[2 * INET_URI_SIZE];
    struct socket *base;
    int result = inet_socket_new(server->base.family, SOCK_STREAM, IPPROTO_TCP, &base);
    if (result < 0)
        return result;
    struct inet_socket *client = inet_of(base);
    client->base.flags = server->base.flags;
    client->base.linger_seconds = server->base.linger_seconds;
    client->base.send_size = server->base.send_size;
    client->base.receive_size = server->base.receive_size;
    client->tcp_flags = server->tcp_flags;
    client->only6 = server->only6;
    memcpy(client->kept, server->kept, sizeof(client->kept));
    client->base.handle = stream;
    client->state = INET_CONNECTED;
    client->has_peer = client->told = true;
    if (DkStreamGetName(stream, text, sizeof(text)) == 0)
        result = pal_failure();
    if (result == 0)
        result = inet_parse_sender(text, &client->peer);
    if (result == 0) {
        *out = base;
        return 0;
    }
    client->base.handle = NULL;
    base->ops->close(base);
    return result;
}

int inet_accept(struct socket *base, bool nonblock, struct socket **out)
{
    struct inet_socket *socket = inet_of(base);
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(base->receive_timeout_ns);
    if (!inet_is_tcp(socket))
        return -EOPNOTSUPP;
    for (;;) {
        if (!base->listening || socket->shut_read)
            return -EINVAL;
        PAL_HANDLE stream = DkStreamWaitForClient(base->handle);
        if (stream != NULL) {
            const int result = make_client(socket, stream, out);
            if (result < 0)
                DkObjectClose(stream);
            return result;
        }
        int result = pal_failure();
        if (result == -ECONNRESET)
            return -ECONNABORTED;
        if (result != -EAGAIN || nonblock)
            return result == -EINTR ? -ERESTARTSYS : result;
        result = socket_wait_stream(base->handle, POLL_READABLE, deadline_ns);
        if (result < 0)
            return result;
    }
}
