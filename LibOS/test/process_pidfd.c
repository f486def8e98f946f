/* SPDX-License-Identifier: MIT */
/* Descriptors of processes. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "process_names.h"

#define PIDFD 3 /* P_PIDFD */

static const char *name_of(long result)
{
    return result < 0 ? error_name(errno) : "ok";
}

static int pidfd_open(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int pidfd_signal(int fd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
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
    printf("open: %s, own: %s\n", name_of(fd), name_of(own));
    printf("flags: %s\n", name_of(pidfd_open(pid, 0x1234)));
    printf("nobody: %s\n", name_of(pidfd_open(99999, 0)));
    printf("negative: %s\n", name_of(pidfd_open(-1, 0)));
    printf("lives: %d\n", poll(&entry, 1, 0));
    printf("signal 0: %s\n", name_of(pidfd_signal(fd, 0)));
    printf("bad signal: %s\n", name_of(pidfd_signal(fd, 99)));
    printf("not one: %s\n", name_of(pidfd_signal(0, 0)));
    printf("kill: %s\n", name_of(pidfd_signal(fd, SIGKILL)));
    printf("has ended: %d", poll(&entry, 1, -1));
    printf(" %d\n", (entry.revents & POLLIN) != 0);
    memset(&info, 0, sizeof(info));
    printf("waitid: %s", name_of(waitid(PIDFD, (id_t)fd, &info, WEXITED)));
    printf(" %d %d %d\n", info.si_pid == pid, info.si_code, info.si_status);
    printf("again: %s\n", name_of(waitid(PIDFD, (id_t)fd, &info, WEXITED)));
    printf("gone: %s\n", name_of(pidfd_signal(fd, 0)));
    printf("not one: %s\n", name_of(waitid(PIDFD, 0, &info, WEXITED)));
    close(fd);
    close(own);
    return 0;
}
