/* SPDX-License-Identifier: MIT */
/* What sockets say when several things are wrong, or nothing is wanted of them. */
#include "report.h"
#include "children.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <linux/sockios.h>

static char byte;
static struct sockaddr_un nobody = {AF_UNIX, "nobody"};

static void on_signal(int signal)
{
    printf("signal %d\n", signal);
}

static int ready(int fd)
{
    struct pollfd item = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&item, 1, 0);
    return item.revents;
}

static void datagrams(void)
{
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    char *many = calloc(1, 300000);
    R(sendto(fd, many, 300000, 0, (struct sockaddr *)&nobody, sizeof(nobody)));
    R(shutdown(fd, SHUT_WR));
    R(sendto(fd, "x", 1, 0, (struct sockaddr *)&nobody, sizeof(nobody)));
    close(fd);
    free(many);

    int pair[2];
    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
    R(send(pair[1], "left", 4, 0));
    close(pair[1]);
    R(send(pair[0], "x", 1, 0));
    R(send(pair[0], "x", 1, 0));
    R(recv(pair[0], &byte, 1, 0));
    close(pair[0]);
}

static void packets(void)
{
    int pair[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair);
    close(pair[1]);
    R(send(pair[0], "x", 1, 0));
    close(pair[0]);
}

static void streams(void)
{
    int pair[2];
    const int alone = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    R(recv(alone, &byte, 0, 0));
    R(shutdown(alone, SHUT_RDWR));
    R(send(alone, "x", 1, 0));
    R(recv(alone, &byte, 1, 0));
    close(alone);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
    R(recv(pair[0], &byte, 0, 0));
    R(send(pair[1], "ab", 2, 0));
    R(recv(pair[0], &byte, 0, 0));
    close(pair[0]);
    R(send(pair[1], "", 0, 0));
    R(send(pair[1], "x", 1, 0));
    close(pair[1]);
}

static void control_data(void)
{
    struct cmsghdr control = {sizeof(control), SOL_SOCKET, 99};
    struct iovec piece = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    R(sendmsg(fd, &message, 0));
    close(fd);
    const int packets = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    R(sendmsg(packets, &message, 0));
    close(packets);
}

/* A name is a new file, and does not keep back what a peer has sent. */
static void binding(void)
{
    struct sockaddr_un here = {AF_UNIX, "here"};
    char events[256] __attribute__((aligned(8)));
    int pair[2];
    const int watch = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(watch, ".", IN_CREATE);
    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair);
    R(send(pair[0], "x", 1, 0));
    R(bind(pair[1], (struct sockaddr *)&here, sizeof(here)));
    R(recv(pair[1], &byte, 1, 0));
    R(send(pair[0], "x", 1, 0));
    R(ready(pair[1]));
    R(read(watch, events, sizeof(events)));
    close(watch);
    close(pair[0]);
    close(pair[1]);
    unlink("here");
}

static void listening(void)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bind(fd, (struct sockaddr *)&nobody, sizeof(nobody));
    listen(fd, 1);
    R(ready(fd));
    shutdown(fd, SHUT_RDWR);
    R(accept(fd, NULL, NULL));
    close(fd);
    unlink("nobody");
}

static void making(void)
{
    int pair[2];
    R(socketpair(AF_INET, SOCK_STREAM, IPPROTO_UDP, pair));
    R(socketpair(AF_INET, SOCK_STREAM, 0, pair));
    R(accept4(-1, NULL, NULL, 1));
    R(accept4(0, NULL, NULL, 1));
}

static void owners(void)
{
    int owner = -1;
    struct f_owner_ex ex;
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    R(fcntl(fd, F_GETOWN_EX, &ex));
    R(ex.type);
    ex = (struct f_owner_ex){F_OWNER_PGRP, 0};
    R(fcntl(fd, F_SETOWN_EX, &ex));
    R(fcntl(fd, F_GETOWN_EX, &ex));
    R(ex.type);
    owner = getpid();
    R(ioctl(fd, SIOCSPGRP, &owner));
    R(fcntl(fd, F_GETOWN) == getpid());
    R(ioctl(fd, FIOGETOWN, &owner));
    R(owner == getpid());
    R(fcntl(fd, F_SETFL, O_DIRECT));
    close(fd);
}

/***** The network *****/

static int loopback(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, type, 0);
    bind(fd, (struct sockaddr *)&address, sizeof(address));
    return fd;
}

/* Options of levels that a socket has not, and that it has, but not these. */
static void levels(void)
{
    static const int families[] = {AF_INET, AF_INET6}, types[] = {SOCK_STREAM, SOCK_DGRAM};
    static const int asked[] = {SOL_SOCKET, 2, IPPROTO_TCP, IPPROTO_UDP, 58, 255, 12345, -1};
    for (int i = 0; i < 4; i++) {
        const int fd = socket(families[i / 2], types[i % 2], 0);
        for (size_t j = 0; j < sizeof(asked) / sizeof(asked[0]); j++) {
            int value = 1;
            socklen_t size = sizeof(value);
            printf("family %d, type %d, level %d: ", families[i / 2], types[i % 2], asked[j]);
            R(getsockopt(fd, asked[j], 999, &value, &size));
            R(setsockopt(fd, asked[j], 999, &value, size));
        }
        close(fd);
    }
}

static void *receive(void *argument)
{
    const int *fd = argument;
    return (void *)(recv(*fd, &byte, 1, 0) + 1);
}

/* Who wants to know who others are gets a name himself as soon as he turns to one. */
static void introductions(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM, SOCK_DGRAM};
    const int one = 1;
    for (int i = 0; i < 4; i++) {
        struct sockaddr_un own = {0};
        socklen_t size = sizeof(own);
        const int fd = socket(AF_UNIX, types[i], 0);
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
        R(i < 3 ? connect(fd, (struct sockaddr *)&nobody, sizeof(nobody))
                : sendto(fd, &byte, 1, 0, (struct sockaddr *)&nobody, sizeof(nobody)));
        R(getsockname(fd, (struct sockaddr *)&own, &size));
        printf("a name of %u bytes\n", size);
        R(listen(fd, 1));
        close(fd);
    }
}

/* It fails, and wakes who waits. */
static void udp_shutdown(void)
{
    pthread_t thread;
    void *result;
    int fd = loopback(SOCK_DGRAM);
    pthread_create(&thread, NULL, receive, &fd);
    R(shutdown(fd, SHUT_RDWR));
    pthread_join(thread, &result);
    R((long)result - 1);
    R(ready(fd));
    R(sendto(fd, &byte, 1, 0, (struct sockaddr *)&nobody, 1));
    R(sendto(fd, &byte, 1, MSG_NOSIGNAL, NULL, 0));
    close(fd);
}

static void tcp(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    char bytes[4] = "----";
    const int server = loopback(SOCK_STREAM), client = socket(AF_INET, SOCK_STREAM, 0);
    listen(server, 1);
    getsockname(server, (struct sockaddr *)&address, &size);
    R(connect(server, (struct sockaddr *)&nobody, sizeof(nobody)));
    connect(client, (struct sockaddr *)&address, size);
    const int fd = accept(server, NULL, NULL);
    R(recv(fd, bytes, 0, MSG_DONTWAIT));
    R(send(client, "abcd", 4, 0));
    R(recv(fd, bytes, 2, MSG_TRUNC));
    printf("%.4s\n", bytes);
    R(recv(fd, bytes, 2, 0));
    printf("%.4s\n", bytes);
    R(shutdown(server, SHUT_WR));
    R(ready(server));
    R(shutdown(server, SHUT_RD));
    R(ready(server));
    close(server);
    close(client);
    close(fd);
}

static void unix_sockets(void)
{
    datagrams();
    packets();
    streams();
    control_data();
    binding();
    listening();
}

int main(void)
{
    signal(SIGPIPE, on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0);
    unix_sockets();
    making();
    owners();
    levels();
    introductions();
    udp_shutdown();
    tcp();
    /* The same where sockets are between processes, or may be. */
    const pid_t pid = fork_clean();
    if (pid == 0) {
        unix_sockets();
        exit_clean(0);
    }
    waitpid(pid, NULL, 0);
    return 0;
}
