/* SPDX-License-Identifier: MIT */
/* /proc/PID/net: interfaces, routes, and the sockets of all processes, who are asked, whatever PID is. What is counted
 * on Linux, such as bytes, is 0. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/un.h>

#include "format.h"
#include "net.h"
#include "net/interfaces.h"
#include "proc.h"
#include "proc_net.h"
#include "process.h"

/* States of TCP, and of sockets of AF_UNIX, as Linux shows them. */
enum { STATE_ESTABLISHED = 1, STATE_CLOSED = 7, STATE_LISTENING = 10, UNIX_UNCONNECTED = 1, UNIX_CONNECTED = 3 };
#define UNIX_LISTENS 0x10000u

/***** Interfaces and routes *****/

static int show_dev(struct text *out, const struct pseudo_key *key)
{
    struct interface all[INTERFACES];
    const size_t count = interfaces_get(all);
    (void)key;
    text_add(out, "Inter-|   Receive                                                |  Transmit\n"
                  " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
                  "colls carrier compressed\n");
    for (size_t i = 0; i < count; i++)
        text_add(out, "%6s: %7u %7u %4u %4u %4u %5u %10u %9u %8u %7u %4u %4u %4u %5u %7u %10u\n", all[i].name, 0u, 0u,
                 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u);
    return 0;
}

/* Whoever is not told to be nearer is reached by the interface to the outside. */
static int show_route(struct text *out, const struct pseudo_key *key)
{
    struct interface all[INTERFACES];
    const size_t count = interfaces_get(all);
    (void)key;
    text_add(out, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n");
    for (size_t i = 1; i < count; i++) {
        if (all[i].prefix4 != 0)
            text_add(out, "%s\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n", all[i].name);
    }
    return 0;
}

static void add_hex(struct text *out, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(out, "%02x", bytes[i]);
}

static int show_if_inet6(struct text *out, const struct pseudo_key *key)
{
    struct interface all[INTERFACES];
    const size_t count = interfaces_get(all);
    (void)key;
    for (size_t i = 0; i < count; i++) {
        if (all[i].prefix6 == 0)
            continue;
        const unsigned scope = i == 0 ? 0x10 : 0; /* of the host; everywhere */
        add_hex(out, all[i].ip6.bytes, sizeof(all[i].ip6.bytes));
        text_add(out, " %02x %02x %02x 80 %8s\n", (unsigned)all[i].index, all[i].prefix6, scope, all[i].name);
    }
    return 0;
}

static int show_ipv6_route(struct text *out, const struct pseudo_key *key)
{
    static const uint8_t nowhere[16];
    struct interface all[INTERFACES];
    const size_t count = interfaces_get(all);
    (void)key;
    for (size_t i = 0; i < count; i++) {
        if (all[i].prefix6 == 0)
            continue;
        const bool outside = i > 0;
        add_hex(out, outside ? nowhere : all[i].ip6.bytes, 16);
        text_add(out, outside ? " 00 " : " 80 ");
        add_hex(out, nowhere, 16);
        text_add(out, " 00 ");
        add_hex(out, nowhere, 16);
        text_add(out, " 00000400 00000001 00000000 %s %8s\n", outside ? "00000001" : "80200001", all[i].name);
    }
    return 0;
}

/***** Sockets *****/

/* The files that list them. */
static const struct socket_list {
    const char *name;
    int family, type;
} lists[] = {{"tcp", AF_INET, SOCK_STREAM},
             {"tcp6", AF_INET6, SOCK_STREAM},
             {"udp", AF_INET, SOCK_DGRAM},
             {"udp6", AF_INET6, SOCK_DGRAM},
             {"unix", AF_UNIX, 0}};
enum { LIST_TCP, LIST_TCP6, LIST_UDP, LIST_UDP6, LIST_UNIX };

struct listing {
    struct text *out;
    int family, type;
};

/* An address as the kernel has it in memory, word by word, and the port. */
static void add_endpoint(struct text *out, int family, const struct __kernel_sockaddr_storage *name)
{
    const struct sockaddr_in *ip4 = (const void *)name;
    const struct sockaddr_in6 *ip6 = (const void *)name;
    if (family == AF_INET) {
        text_add(out, " %08X:%04X", ip4->sin_addr.s_addr, __builtin_bswap16(ip4->sin_port));
        return;
    }
    text_add(out, " ");
    for (size_t i = 0; i < 4; i++)
        text_add(out, "%08X", ip6->sin6_addr.s6_addr32[i]);
    text_add(out, ":%04X", __builtin_bswap16(ip6->sin6_port));
}

static void add_inet(const struct socket_facts *facts, void *arg)
{
    struct listing *listing = arg;
    const struct sockaddr_in *own = (const void *)&facts->own; /* the port is in the same place in both families */
    if (facts->family != listing->family || facts->type != listing->type || facts->own_size == 0 || own->sin_port == 0)
        return;
    add_endpoint(listing->out, facts->family, &facts->own);
    static const struct __kernel_sockaddr_storage nobody;
    add_endpoint(listing->out, facts->family, facts->connected ? &facts->peer : &nobody);
    const int state = facts->listens ? STATE_LISTENING : facts->connected ? STATE_ESTABLISHED : STATE_CLOSED;
    text_add(listing->out, " %02X 00000000:00000000 00:00000000 00000000 %5u        0 %lu 1 0000000000000000%s\n",
             (unsigned)state, g_process.euid, facts->inode, listing->type == SOCK_STREAM ? " 100 0 0 10 0" : " 0");
}

/* Lists of what there is none of. */
SHOWS(show_packet, "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n")
SHOWS(show_netlink, "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n")
SHOWS(show_arp, "IP address       HW type     Flags       HW address            Mask     Device\n")

static void add_unix(const struct socket_facts *facts, void *arg)
{
    struct text *out = ((struct listing *)arg)->out;
    const struct sockaddr_un *own = (const void *)&facts->own;
    if (facts->family != AF_UNIX)
        return;
    text_add(out, "0000000000000000: 00000002 00000000 %08X %04X %02X %5lu", facts->listens ? UNIX_LISTENS : 0,
             (unsigned)facts->type, facts->connected ? UNIX_CONNECTED : UNIX_UNCONNECTED, facts->inode);
    const size_t start = offsetof(struct sockaddr_un, sun_path);
    const size_t len = facts->own_size > start ? facts->own_size - start : 0;
    if (len > 0) {
        char path[sizeof(own->sun_path) + 1];
        const bool abstract = own->sun_path[0] == '\0';
        size_t shown =
            abstract ? (len < sizeof(own->sun_path) ? len : sizeof(own->sun_path)) : strnlen(own->sun_path, len);
        memcpy(path, own->sun_path, shown);
        for (size_t i = 0; i < shown; i++) {
            if (path[i] == '\0')
                path[i] = '@';
        }
        text_add(out, " ");
        text_add_bytes(out, path, shown);
    }
    text_add(out, "\n");
}

int proc_show_sockets(const char *name, struct text *out)
{
    for (size_t i = 0; i < array_count(lists); i++) {
        if (!streq(name, lists[i].name))
            continue;
        struct listing listing = {out, lists[i].family, lists[i].type};
        net_for_each_socket(lists[i].family == AF_UNIX ? add_unix : add_inet, &listing);
        return 0;
    }
    return -ENOENT;
}

/* What the other processes have; one may tell anything. */
#define OTHERS_MAX (1u << 20)
static void add_of_others(const struct socket_list *list, struct text *out)
{
    char name[32], piece[1024];
    format_string(name, sizeof(name), PROC_SOCKETS "%s", list->name);
    for (int32_t pid = 0; (pid = process_next(pid)) != 0;) {
        int64_t size;
        for (uint64_t at = 0; pid != g_process.pid && at < OTHERS_MAX; at += (uint64_t)size) {
            size = process_read_text(pid, name, at, piece, sizeof(piece));
            if (size <= 0)
                break;
            text_add_bytes(out, piece, (size_t)size);
        }
    }
}

static bool has_line(const char *text, const char *end, const char *line, size_t size)
{
    for (const char *at = text; at < end; at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1)
        if ((size_t)(end - at) >= size && memcmp(at, line, size) == 0)
            return true;
    return false;
}

/* All sockets of the instance; one that several processes have inherited is the same line from each. */
static int show_list(struct text *out, unsigned which)
{
    const struct socket_list *list = &lists[which];
    struct text all = {0};
    unsigned count = 0;
    int error = proc_show_sockets(list->name, &all);
    add_of_others(list, &all);
    for (const char *at = all.data, *end = at + all.used, *next; error == 0 && at < end; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        next = stop ? stop + 1 : end;
        if (!stop || has_line(all.data, at, at, (size_t)(next - at)))
            continue;
        if (list->family != AF_UNIX)
            text_add(out, list->type == SOCK_STREAM ? "%4u:" : "%5u:", count++);
        text_add_bytes(out, at, (size_t)(next - at));
    }
    if (all.failed)
        error = -ENOMEM;
    text_free(&all);
    return error;
}

unsigned proc_count_sockets(const char *name)
{
    struct text text = {0};
    unsigned count = 0;
    for (unsigned i = 0; i < array_count(lists); i++) {
        if (streq(name, lists[i].name))
            (void)show_list(&text, i);
    }
    for (size_t i = 0; i < text.used; i++)
        count += text.data[i] == '\n';
    text_free(&text);
    return count;
}

static void add_header(struct text *out, int family, int type)
{
    const char *const header = family == AF_INET
                                   ? "local_address rem_address  "
                                   : "local_address                         remote_address                       ";
    text_add(out, "%s  sl  %s st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode%s\n",
             family == AF_INET && type == SOCK_DGRAM ? " " : "", header,
             type == SOCK_STREAM ? "" : " ref pointer drops");
}

#define SOCKETS(file, which)                                                                                           \
    static int show_##file(struct text *out, const struct pseudo_key *key)                                             \
    {                                                                                                                  \
        (void)key;                                                                                                     \
        add_header(out, lists[which].family, lists[which].type);                                                       \
        return show_list(out, which);                                                                                  \
    }

SOCKETS(tcp, LIST_TCP)
SOCKETS(tcp6, LIST_TCP6)
SOCKETS(udp, LIST_UDP)
SOCKETS(udp6, LIST_UDP6)

/* There are none. */
#define RAW_SOCKETS(file, family)                                                                                      \
    static int show_##file(struct text *out, const struct pseudo_key *key)                                             \
    {                                                                                                                  \
        (void)key;                                                                                                     \
        add_header(out, family, SOCK_RAW);                                                                             \
        return 0;                                                                                                      \
    }

RAW_SOCKETS(raw, AF_INET)
RAW_SOCKETS(raw6, AF_INET6)

static int show_unix(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "Num       RefCount Protocol Flags    Type St Inode Path\n");
    return show_list(out, LIST_UNIX);
}

#define LIST(file)                                                                                                     \
    {                                                                                                                  \
        .name = #file, .mode = S_IFREG | 0444, .show = show_##file                                                     \
    }

#define COUNTS(file)                                                                                                   \
    {                                                                                                                  \
        .name = #file, .mode = S_IFREG | 0444, .show = proc_show_##file                                                \
    }

const struct pseudo_node proc_net_nodes[] = {LIST(arp),
                                             LIST(dev),
                                             LIST(if_inet6),
                                             LIST(ipv6_route),
                                             LIST(netlink),
                                             COUNTS(netstat),
                                             LIST(packet),
                                             LIST(raw),
                                             LIST(raw6),
                                             LIST(route),
                                             COUNTS(snmp),
                                             COUNTS(sockstat),
                                             COUNTS(sockstat6),
                                             LIST(tcp),
                                             LIST(tcp6),
                                             LIST(udp),
                                             LIST(udp6),
                                             LIST(unix),
                                             {0}};
