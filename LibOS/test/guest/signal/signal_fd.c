// SPDX-License-Identifier: MIT
// signalfd: what is read, when it is ready, and what is refused.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "moments.h"

static void say(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result < 0 ? -1 : result, result < 0 ? strerror(errno) : "");
}

static void show(const char *what, int fd, size_t count)
{
    struct signalfd_siginfo infos[4];
    memset(infos, 0xee, sizeof(infos));
    const ssize_t size = read(fd, infos, count);
    say(what, size);
    for (ssize_t i = 0; i < size / (ssize_t)sizeof(infos[0]); i++)
        printf("  signal %u code %d own %d value %d pointer %llx\n", infos[i].ssi_signo, infos[i].ssi_code,
               infos[i].ssi_pid == (unsigned)getpid(), infos[i].ssi_int, (unsigned long long)infos[i].ssi_ptr);
}

static pthread_t g_main;
static void *later(void *arg)
{
    wait_asleep(getpid(), 20);
    if (arg)
        pthread_kill(g_main, SIGUSR2);
    else
        kill(getpid(), SIGUSR2);
    return NULL;
}

static void nothing(int signal)
{
    (void)signal;
}

int main(void)
{
    sigset_t set;
    struct pollfd poll_fd = {.events = POLLIN | POLLOUT};
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    g_main = pthread_self();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, 40);
    sigprocmask(SIG_BLOCK, &set, NULL);
    say("size", syscall(SYS_signalfd4, -1, &set, 4, 0));
    say("wild", syscall(SYS_signalfd4, -1, (void *)8, 8, 0));
    say("flags", syscall(SYS_signalfd4, -1, &set, 8, 1));
    say("bad fd", syscall(SYS_signalfd4, 99, &set, 8, 0));
    say("no signalfd", syscall(SYS_signalfd4, 1, &set, 8, 0));
    const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    printf("flags %x %x\n", fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    poll_fd.fd = fd;
    say("nothing", syscall(SYS_read, fd, &set, 128));
    say("too small", syscall(SYS_read, fd, &poll_fd, 127));
    say("write", write(fd, &set, 8));
    say("seek", lseek(fd, 0, SEEK_SET));
    say("poll", poll(&poll_fd, 1, 0));
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), 40, (union sigval){.sival_int = 7});
    sigqueue(getpid(), 40, (union sigval){.sival_int = 8});
    raise(SIGUSR2);
    say("poll", poll(&poll_fd, 1, 0));
    printf("revents %x\n", poll_fd.revents);
    show("two", fd, 300);
    show("rest", fd, 512);
    say("poll", poll(&poll_fd, 1, 0));
    say("wild", (kill(getpid(), SIGUSR1), syscall(SYS_read, fd, (void *)8, 128)));
    show("lost", fd, 128);

    sigdelset(&set, SIGUSR1);
    printf("changed %d\n", signalfd(fd, &set, 0) == fd);
    kill(getpid(), SIGUSR1);
    show("not in the set", fd, 128);
    fcntl(fd, F_SETFL, 0);
    pthread_create(&thread, NULL, later, NULL);
    show("waited for", fd, 128);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, later, &set);
    say("polled for", poll(&poll_fd, 1, 60000));
    show("and read", fd, 128);
    pthread_join(thread, NULL);

    const int queue = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5};
    epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
    say("epoll", epoll_wait(queue, &event, 1, 0));
    pthread_create(&thread, NULL, later, NULL);
    say("epoll waits", epoll_wait(queue, &event, 1, 60000));
    say("epoll again", epoll_wait(queue, &event, 1, 60000));
    show("and read", fd, 128);
    say("epoll no more", epoll_wait(queue, &event, 1, 0));
    pthread_join(thread, NULL);

    /* A signal that is not blocked interrupts. */
    sigaction(SIGUSR2, &(struct sigaction){.sa_handler = nothing}, NULL);
    sigset_t two;
    sigemptyset(&two);
    sigaddset(&two, SIGUSR2);
    sigprocmask(SIG_UNBLOCK, &two, NULL);
    sigemptyset(&two);
    sigaddset(&two, 41);
    signalfd(fd, &two, 0);
    pthread_create(&thread, NULL, later, &set);
    show("interrupted", fd, 128);
    pthread_join(thread, NULL);
    return 0;
}
