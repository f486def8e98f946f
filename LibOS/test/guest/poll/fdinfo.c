/* SPDX-License-Identifier: MIT */
/* What /proc/self/fdinfo tells of descriptors that are no files: counts, masks, times, members, processes. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What differs between runs, systems and their versions: everything has it, or an inode follows. */
static int is_common(const char *line)
{
    static const char *const names[] = {"pos:", "flags:", "mnt_id:", "ino:", "scm_fds:", "eventfd-id:"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(line, names[i], strlen(names[i])) == 0)
            return 1;
    return 0;
}

static void show(const char *what, int fd)
{
    char name[64], line[256];
    snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(name, "r");
    printf("%s:%s\n", what, info ? "" : " cannot be read");
    while (info && fgets(line, sizeof(line), info)) {
        char *rest = strstr(line, "  pos:");
        if (rest)
            strcpy(rest, "\n");
        if (!is_common(line))
            printf("  %s", line);
    }
    if (info)
        fclose(info);
}

static void timers(void)
{
    const struct itimerspec once = {.it_value = {.tv_sec = 0, .tv_nsec = 1}};
    const struct itimerspec often = {.it_interval = {3, 500}, .it_value = {.tv_sec = 0, .tv_nsec = 1}};
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    show("timerfd", fd);
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &once, NULL);
    usleep(1000);
    show("expired", fd);
    close(fd);
    fd = timerfd_create(CLOCK_REALTIME, 0);
    uint64_t ticks;
    char name[64], line[256];
    timerfd_settime(fd, 0, &often, NULL);
    if (read(fd, &ticks, sizeof(ticks)) != sizeof(ticks))
        printf("not expired\n");
    snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(name, "r");
    long seconds = -1, rest = -1;
    while (info && fgets(line, sizeof(line), info)) {
        if (sscanf(line, "it_value: (%ld, %ld)", &seconds, &rest) == 2)
            printf("left: %s\n", seconds <= 3 && rest < 1000000000 ? "yes" : "no");
        else if (strncmp(line, "it_interval", 11) == 0)
            printf("%s", line);
    }
    if (info)
        fclose(info);
    close(fd);
}

static void processes(void)
{
    char name[64], line[256];
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    const int fd = (int)syscall(SYS_pidfd_open, child, 0);
    for (int round = 0; round < 3; round++) {
        snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
        FILE *info = fopen(name, "r");
        int pid = 0;
        while (info && fgets(line, sizeof(line), info))
            if (sscanf(line, "Pid: %d", &pid) == 1 || sscanf(line, "NSpid: %d", &pid) == 1)
                printf("%.*s %s\n", (int)strcspn(line, "\t"), line,
                       pid == child ? "the child's"
                       : pid == -1  ? "none"
                                    : "?");
        if (info)
            fclose(info);
        siginfo_t end;
        if (round == 0) {
            kill(child, SIGKILL);
            waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT);
        } else if (round == 1)
            waitpid(child, NULL, 0);
    }
    close(fd);
}

int main(void)
{
    int fd = eventfd(0xabcdef, EFD_SEMAPHORE);
    sigset_t set;
    show("eventfd", fd);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMAX);
    const int signals = signalfd(-1, &set, 0);
    show("signalfd", signals);
    const int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = 0x123456789abcdef};
    show("epoll, empty", epoll);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        perror("epoll_ctl");
    show("epoll", epoll);
    close(fd);
    show("epoll, empty again", epoll);
    timers();
    processes();
    return 0;
}
