/* SPDX-License-Identifier: MIT */
/* Inside room net: the network's interfaces, as ioctl and netlink tell of them. */
#ifndef LIBOS_SRC_NET_INTERFACES_H
#define LIBOS_SRC_NET_INTERFACES_H

#include "inet.h"
#include "socket.h"

#define INTERFACES          2
#define INTERFACE_LO        1 /* its index; and that of the way out */
#define INTERFACE_OUTSIDE   2
#define INTERFACE_NAME_SIZE 16

struct interface {
    char name[INTERFACE_NAME_SIZE];
    int32_t index;
    uint32_t flags; /* IFF_x */
    uint32_t mtu, queue;
    uint16_t kind;            /* ARPHRD_x */
    uint8_t prefix4, prefix6; /* bits of the network; 0 = no address */
    struct inet_address ip4, ip6;
};

/* All there are; returns how many. */
size_t interfaces_get(struct interface out[INTERFACES]);
/* The address from which the host would send to another one, "udp:ADDRESS:PORT". Nothing is sent. False = it would not. */
bool interface_towards(const char *uri, struct inet_address *out);

#endif
