/* SPDX-License-Identifier: MIT */
/* How much a pipe holds that several processes have, what poll tells of it, and who sleeps. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include "children.h"
#include "errors.h"

static char g_bytes[1 << 20];

static void show(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result, result < 0 ? error_name(errno) : "");
}

static int events_of(int fd, short events)
{
    struct pollfd entry = {.fd = fd, .events = events};
    poll(&entry, 1, 0);
    return entry.revents;
}

static int left_in(int fd)
{
    int left = -1;
    ioctl(fd, FIONREAD, &left);
    return left;
}

/* A child that has the pipe, too, until it is told. */
static pid_t hold(int *out_tell)
{
    int told[2];
    char byte;
    pipe(told);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        close(told[1]);
        read(told[0], &byte, 1);
        _exit(0);
    }
    close(told[0]);
    *out_tell = told[1];
    return pid;
}

static void let_go(pid_t pid, int tell)
{
    close(tell);
    printf("held: %d\n", code_of(pid));
}

static void test_room(void)
{
    int fds[2], tell;
    pipe2(fds, O_NONBLOCK);
    const pid_t pid = hold(&tell);
    show("room", fcntl(fds[0], F_GETPIPE_SZ));
    show("filled", write(fds[1], g_bytes, sizeof(g_bytes)));
    show("more", write(fds[1], g_bytes, 1));
    printf("left %d, events %x and %x\n", left_in(fds[0]), events_of(fds[0], POLLIN | POLLOUT),
           events_of(fds[1], POLLIN | POLLOUT));
    show("4095 out", read(fds[0], g_bytes, 4095));
    printf("events %x\n", events_of(fds[1], POLLOUT));
    show("no page yet", write(fds[1], g_bytes, 100));
    show("1 out", read(fds[0], g_bytes, 1));
    printf("events %x\n", events_of(fds[1], POLLOUT));
    show("a page", write(fds[1], g_bytes, 4096));
    show("smaller", fcntl(fds[1], F_SETPIPE_SZ, 4096));
    show("larger", fcntl(fds[1], F_SETPIPE_SZ, 100000));
    show("room", fcntl(fds[0], F_GETPIPE_SZ));
    show("filled", write(fds[1], g_bytes, sizeof(g_bytes)));
    printf("left %d\n", left_in(fds[1]));
    show("all out", read(fds[0], g_bytes, sizeof(g_bytes)));
    show("nothing", read(fds[0], g_bytes, 1));
    show("one page", fcntl(fds[1], F_SETPIPE_SZ, 1));
    show("room", fcntl(fds[1], F_GETPIPE_SZ));
    let_go(pid, tell);
    close(fds[0]);
    close(fds[1]);
}

/* What was in it before the fork, and how much it held, stays. */
static void test_moved(uint64_t used, int room, size_t turned)
{
    int fds[2], tell;
    pipe2(fds, O_NONBLOCK);
    fcntl(fds[0], F_SETPIPE_SZ, room);
    /* So that what is in it does not begin at a page. */
    write(fds[1], g_bytes, turned);
    read(fds[0], g_bytes, turned);
    for (uint64_t i = 0; i < used; i++)
        g_bytes[i] = (char)(i * 31 >> 3);
    printf("used %zd\n", write(fds[1], g_bytes, used));
    const pid_t pid = hold(&tell);
    printf("room %d, left %d\n", fcntl(fds[1], F_GETPIPE_SZ), left_in(fds[0]));
    memset(g_bytes, 0, sizeof(g_bytes));
    const ssize_t got = read(fds[0], g_bytes, sizeof(g_bytes));
    int wrong = 0;
    for (ssize_t i = 0; i < got; i++)
        wrong += g_bytes[i] != (char)(i * 31 >> 3);
    printf("got %zd, wrong %d\n", got, wrong);
    let_go(pid, tell);
    close(fds[0]);
    close(fds[1]);
}

/* Readers and writers are told that the others have gone, in all ways to wait. */
static void test_hang_up(void)
{
    int fds[2], tell;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP};
    pipe(fds);
    pid_t pid = hold(&tell);
    close(fds[1]);
    printf("still held: %x\n", events_of(fds[0], POLLIN | POLLRDHUP));
    let_go(pid, tell);
    printf("nobody writes: %x\n", events_of(fds[0], POLLIN | POLLRDHUP));
    const int set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event);
    const int count = epoll_wait(set, &event, 1, 1000);
    printf("epoll: %d %x\n", count, event.events);
    show("end", read(fds[0], g_bytes, 1));
    close(set);
    close(fds[0]);
    pipe(fds);
    pid = hold(&tell);
    write(fds[1], "x", 1);
    close(fds[1]);
    let_go(pid, tell);
    printf("a byte, and nobody writes: %x\n", events_of(fds[0], POLLIN));
    close(fds[0]);
    pipe(fds);
    pid = hold(&tell);
    close(fds[0]);
    printf("still read: %x\n", events_of(fds[1], POLLOUT));
    let_go(pid, tell);
    printf("nobody reads: %x\n", events_of(fds[1], POLLOUT));
    signal(SIGPIPE, SIG_IGN);
    show("broken", write(fds[1], "x", 1));
    close(fds[1]);
}

/* One that does not want to sleep, and then one that does, on the same side. */
static void test_sleep(void)
{
    int fds[2], back[2];
    char byte;
    pipe2(fds, O_NONBLOCK);
    pipe(back);
    const pid_t pid = fork_clean();
    if (pid == 0) {
        read(back[0], &byte, 1);
        usleep(20000);
        write(fds[1], "y", 1);
        _exit(0);
    }
    show("nothing", read(fds[0], &byte, 1));
    fcntl(fds[0], F_SETFL, 0);
    write(back[1], "x", 1);
    show("sleeps", read(fds[0], &byte, 1));
    printf("%c, code %d\n", byte, code_of(pid));
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    show("not any more", read(fds[0], &byte, 1));
    close(fds[0]);
    close(fds[1]);
    close(back[0]);
    close(back[1]);
}

int main(void)
{
    test_room();
    test_moved(0, 65536, 0);
    test_moved(10, 65536, 100);
    test_moved(65536, 65536, 0);
    test_moved(60000, 65536, 100);
    test_moved(200000, 1 << 18, 4097);
    test_moved(4096, 4096, 0);
    test_hang_up();
    test_sleep();
    return 0;
}
