/* SPDX-License-Identifier: MIT */
/* talk's sockets: how they are made, named, connected and asked. */
#include "talk.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define NAMES 3

static const struct word types[] = {WORD(SOCK_STREAM), WORD(SOCK_DGRAM), WORD(SOCK_SEQPACKET)};

/***** Addresses *****/

/* A path, or a name that no other run has. */
static socklen_t unix_address(union address *address)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&address->room;
    const unsigned number = (unsigned)pick(NAMES);
    memset(address, 0, sizeof(*address));
    un->sun_family = AF_UNIX;
    if (one_in(2)) {
        say(" s%u", number);
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)sprintf(un->sun_path, "s%u", number));
    }
    say(" @%u", number);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)sprintf(un->sun_path + 1, "talk %d %u", getpid(), number));
}

static bool is_inet(const union address *address)
{
    return address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6;
}

static unsigned port_of(const union address *address)
{
    return ntohs(((const struct sockaddr_in *)&address->room)->sin_port); /* IPv6 has it in the same place */
}

static bool has_inet_socket(void)
{
    for (size_t i = 0; i < SLOTS; i++) {
        union address address;
        socklen_t size = sizeof(address);
        if (g_slots[i] >= 0 && getsockname(g_slots[i], &address.any, &size) == 0 && is_inet(&address))
            return true;
    }
    return false;
}

socklen_t pick_address(union address *address)
{
    socklen_t size = sizeof(*address);
    if (has_inet_socket() && !one_in(10)) {
        const int fd = pick_fd();
        say("'s");
        if (getsockname(fd, &address->any, &size) == 0 && is_inet(address) && port_of(address) != 0)
            return size;
    }
    size = unix_address(address);
    if (one_in(20)) {
        size = (socklen_t)pick(4);
        say("/%u", size);
    }
    if (one_in(40)) {
        address->any.sa_family = AF_UNSPEC;
        say("/unspec");
    }
    return size;
}

void say_address(const union address *address, socklen_t size, socklen_t room)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&address->room;
    say(" %u", is_inet(address) || un->sun_path[0] || size <= 2 ? size : 0);
    if (room < sizeof(*address) || size < sizeof(sa_family_t))
        return;
    if (is_inet(address))
        say(":%s", port_of(address) ? "port" : "none");
    else if (size > sizeof(sa_family_t))
        say(":%u %s", address->any.sa_family, un->sun_path[0] ? un->sun_path : size == 8 ? "@auto" : "@");
}

/***** Making them *****/

static void make_pair(void)
{
    int fds[2] = {-1, -1};
    const long type = pick_word(types);
    if (type == SOCK_DGRAM && g_is_child)
        return; /* between processes these remember a peer that is gone */
    if (say_result(socketpair(one_in(30) ? AF_INET : AF_UNIX,
                              (int)type | SOCK_NONBLOCK | (one_in(4) ? SOCK_CLOEXEC : 0), one_in(30) ? 1 : 0, fds)) ==
        0)
        keep_pair(fds);
}

static void make_socket(void)
{
    const int fd = socket(AF_UNIX, (int)pick_word(types) | SOCK_NONBLOCK, 0);
    say_outcome(fd);
    keep_fd(fd);
}

static void make_odd_socket(void)
{
    static const struct word families[] = {WORD(AF_UNIX), WORD(AF_INET), WORD(AF_INET6), WORD(99)};
    static const struct word odd_types[] = {WORD(0),          WORD(SOCK_RDM),       WORD(SOCK_STREAM),
                                            WORD(SOCK_DGRAM), WORD(SOCK_SEQPACKET), WORD(11)};
    static const struct word protocols[] = {WORD(0), WORD(IPPROTO_TCP), WORD(IPPROTO_UDP), WORD(-1), WORD(300)};
    const int family = (int)pick_word(families), type = (int)pick_word(odd_types), protocol = (int)pick_word(protocols);
    const int fd = socket(family, type | SOCK_NONBLOCK, protocol);
    say_outcome(fd);
    if (fd >= 0)
        close(fd);
}

static void bind_unix(void)
{
    union address address;
    const int fd = pick_fd();
    if (getpeername(fd, &address.any, &(socklen_t){sizeof(address)}) == 0)
        return; /* what it has sent would come from a name that it did not have then */
    if (one_in(8)) {
        address.any.sa_family = AF_UNIX;
        say(" auto");
        say_result(bind(fd, &address.any, sizeof(sa_family_t)));
        return;
    }
    const socklen_t size = unix_address(&address);
    say_result(bind(fd, &address.any, size));
}

static void unlink_name(void)
{
    char name[8];
    sprintf(name, "s%lu", pick(NAMES));
    say(" %s", name);
    say_result(unlink(name));
}

static void listen_one(void)
{
    const int fd = pick_fd();
    say_result(listen(fd, (int)pick(4) - 1));
}

static void connect_one(void)
{
    union address address;
    const int fd = pick_fd();
    union address peer;
    if (getpeername(fd, &peer.any, &(socklen_t){sizeof(peer)}) == 0 && peer.any.sa_family == AF_UNIX)
        return; /* what is wrong with the address, and that there is a peer, come in some order */
    const socklen_t size = pick_address(&address);
    say_result(connect(fd, &address.any, size));
    say_all_states();
}

static void accept_one(void)
{
    union address address = {0};
    socklen_t size = sizeof(address);
    const int fd = pick_fd();
    const bool has_address = one_in(2);
    const int flags = one_in(20) ? 1 : one_in(2) ? SOCK_CLOEXEC | SOCK_NONBLOCK : SOCK_NONBLOCK;
    const int got = accept4(fd, has_address ? &address.any : NULL, has_address ? &size : NULL, flags);
    say_outcome(got);
    if (got >= 0 && has_address)
        say_address(&address, size, sizeof(address));
    keep_fd(got);
    say_all_states();
}

static void shut_down(void)
{
    static const struct word ways[] = {WORD(SHUT_RD), WORD(SHUT_WR), WORD(SHUT_RDWR), WORD(3)};
    union address address;
    socklen_t size = sizeof(address);
    const int fd = pick_fd();
    if (getsockname(fd, &address.any, &size) == 0 && is_inet(&address) && getpeername(fd, &address.any, &size) < 0)
        return; /* that this has an effect all the same is an accident, and not always so */
    say_result(shutdown(fd, (int)pick_word(ways)));
    say_all_states();
}

static void names(void)
{
    const int fd = pick_fd();
    for (int i = 0; i < 2; i++) {
        union address address = {0};
        socklen_t size = one_in(4) ? (socklen_t)pick(20) : sizeof(address);
        const socklen_t room = size;
        if (say_result((i ? getpeername : getsockname)(fd, &address.any, &size)) == 0)
            say_address(&address, size, room);
    }
}

/***** Sockets of the network *****/

static void serve(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_result(bind(fd, (struct sockaddr *)&address, sizeof(address)));
    say_result(listen(fd, 5));
    keep_fd(fd);
}

static void make_tcp(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say_outcome(fd);
    keep_fd(fd);
}

/* Two that are connected. */
static void make_tcp_pair(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    int fds[2];
    say_result(bind(server, (struct sockaddr *)&address, sizeof(address)));
    say_result(listen(server, 1));
    getsockname(server, (struct sockaddr *)&address, &size);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    say_result(connect(fds[0], (struct sockaddr *)&address, size));
    fds[1] = accept4(server, NULL, NULL, SOCK_NONBLOCK);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    close(server);
    keep_pair(fds);
}

static void make_udp(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    say_outcome(fd);
    say_result(bind(fd, (struct sockaddr *)&address, sizeof(address)));
    keep_fd(fd);
}

/***** Options *****/

static const struct option {
    int level, name;
    const char *text;
    bool is_set; /* it may be set to anything */
} options[] = {
#define OPTION(level, name, is_set)                                                                                    \
    {                                                                                                                  \
        level, name, #name, is_set                                                                                     \
    }
    OPTION(SOL_SOCKET, SO_REUSEADDR, true),
    OPTION(SOL_SOCKET, SO_TYPE, true),
    OPTION(SOL_SOCKET, SO_ERROR, true),
    OPTION(SOL_SOCKET, SO_DONTROUTE, true),
    OPTION(SOL_SOCKET, SO_BROADCAST, true),
    OPTION(SOL_SOCKET, SO_KEEPALIVE, true),
    OPTION(SOL_SOCKET, SO_OOBINLINE, false),
    OPTION(SOL_SOCKET, SO_PRIORITY, false),
    OPTION(SOL_SOCKET, SO_LINGER, false),
    OPTION(SOL_SOCKET, SO_RCVLOWAT, false),
    OPTION(SOL_SOCKET, SO_SNDLOWAT, true),
    OPTION(SOL_SOCKET, SO_RCVTIMEO, true),
    OPTION(SOL_SOCKET, SO_SNDTIMEO, true),
    OPTION(SOL_SOCKET, SO_ACCEPTCONN, true),
    OPTION(SOL_SOCKET, SO_PROTOCOL, true),
    OPTION(SOL_SOCKET, SO_DOMAIN, true),
    OPTION(SOL_SOCKET, SO_TIMESTAMP, false),
    OPTION(SOL_SOCKET, 999, true),
    OPTION(IPPROTO_TCP, TCP_NODELAY, true),
    OPTION(IPPROTO_TCP, TCP_CORK, false),
    OPTION(IPPROTO_IP, IP_TTL, true),
    OPTION(IPPROTO_IP, IP_TOS, true),
    OPTION(777, 1, true),
};

static void get_option(void)
{
    unsigned char value[64];
    memset(value, 0x55, sizeof(value));
    const int fd = pick_fd();
    const struct option *option = &options[pick(COUNT(options))];
    socklen_t size = (socklen_t)(one_in(3) ? pick(20) : 64);
    say(" %s %u", option->text, size);
    if (say_result(getsockopt(fd, option->level, option->name, value, &size)) < 0)
        return;
    say(" %u:", size);
    for (socklen_t i = 0; i < size && i < sizeof(value); i++)
        say(" %x", value[i]);
}

static void set_option(void)
{
    static const int values[] = {0, 1, 2, 100, -1};
    const int fd = pick_fd();
    const struct option *option = &options[pick(COUNT(options))];
    const int value[4] = {values[pick(COUNT(values))]};
    const socklen_t size = (socklen_t)(one_in(3) ? pick(20) : sizeof(int) << pick(3));
    say(" %s %d %u", option->text, value[0], size);
    if (option->is_set && (size >= sizeof(int) || option->level == SOL_SOCKET))
        say_result(setsockopt(fd, option->level, option->name, value, size));
}

static void pass_credentials(void)
{
    int family = 0, type = 0;
    const int fd = pick_fd(), on = (int)pick(3);
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &(socklen_t){sizeof(family)});
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t){sizeof(type)});
    say(" %d", on);
    if (family == AF_UNIX && type == SOCK_STREAM) /* those of packets get a name by it, others ignore or refuse it */
        say_result(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
}

static const struct step unix_steps[] = {
    STEP(make_pair),   STEP(make_pair),   STEP(make_socket),     STEP(make_socket),     STEP(bind_unix),
    STEP(bind_unix),   STEP(unlink_name), STEP(listen_one),      STEP(listen_one),      STEP(connect_one),
    STEP(connect_one), STEP(accept_one),  STEP(accept_one),      STEP(shut_down),       STEP(names),
    STEP(get_option),  STEP(set_option),  STEP(make_odd_socket), STEP(pass_credentials)};
const struct steps g_unix_steps = {unix_steps, COUNT(unix_steps)};

static const struct step inet_steps[] = {STEP(serve),      STEP(make_tcp),   STEP(make_tcp_pair), STEP(make_tcp_pair),
                                         STEP(make_udp),   STEP(make_udp),   STEP(connect_one),   STEP(connect_one),
                                         STEP(accept_one), STEP(accept_one), STEP(shut_down),     STEP(names),
                                         STEP(get_option), STEP(set_option), STEP(listen_one)};
const struct steps g_inet_steps = {inet_steps, COUNT(inet_steps)};
