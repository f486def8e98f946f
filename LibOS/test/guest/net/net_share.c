// SPDX-License-Identifier: MIT
// Addresses that several sockets have: SO_REUSEADDR and SO_REUSEPORT, of TCP and UDP, in one process and in two.
#include <poll.h>
#include <sys/wait.h>
#include "net_tcp.h"

#define CLIENTS 40

static int open_socket(int type, int option)
{
    const int fd = socket(AF_INET, type, 0);
    if (option)
        setsockopt(fd, SOL_SOCKET, option, &(int){1}, sizeof(int));
    return fd;
}

static int bind_to(int fd, const struct sockaddr_in *name)
{
    return bind(fd, (const struct sockaddr *)name, sizeof(*name));
}

// What a second socket with the one option may do beside a first with the other.
static void pair(int type, int first, int second)
{
    static const char *const names[] = {[0] = "none", [SO_REUSEADDR] = "REUSEADDR", [SO_REUSEPORT] = "REUSEPORT"};
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    const int a = open_socket(type, first), b = open_socket(type, second);
    printf("%s, %s and %s:\n", type == SOCK_STREAM ? "TCP" : "UDP", names[first], names[second]);
    bind_to(a, &name);
    getsockname(a, (struct sockaddr *)&name, &size);
    if (show("  bind", bind_to(b, &name)) == 0 && type == SOCK_STREAM) {
        show("  listen", listen(a, 5));
        show("  listen", listen(b, 5));
    }
    close(a);
    close(b);
}

// Accept what comes until the other end says that there is no more.
static int serve(int listener, int until)
{
    int count = 0;
    struct pollfd items[] = {{listener, POLLIN, 0}, {until, POLLIN, 0}};
    while (poll(items, 2, -1) > 0 && !(items[1].revents && !items[0].revents)) {
        if (!items[0].revents)
            continue;
        const int fd = accept(listener, NULL, NULL);
        count += write(fd, "x", 1) == 1;
        close(fd);
    }
    return count;
}

static pid_t start_server(const struct sockaddr_in *name, int until, int result)
{
    const pid_t child = fork();
    if (child != 0)
        return child;
    const int fd = open_socket(SOCK_STREAM, SO_REUSEPORT);
    int count = -1;
    if (bind_to(fd, name) == 0 && listen(fd, CLIENTS) == 0) {
        write(result, "r", 1); // it serves
        count = serve(fd, until);
    }
    write(result, &count, sizeof(count));
    _exit(0);
}

// Servers that were started one by one, each with a socket of its own: every client comes to one of them.
static void processes(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    const int holder = open_socket(SOCK_STREAM, SO_REUSEPORT); // has the address, but does not serve
    int until[2], results[2], counts[2] = {0}, answers = 0;
    char byte;
    bind_to(holder, &name);
    getsockname(holder, (struct sockaddr *)&name, &size);
    pipe(until);
    pipe(results);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        start_server(&name, until[0], results[1]);
        printf("server %d: %zd\n", i, read(results[0], &byte, 1));
        fflush(stdout);
    }
    for (int i = 0; i < CLIENTS; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
            answers += read(fd, &byte, 1) == 1;
        close(fd);
    }
    write(until[1], "ee", 2);
    for (int i = 0; i < 2; i++) {
        read(results[0], &counts[i], sizeof(counts[i]));
        wait(NULL);
    }
    printf("%d answers, %d of %d clients, both had some: %d\n", answers, counts[0] + counts[1], CLIENTS,
           counts[0] > 0 && counts[1] > 0);
    close(holder);
}

int main(void)
{
    static const int options[] = {0, SO_REUSEADDR, SO_REUSEPORT};
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
        for (int first = 0; first < 3; first++)
            for (int second = 0; second < 3; second++)
                pair(type, options[first], options[second]);
    processes();
    return 0;
}
