// SPDX-License-Identifier: MIT
// Pairs of AF_UNIX sockets that several processes have: what was sent before a fork and after it, ends, shutdown, readiness.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "show.h"

static int g_pair[2];
static char g_buffer[300000];

static void receive(const char *what, int fd, size_t size, int flags)
{
    memset(g_buffer, 0, 64);
    if (show(what, recv(fd, g_buffer, size, flags)) > 0)
        printf("  %.30s\n", g_buffer);
    fflush(stdout);
}

static void show_poll(const char *what, int fd)
{
    struct pollfd item = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&item, 1, 0);
    printf("%s: %#x\n", what, (unsigned)item.revents);
    fflush(stdout);
}

static void wait_for_child(void)
{
    int status = -1;
    wait(&status);
    printf("child: %#x\n", (unsigned)status);
    fflush(stdout);
}

static void talk(void)
{
    int value = -1;
    socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair);
    show("before", write(g_pair[0], "before ", 7));
    show("before", write(g_pair[0], "fork", 4));
    if (fork() == 0) {
        close(g_pair[0]);
        receive("child", g_pair[1], 7, 0);
        show("child FIONREAD", ioctl(g_pair[1], FIONREAD, &value));
        printf("  %d\n", value);
        receive("child peeks", g_pair[1], 100, MSG_PEEK);
        receive("child", g_pair[1], 100, 0);
        receive("child, none", g_pair[1], 100, MSG_DONTWAIT);
        write(g_pair[1], "from the child", 14);
        receive("child waits", g_pair[1], 100, 0);
        receive("child at the end", g_pair[1], 100, 0);
        show_poll("child", g_pair[1]);
        _exit(3);
    }
    close(g_pair[1]);
    receive("parent waits", g_pair[0], 100, 0);
    wait_ms(20);
    const long sent = send(g_pair[0], "from the parent", 15, MSG_NOSIGNAL);
    wait_ms(20);
    close(g_pair[0]);
    wait_for_child();
    printf("parent wrote %ld\n", sent);
}

static void ends(void)
{
    socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair);
    if (fork() == 0) {
        close(g_pair[0]);
        wait_ms(20);
        _exit(0);
    }
    close(g_pair[1]);
    receive("parent, the child has ended", g_pair[0], 1, 0);
    show_poll("parent", g_pair[0]);
    show("parent writes", send(g_pair[0], "x", 1, MSG_NOSIGNAL));
    signal(SIGPIPE, SIG_IGN);
    show("parent writes", write(g_pair[0], "x", 1));
    close(g_pair[0]);
    wait_for_child();

    // Both have both ends: nobody hears of the end of one of the processes.
    socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair);
    if (fork() == 0)
        _exit(0);
    wait_for_child();
    receive("none", g_pair[0], 1, MSG_DONTWAIT);
    show("write", write(g_pair[0], "abc", 3));
    receive("read", g_pair[1], 10, 0);
    show("shutdown", shutdown(g_pair[0], SHUT_WR));
    receive("end", g_pair[1], 1, 0);
    show_poll("after it", g_pair[1]);
    show("back", write(g_pair[1], "back", 4));
    receive("read", g_pair[0], 10, 0);
    close(g_pair[0]);
    show_poll("closed", g_pair[1]);
    close(g_pair[1]);
}

static void shut_before(void)
{
    socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair);
    write(g_pair[0], "last", 4);
    shutdown(g_pair[0], SHUT_WR);
    if (fork() == 0) {
        close(g_pair[0]);
        receive("child", g_pair[1], 10, 0);
        receive("child, end", g_pair[1], 10, 0);
        show("child writes", write(g_pair[1], "still", 5));
        _exit(0);
    }
    close(g_pair[1]);
    wait_for_child();
    receive("parent", g_pair[0], 10, 0);
    close(g_pair[0]);
}

static void much(void)
{
    long sum = 0, size = 0;
    socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair);
    if (fork() == 0) {
        close(g_pair[1]);
        for (int i = 0; i < 10; i++) {
            memset(g_buffer, i, sizeof(g_buffer));
            if (write(g_pair[0], g_buffer, sizeof(g_buffer)) != sizeof(g_buffer))
                _exit(1);
        }
        _exit(0);
    }
    close(g_pair[0]);
    for (long got; (got = read(g_pair[1], g_buffer, 70000)) > 0; size += got) {
        for (long i = 0; i < got; i++)
            sum += g_buffer[i];
    }
    printf("%ld bytes, sum %ld\n", size, sum);
    close(g_pair[1]);
    wait_for_child();
}

static void *wait_for_data(void *arg)
{
    (void)arg;
    char text[32] = "";
    const long got = recv(g_pair[1], text, sizeof(text), 0);
    printf("a thread of before the fork: %ld %s\n", got, text);
    fflush(stdout);
    return NULL;
}

static void threads(void)
{
    pthread_t thread;
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair);
    epoll_ctl(set, EPOLL_CTL_ADD, g_pair[0], &event);
    pthread_create(&thread, NULL, wait_for_data, NULL);
    wait_ms(30);
    if (fork() == 0) {
        wait_ms(30);
        write(g_pair[0], "hello", 5);
        wait_ms(30);
        write(g_pair[1], "epoll", 5);
        _exit(0);
    }
    pthread_join(thread, NULL);
    show("epoll", epoll_wait(set, &event, 1, 60000));
    printf("  %#x\n", event.events);
    receive("read", g_pair[0], 10, 0);
    wait_for_child();
    close(set);
    close(g_pair[0]);
    close(g_pair[1]);
}

int main(void)
{
    talk();
    ends();
    shut_before();
    much();
    threads();
    return 0;
}
