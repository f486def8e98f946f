/* SPDX-License-Identifier: MIT */
/* Sockets of AF_NETLINK: questions about the network's interfaces and addresses (NETLINK_ROUTE), which are answered at once. Nothing
 * can be changed, and nothing changes. Questions about sockets (NETLINK_SOCK_DIAG) are answered as by a kernel that has been built
 * without that, whereupon programs read /proc/net. */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include "interfaces.h"
#include "net.h"

#define REQUEST_MAX 16384u
#define ANSWER_MAX  4096u /* one datagram; what there is fits */
#define QUEUE_MAX   64u
#define LOWER_UP    0x10000u /* IFF_LOWER_UP, which ioctl has no room for */

struct answer {
    struct list_node node;
    size_t size;
    uint8_t data[ANSWER_MAX];
};

struct netlink_socket {
    struct socket base; /* lock protects what follows */
    uint32_t port;      /* 0 = not bound */
    uint32_t groups;
    struct list answers;
    uint32_t count;
    struct wait_queue readers;
};

static struct netlink_socket *netlink_of(struct socket *socket)
{
    return (struct netlink_socket *)socket;
}

/***** Writing answers *****/

static void *reserve(struct answer *answer, size_t size)
{
    const size_t room = NLMSG_ALIGN(size);
    if (room > ANSWER_MAX - answer->size)
        return NULL;
    void *at = memset(answer->data + answer->size, 0, room);
    answer->size += room;
    return at;
}

/* A message with its fixed part; NULL = no room. */
static struct nlmsghdr *begin(struct answer *answer, const struct nlmsghdr *request, uint16_t type, size_t size,
                              void **out)
{
    struct nlmsghdr *header = reserve(answer, sizeof(*header) + size);
    if (header == NULL)
        return NULL;
    header->nlmsg_type = type;
    header->nlmsg_flags = request->nlmsg_flags & NLM_F_DUMP ? NLM_F_MULTI : 0;
    header->nlmsg_seq = request->nlmsg_seq;
    header->nlmsg_pid = request->nlmsg_pid;
    header->nlmsg_len = (uint32_t)(sizeof(*header) + size);
    *out = header + 1;
    return header;
}

static void put(struct answer *answer, struct nlmsghdr *header, uint16_t type, const void *data, size_t size)
{
    struct rtattr *attribute = reserve(answer, sizeof(*attribute) + size);
    if (attribute == NULL)
        return;
    attribute->rta_type = type;
    attribute->rta_len = (uint16_t)(sizeof(*attribute) + size);
    memcpy(attribute + 1, data, size);
    header->nlmsg_len = (uint32_t)(answer->data + answer->size - (uint8_t *)header);
}

static void put_link(struct answer *answer, const struct nlmsghdr *request, const struct interface *interface)
{
    static const uint8_t no_address[6];
    static const char queueing[] = "noqueue";
    const uint8_t state = 0; /* IF_OPER_UNKNOWN */
    void *fixed;
    struct nlmsghdr *header = begin(answer, request, RTM_NEWLINK, sizeof(struct ifinfomsg), &fixed);
    if (header == NULL)
        return;
    *(struct ifinfomsg *)fixed = (struct ifinfomsg){
        .ifi_type = interface->kind, .ifi_index = interface->index, .ifi_flags = interface->flags | LOWER_UP};
    put(answer, header, IFLA_IFNAME, interface->name, strlen(interface->name) + 1);
    put(answer, header, IFLA_TXQLEN, &interface->queue, sizeof(interface->queue));
    put(answer, header, IFLA_OPERSTATE, &state, sizeof(state));
    put(answer, header, IFLA_MTU, &interface->mtu, sizeof(interface->mtu));
    if (interface->index == 1) {
        put(answer, header, IFLA_ADDRESS, no_address, sizeof(no_address));
        put(answer, header, IFLA_BROADCAST, no_address, sizeof(no_address));
    }
    put(answer, header, IFLA_QDISC, queueing, sizeof(queueing));
}

static void put_address(struct answer *answer, const struct nlmsghdr *request, const struct interface *interface,
                        const struct inet_address *address, uint8_t prefix)
{
    static const struct ifa_cacheinfo for_ever = {.ifa_prefered = UINT32_MAX, .ifa_valid = UINT32_MAX};
    const bool is4 = address->family == INET_V4;
    const size_t size = is4 ? 4 : 16;
    void *fixed;
    if (prefix == 0)
        return;
    struct nlmsghdr *header = begin(answer, request, RTM_NEWADDR, sizeof(struct ifaddrmsg), &fixed);
    if (header == NULL)
        return;
    *(struct ifaddrmsg *)fixed =
        (struct ifaddrmsg){.ifa_family = is4 ? AF_INET : AF_INET6,
                           .ifa_prefixlen = prefix,
                           .ifa_flags = IFA_F_PERMANENT,
                           .ifa_scope = interface->index == 1 ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
                           .ifa_index = (uint32_t)interface->index};
    put(answer, header, IFA_ADDRESS, address->bytes, size);
    put(answer, header, IFA_CACHEINFO, &for_ever, sizeof(for_ever));
    if (is4) {
        put(answer, header, IFA_LOCAL, address->bytes, size);
        put(answer, header, IFA_LABEL, interface->name, strlen(interface->name) + 1);
    }
}

static void put_error(struct answer *answer, const struct nlmsghdr *request, int error)
{
    void *fixed;
    struct nlmsghdr plain = *request;
    plain.nlmsg_flags = 0;
    if (begin(answer, &plain, NLMSG_ERROR, sizeof(struct nlmsgerr), &fixed) != NULL)
        *(struct nlmsgerr *)fixed = (struct nlmsgerr){.error = error, .msg = *request};
}

/***** Questions *****/

/* What a question about one interface names. */
static bool is_meant(const struct nlmsghdr *request, const struct interface *interface)
{
    const struct ifinfomsg *wanted = (const void *)(request + 1);
    const size_t head = sizeof(*request) + sizeof(*wanted);
    if (request->nlmsg_len < head)
        return false;
    if (wanted->ifi_index != 0)
        return wanted->ifi_index == interface->index;
    const char *at = (const char *)request + head;
    for (size_t left = request->nlmsg_len - head; left >= sizeof(struct rtattr);) {
        const struct rtattr *attribute = (const void *)at;
        if (attribute->rta_len < sizeof(*attribute) || attribute->rta_len > left)
            break;
        const size_t size = attribute->rta_len - sizeof(*attribute), len = strlen(interface->name);
        if (attribute->rta_type == IFLA_IFNAME && strnlen((const char *)(attribute + 1), size) == len &&
            memcmp(attribute + 1, interface->name, len) == 0)
            return true;
        const size_t step = RTA_ALIGN(attribute->rta_len);
        if (step >= left)
            break;
        at += step;
        left -= step;
    }
    return false;
}

static int answer_one(struct answer *answer, const struct nlmsghdr *request)
{
    struct interface all[INTERFACES];
    if (request->nlmsg_type != RTM_GETLINK)
        return (request->nlmsg_type & 3) == 2 ? -EOPNOTSUPP : -EPERM; /* all that do not only ask */
    const size_t count = interfaces_get(all);
    for (size_t i = 0; i < count; i++) {
        if (is_meant(request, &all[i])) {
            put_link(answer, request, &all[i]);
            return 0;
        }
    }
    return -ENODEV;
}

/* Of what there is none, there is an empty list. */
static void answer_all(struct answer *answer, const struct nlmsghdr *request)
{
    struct interface all[INTERFACES];
    const size_t count = interfaces_get(all);
    const uint8_t family = request->nlmsg_len > sizeof(*request) ? *(const uint8_t *)(request + 1) : AF_UNSPEC;
    for (size_t i = 0; i < count; i++) {
        if (request->nlmsg_type == RTM_GETLINK)
            put_link(answer, request, &all[i]);
        if (request->nlmsg_type == RTM_GETADDR && family != AF_INET6)
            put_address(answer, request, &all[i], &all[i].ip4, all[i].prefix4);
        if (request->nlmsg_type == RTM_GETADDR && family != AF_INET)
            put_address(answer, request, &all[i], &all[i].ip6, all[i].prefix6);
    }
}

static int queue(struct netlink_socket *socket, struct answer *answer)
{
    lock_acquire(&socket->base.lock);
    const bool room = socket->count < QUEUE_MAX;
    if (room) {
        list_add_back(&socket->answers, &answer->node);
        socket->count++;
    }
    lock_release(&socket->base.lock);
    return room ? 0 : -ENOBUFS;
}

/* Answer by one datagram, if there is something to say. */
static int answer_by(struct netlink_socket *socket, const struct nlmsghdr *request,
                     void (*fill)(struct answer *answer, const struct nlmsghdr *request))
{
    struct answer *answer = heap_alloc(sizeof(*answer));
    if (answer == NULL)
        return -ENOBUFS;
    answer->size = 0;
    fill(answer, request);
    const bool is_empty = answer->size == 0;
    const int result = is_empty ? 0 : queue(socket, answer);
    if (is_empty || result < 0)
        heap_free(answer);
    return result;
}

static void fill_one(struct answer *answer, const struct nlmsghdr *request)
{
    const int error = answer_one(answer, request);
    if (error < 0 || request->nlmsg_flags & NLM_F_ACK)
        put_error(answer, request, error);
}

static void fill_end(struct answer *answer, const struct nlmsghdr *request)
{
    void *fixed;
    if (begin(answer, request, NLMSG_DONE, sizeof(int32_t), &fixed) != NULL)
        *(int32_t *)fixed = 0;
}

static void fill_without(struct answer *answer, const struct nlmsghdr *request)
{
    put_error(answer, request, -ENOENT);
}

static int answer_request(struct netlink_socket *socket, const struct nlmsghdr *request)
{
    const bool lists = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP && (request->nlmsg_type & 3) == 2;
    if (request->nlmsg_type < NLMSG_MIN_TYPE || !(request->nlmsg_flags & NLM_F_REQUEST))
        return 0;
    if (socket->base.protocol == NETLINK_SOCK_DIAG)
        return answer_by(socket, request, fill_without);
    if (!lists)
        return answer_by(socket, request, fill_one);
    /* A list, and a datagram which says that it is complete. */
    const int result = answer_by(socket, request, answer_all);
    return result < 0 ? result : answer_by(socket, request, fill_end);
}

/***** The socket *****/

/* A port, by which Linux knows a socket: the process's id for the first one that does not choose. */
static void give_port(struct netlink_socket *socket, uint32_t wanted)
{
    static uint32_t given;
    lock_acquire(&socket->base.lock);
    if (socket->port == 0 && wanted == 0) {
        const uint32_t number = __atomic_fetch_add(&given, 1, __ATOMIC_RELAXED);
        wanted = number == 0 ? (uint32_t)g_process.pid : UINT32_MAX - 4096 - number;
    }
    if (socket->port == 0)
        socket->port = wanted;
    lock_release(&socket->base.lock);
}

static int read_name(const struct __kernel_sockaddr_storage *name, uint32_t size, struct sockaddr_nl *out)
{
    if (size < sizeof(*out) || name->ss_family != AF_NETLINK)
        return -EINVAL;
    memcpy(out, name, sizeof(*out));
    return 0;
}

static int netlink_bind(struct socket *base, const struct __kernel_sockaddr_storage *name, uint32_t size)
{
    struct netlink_socket *socket = netlink_of(base);
    struct sockaddr_nl address;
    const int result = read_name(name, size, &address);
    if (result < 0)
        return result;
    if (socket->port != 0 && address.nl_pid != socket->port)
        return -EINVAL;
    give_port(socket, address.nl_pid);
    socket->groups = address.nl_groups;
    return 0;
}

/* The kernel is all there is to talk to. */
static int netlink_connect(struct socket *base, const struct __kernel_sockaddr_storage *name, uint32_t size,
                           bool nonblock)
{
    struct sockaddr_nl address;
    (void)nonblock;
    if (size >= sizeof(name->ss_family) && name->ss_family == AF_UNSPEC)
        return 0;
    const int result = read_name(name, size, &address);
    if (result == 0 && address.nl_pid != 0)
        return -EPERM;
    give_port(netlink_of(base), 0);
    return result;
}

static int netlink_name(struct socket *base, bool of_peer, struct __kernel_sockaddr_storage *out)
{
    struct netlink_socket *socket = netlink_of(base);
    const struct sockaddr_nl address = {
        .nl_family = AF_NETLINK, .nl_pid = of_peer ? 0 : socket->port, .nl_groups = of_peer ? 0 : socket->groups};
    memcpy(out, &address, sizeof(address));
    return sizeof(address);
}

static int answer_requests(struct netlink_socket *socket, char *data, size_t size)
{
    int result = 0;
    while (size >= sizeof(struct nlmsghdr) && result == 0) {
        struct nlmsghdr *request = (void *)data;
        if (request->nlmsg_len < sizeof(*request) || request->nlmsg_len > size)
            break;
        request->nlmsg_pid = socket->port;
        result = answer_request(socket, request);
        const size_t step = NLMSG_ALIGN(request->nlmsg_len);
        if (step >= size)
            break;
        data += step;
        size -= step;
    }
    return result;
}

static int64_t netlink_send(struct socket *base, struct message *message, int flags)
{
    struct netlink_socket *socket = netlink_of(base);
    const size_t size = message->data.left;
    struct sockaddr_nl address = {0};
    int result = message->name_size != 0 ? read_name(&message->name, message->name_size, &address) : 0;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    if (result < 0 || address.nl_pid != 0)
        return result < 0 ? result : -ECONNREFUSED;
    if (size > REQUEST_MAX)
        return -EMSGSIZE;
    give_port(socket, 0);
    char *data = heap_alloc(size + 1);
    if (data == NULL)
        return -ENOBUFS;
    result = vector_read(&message->data, data, size);
    if (result == 0)
        result = answer_requests(socket, data, size);
    heap_free(data);
    wait_queue_wake(&socket->readers);
    return result < 0 ? result : (int64_t)size;
}

/* The first answer, taken out unless it is only looked at; lock held. */
static int64_t hand_over(struct netlink_socket *socket, struct message *message, int flags, struct answer **out_done)
{
    struct answer *answer = list_entry(socket->answers.head.next, struct answer, node);
    const size_t size = answer->size < message->data.left ? answer->size : message->data.left;
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    const int error = vector_write(&message->data, answer->data, size);
    memcpy(&message->name, &kernel, sizeof(kernel));
    message->name_size = sizeof(kernel);
    if (size < answer->size)
        message->flags |= MSG_TRUNC;
    if ((flags & MSG_PEEK) == 0) {
        list_remove(&answer->node);
        socket->count--;
        *out_done = answer;
    }
    return error < 0 ? error : (flags & MSG_TRUNC) != 0 ? (int64_t)answer->size : (int64_t)size;
}

static int64_t netlink_receive(struct socket *base, struct message *message, int flags)
{
    struct netlink_socket *socket = netlink_of(base);
    const bool nonblock = (flags & MSG_DONTWAIT) != 0;
    const int64_t deadline_ns = nonblock ? INT64_MAX : socket_deadline(base->receive_timeout_ns);
    struct answer *done = NULL;
    int64_t result = 0;
    if ((flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    message->flags = 0;
    lock_acquire(&base->lock);
    while (result == 0 && list_is_empty(&socket->answers))
        result = nonblock ? -EAGAIN : socket_sleep(&base->lock, &socket->readers, deadline_ns);
    if (result == 0)
        result = hand_over(socket, message, flags, &done);
    lock_release(&base->lock);
    heap_free(done);
    return result;
}

static uint32_t netlink_poll(struct socket *base, struct poll_table *table)
{
    struct netlink_socket *socket = netlink_of(base);
    poll_on_queue(table, &socket->readers);
    lock_acquire(&base->lock);
    const uint32_t ready = list_is_empty(&socket->answers) ? POLL_WRITABLE : POLL_WRITABLE | POLL_READABLE;
    lock_release(&base->lock);
    return ready;
}

static int netlink_shutdown(struct socket *base, int how)
{
    (void)base, (void)how;
    return -EOPNOTSUPP;
}

static int netlink_get_option(struct socket *base, int level, int option, void *value, uint32_t *size)
{
    (void)base, (void)level, (void)option, (void)value, (void)size;
    return -ENOPROTOOPT;
}

/* Options of netlink's own are about more than there is. */
static int netlink_set_option(struct socket *base, int level, int option, const void *value, uint32_t size)
{
    (void)base, (void)option, (void)value, (void)size;
    return level == SOL_NETLINK_LEVEL ? 0 : -ENOPROTOOPT;
}

static void netlink_close(struct socket *base)
{
    struct netlink_socket *socket = netlink_of(base);
    list_for_each(node, &socket->answers)
        heap_free(list_entry(node, struct answer, node));
    heap_free(socket);
}

static const struct socket_ops netlink_ops = {
    .bind = netlink_bind,
    .connect = netlink_connect,
    .name = netlink_name,
    .send = netlink_send,
    .receive = netlink_receive,
    .shutdown = netlink_shutdown,
    .poll = netlink_poll,
    .get_option = netlink_get_option,
    .set_option = netlink_set_option,
    .close = netlink_close,
};

int netlink_socket_new(int type, int protocol, struct socket **out)
{
    if (type != SOCK_RAW && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != NETLINK_ROUTE && protocol != NETLINK_SOCK_DIAG)
        return -EPROTONOSUPPORT;
    struct netlink_socket *socket = heap_zalloc(sizeof(*socket));
    if (socket == NULL)
        return -ENOMEM;
    socket_init(&socket->base, &netlink_ops, AF_NETLINK, type, protocol);
    list_init(&socket->answers);
    wait_queue_init(&socket->readers);
    *out = &socket->base;
    return 0;
}

int net_check_netlink(const struct file *file)
{
    const struct socket *socket = socket_of_file(file);
    if (socket == NULL)
        return -ENOTSOCK;
    return socket->ops == &netlink_ops ? 0 : -EINVAL;
}

void net_deliver(struct file *file, const void *data, size_t size)
{
    struct netlink_socket *socket = netlink_of(socket_of_file(file));
    struct answer *answer = size <= ANSWER_MAX ? heap_alloc(sizeof(*answer)) : NULL;
    if (answer == NULL)
        return;
    answer->size = size;
    memcpy(answer->data, data, size);
    if (queue(socket, answer) < 0)
        heap_free(answer);
    wait_queue_wake(&socket->readers);
}
