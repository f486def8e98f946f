// SPDX-License-Identifier: MIT
// Members of one epoll set that are the same file by several descriptors (dup), of files that are the host's: TCP, and pipes and
// socket pairs that another process has.
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "show.h"

#define COPIES 3

static int compare(const void *a, const void *b)
{
    return (int)((const struct epoll_event *)a)->data.u32 - (int)((const struct epoll_event *)b)->data.u32;
}

static void look(const char *what, int set, int timeout)
{
    struct epoll_event events[8];
    const int count = epoll_wait(set, events, 8, timeout);
    printf("%s: %d\n", what, count);
    if (count > 0)
        qsort(events, (size_t)count, sizeof(events[0]), compare);
    for (int i = 0; i < count; i++)
        printf("  %u %#x\n", events[i].data.u32, events[i].events);
}

// Until as many have been told of as there are: they need not come at once.
static void look_all(const char *what, int set, int wanted)
{
    struct epoll_event events[8];
    uint32_t told = 0;
    int count = 0;
    while (__builtin_popcount(told) < wanted && (count = epoll_wait(set, events, 8, 60000)) > 0)
        for (int i = 0; i < count; i++)
            told |= 1u << events[i].data.u32;
    printf("%s: %#x\n", what, told);
}

static long control(int set, int operation, int fd, uint32_t events, uint32_t data)
{
    struct epoll_event event = {.events = events, .data.u32 = data};
    return epoll_ctl(set, operation, fd, &event);
}

static void read_all(int fd)
{
    char text[16];
    printf("read %zd\n", read(fd, text, sizeof(text)));
}

// What is written to one comes out of the other, which is a member several times.
static void members(const char *what, int to, int from)
{
    int fds[COPIES] = {from, dup(from), dup(from)};
    const int set = epoll_create1(0);
    printf("-- %s\n", what);
    for (int i = 0; i < COPIES; i++)
        show("add", control(set, EPOLL_CTL_ADD, fds[i], EPOLLIN, (uint32_t)i));
    show("add again", control(set, EPOLL_CTL_ADD, fds[1], EPOLLIN, 7));
    look("nothing", set, 0);
    write(to, "abc", 3);
    look_all("all", set, COPIES);
    show("change one", control(set, EPOLL_CTL_MOD, fds[1], EPOLLIN | EPOLLONESHOT, 4));
    look_all("all", set, COPIES);
    look_all("two are left", set, COPIES - 1);
    show("remove the first", control(set, EPOLL_CTL_DEL, fds[0], 0, 0));
    look("one is left", set, 5000);
    show("add the first", control(set, EPOLL_CTL_ADD, fds[0], EPOLLIN | EPOLLET, 5));
    look_all("two", set, 2);
    look("no edge", set, 0);
    show("arm", control(set, EPOLL_CTL_MOD, fds[1], EPOLLIN, 6));
    look_all("two", set, 2);
    read_all(from);
    look("nothing", set, 0);
    const pid_t child = fork();
    if (child == 0) {
        write(to, "d", 1);
        look_all("child", set, COPIES);
        read_all(from);
        look("nothing", set, 0);
        exit(0);
    }
    waitpid(child, NULL, 0);
    close(fds[1]);
    close(fds[2]);
    write(to, "e", 1);
    look_all("parent", set, 1);
    read_all(from);
    close(set);
}

// A connection that is made after its socket has been added.
static void late_connection(const struct sockaddr_in *name)
{
    const int set = epoll_create1(0), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), copy = dup(fd);
    printf("-- late\n");
    show("add", control(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLET, 1));
    show("add", control(set, EPOLL_CTL_ADD, copy, EPOLLOUT | EPOLLET, 2));
    look_all("hung up", set, 2);
    connect(fd, (const struct sockaddr *)name, sizeof(*name));
    look_all("connected", set, 2);
    close(fd);
    close(copy);
    close(set);
}

// A reader at the end may be told that it can read, besides.
static void show_events(const char *what, uint32_t events)
{
    printf("  %s %#x\n", what, events & EPOLLHUP ? events & ~(uint32_t)EPOLLIN : events);
}

static void ask(const char *what, int fd)
{
    static const short wanted[] = {0, POLLIN, POLLOUT, POLLIN | POLLOUT | POLLRDHUP | POLLPRI};
    for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct pollfd entry = {fd, wanted[i], 0};
        printf("%s: %d\n", what, poll(&entry, 1, 0));
        show_events("poll", (uint32_t)entry.revents);
    }
}

// Both ends of a pipe that a child has, too; then we have one of them, and the child the other; then nobody has that.
static void both_ends(int ours)
{
    const int set = epoll_create1(0);
    struct epoll_event event = {.events = 0};
    int pipes[2], go[2];
    printf("-- end %d\n", ours);
    pipe(pipes);
    pipe(go);
    show("add", control(set, EPOLL_CTL_ADD, pipes[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1));
    show("add", control(set, EPOLL_CTL_ADD, pipes[1], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 2));
    look_all("writer", set, 1);
    const pid_t child = fork();
    if (child == 0) {
        char c;
        close(set);
        close(go[1]);
        close(pipes[ours]);
        read(go[0], &c, 1);
        exit(0);
    }
    close(go[0]);
    ask("reader", pipes[0]);
    ask("writer", pipes[1]);
    show("arm", control(set, EPOLL_CTL_MOD, pipes[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 3));
    show("arm", control(set, EPOLL_CTL_MOD, pipes[1], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 4));
    look_all("writer", set, 1);
    show("level", control(set, EPOLL_CTL_MOD, pipes[ours], EPOLLIN | EPOLLRDHUP, 5));
    close(pipes[!ours]);
    look("nothing", set, 50);
    close(go[1]);
    printf("the end: %d\n", epoll_wait(set, &event, 1, 60000));
    show_events("epoll", event.events);
    waitpid(child, NULL, 0);
    ask("end", pipes[ours]);
    close(pipes[ours]);
    close(set);
}

int main(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    const int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    int pipes[2], pairs[2];
    bind(server, (const struct sockaddr *)&name, sizeof(name));
    listen(server, 5);
    getsockname(server, (struct sockaddr *)&name, &size);
    connect(client, (const struct sockaddr *)&name, sizeof(name));
    const int accepted = accept(server, NULL, NULL);
    pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pairs);
    members("tcp", client, accepted);
    members("pipe", pipes[1], pipes[0]);
    members("pair", pairs[1], pairs[0]);
    both_ends(0);
    both_ends(1);
    late_connection(&name);

    const int set = epoll_create1(0), copy = dup(server);
    printf("-- server\n");
    show("add", control(set, EPOLL_CTL_ADD, server, EPOLLIN, 1));
    close(accept(server, NULL, NULL));
    look("nothing", set, 0);
    show("add", control(set, EPOLL_CTL_ADD, copy, EPOLLIN, 2));
    close(client);
    connect(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&name, sizeof(name));
    look_all("both", set, 2);
    close(server);
    look_all("copy", set, 1);
    close(accept(copy, NULL, NULL));
    look("nothing", set, 0);
    return 0;
}
