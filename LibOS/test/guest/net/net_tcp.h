// SPDX-License-Identifier: MIT
// What the tests of TCP share.
#ifndef LIBOS_TEST_GUEST_NET_NET_TCP_H
#define LIBOS_TEST_GUEST_NET_NET_TCP_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include "show.h"

__attribute__((unused)) static char g_buffer[4 << 20];
__attribute__((unused)) static int g_listener, g_client, g_server;
static struct sockaddr_in g_name;

__attribute__((unused)) static const char *port_of(uint16_t port)
{
    return port == 0 ? "0" : port == g_name.sin_port ? "the listener's" : "some";
}

__attribute__((unused)) static void show_name(const char *what, int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage name;
    char text[64] = "";
    socklen_t size = sizeof(name);
    if (show(what, get(fd, (struct sockaddr *)&name, &size)) < 0)
        return;
    uint16_t port = 0;
    if (name.ss_family == AF_INET) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)&name)->sin_addr, text, sizeof(text));
        port = ((struct sockaddr_in *)&name)->sin_port;
    } else {
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&name)->sin6_addr, text, sizeof(text));
        port = ((struct sockaddr_in6 *)&name)->sin6_port;
    }
    printf("  family %d, size %u, %s, port %s\n", name.ss_family, size, text, port_of(port));
}

__attribute__((unused)) static void show_poll(const char *what, int fd)
{
    struct pollfd item = {fd, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0};
    poll(&item, 1, 0);
    printf("%s: %#x\n", what, (unsigned)item.revents);
}

// Until one of the events is there, an error, or an end: on a busy machine what was sent arrives later.
__attribute__((unused)) static void await_events(int fd, short events)
{
    poll(&(struct pollfd){fd, events, 0}, 1, 60000);
}

__attribute__((unused)) static int get_option(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);
    if (getsockopt(fd, level, option, &value, &size) < 0)
        return -errno;
    return value;
}

__attribute__((unused)) static void *send_later(void *arg)
{
    (void)arg;
    wait_ms(30);
    write(g_client, "ab", 2);
    wait_ms(30);
    write(g_client, "cd", 2);
    return NULL;
}

#endif
