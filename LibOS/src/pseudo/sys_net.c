/* SPDX-License-Identifier: MIT */
/* /sys/class/net: the network's interfaces. Nothing is counted. */
#include "net/interfaces.h"
#include "sys.h"

/* Of the interface that the key's number counts. */
static bool get(uint32_t number, struct interface *out)
{
    struct interface all[INTERFACES];
    const size_t count = interfaces_get(all);
    if (number >= count)
        return false;
    *out = all[number];
    return true;
}

static bool is_interface(const char *name, size_t len, struct pseudo_key *key)
{
    struct interface one;
    for (uint32_t i = 0; get(i, &one); i++) {
        if (strlen(one.name) == len && memcmp(one.name, name, len) == 0) {
            key->number = i;
            return true;
        }
    }
    return false;
}

static bool next_interface(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    struct interface one;
    (void)directory;
    if (!get(*cursor, &one))
        return false;
    memcpy(name, one.name, INTERFACE_NAME_SIZE);
    return true;
}

static int show_address(struct text *out, const struct pseudo_key *key)
{
    text_add(out, key->number == 0 ? "00:00:00:00:00:00\n" : "\n");
    return 0;
}

static int show_ifindex(struct text *out, const struct pseudo_key *key)
{
    text_add(out, "%u\n", key->number + 1);
    return 0;
}

/* The same for all of them. */
SHOWS(show_carrier, "1\n")
SHOWS(show_counter, "0\n")
SHOWS(show_operstate, "unknown\n")

/* What one of them has. */
#define FACT(file, format, fact)                                                                                       \
    static int show_##file(struct text *out, const struct pseudo_key *key)                                             \
    {                                                                                                                  \
        struct interface one;                                                                                          \
        if (!get(key->number, &one))                                                                                   \
            return -ENODEV;                                                                                            \
        text_add(out, format "\n", fact);                                                                              \
        return 0;                                                                                                      \
    }

FACT(flags, "0x%x", one.flags & ~0x40u) /* IFF_RUNNING is not shown here */
FACT(mtu, "%u", one.mtu)
FACT(queue, "%u", one.queue)
FACT(type, "%u", one.kind)

#define FILE(file, function)                                                                                           \
    {                                                                                                                  \
        .name = (file), .mode = S_IFREG | 0444, .show = show_##function                                                \
    }

static const struct pseudo_node statistics_nodes[] = {FILE("collisions", counter),
                                                      FILE("multicast", counter),
                                                      FILE("rx_bytes", counter),
                                                      FILE("rx_dropped", counter),
                                                      FILE("rx_errors", counter),
                                                      FILE("rx_packets", counter),
                                                      FILE("tx_bytes", counter),
                                                      FILE("tx_dropped", counter),
                                                      FILE("tx_errors", counter),
                                                      FILE("tx_packets", counter),
                                                      {0}};

static const struct pseudo_node interface_nodes[] = {
    FILE("address", address),
    FILE("carrier", carrier),
    FILE("flags", flags),
    FILE("ifindex", ifindex),
    FILE("iflink", ifindex),
    FILE("mtu", mtu),
    FILE("operstate", operstate),
    {.name = "statistics", .mode = S_IFDIR | 0755, .children = statistics_nodes},
    FILE("tx_queue_len", queue),
    FILE("type", type),
    {0}};

const struct pseudo_node sys_net_nodes[] = {
    {.mode = S_IFDIR | 0755, .match = is_interface, .next = next_interface, .children = interface_nodes}, {0}};
