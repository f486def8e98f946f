/* SPDX-License-Identifier: MIT */
/* Process groups and sessions. */
#include "children.h"
#include "errors.h"

static void session(void)
{
    printf("setsid: %d, session %d, group %d\n", setsid() == getpid(), getsid(0) == getpid(), getpgrp() == getpid());
    printf("again: %s\n", outcome(setsid()));
    printf("a leader's group: %s\n", outcome(setpgid(0, 0)));
    const pid_t pid = fork();
    if (pid == 0) {
        printf("child: session %d, group %d\n", getsid(0) == getppid(), getpgrp() == getppid());
        printf("own group: %s %d\n", outcome(setpgid(0, 0)), getpgrp() == getpid());
        printf("leader of a group: %s\n", outcome(setsid()));
        fflush(stdout);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
}

static void groups(void)
{
    int fds[2], status;
    char byte;
    pipe(fds);
    const pid_t pid = fork();
    if (pid == 0) {
        close(fds[1]);
        read(fds[0], &byte, 1);
        printf("the child sees: %d\n", getpgrp() == getpid());
        fflush(stdout);
        execl("/bin/sh", "sh", "-c", "read x", NULL);
        _exit(1);
    }
    printf("child's group: %s %d\n", outcome(setpgid(pid, pid)), getpgid(pid) == pid);
    printf("negative: %s\n", outcome(setpgid(pid, -1)));
    printf("no such group: %s\n", outcome(setpgid(pid, 999999)));
    printf("no such process: %s\n", outcome(setpgid(999999, 0)));
    printf("its group: %s %d\n", outcome(setpgid(0, pid)), getpgrp() == pid);
    printf("getpgid of nobody: %s\n", outcome(getpgid(999999)));
    printf("getsid of it: %d\n", getsid(pid) == getsid(0));
    fflush(stdout);
    write(fds[1], "x", 1);
    close(fds[0]);
    close(fds[1]);
    waitpid(pid, &status, 0);
    printf("ended: %d\n", WIFEXITED(status));
}

int main(void)
{
    printf("-- session\n");
    in_child(session);
    printf("-- groups\n");
    in_child(groups);
    return 0;
}
