// SPDX-License-Identifier: MIT
// TCP of version 6, readiness of sockets, and calls that signals interrupt.
#include "net_tcp.h"

static void version6(void)
{
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};
    struct sockaddr_in name4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage from;
    socklen_t size = sizeof(name);
    int listener = socket(AF_INET6, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    show("bind", bind(listener, (struct sockaddr *)&name, sizeof(name)));
    getsockname(listener, (struct sockaddr *)&name, &size);
    show("listen", listen(listener, 1));
    show_name("name", listener, getsockname);
    name4.sin_port = name.sin6_port;
    show("connect by IPv4", connect(fd, (struct sockaddr *)&name4, sizeof(name4)));
    size = sizeof(from);
    int server = accept(listener, (struct sockaddr *)&from, &size);
    printf("size %u family %d\n", size, from.ss_family);
    show_name("server", server, getsockname);
    show_name("its peer", server, getpeername);
    close(server);
    close(fd);
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    name.sin6_addr = in6addr_loopback;
    show("connect by IPv6", connect(fd, (struct sockaddr *)&name, sizeof(name)));
    server = accept(listener, NULL, NULL);
    show_name("client", fd, getsockname);
    show_name("its peer", fd, getpeername);
    close(server);
    close(fd);
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    show("connect to a short name", connect(fd, (struct sockaddr *)&name, 20));
    show("connect to IPv4", connect(fd, (struct sockaddr *)&name4, sizeof(name4)));
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &name.sin6_addr);
    show("connect to mapped", connect(fd, (struct sockaddr *)&name, sizeof(name)));
    show_name("its peer", fd, getpeername);
    close(accept(listener, NULL, NULL));
    close(fd);
    close(listener);

    // Both on one port. Somebody else may have the one that the first gets, by the other protocol.
    int bound = -1, bound4 = -1;
    for (int tries = 0; tries < 50 && bound4 < 0; tries++) {
        listener = socket(AF_INET6, SOCK_STREAM, 0);
        fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
        name = (struct sockaddr_in6){.sin6_family = AF_INET6};
        bound = bind(listener, (struct sockaddr *)&name, sizeof(name));
        size = sizeof(name);
        getsockname(listener, (struct sockaddr *)&name, &size);
        name4.sin_port = name.sin6_port;
        name4.sin_addr.s_addr = 0;
        bound4 = bind(fd, (struct sockaddr *)&name4, sizeof(name4));
        close(listener);
        close(fd);
    }
    show("bind IPv6 only", bound);
    show("bind IPv4", bound4);
}

static volatile int g_heard;

static void *connect_later(void *arg)
{
    (void)arg;
    wait_ms(30);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&g_name, sizeof(g_name));
    wait_ms(30);
    write(fd, "late", 4);
    while (!g_heard)
        wait_ms(1);
    close(fd);
    return NULL;
}

static void events(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = g_listener}, found[4];
    pthread_t thread;
    int set = epoll_create1(0);
    show("add", epoll_ctl(set, EPOLL_CTL_ADD, g_listener, &event));
    show("wait", epoll_wait(set, found, 4, 0));
    pthread_create(&thread, NULL, connect_later, NULL);
    show("wait", epoll_wait(set, found, 4, 60000));
    int server = accept(g_listener, NULL, NULL);
    event = (struct epoll_event){.events = EPOLLIN | EPOLLRDHUP, .data.fd = server};
    epoll_ctl(set, EPOLL_CTL_ADD, server, &event);
    show("wait", epoll_wait(set, found, 4, 60000));
    printf("  %#x, server %d\n", found[0].events, found[0].data.fd == server);
    show("read", read(server, g_buffer, 100));
    g_heard = 1;
    show("wait", epoll_wait(set, found, 4, 60000));
    printf("  %#x\n", found[0].events);
    pthread_join(thread, NULL);
    close(server);
    // One that is added before it connects.
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    event = (struct epoll_event){.events = EPOLLOUT | EPOLLIN | EPOLLET, .data.fd = fd};
    show("add", epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
    show("wait", epoll_wait(set, found, 4, 0));
    printf("  %#x\n", found[0].events);
    show("connect", connect(fd, (struct sockaddr *)&g_name, sizeof(g_name)));
    show("wait", epoll_wait(set, &event, 1, 60000) >= 1);
    server = accept(g_listener, NULL, NULL);
    write(server, "x", 1);
    int waited;
    do
        waited = epoll_wait(set, &event, 1, 60000);
    while (waited == 1 && !(event.events & EPOLLIN));
    printf("input %d\n", waited);
    close(server);
    close(fd);
    close(set);
}

static void on_alarm(int signal)
{
    (void)signal;
}

static void interrupted(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval timer = {{0, 30000}, {0, 30000}}; // again and again, so that none comes too early
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    show("accept", accept(g_listener, NULL, NULL));
    setitimer(ITIMER_REAL, &(struct itimerval){{0}}, NULL);
    g_client = socket(AF_INET, SOCK_STREAM, 0);
    connect(g_client, (struct sockaddr *)&g_name, sizeof(g_name));
    g_server = accept(g_listener, NULL, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    show("recv", recv(g_server, g_buffer, 10, 0));
    setitimer(ITIMER_REAL, &(struct itimerval){{0}}, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, send_later, NULL);
    timer = (struct itimerval){{0, 0}, {0, 10000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    show("recv, again", recv(g_server, g_buffer, 10, 0));
    pthread_join(thread, NULL);
    close(g_client);
    close(g_server);
}

static void listen_somewhere(void)
{
    socklen_t size = sizeof(g_name);
    g_name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    g_listener = socket(AF_INET, SOCK_STREAM, 0);
    show("bind", bind(g_listener, (struct sockaddr *)&g_name, size));
    show("listen", listen(g_listener, 10));
    show("name", getsockname(g_listener, (struct sockaddr *)&g_name, &size));
}

static void connect_pair(int pair[2])
{
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    show("connect", connect(pair[0], (struct sockaddr *)&g_name, sizeof(g_name)));
    pair[1] = accept(g_listener, NULL, NULL);
}

// Whose peer is known, when one side is finished, both are, or the connection has been reset.
static void ends(void)
{
    const struct linger at_once = {.l_onoff = 1};
    struct pollfd entry = {.events = POLLRDHUP};
    char c;
    int pair[2];
    connect_pair(pair);
    show("shut down", shutdown(pair[0], SHUT_RDWR));
    show("its peer", read(pair[1], &c, 1));
    show_name("shut down", pair[0], getpeername);
    show_name("finished", pair[1], getpeername);
    close(pair[0]);
    close(pair[1]);
    connect_pair(pair);
    setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    show("write", write(pair[0], "x", 1));
    close(pair[0]);
    entry.fd = pair[1];
    show("poll", poll(&entry, 1, 60000));
    show_name("reset", pair[1], getpeername);
    show("shut down", shutdown(pair[1], SHUT_RDWR));
    close(pair[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    listen_somewhere();
    version6();
    events();
    interrupted();
    ends();
    return 0;
}
