// SPDX-License-Identifier: MIT
// epoll: members, level and edge triggering, one shot, order, closed files, sets in sets, bad arguments.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "show.h"

static long control(int set, int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(set, operation, fd, &event);
}

static void look(const char *what, int set, int timeout)
{
    struct epoll_event events[8];
    int count = epoll_wait(set, events, 8, timeout);
    show(what, count);
    for (int i = 0; i < count; i++)
        printf("  %llu %#x\n", (unsigned long long)events[i].data.u64, events[i].events);
}

static void levels(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC), fds[2];
    char buffer[16];
    printf("close on exec %d\n", fcntl(set, F_GETFD));
    pipe(fds);
    look("empty set", set, 0);
    show("add", control(set, EPOLL_CTL_ADD, fds[0], EPOLLIN, 1));
    show("add again", control(set, EPOLL_CTL_ADD, fds[0], EPOLLIN, 1));
    show("add writer", control(set, EPOLL_CTL_ADD, fds[1], EPOLLOUT, 2));
    look("writer", set, -1);
    show("no writer", control(set, EPOLL_CTL_DEL, fds[1], 0, 0));
    show("no writer", control(set, EPOLL_CTL_DEL, fds[1], 0, 0));
    show("mod", control(set, EPOLL_CTL_MOD, fds[1], EPOLLIN, 0));
    look("none", set, 10);
    write(fds[1], "abc", 3);
    look("level", set, -1);
    look("level again", set, -1);
    read(fds[0], buffer, 3);
    look("read", set, 0);

    show("edge", control(set, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLET, 3));
    look("none", set, 0);
    write(fds[1], "abc", 3);
    look("edge", set, -1);
    look("no edge", set, 0);
    write(fds[1], "abc", 3);
    look("another edge", set, -1);
    read(fds[0], buffer, 1);
    look("no edge", set, 0);
    show("mod is an edge", control(set, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLET, 4));
    look("edge", set, -1);

    show("one shot", control(set, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT, 5));
    look("once", set, -1);
    look("disarmed", set, 0);
    write(fds[1], "abc", 3);
    look("disarmed", set, 0);
    show("again", control(set, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT, 6));
    look("once", set, -1);
    close(fds[1]);
    look("disarmed even for HUP", set, 0);
    show("level", control(set, EPOLL_CTL_MOD, fds[0], EPOLLIN, 7));
    look("hung up", set, -1);
    show("only HUP", control(set, EPOLL_CTL_MOD, fds[0], 0, 8));
    look("hung up", set, -1);
    close(fds[0]);
    look("closed", set, 0);

    pipe(fds);
    int other = dup(fds[0]);
    show("add", control(set, EPOLL_CTL_ADD, fds[0], EPOLLIN, 9));
    show("add dup", control(set, EPOLL_CTL_ADD, other, EPOLLIN, 9));
    write(fds[1], "x", 1);
    look("both", set, 0);
    int number = fds[0];
    close(fds[0]);
    look("file is still open", set, 0);
    show("but not by this name", control(set, EPOLL_CTL_DEL, number, 0, 0));
    close(other);
    look("gone", set, 0);
    close(fds[1]);
    close(set);
}

static void fairness(void)
{
    int set = epoll_create1(0), fds[6];
    for (int i = 0; i < 6; i++) {
        fds[i] = eventfd(1, 0);
        control(set, EPOLL_CTL_ADD, fds[i], EPOLLIN, (uint64_t)i);
    }
    struct epoll_event events[2];
    for (int round = 0; round < 4; round++) {
        int count = epoll_wait(set, events, 2, 0);
        printf("%d: %llu %llu\n", count, (unsigned long long)events[0].data.u64,
               (unsigned long long)events[1].data.u64);
    }
    for (int i = 0; i < 6; i++)
        close(fds[i]);
    close(set);
}

static void nested(void)
{
    int inner = epoll_create1(0), outer = epoll_create1(0), event = eventfd(0, 0);
    uint64_t one = 1;
    show("add", control(inner, EPOLL_CTL_ADD, event, EPOLLIN, 1));
    show("add set", control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 2));
    show("loop", control(inner, EPOLL_CTL_ADD, outer, EPOLLIN, 3));
    show("itself", control(inner, EPOLL_CTL_ADD, inner, EPOLLIN, 3));
    look("none", outer, 0);
    write(event, &one, 8);
    look("outer", outer, -1);
    look("inner", inner, -1);
    struct pollfd item = {outer, POLLIN | POLLOUT, 0};
    show("poll", poll(&item, 1, 0));
    printf("%#x\n", (unsigned)item.revents);
    read(event, &one, 8);
    look("outer", outer, 0);
    show("poll", poll(&item, 1, 0));
    show("edge", control(outer, EPOLL_CTL_MOD, inner, EPOLLIN | EPOLLET, 4));
    write(event, &one, 8);
    look("edge", outer, -1);
    look("no edge", outer, 0);

    int chain[8];
    chain[0] = epoll_create1(0);
    for (int i = 1; i < 8; i++) {
        chain[i] = epoll_create1(0);
        char text[16];
        snprintf(text, sizeof(text), "chain %d", i);
        show(text, control(chain[i], EPOLL_CTL_ADD, chain[i - 1], EPOLLIN, 1));
    }
    for (int i = 0; i < 8; i++)
        close(chain[i]);
    chain[0] = epoll_create1(0);
    for (int i = 1; i < 8; i++) {
        chain[i] = epoll_create1(0);
        char text[16];
        snprintf(text, sizeof(text), "up %d", i);
        show(text, control(chain[i - 1], EPOLL_CTL_ADD, chain[i], EPOLLIN, 1));
    }
    for (int i = 0; i < 8; i++)
        close(chain[i]);
    close(inner);
    look("closed set", outer, 0);
    close(outer);
    close(event);
}

static void bad(void)
{
    int set = epoll_create(1), file = open("file", O_RDWR | O_CREAT, 0600), event = eventfd(0, 0);
    struct epoll_event events[2];
    show("size 0", epoll_create(0));
    show("flags", epoll_create1(1));
    show("file", control(set, EPOLL_CTL_ADD, file, EPOLLIN, 1));
    int directory = open(".", O_RDONLY);
    show("directory", control(set, EPOLL_CTL_ADD, directory, EPOLLIN, 1));
    show("bad set", control(99, EPOLL_CTL_ADD, event, EPOLLIN, 1));
    show("no set", control(event, EPOLL_CTL_ADD, event, EPOLLIN, 1));
    show("no set", control(event, EPOLL_CTL_ADD, set, EPOLLIN, 1));
    show("bad member", control(set, EPOLL_CTL_ADD, 99, EPOLLIN, 1));
    show("bad operation", control(set, 9, event, EPOLLIN, 1));
    show("EFAULT", epoll_ctl(set, EPOLL_CTL_ADD, event, (void *)8));
    show("delete needs no event", epoll_ctl(set, EPOLL_CTL_DEL, event, (void *)8));
    show("exclusive", control(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLEXCLUSIVE, 1));
    show("exclusive mod", control(set, EPOLL_CTL_MOD, event, EPOLLIN | EPOLLEXCLUSIVE, 1));
    show("was exclusive", control(set, EPOLL_CTL_MOD, event, EPOLLIN, 1));
    control(set, EPOLL_CTL_DEL, event, 0, 0);
    show("exclusive one shot", control(set, EPOLL_CTL_ADD, event, EPOLLIN | EPOLLONESHOT | EPOLLEXCLUSIVE, 1));
    int other = epoll_create1(0);
    show("exclusive set", control(set, EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE, 1));
    show("no events", epoll_wait(set, events, 0, 0));
    show("negative events", epoll_wait(set, events, -1, 0));
    show("too many", epoll_wait(set, events, 0x10000000, 0));
    show("EFAULT", epoll_wait(set, (void *)-8L, 1, 0));
    show("no set", epoll_wait(event, events, 1, 0));
    show("closed", epoll_wait(99, events, 1, 0));
    uint64_t one = 1;
    control(set, EPOLL_CTL_ADD, event, EPOLLIN, 1);
    write(event, &one, 8);
    show("EFAULT", epoll_wait(set, (void *)8, 1, 0));
    show("after it", epoll_wait(set, events, 1, 0));
    show("read", read(set, &one, 8));
    show("write", write(set, &one, 8));
    sigset_t mask;
    sigemptyset(&mask);
    show("mask size", syscall(SYS_epoll_pwait, set, events, 1, 0, &mask, 4));
    show("pwait", epoll_pwait(set, events, 1, 0, &mask));
    struct timespec time = {0, 1000000};
    show("pwait2", syscall(SYS_epoll_pwait2, set, events, 1, &time, &mask, 8));
    time.tv_nsec = -1;
    show("pwait2 time", syscall(SYS_epoll_pwait2, set, events, 1, &time, NULL, 8));
    close(file);
    unlink("file");
}

/* More members than any array on the stack. */
static void many(void)
{
    enum { COUNT = 400 };
    static int fds[COUNT];
    static struct epoll_event events[COUNT];
    int set = epoll_create1(0);
    for (int i = 0; i < COUNT; i++) {
        fds[i] = eventfd(0, 0);
        control(set, EPOLL_CTL_ADD, fds[i], EPOLLIN, (uint64_t)i);
    }
    show("none", epoll_wait(set, events, COUNT, 0));
    uint64_t one = 1;
    for (int i = COUNT - 1; i >= 0; i -= 3)
        write(fds[i], &one, 8);
    int count = epoll_wait(set, events, COUNT, 0);
    show("third", count);
    int right = 1;
    for (int i = 0; i < count; i++)
        right &= events[i].data.u64 == (uint64_t)(COUNT - 1 - 3 * i);
    printf("in order %d\n", right);
    for (int i = 0; i < COUNT; i++)
        close(fds[i]);
    show("none", epoll_wait(set, events, COUNT, 0));
}

static void sockets(void)
{
    int set = epoll_create1(0), pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    control(set, EPOLL_CTL_ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1);
    look("writable", set, 0);
    look("no edge", set, 0);
    write(pair[1], "x", 1);
    look("both", set, 0);
    shutdown(pair[1], SHUT_WR);
    look("half closed", set, 0);
    close(pair[1]);
    look("closed", set, 0);
}

int main(void)
{
    levels();
    fairness();
    nested();
    bad();
    many();
    sockets();
    return 0;
}
