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

static int show_carrier(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "1\n");
    return 0;
}

static int show_counter(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "0\n");
    return 0;
}

static int show_flags(struct text *out, const struct pseudo_key *key)
{
    struct interface one;
    if (!get(key->number, &one))
        return -ENODEV;
    text_add(out, "0x%x\n", one.flags & ~0x40u); /* IFF_RUNNING is not shown here */
    return 0;
}

static int show_ifindex(struct text *out, const struct pseudo_key *key)
{
    text_add(out, "%u\n", key->number + 1);
    return 0;
}

static int show_mtu(struct text *out, const struct pseudo_key *key)
{
    struct interface one;
    if (!get(key->number, &one))
        return -ENODEV;
    text_add(out, "%u\n", one.mtu);
    return 0;
}

static int show_operstate(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "unknown\n");
    return 0;
}

static int show_queue(struct text *out, const struct pseudo_key *key)
{
    struct interface one;
    if (!get(key->number, &one))
        return -ENODEV;
    text_add(out, "%u\n", one.queue);
    return 0;
}

static int show_type(struct text *out, const struct pseudo_key *key)
{
    struct interface one;
    if (!get(key->number, &one))
        return -ENODEV;
    text_add(out, "%u\n", one.kind);
    return 0;
}

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
