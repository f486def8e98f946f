/* SPDX-License-Identifier: MIT */
/* Descriptors of processes. */
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "errors.h"

#define PIDFD 3 /* P_PIDFD */

static int pidfd_open(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int pidfd_signal(int fd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
}

/* The directory of a process stands for it, where signals are sent; no other file does. */
static void directories(pid_t pid)
{
    char name[32];
    snprintf(name, sizeof(name), "/proc/%d", pid);
    const int fd = open(name, O_RDONLY | O_DIRECTORY), own = open("/proc/self", O_RDONLY | O_DIRECTORY);
    const int all = open("/proc", O_RDONLY | O_DIRECTORY), below = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
    const int path = open("/proc/self", O_PATH), file = open("/proc/self/stat", O_RDONLY);
    printf("a directory: %s, own: %s, ", outcome(pidfd_signal(fd, 0)), outcome(pidfd_signal(own, 0)));
    printf("bad signal: %s\n", outcome(pidfd_signal(own, 99)));
    printf("of all: %s, below: %s, ", outcome(pidfd_signal(all, 0)), outcome(pidfd_signal(below, 0)));
    printf("path: %s, file: %s\n", outcome(pidfd_signal(path, 0)), outcome(pidfd_signal(file, 0)));
    close(fd);
    close(own);
    close(all);
    close(below);
    close(path);
    close(file);
}

static void taking(int own)
{
    char c;
    int pipes[2];
    if (pipe(pipes) < 0 || write(pipes[1], "x", 1) != 1)
        return;
    const int fd = (int)syscall(SYS_pidfd_getfd, own, pipes[0], 0);
    printf("getfd: %s, ", outcome(fd));
    printf("read %d, flags %d\n", (int)read(fd, &c, 1), fcntl(fd, F_GETFD));
    printf("getfd flags: %s, ", outcome(syscall(SYS_pidfd_getfd, own, pipes[0], 1)));
    printf("no process: %s, ", outcome(syscall(SYS_pidfd_getfd, pipes[0], pipes[0], 0)));
    printf("no file: %s\n", outcome(syscall(SYS_pidfd_getfd, own, 999, 0)));
}

// A descriptor of a process that has ended becomes a member of an epoll set, and is ready there.
static void ended_member(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    const int set = epoll_create1(0);
    printf("member: %s", outcome(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event)));
    event.events = 0;
    const int count = epoll_wait(set, &event, 1, 60000);
    printf(" %d %d\n", count, (event.events & EPOLLIN) != 0);
    close(set);
}

static long compare(pid_t a, pid_t b, int type, int first, int second)
{
    return syscall(SYS_kcmp, a, b, type, first, second);
}

// What is not the same is ordered in some way.
static void comparing(pid_t other)
{
    const pid_t own = getpid();
    const int again = dup(0), file = open("/", O_RDONLY | O_DIRECTORY);
    printf("files: %s %ld, ", outcome(compare(own, own, KCMP_FILE, 0, again)), compare(own, own, KCMP_FILE, 0, again));
    printf("%d, ", compare(own, own, KCMP_FILE, 0, file) > 0);
    printf("no file: %s\n", outcome(compare(own, own, KCMP_FILE, 0, 999)));
    for (int type = KCMP_VM; type <= KCMP_SIGHAND; type++)
        printf("type %d: itself %ld, another %d\n", type, compare(own, own, type, 0, 0),
               compare(own, other, type, 0, 0) > 0);
    printf("nobody: %s, ", outcome(compare(own, 99999999, KCMP_VM, 0, 0)));
    printf("no type: %s\n", outcome(compare(own, own, 99, 0, 0)));
    close(again);
    close(file);
}

int main(void)
{
    siginfo_t info;
    fflush(stdout);
    const pid_t pid = fork();
    while (pid == 0)
        pause();
    const int fd = pidfd_open(pid, 0), own = pidfd_open(getpid(), 0);
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    printf("open: %s, own: %s\n", outcome(fd), outcome(own));
    printf("flags: %s\n", outcome(pidfd_open(pid, 0x1234)));
    printf("nobody: %s\n", outcome(pidfd_open(99999, 0)));
    printf("negative: %s\n", outcome(pidfd_open(-1, 0)));
    printf("lives: %d\n", poll(&entry, 1, 0));
    printf("signal 0: %s\n", outcome(pidfd_signal(fd, 0)));
    printf("bad signal: %s\n", outcome(pidfd_signal(fd, 99)));
    printf("not one: %s\n", outcome(pidfd_signal(0, 0)));
    directories(pid);
    taking(own);
    const int nonblocking = pidfd_open(pid, O_NONBLOCK);
    printf("not yet: %s, ", outcome(waitid(PIDFD, (id_t)nonblocking, &info, WEXITED)));
    printf("without a wait: %s\n", outcome(waitid(PIDFD, (id_t)nonblocking, &info, WEXITED | WNOHANG)));
    close(nonblocking);
    comparing(pid);
    printf("kill: %s\n", outcome(pidfd_signal(fd, SIGKILL)));
    printf("has ended: %d", poll(&entry, 1, -1));
    printf(" %d\n", (entry.revents & POLLIN) != 0);
    ended_member(fd);
    memset(&info, 0, sizeof(info));
    printf("waitid: %s", outcome(waitid(PIDFD, (id_t)fd, &info, WEXITED)));
    printf(" %d %d %d\n", info.si_pid == pid, info.si_code, info.si_status);
    printf("again: %s\n", outcome(waitid(PIDFD, (id_t)fd, &info, WEXITED)));
    printf("gone: %s\n", outcome(pidfd_signal(fd, 0)));
    printf("not one: %s\n", outcome(waitid(PIDFD, 0, &info, WEXITED)));
    close(fd);
    close(own);
    return 0;
}
