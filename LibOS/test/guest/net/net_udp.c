// SPDX-License-Identifier: MIT
// UDP on the loopback interface: names, datagrams with and without a peer, pieces, truncation, errors, readiness.
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include "show.h"

static char g_buffer[100000];
static int g_a, g_b;
static struct sockaddr_in g_name_a, g_name_b;

static const char *port_of(uint16_t port)
{
    return port == 0 ? "0" : port == g_name_a.sin_port ? "of a" : port == g_name_b.sin_port ? "of b" : "some";
}

static void show_address(const struct sockaddr_storage *name, socklen_t size)
{
    const struct sockaddr_in *v4 = (const void *)name;
    const struct sockaddr_in6 *v6 = (const void *)name;
    char text[64] = "";
    inet_ntop(name->ss_family, name->ss_family == AF_INET ? (const void *)&v4->sin_addr : &v6->sin6_addr, text,
              sizeof(text));
    printf("  family %d, size %u, %s, port %s\n", name->ss_family, size, text, port_of(v4->sin_port));
}

static void show_name(const char *what, int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof(name);
    if (show(what, get(fd, (struct sockaddr *)&name, &size)) >= 0)
        show_address(&name, size);
}

static void show_poll(const char *what, int fd)
{
    struct pollfd item = {fd, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0};
    poll(&item, 1, 0);
    printf("%s: %#x\n", what, (unsigned)item.revents);
}

static int get_option(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    return getsockopt(fd, level, option, &value, &size) < 0 ? -errno : value;
}

static int to(int fd, const void *data, size_t size, const struct sockaddr_in *name)
{
    return sendto(fd, data, size, 0, (const struct sockaddr *)name, sizeof(*name));
}

static void receive_from(const char *what, int fd, size_t size, int flags)
{
    struct sockaddr_storage name = {0};
    socklen_t name_size = sizeof(name);
    memset(g_buffer, 0, 64);
    if (show(what, recvfrom(fd, g_buffer, size, flags, (struct sockaddr *)&name, &name_size)) < 0)
        return;
    printf("  %.20s\n", g_buffer);
    show_address(&name, name_size);
}

static void making(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t size = sizeof(any);
    g_a = socket(AF_INET, SOCK_DGRAM, 0);
    g_b = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    show_name("name", g_a, getsockname);
    show_name("peer", g_a, getpeername);
    show_poll("new", g_a);
    show("send", send(g_a, "x", 1, 0));
    show("none", recv(g_a, g_buffer, 1, MSG_DONTWAIT));
    show("listen", listen(g_a, 1));
    show("accept", accept(g_a, NULL, NULL));
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    show("bind", bind(g_a, (struct sockaddr *)&any, sizeof(any)));
    show("bind", bind(g_b, (struct sockaddr *)&any, sizeof(any)));
    getsockname(g_a, (struct sockaddr *)&g_name_a, &size);
    getsockname(g_b, (struct sockaddr *)&g_name_b, &size);
    show_name("a", g_a, getsockname);
    show_name("b", g_b, getsockname);
    int other = socket(AF_INET, SOCK_DGRAM, 0);
    show("bind again", bind(g_a, (struct sockaddr *)&any, sizeof(any)));
    show("the same", bind(other, (struct sockaddr *)&g_name_a, sizeof(g_name_a)));
    close(other);
    printf("type %d protocol %d send %d receive %d\n", get_option(g_a, SOL_SOCKET, SO_TYPE),
           get_option(g_a, SOL_SOCKET, SO_PROTOCOL), get_option(g_a, SOL_SOCKET, SO_SNDBUF),
           get_option(g_a, SOL_SOCKET, SO_RCVBUF));
    show("SO_RCVBUF", setsockopt(g_a, SOL_SOCKET, SO_RCVBUF, &(int){50000}, sizeof(int)));
    printf("  %d\n", get_option(g_a, SOL_SOCKET, SO_RCVBUF));
}

static void datagrams(void)
{
    struct iovec pieces[3] = {{"one ", 4}, {NULL, 0}, {"two", 3}}, into[2] = {{g_buffer, 2}, {g_buffer + 10, 3}};
    struct sockaddr_in name = g_name_b;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 3, .msg_name = &name, .msg_namelen = sizeof(name)};
    int value = -1;
    show("sendto", to(g_a, "hello", 5, &g_name_b));
    show("sendto", to(g_a, "", 0, &g_name_b));
    show("sendto", to(g_a, "datagram", 8, &g_name_b));
    show("FIONREAD", ioctl(g_b, FIONREAD, &value));
    printf("  %d\n", value);
    show_poll("b", g_b);
    receive_from("peek", g_b, 3, MSG_PEEK);
    receive_from("peek, size", g_b, 3, MSG_PEEK | MSG_TRUNC);
    receive_from("receive", g_b, 100, 0);
    receive_from("receive the empty one", g_b, 100, 0);
    receive_from("receive a part", g_b, 4, 0);
    receive_from("nothing is left", g_b, 4, MSG_DONTWAIT);
    show("sendmsg", sendmsg(g_a, &message, 0));
    memset(&name, 0, sizeof(name));
    message.msg_iov = into;
    message.msg_iovlen = 2;
    show("recvmsg", recvmsg(g_b, &message, 0));
    printf("  %.2s %.3s, flags %#x, name %u port %s\n", g_buffer, g_buffer + 10, (unsigned)message.msg_flags,
           message.msg_namelen, port_of(name.sin_port));
    to(g_a, "1234567", 7, &g_name_b);
    show("recvmsg, size", recvmsg(g_b, &message, MSG_TRUNC));
    printf("  flags %#x\n", (unsigned)message.msg_flags);
    to(g_a, "read", 4, &g_name_b);
    show("read", read(g_b, g_buffer, 10));
    to(g_a, "readv", 5, &g_name_b);
    show("readv", readv(g_b, into, 2));
    show("too large", to(g_a, g_buffer, 65508, &g_name_b));
    show("largest", to(g_a, g_buffer, 60000, &g_name_b));
    show("receive", recv(g_b, g_buffer, sizeof(g_buffer), 0));
    show("wild", to(g_a, (void *)8, 5, &g_name_b));
    show("short name", sendto(g_a, "x", 1, 0, (struct sockaddr *)&g_name_b, 8));
    struct sockaddr_in wrong = g_name_b;
    wrong.sin_port = 0;
    show("port 0", to(g_a, "x", 1, &wrong));
    wrong = g_name_b;
    wrong.sin_family = AF_INET6;
    show("family", to(g_a, "x", 1, &wrong));
    to(g_a, "x", 1, &g_name_b);
    show("receive, wild", recv(g_b, (void *)8, 5, 0));
    show("it is gone", recv(g_b, g_buffer, 5, MSG_DONTWAIT));
    struct timeval time = {0, 30000};
    setsockopt(g_b, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    const long start = now_ms();
    show("receive for 30 ms", recv(g_b, g_buffer, 5, 0));
    printf("  %s\n", about(start, 30));
    time.tv_usec = 0;
    setsockopt(g_b, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

static void many(void)
{
    struct mmsghdr messages[4] = {{{0}}};
    struct iovec pieces[4] = {{"a", 1}, {"bb", 2}, {"ccc", 3}, {"dddd", 4}}, into[4];
    char space[4][8];
    for (int i = 0; i < 4; i++) {
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &pieces[i], .msg_iovlen = 1, .msg_name = &g_name_b, .msg_namelen = sizeof(g_name_b)};
        into[i] = (struct iovec){space[i], 8};
    }
    show("sendmmsg", sendmmsg(g_a, messages, 3, 0));
    for (int i = 0; i < 4; i++)
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &into[i], .msg_iovlen = 1}};
    struct timespec time = {0, 10000000};
    show("recvmmsg", recvmmsg(g_b, messages, 2, 0, &time));
    show("recvmmsg", recvmmsg(g_b, messages + 2, 2, MSG_WAITFORONE, NULL));
    for (int i = 0; i < 3; i++)
        printf("  %u %.*s\n", messages[i].msg_len, (int)messages[i].msg_len, space[i]);
    show("recvmmsg", recvmmsg(g_b, messages, 4, MSG_DONTWAIT, NULL));
}

static void connected(void)
{
    struct sockaddr_in nobody = g_name_b;
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    socklen_t size = sizeof(nobody);
    int other = socket(AF_INET, SOCK_DGRAM, 0), closed = socket(AF_INET, SOCK_DGRAM, 0);
    show("connect", connect(g_a, (struct sockaddr *)&g_name_b, sizeof(g_name_b)));
    show_name("a", g_a, getsockname);
    show_name("a's peer", g_a, getpeername);
    show("send", send(g_a, "sent", 4, 0));
    receive_from("receive", g_b, 10, 0);
    to(other, "other", 5, &g_name_a);
    show("from somebody else", recv(g_a, g_buffer, 10, MSG_DONTWAIT));
    show("to somebody else", to(g_a, "x", 1, &g_name_a));
    to(g_b, "b", 1, &g_name_a);
    receive_from("from b", g_a, 10, 0);
    show("read", (to(g_b, "b", 1, &g_name_a), read(g_a, g_buffer, 10)));
    show("connect to none", connect(g_a, &none, sizeof(none)));
    show_name("its peer", g_a, getpeername);
    show_name("its name", g_a, getsockname);
    show("send", send(g_a, "x", 1, 0));

    nobody.sin_port = 0;
    bind(closed, (struct sockaddr *)&nobody, sizeof(nobody));
    getsockname(closed, (struct sockaddr *)&nobody, &size);
    close(closed);
    show("connect to nobody", connect(other, (struct sockaddr *)&nobody, sizeof(nobody)));
    show("send", send(other, "x", 1, 0));
    poll(&(struct pollfd){other, 0, 0}, 1, 60000);
    show_poll("refused", other);
    show("receive", recv(other, g_buffer, 1, MSG_DONTWAIT));
    show("receive", recv(other, g_buffer, 1, MSG_DONTWAIT));
    nobody.sin_port = 0;
    show("connect to port 0", connect(other, (struct sockaddr *)&nobody, sizeof(nobody)));
    show_name("its peer", other, getpeername);
    show("connect again", connect(other, (struct sockaddr *)&g_name_b, sizeof(g_name_b)));
    show("write", write(other, "again", 5));
    show("receive", recv(g_b, g_buffer, 10, 0));
    close(other);
    // The address of a socket that only sends.
    other = socket(AF_INET, SOCK_DGRAM, 0);
    to(other, "x", 1, &g_name_b);
    show_name("other", other, getsockname);
    recv(g_b, g_buffer, 10, 0);
    close(other);
}

static void version6(void)
{
    struct sockaddr_in6 name = {.sin6_family = AF_INET6};
    struct sockaddr_in name4 = g_name_a;
    socklen_t size = sizeof(name);
    int six = socket(AF_INET6, SOCK_DGRAM, 0), other = socket(AF_INET6, SOCK_DGRAM, 0);
    show("bind", bind(six, (struct sockaddr *)&name, sizeof(name)));
    getsockname(six, (struct sockaddr *)&name, &size);
    name4.sin_port = name.sin6_port;
    show("by IPv4", to(g_a, "four", 4, &name4));
    receive_from("receive", six, 10, 0);
    name.sin6_addr = in6addr_loopback;
    show("by IPv6", sendto(other, "six", 3, 0, (struct sockaddr *)&name, sizeof(name)));
    receive_from("receive", six, 10, 0);
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &name.sin6_addr);
    name.sin6_port = g_name_b.sin_port;
    show("to mapped", sendto(other, "mapped", 6, 0, (struct sockaddr *)&name, sizeof(name)));
    show("receive", recv(g_b, g_buffer, 10, 0));
    close(six);
    close(other);
}

static void *send_later(void *arg)
{
    (void)arg;
    wait_ms(30);
    to(g_a, "late", 4, &g_name_b);
    return NULL;
}

static void events(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = g_b}, found[4];
    pthread_t thread;
    int set = epoll_create1(0);
    show("add", epoll_ctl(set, EPOLL_CTL_ADD, g_b, &event));
    show("wait", epoll_wait(set, found, 4, 0));
    pthread_create(&thread, NULL, send_later, NULL);
    show("wait", epoll_wait(set, found, 4, 60000));
    show("receive", recv(g_b, g_buffer, 10, 0));
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, send_later, NULL);
    receive_from("receive, blocking", g_b, 10, 0);
    pthread_join(thread, NULL);
    close(set);
}

int main(void)
{
    making();
    datagrams();
    many();
    connected();
    version6();
    events();
    return 0;
}
