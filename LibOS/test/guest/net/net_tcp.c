// SPDX-License-Identifier: MIT
// TCP on the loopback interface: making sockets, names, connections of both kinds, data, options. Server and client are of one
// process.
#include "net_tcp.h"

static void making(void)
{
    struct stat stat;
    int fd;
    show("family 99", socket(99, SOCK_STREAM, 0));
    show("family 45", socket(45, SOCK_STREAM, 0));
    show("type 20", socket(AF_INET, 20, 0));
    show("type 5", socket(AF_INET, SOCK_SEQPACKET, 0));
    show("TCP of UDP", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    show("UDP of TCP", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    show("protocol 999", socket(AF_INET, SOCK_STREAM, 999));
    show("flags", socket(AF_INET, SOCK_STREAM | 0x100000, 0));
    show("socketpair", socketpair(AF_INET, SOCK_STREAM, 0, &fd));
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    printf("flags %#x %#x\n", fcntl(fd, F_GETFD), fcntl(fd, F_GETFL));
    fstat(fd, &stat);
    printf("mode %o\n", stat.st_mode);
    show_name("sockname", fd, getsockname);
    show_name("peername", fd, getpeername);
    show_poll("new", fd);
    show("recv", recv(fd, g_buffer, 10, 0));
    show("send", send(fd, g_buffer, 10, MSG_NOSIGNAL));
    show("accept", accept(fd, NULL, NULL));
    show("shutdown", shutdown(fd, SHUT_WR));
    show("shutdown 9", shutdown(fd, 9));
    show("lseek", lseek(fd, 0, SEEK_SET));
    show("pread", pread(fd, g_buffer, 1, 0));
    close(fd);
    show("connect to a file", connect(0, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("bind of none", bind(99, (struct sockaddr *)&g_name, sizeof(g_name)));
}

static void binding(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 name6 = {.sin6_family = AF_INET6};
    socklen_t size = sizeof(g_name);
    g_listener = socket(AF_INET, SOCK_STREAM, 0);
    show("bind short", bind(g_listener, (struct sockaddr *)&name, 8));
    show("bind IPv6", bind(g_listener, (struct sockaddr *)&name6, sizeof(name6)));
    show("bind NULL", bind(g_listener, NULL, sizeof(name)));
    name.sin_addr.s_addr = htonl(0xc0000201);
    show("bind of another host", bind(g_listener, (struct sockaddr *)&name, sizeof(name)));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    show("bind", bind(g_listener, (struct sockaddr *)&name, sizeof(name)));
    show("bind again", bind(g_listener, (struct sockaddr *)&name, sizeof(name)));
    getsockname(g_listener, (struct sockaddr *)&g_name, &size);
    show_name("name", g_listener, getsockname);
    show("accept, not listening", accept(g_listener, NULL, NULL));

    int other = socket(AF_INET, SOCK_STREAM, 0);
    show("the same port", bind(other, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("connect, nobody listens", connect(other, (struct sockaddr *)&g_name, sizeof(g_name)));
    printf("SO_ERROR %d\n", get_option(other, SOL_SOCKET, SO_ERROR));
    close(other);
    printf("accepts %d\n", get_option(g_listener, SOL_SOCKET, SO_ACCEPTCONN));
    show("listen", listen(g_listener, 5));
    show("listen again", listen(g_listener, 10));
    printf("accepts %d\n", get_option(g_listener, SOL_SOCKET, SO_ACCEPTCONN));
    show_poll("listening", g_listener);
    show_name("name", g_listener, getsockname);
    show_name("peer", g_listener, getpeername);
    show("connect a listener", connect(g_listener, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("recv", recv(g_listener, g_buffer, 10, 0));
    show("accept4 flags", syscall(SYS_accept4, g_listener, NULL, NULL, 1)); // musl tries again without
    fcntl(g_listener, F_SETFL, O_NONBLOCK);
    show("accept none", accept(g_listener, NULL, NULL));
    fcntl(g_listener, F_SETFL, 0);
    struct timeval time = {0, 50000};
    setsockopt(g_listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    long start = now_ms();
    show("accept for 50 ms", accept(g_listener, NULL, NULL));
    printf("  %s\n", about(start, 50));
    time.tv_usec = 0;
    setsockopt(g_listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

static void connecting(void)
{
    struct sockaddr_in name = g_name, from;
    socklen_t size = sizeof(from);
    g_client = socket(AF_INET, SOCK_STREAM, 0);
    show("connect short", connect(g_client, (struct sockaddr *)&name, 7));
    name.sin_family = AF_INET6;
    show("connect family", connect(g_client, (struct sockaddr *)&name, sizeof(name)));
    show("connect NULL", connect(g_client, NULL, sizeof(name)));
    show("connect", connect(g_client, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("connect again", connect(g_client, (struct sockaddr *)&g_name, sizeof(g_name)));
    show_poll("listener", g_listener);
    g_server = accept(g_listener, (struct sockaddr *)&from, &size);
    printf("accepted %d, size %u, family %d, %s\n", g_server >= 0, size, from.sin_family, inet_ntoa(from.sin_addr));
    show_name("client", g_client, getsockname);
    show_name("client's peer", g_client, getpeername);
    show_name("server", g_server, getsockname);
    show_name("server's peer", g_server, getpeername);
    show("listen connected", listen(g_client, 1));
    show("bind connected", bind(g_client, (struct sockaddr *)&g_name, sizeof(g_name)));
    show_poll("client", g_client);
    printf("flags %#x %#x\n", fcntl(g_server, F_GETFD), fcntl(g_server, F_GETFL));
}

static void data(void)
{
    struct iovec pieces[3] = {{"one ", 4}, {NULL, 0}, {"two", 3}}, into[2] = {{g_buffer, 2}, {g_buffer + 10, 100}};
    struct msghdr message = {.msg_iov = into, .msg_iovlen = 2};
    struct timeval time = {0, 30000};
    pthread_t thread;
    int value = -1;
    show("none", recv(g_server, g_buffer, 10, MSG_DONTWAIT));
    show("send", send(g_client, "hello", 5, 0));
    await_events(g_server, POLLIN);
    show("FIONREAD", ioctl(g_server, FIONREAD, &value));
    printf("  %d\n", value);
    show_poll("server", g_server);
    show("peek", recv(g_server, g_buffer, 3, MSG_PEEK));
    printf("  %.3s\n", g_buffer);
    show("recv 2", recv(g_server, g_buffer, 2, 0));
    show("read", read(g_server, g_buffer + 2, 10));
    printf("  %.5s\n", g_buffer);
    show("writev", writev(g_client, pieces, 3));
    await_events(g_server, POLLIN);
    show("recvmsg", recvmsg(g_server, &message, 0));
    printf("  %.2s %.5s, flags %#x, name %u\n", g_buffer, g_buffer + 10, (unsigned)message.msg_flags,
           message.msg_namelen);
    show("send wild", send(g_client, (void *)8, 5, 0));
    show("send beyond", send(g_client, (void *)-4096L, 5, 0));
    show("send OOB bad flags", recv(g_server, g_buffer, 1, MSG_OOB));
    send(g_client, "x", 1, 0);
    await_events(g_server, POLLIN);
    show("recv wild", recv(g_server, (void *)8, 5, 0));
    show("recv", recv(g_server, g_buffer, 5, 0));
    show("sendto connected", sendto(g_client, "y", 1, 0, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("recvfrom", recvfrom(g_server, g_buffer, 5, 0, NULL, NULL));
    setsockopt(g_server, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    long start = now_ms();
    show("recv for 30 ms", recv(g_server, g_buffer, 5, 0));
    printf("  %s\n", about(start, 30));
    time.tv_usec = 0;
    setsockopt(g_server, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    pthread_create(&thread, NULL, send_later, NULL);
    show("recv all", recv(g_server, g_buffer, 4, MSG_WAITALL));
    printf("  %.4s\n", g_buffer);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, send_later, NULL);
    show("recv some", recv(g_server, g_buffer, 100, 0));
    pthread_join(thread, NULL);
    show("recv the rest", recv(g_server, g_buffer, 100, 0));
}

static void *drain(void *arg)
{
    long *sum = arg;
    char *into = malloc(100000);
    for (long got; (got = recv(g_server, into, 100000, 0)) > 0;) {
        for (long i = 0; i < got; i++)
            *sum += into[i];
    }
    free(into);
    return NULL;
}

static void much(void)
{
    long sum = 0, expected = 0, sent = 0;
    struct mmsghdr messages[3] = {{{0}}};
    struct iovec pieces[3] = {{"aa", 2}, {"bbb", 3}, {"c", 1}};
    pthread_t thread;
    for (size_t i = 0; i < sizeof(g_buffer); i++)
        expected += g_buffer[i] = (char)(i * 7 % 120);
    pthread_create(&thread, NULL, drain, &sum);
    show("send much", send(g_client, g_buffer, sizeof(g_buffer), 0));
    struct iovec big[5];
    for (int i = 0; i < 5; i++)
        big[i] = (struct iovec){g_buffer + i * 100000, 100000};
    show("writev much", writev(g_client, big, 5));
    for (int i = 0; i < 500000; i++)
        expected += g_buffer[i];
    for (int i = 0; i < 3; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    show("sendmmsg", sendmmsg(g_client, messages, 3, 0));
    printf("  %u %u %u\n", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
    expected += 2 * 'a' + 3 * 'b' + 'c';
    show("shutdown", shutdown(g_client, SHUT_WR));
    pthread_join(thread, NULL);
    printf("sum %s\n", sum == expected ? "right" : "wrong");

    fcntl(g_server, F_SETFL, O_NONBLOCK);
    while ((sum = send(g_server, g_buffer, sizeof(g_buffer), 0)) > 0)
        sent += sum;
    show("send until full", sum);
    printf("  sent %s\n", sent > 100000 ? "much" : "little");
    show_poll("full", g_server);
    while (sent > 0 && (sum = recv(g_client, g_buffer, sizeof(g_buffer), 0)) > 0)
        sent -= sum;
    await_events(g_server, POLLOUT);
    show_poll("empty", g_server);
    fcntl(g_server, F_SETFL, 0);
}

static void ending(void)
{
    show("after shutdown", send(g_client, "x", 1, MSG_NOSIGNAL));
    show("at the end", recv(g_server, g_buffer, 1, 0));
    show_poll("server", g_server);
    show("server writes", send(g_server, "still", 5, 0));
    show("client reads", recv(g_client, g_buffer, 10, 0));
    close(g_server);
    await_events(g_client, POLLIN);
    show("client reads", recv(g_client, g_buffer, 10, 0));
    show_poll("client", g_client);
    close(g_client);

    g_client = socket(AF_INET, SOCK_STREAM, 0);
    connect(g_client, (struct sockaddr *)&g_name, sizeof(g_name));
    g_server = accept(g_listener, NULL, NULL);
    close(g_server);
    await_events(g_client, POLLIN);
    show("write once", write(g_client, "x", 1));
    await_events(g_client, 0);
    show("write twice", write(g_client, "x", 1)); // SIGPIPE is ignored
    close(g_client);

    g_client = socket(AF_INET, SOCK_STREAM, 0);
    connect(g_client, (struct sockaddr *)&g_name, sizeof(g_name));
    g_server = accept(g_listener, NULL, NULL);
    struct linger linger = {1, 0};
    show("SO_LINGER", setsockopt(g_server, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
    close(g_server);
    await_events(g_client, 0);
    show_poll("reset", g_client);
    show("read", read(g_client, g_buffer, 1));
    show("read", read(g_client, g_buffer, 1));
    close(g_client);
}

static void nonblocking(void)
{
    struct sockaddr_in name = g_name, nobody = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct pollfd item;
    socklen_t size = sizeof(nobody);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    show("connect", connect(fd, (struct sockaddr *)&name, sizeof(name)));
    item = (struct pollfd){fd, POLLOUT, 0};
    show("poll", poll(&item, 1, 60000));
    printf("  %#x, error %d\n", (unsigned)item.revents, get_option(fd, SOL_SOCKET, SO_ERROR));
    show("connect", connect(fd, (struct sockaddr *)&name, sizeof(name)));
    show("connect", connect(fd, (struct sockaddr *)&name, sizeof(name)));
    show("recv", recv(fd, g_buffer, 10, 0));
    close(accept4(g_listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    close(fd);

    int bound = socket(AF_INET, SOCK_STREAM, 0);
    bind(bound, (struct sockaddr *)&nobody, sizeof(nobody));
    getsockname(bound, (struct sockaddr *)&nobody, &size);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    show("connect to nobody", connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)));
    item = (struct pollfd){fd, POLLOUT, 0};
    show("poll", poll(&item, 1, 60000));
    printf("  %#x\n", (unsigned)item.revents);
    printf("error %d\n", get_option(fd, SOL_SOCKET, SO_ERROR));
    printf("error %d\n", get_option(fd, SOL_SOCKET, SO_ERROR));
    show("send", send(fd, "x", 1, MSG_NOSIGNAL));
    show("then to the listener", connect(fd, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("once more", connect(fd, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("poll", poll(&item, 1, 60000));
    printf("error %d\n", get_option(fd, SOL_SOCKET, SO_ERROR));
    close(accept(g_listener, NULL, NULL));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    show("connect to nobody, blocking", connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)));
    close(fd);
    nobody.sin_port = 0;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    show("connect to port 0", connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)));
    nobody.sin_addr.s_addr = 0;
    nobody.sin_port = g_name.sin_port;
    show("connect to any address", connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)));
    show_name("its peer", fd, getpeername);
    close(accept(g_listener, NULL, NULL));
    close(fd);

    // With an address of its own.
    name.sin_port = 0;
    show("bind", bind(bound, (struct sockaddr *)&name, sizeof(name)));
    show("connect", connect(bound, (struct sockaddr *)&g_name, sizeof(g_name)));
    g_server = accept(g_listener, (struct sockaddr *)&name, &size);
    struct sockaddr_in own;
    size = sizeof(own);
    getsockname(bound, (struct sockaddr *)&own, &size);
    printf("the address that it has: %d\n", own.sin_port == name.sin_port);
    show("send", send(bound, "bound", 5, 0));
    show("recv", recv(g_server, g_buffer, 10, 0));
    close(g_server);
    close(bound);
}

static void options(void)
{
    static const struct {
        const char *name;
        int level, option, value;
    } table[] = {
        {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1},
        {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 7},
        {"SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 1},
        {"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1},
        {"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1},
        {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 40000},
        {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 30000},
        {"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 1},
        {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 3},
        {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1},
        {"TCP_CORK", IPPROTO_TCP, TCP_CORK, 1},
        {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 100},
        {"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, 10},
        {"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, 4},
        {"TCP_KEEPIDLE 0", IPPROTO_TCP, TCP_KEEPIDLE, 0},
        {"TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT, 3},
        {"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 3000},
        {"IP_TOS", IPPROTO_IP, IP_TOS, 16},
        {"IP_TTL", IPPROTO_IP, IP_TTL, 60},
        {"IP_TTL 0", IPPROTO_IP, IP_TTL, 0},
        {"IP_TTL 300", IPPROTO_IP, IP_TTL, 300},
        {"IPv6", IPPROTO_IPV6, IPV6_V6ONLY, 1},
        {"TCP 999", IPPROTO_TCP, 999, 1},
        {"SOL_SOCKET 999", SOL_SOCKET, 999, 1},
        {"level 77", 77, 1, 1},
        {"SO_TYPE", SOL_SOCKET, SO_TYPE, 1},
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0), fd6 = socket(AF_INET6, SOCK_STREAM, 0);
    printf("type %d domain %d protocol %d error %d\n", get_option(fd, SOL_SOCKET, SO_TYPE),
           get_option(fd, SOL_SOCKET, SO_DOMAIN), get_option(fd, SOL_SOCKET, SO_PROTOCOL),
           get_option(fd, SOL_SOCKET, SO_ERROR));
    char device[16];
    socklen_t room = sizeof(device);
    const int asked = getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &room);
    printf("SO_BINDTODEVICE: %d, %u bytes\n", asked, (unsigned)room);
    struct ucred peer = {1, 2, 3};
    room = sizeof(peer);
    show("SO_PEERCRED", getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &room));
    printf("%u bytes: %d %d %d\n", (unsigned)room, peer.pid, (int)peer.uid, (int)peer.gid);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        printf("%s: %d, ", table[i].name, get_option(fd, table[i].level, table[i].option));
        int value = table[i].value;
        const int result = setsockopt(fd, table[i].level, table[i].option, &value, sizeof(value));
        printf("%s, then %d\n", result < 0 ? strerror(errno) : "set", get_option(fd, table[i].level, table[i].option));
    }
    int value = 1;
    show("short", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 2));
    show("wild", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)8, 4));
    show("off", setsockopt(fd, IPPROTO_TCP, TCP_CORK, &(int){0}, 4));
    // They hold for the connection.
    show("connect", connect(fd, (struct sockaddr *)&g_name, sizeof(g_name)));
    printf("TCP_NODELAY %d, SO_KEEPALIVE %d, SO_RCVBUF %d\n", get_option(fd, IPPROTO_TCP, TCP_NODELAY),
           get_option(fd, SOL_SOCKET, SO_KEEPALIVE), get_option(fd, SOL_SOCKET, SO_RCVBUF));
    show("TCP_NODELAY off", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){0}, 4));
    printf("TCP_NODELAY %d\n", get_option(fd, IPPROTO_TCP, TCP_NODELAY));
    struct linger linger = {1, 20};
    socklen_t size = sizeof(linger);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    show("SO_LINGER", getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
    printf("  %d %d\n", linger.l_onoff, linger.l_linger);
    struct tcp_info info;
    size = sizeof(info);
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    printf("state %d\n", info.tcpi_state);
    char name[16];
    size = sizeof(name);
    show("TCP_CONGESTION", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size));
    close(accept(g_listener, NULL, NULL));
    close(fd);
    printf("IPV6_V6ONLY %d", get_option(fd6, IPPROTO_IPV6, IPV6_V6ONLY));
    setsockopt(fd6, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value));
    printf(" %d\n", get_option(fd6, IPPROTO_IPV6, IPV6_V6ONLY));
    close(fd6);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    making();
    binding();
    connecting();
    data();
    much();
    ending();
    nonblocking();
    options();
    return 0;
}
