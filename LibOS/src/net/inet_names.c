/* SPDX-License-Identifier: MIT */
/* Addresses of internet sockets: the program's structures, and the host's URIs. Knows nothing of connections. */
#include "inet_socket.h"
#include "poll.h"

#define V6_SIZE_LEAST 24 /* without a scope, as RFC 2133 had it */

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

int inet_read_name(int family, const struct __kernel_sockaddr_storage *name, uint32_t size, struct inet_endpoint *out)
{
    const struct sockaddr_in *v4 = (const void *)name;
    const struct sockaddr_in6 *v6 = (const void *)name;
    memset(out, 0, sizeof(*out));
    if (size < (family == AF_INET ? sizeof(*v4) : V6_SIZE_LEAST))
        return -EINVAL;
    if (name->ss_family != family)
        return -EAFNOSUPPORT;
    if (family == AF_INET) {
        out->address.family = INET_V4;
        memcpy(out->address.bytes, &v4->sin_addr, sizeof(v4->sin_addr));
        out->port = __builtin_bswap16(v4->sin_port);
    } else {
        out->address.family = INET_V6;
        memcpy(out->address.bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
        out->address.scope_id = size >= sizeof(*v6) ? v6->sin6_scope_id : 0;
        out->port = __builtin_bswap16(v6->sin6_port);
    }
    return 0;
}

int inet_write_name(int family, const struct inet_endpoint *endpoint, struct __kernel_sockaddr_storage *out)
{
    const struct inet_address *address = &endpoint->address;
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;
    memset(out, 0, sizeof(*v6));
    if (family == AF_INET) {
        v4->sin_family = AF_INET;
        v4->sin_port = __builtin_bswap16(endpoint->port);
        memcpy(&v4->sin_addr, address->bytes + (address->family == INET_V6 ? sizeof(mapped_prefix) : 0),
               sizeof(v4->sin_addr));
        return sizeof(*v4);
    }
    uint8_t *bytes = v6->sin6_addr.in6_u.u6_addr8;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = __builtin_bswap16(endpoint->port);
    if (address->family == INET_V4) {
        memcpy(bytes, mapped_prefix, sizeof(mapped_prefix));
        memcpy(bytes + sizeof(mapped_prefix), address->bytes, 4);
    } else {
        memcpy(bytes, address->bytes, sizeof(address->bytes));
        v6->sin6_scope_id = address->scope_id;
    }
    return sizeof(*v6);
}

void inet_print_uri(const char *scheme, const struct inet_endpoint *endpoint, char buffer[INET_URI_SIZE])
{
    const size_t len = strlen(scheme);
    memcpy(buffer, scheme, len);
    /* Of a family that is known and with room for any address. */
    if (inet_print_endpoint(endpoint, buffer + len, INET_URI_SIZE - len) < 0)
        buffer[len] = '\0';
}

int inet_parse_sender(const char *text, struct inet_endpoint *out)
{
    struct uri uri;
    if (uri_parse(text, strlen(text), &uri) < 0 || !uri.has_peer)
        return -EIO;
    *out = uri.peer;
    return 0;
}

int inet_own_name(struct inet_socket *socket, struct inet_endpoint *out)
{
    char text[2 * INET_URI_SIZE];
    struct uri uri;
    memset(out, 0, sizeof(*out));
    out->address.family = socket->base.family == AF_INET ? INET_V4 : INET_V6;
    PAL_HANDLE stream = inet_stream(socket);
    if (stream == NULL || socket->state == INET_FAILED)
        return 0;
    const PAL_NUM len = DkStreamGetName(stream, text, sizeof(text));
    if (len == 0)
        return pal_failure();
    if (uri_parse(text, len, &uri) == 0 && uri.has_local)
        *out = uri.local;
    return 0;
}

/* A connection that its peer has reset is none any more. One that both sides have finished hangs up, too, but lasts a while. */
static bool is_reset(struct inet_socket *socket)
{
    return inet_is_tcp(socket) && !socket->shut_write && (poll_stream_now(inet_stream(socket), 0) & POLLHUP) != 0;
}

int inet_name(struct socket *base, bool of_peer, struct __kernel_sockaddr_storage *out)
{
    struct inet_socket *socket = inet_of(base);
    struct inet_endpoint endpoint;
    if (!of_peer) {
        const int result = inet_own_name(socket, &endpoint);
        return result < 0 ? result : inet_write_name(base->family, &endpoint, out);
    }
    if (socket->state == INET_CONNECTING && inet_settle(socket) < 0)
        return -ENOTCONN;
    if (socket->state != INET_CONNECTED || !socket->has_peer || socket->peer.port == 0 || is_reset(socket))
        return -ENOTCONN;
    return inet_write_name(base->family, &socket->peer, out);
}
