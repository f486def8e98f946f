/* SPDX-License-Identifier: MIT */
/* To which address of this host a datagram has come, for servers that answer from there (IP_PKTINFO, IPV6_RECVPKTINFO). The Host ABI
 * does not tell it: it is the one that the socket is bound to, or else the one from which the host would answer. */
#include "inet_socket.h"
#include "interfaces.h"

static bool is_empty(const struct inet_address *address)
{
    static const uint8_t none[sizeof(address->bytes)];
    return memcmp(address->bytes, none, sizeof(none)) == 0;
}

static bool is_loopback(const struct inet_address *address)
{
    static const uint8_t loopback6[sizeof(address->bytes)] = {[15] = 1};
    static const uint8_t mapped[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    if (address->family == INET_V4)
        return address->bytes[0] == 127;
    return memcmp(address->bytes, loopback6, sizeof(loopback6)) == 0 ||
           memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

int inet_put_target(struct inet_socket *socket, const struct inet_endpoint *from, struct message *message)
{
    struct inet_endpoint own;
    struct __kernel_sockaddr_storage name;
    char uri[INET_URI_SIZE];
    const bool is_bound = inet_own_name(socket, &own) == 0 && !is_empty(&own.address);
    if (!is_bound) {
        inet_print_uri("udp:", from, uri);
        if (!interface_towards(uri, &own.address))
            return 0;
    }
    const int index = is_loopback(&own.address) ? INTERFACE_LO : INTERFACE_OUTSIDE;
    (void)inet_write_name(socket->base.family, &own, &name);
    if (socket->base.family == AF_INET) {
        const struct in_addr address = ((const struct sockaddr_in *)(const void *)&name)->sin_addr;
        const struct in_pktinfo info = {.ipi_ifindex = index, .ipi_spec_dst = address, .ipi_addr = address};
        return message_put_control(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    }
    const struct {
        struct in6_addr address;
        int index;
    } info = {((const struct sockaddr_in6 *)(const void *)&name)->sin6_addr, index};
    return message_put_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}
