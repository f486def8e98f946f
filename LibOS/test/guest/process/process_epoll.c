/* SPDX-License-Identifier: MIT */
/* A set of epoll that a process and its child have: what one changes the other sees, as long as it is about files that both
 * have. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "moments.h"
#include "report.h"

enum { ALONE, BESIDE };

static int g_set, g_first[2], g_second[2], g_steps[2], g_back[2];

static void step(const int *pipe)
{
    if (write(pipe[1], "s", 1) != 1)
        _exit(9);
}

static void await(const int *pipe)
{
    char byte;
    if (read(pipe[0], &byte, 1) != 1)
        _exit(9);
}

static int control(int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(g_set, operation, fd, &event);
}

/* What is ready, in the order of its data. */
static void show(const char *what, int timeout_ms)
{
    struct epoll_event events[8];
    const int count = epoll_wait(g_set, events, 8, timeout_ms);
    uint64_t seen = 0;
    for (int i = 0; i < count; i++)
        seen |= 1ull << events[i].data.u64;
    printf("%s: %d ready, %#lx\n", what, count, (unsigned long)seen);
    fflush(stdout);
}

static void expect(int result)
{
    if (result < 0)
        _exit(8);
}

/* The child is silent, and does one thing after the other as it is told. */
static void play(void)
{
    await(g_steps); /* a member less */
    expect(control(EPOLL_CTL_DEL, g_first[0], 0, 0));
    step(g_back);
    await(g_steps); /* one more, for somebody who sleeps */
    wait_ms(30);
    expect(control(EPOLL_CTL_ADD, g_second[0], EPOLLIN, 5));
    step(g_back);
    await(g_steps); /* another name for it */
    expect(control(EPOLL_CTL_MOD, g_second[0], EPOLLIN, 6));
    step(g_back);
    await(g_steps); /* its own descriptors do not matter */
    close(g_second[0]);
    step(g_back);
    await(g_steps); /* what the parent has taken out is not there, and what it has put in is */
    expect(control(EPOLL_CTL_DEL, g_first[0], 0, 0) == -1 && errno == ENOENT ? 0 : -1);
    expect(control(EPOLL_CTL_ADD, g_first[1], EPOLLOUT, 3) == -1 && errno == EEXIST ? 0 : -1);
    step(g_back);
    await(g_steps); /* sleep until the parent puts something in */
    struct epoll_event event;
    expect(control(EPOLL_CTL_DEL, g_first[1], 0, 0));
    step(g_back);
    expect(epoll_wait(g_set, &event, 1, 20000) == 1 && event.data.u64 == 7 ? 0 : -1);
    _exit(0);
}

static void test(int kind)
{
    int status;
    printf("-- %s\n", kind == ALONE ? "pipes alone" : "beside an eventfd");
    fflush(stdout);
    if (pipe(g_first) < 0 || pipe(g_second) < 0 || pipe(g_steps) < 0 || pipe(g_back) < 0)
        exit(1);
    g_set = epoll_create1(0);
    const int event = kind == BESIDE ? eventfd(0, 0) : -1;
    if (event >= 0)
        control(EPOLL_CTL_ADD, event, EPOLLIN, 1);
    control(EPOLL_CTL_ADD, g_first[0], EPOLLIN, 2);
    (void)!write(g_first[1], "x", 1);
    (void)!write(g_second[1], "x", 1);
    show("at first", 0);
    const pid_t pid = fork();
    if (pid == 0)
        play();
    show("after the fork", 0);
    step(g_steps);
    await(g_back);
    show("a member that the child has taken out", 0);
    R(control(EPOLL_CTL_DEL, g_first[0], 0, 0));
    step(g_steps);
    show("one that it puts in", 20000);
    await(g_back);
    R(control(EPOLL_CTL_ADD, g_second[0], EPOLLIN, 4));
    step(g_steps);
    await(g_back);
    show("one that it has changed", 0);
    step(g_steps);
    await(g_back);
    show("one that it has closed", 0);
    control(EPOLL_CTL_ADD, g_first[1], EPOLLOUT, 3);
    step(g_steps);
    await(g_back);
    control(EPOLL_CTL_DEL, g_second[0], 0, 0);
    step(g_steps);
    await(g_back);
    wait_ms(30);
    control(EPOLL_CTL_ADD, g_first[0], EPOLLIN, 7);
    waitpid(pid, &status, 0);
    printf("the child: %#x\n", (unsigned)status);
    show("at last", 0);
    for (int i = 0; i < 2; i++) {
        close(g_first[i]);
        close(g_second[i]);
        close(g_steps[i]);
        close(g_back[i]);
    }
    close(event);
    close(g_set);
}

int main(void)
{
    test(ALONE);
    test(BESIDE);
    return 0;
}
