/* SPDX-License-Identifier: MIT */
/* The network's interfaces: lo, and if the manifest and the host let programs out, host0, with the address that they have there.
 * What else there is on the host is not theirs to know. */
#include "interfaces.h"
#include <linux/sockios.h>
#include "copy.h"
#include "inet_socket.h"

#define LO_FLAGS      0x49   /* IFF_UP, IFF_LOOPBACK, IFF_RUNNING */
#define LO_KIND       772    /* ARPHRD_LOOPBACK */
#define OUTSIDE_FLAGS 0xc1   /* IFF_UP, IFF_RUNNING, IFF_NOARP */
#define OUTSIDE_KIND  0xfffe /* ARPHRD_NONE: no address of a hardware */

/***** What there is *****/

bool interface_towards(const char *uri, struct inet_address *out)
{
    char text[2 * INET_URI_SIZE];
    struct uri name;
    PAL_HANDLE stream = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, 0);
    if (stream == NULL)
        return false;
    const PAL_NUM len = DkStreamGetName(stream, text, sizeof(text));
    DkObjectClose(stream);
    if (len == 0 || uri_parse(text, len, &name) < 0 || !name.has_local)
        return false;
    *out = name.local.address;
    return true;
}

/* The others are made for documentation. */
static bool find_own(const char *uri, struct inet_address *out)
{
    return interface_towards(uri, out) && (out->family != INET_V4 || out->bytes[0] != 127);
}

size_t interfaces_get(struct interface out[INTERFACES])
{
    out[0] = (struct interface){.name = "lo",
                                .index = INTERFACE_LO,
                                .flags = LO_FLAGS,
                                .mtu = 65536,
                                .queue = 1000,
                                .kind = LO_KIND,
                                .prefix4 = 8,
                                .prefix6 = 128,
                                .ip4 = {.family = INET_V4, .bytes = {127, 0, 0, 1}},
                                .ip6 = {.family = INET_V6, .bytes = {[15] = 1}}};
    out[1] = (struct interface){.name = "host0",
                                .index = INTERFACE_OUTSIDE,
                                .flags = OUTSIDE_FLAGS,
                                .mtu = 1500,
                                .queue = 1000,
                                .kind = OUTSIDE_KIND};
    if (find_own("udp:192.0.2.1:9", &out[1].ip4))
        out[1].prefix4 = 32;
    if (find_own("udp:[2001:db8::1]:9", &out[1].ip6))
        out[1].prefix6 = 128;
    return out[1].prefix4 != 0 || out[1].prefix6 != 0 ? 2 : 1;
}

/***** ioctl *****/

/* struct ifreq and struct ifconf, whose header needs the C library's. */
struct request {
    char name[INTERFACE_NAME_SIZE];
    union {
        struct sockaddr_in address;
        struct hardware_address {
            uint16_t family;
            char bytes[22];
        } hardware;
        int16_t flags;
        int32_t number;
    };
};
_Static_assert(sizeof(struct request) == 40, "struct ifreq");

struct request_list {
    int32_t size;
    struct request *entries;
};

static void set_address(struct request *out, const uint8_t bytes[4])
{
    out->address = (struct sockaddr_in){.sin_family = AF_INET};
    if (bytes != NULL)
        memcpy(&out->address.sin_addr, bytes, 4);
}

static int64_t list_interfaces(void *user)
{
    struct interface all[INTERFACES];
    struct request entries[INTERFACES];
    struct request_list list;
    size_t count = 0;
    if (copy_in(&list, user, sizeof(list)) < 0)
        return -EFAULT;
    const size_t there = interfaces_get(all);
    memset(entries, 0, sizeof(entries));
    for (size_t i = 0; i < there; i++) {
        if (all[i].prefix4 == 0)
            continue;
        memcpy(entries[count].name, all[i].name, sizeof(all[i].name));
        set_address(&entries[count++], all[i].ip4.bytes);
    }
    if (list.entries != NULL) {
        const size_t room = list.size > 0 ? (size_t)list.size / sizeof(entries[0]) : 0;
        count = room < count ? room : count;
        if (copy_out(list.entries, entries, count * sizeof(entries[0])) < 0)
            return -EFAULT;
    }
    list.size = (int32_t)(count * sizeof(entries[0]));
    return copy_out(user, &list, sizeof(list));
}

static const struct interface *find(uint32_t request, struct request *entry, const struct interface *all, size_t count)
{
    entry->name[INTERFACE_NAME_SIZE - 1] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (request == SIOCGIFNAME ? all[i].index == entry->number : strcmp(all[i].name, entry->name) == 0)
            return &all[i];
    }
    return NULL;
}

/* Addresses are those of IPv4. */
static int answer_address(uint32_t request, struct request *entry, const struct interface *interface)
{
    const uint32_t mask =
        __builtin_bswap32(interface->prefix4 == 32 ? UINT32_MAX : ~(UINT32_MAX >> interface->prefix4));
    if (interface->prefix4 == 0)
        return -EADDRNOTAVAIL;
    if (request == SIOCGIFBRDADDR)
        set_address(entry, NULL);
    else
        set_address(entry, request == SIOCGIFNETMASK ? (const uint8_t *)&mask : interface->ip4.bytes);
    return 0;
}

static int answer(uint32_t request, struct request *entry)
{
    struct interface all[INTERFACES];
    const struct interface *interface = find(request, entry, all, interfaces_get(all));
    if (interface == NULL)
        return -ENODEV;
    switch (request) {
    case SIOCGIFNAME:
        memcpy(entry->name, interface->name, sizeof(entry->name));
        return 0;
    case SIOCGIFINDEX:
        entry->number = interface->index;
        return 0;
    case SIOCGIFFLAGS:
        entry->flags = (int16_t)interface->flags;
        return 0;
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFBRDADDR:
        return answer_address(request, entry, interface);
    case SIOCGIFMTU:
        entry->number = (int32_t)interface->mtu;
        return 0;
    case SIOCGIFMETRIC:
        entry->number = 0;
        return 0;
    case SIOCGIFTXQLEN:
        entry->number = (int32_t)interface->queue;
        return 0;
    case SIOCGIFHWADDR:
        memset(&entry->hardware, 0, sizeof(entry->hardware));
        entry->hardware.family = interface->kind;
        return 0;
    default:
        return -ENOTTY;
    }
}

/* Addresses are told by sockets of their family. */
static bool is_of_family(uint32_t request)
{
    return request == SIOCGIFADDR || request == SIOCGIFDSTADDR || request == SIOCGIFNETMASK ||
           request == SIOCGIFBRDADDR;
}

int64_t interface_control(const struct socket *socket, uint32_t request, uint64_t argument)
{
    struct request entry;
    void *user = (void *)argument;
    if (request == SIOCGIFCONF)
        return list_interfaces(user);
    if (request < SIOCGIFNAME || request > SIOCGIFTXQLEN ||
        (is_of_family(request) && socket->family != AF_INET && socket->family != AF_INET6))
        return -ENOTTY;
    if (copy_in(&entry, user, sizeof(entry)) < 0)
        return -EFAULT;
    const int result = answer(request, &entry);
    if (result == -ENOTTY)
        return -EPERM; /* it would change something */
    return result < 0 ? result : copy_out(user, &entry, sizeof(entry));
}
