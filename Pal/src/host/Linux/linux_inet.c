/* SPDX-License-Identifier: MIT */
/* Internet endpoints as the kernel's sockaddr and back. Knows no socket. */
#include "linux_inet.h"
#include "pal_error.h"
#include "pal_string.h"

#define V4_SIZE 4
#define V6_SIZE 16

static const uint8_t mapped_prefix[V6_SIZE - V4_SIZE] = {[10] = 0xff, [11] = 0xff};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ports are swapped");

int linux_inet_family(const struct inet_endpoint *endpoint)
{
    return endpoint->address.family == INET_V4 ? AF_INET : AF_INET6;
}

size_t linux_inet_to(const struct inet_endpoint *endpoint, bool mapped, union socket_address *out)
{
    const struct inet_address *address = &endpoint->address;
    const uint16_t port = __builtin_bswap16(endpoint->port);
    memset(out, 0, sizeof(*out));
    if (address->family == INET_V4 && !mapped) {
        out->in.sin_family = AF_INET;
        out->in.sin_port = port;
        memcpy(&out->in.sin_addr, address->bytes, V4_SIZE);
        return sizeof(out->in);
    }
    uint8_t *bytes = out->in6.sin6_addr.in6_u.u6_addr8;
    out->in6.sin6_family = AF_INET6;
    out->in6.sin6_port = port;
    if (address->family == INET_V4) {
        memcpy(bytes, mapped_prefix, sizeof(mapped_prefix));
        memcpy(bytes + sizeof(mapped_prefix), address->bytes, V4_SIZE);
    } else {
        memcpy(bytes, address->bytes, V6_SIZE);
        out->in6.sin6_scope_id = address->scope_id;
    }
    return sizeof(out->in6);
}

int linux_inet_from(const union socket_address *address, bool mapped, struct inet_endpoint *out)
{
    struct inet_endpoint endpoint = {.address.family = INET_V4};
    if (address->any.family == AF_INET) {
        endpoint.port = __builtin_bswap16(address->in.sin_port);
        memcpy(endpoint.address.bytes, &address->in.sin_addr, V4_SIZE);
    } else if (address->any.family == AF_INET6) {
        const uint8_t *bytes = address->in6.sin6_addr.in6_u.u6_addr8;
        endpoint.port = __builtin_bswap16(address->in6.sin6_port);
        if (mapped && memcmp(bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
            memcpy(endpoint.address.bytes, bytes + sizeof(mapped_prefix), V4_SIZE);
        } else {
            endpoint.address.family = INET_V6;
            endpoint.address.scope_id = address->in6.sin6_scope_id;
            memcpy(endpoint.address.bytes, bytes, V6_SIZE);
        }
    } else {
        return -PAL_ERROR_NOTSUPPORT;
    }
    *out = endpoint;
    return 0;
}
