/* SPDX-License-Identifier: MIT */
/* The network's interfaces, of which programs see one: lo. What there is on the host, and which addresses that has, is not
 * theirs to know. */
#include <linux/sockios.h>
#include "copy.h"
#include "inet_socket.h"

#define LO_INDEX  1
#define LO_MTU    65536
#define LO_FLAGS  0x49 /* IFF_UP, IFF_LOOPBACK, IFF_RUNNING */
#define LO_KIND   772  /* ARPHRD_LOOPBACK */
#define NAME_SIZE 16

/* struct ifreq and struct ifconf, whose header needs the C library's. */
struct request {
    char name[NAME_SIZE];
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

static const char lo_name[] = "lo";

static void set_address(struct request *out, uint32_t address)
{
    out->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = __builtin_bswap32(address)};
}

static int64_t list_interfaces(void *user)
{
    struct request_list list;
    struct request entry = {0};
    if (copy_in(&list, user, sizeof(list)) < 0)
        return -EFAULT;
    if (list.entries == NULL) {
        list.size = sizeof(entry);
    } else if (list.size < (int)sizeof(entry)) {
        list.size = 0;
    } else {
        memcpy(entry.name, lo_name, sizeof(lo_name));
        set_address(&entry, INADDR_LOOPBACK);
        if (copy_out(list.entries, &entry, sizeof(entry)) < 0)
            return -EFAULT;
        list.size = sizeof(entry);
    }
    return copy_out(user, &list, sizeof(list));
}

static int answer(uint32_t request, struct request *entry)
{
    if (request == SIOCGIFNAME) {
        if (entry->number != LO_INDEX)
            return -ENODEV;
        memcpy(entry->name, lo_name, sizeof(lo_name));
        return 0;
    }
    entry->name[NAME_SIZE - 1] = '\0';
    if (strcmp(entry->name, lo_name) != 0)
        return -ENODEV;
    switch (request) {
    case SIOCGIFINDEX:
        entry->number = LO_INDEX;
        return 0;
    case SIOCGIFFLAGS:
        entry->flags = LO_FLAGS;
        return 0;
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
        set_address(entry, INADDR_LOOPBACK);
        return 0;
    case SIOCGIFNETMASK:
        set_address(entry, 0xff000000u);
        return 0;
    case SIOCGIFBRDADDR:
        set_address(entry, 0);
        return 0;
    case SIOCGIFMTU:
        entry->number = LO_MTU;
        return 0;
    case SIOCGIFMETRIC:
        entry->number = 0;
        return 0;
    case SIOCGIFTXQLEN:
        entry->number = 1000;
        return 0;
    case SIOCGIFHWADDR:
        memset(&entry->hardware, 0, sizeof(entry->hardware));
        entry->hardware.family = LO_KIND;
        return 0;
    default:
        return -ENOTTY;
    }
}

int64_t interface_control(uint32_t request, uint64_t argument)
{
    struct request entry;
    void *user = (void *)argument;
    if (request == SIOCGIFCONF)
        return list_interfaces(user);
    if (request < SIOCGIFNAME || request > SIOCGIFTXQLEN)
        return -ENOTTY;
    if (copy_in(&entry, user, sizeof(entry)) < 0)
        return -EFAULT;
    const int result = answer(request, &entry);
    if (result == -ENOTTY)
        return -EPERM; /* it would change something */
    return result < 0 ? result : copy_out(user, &entry, sizeof(entry));
}
