// SPDX-License-Identifier: MIT
// Calls that a signal interrupts: which are made again, and which end with EINTR. Another thread sends the signals.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "moments.h"

static pthread_t g_main;
static struct timespec g_sleep; /* how long those that sleep would, undisturbed */
static int g_pipe[2];
static atomic_int g_word, g_signal, g_runs;
static sigset_t g_temporary;

static void handler(int signal)
{
    (void)signal;
    g_runs++;
}

/* Twice the signal, then what the call waits for. */
static void *disturb(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        wait_asleep(getpid(), 20);
        pthread_kill(g_main, g_signal);
    }
    wait_asleep(getpid(), 20);
    if (write(g_pipe[1], "x", 1) < 0)
        perror("write");
    atomic_store(&g_word, 1);
    syscall(SYS_futex, &g_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return NULL;
}

static long call_read(void)
{
    char c;
    return read(g_pipe[0], &c, 1);
}

static long call_poll(void)
{
    struct pollfd fd = {.fd = g_pipe[0], .events = POLLIN};
    return poll(&fd, 1, 60000);
}

static long call_ppoll(void)
{
    struct pollfd fd = {.fd = g_pipe[0], .events = POLLIN};
    const struct timespec time = {.tv_sec = 60};
    return ppoll(&fd, 1, &time, &g_temporary);
}

static long call_select(void)
{
    fd_set set;
    struct timeval time = {.tv_sec = 60};
    FD_ZERO(&set);
    FD_SET(g_pipe[0], &set);
    return select(g_pipe[0] + 1, &set, NULL, NULL, &time);
}

static long call_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    const int set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, g_pipe[0], &event);
    const long result = epoll_wait(set, &event, 1, 60000);
    const int error = errno;
    close(set);
    errno = error;
    return result;
}

static long call_futex(void)
{
    return syscall(SYS_futex, &g_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long call_futex_timed(void)
{
    const struct timespec time = {.tv_sec = 60};
    return syscall(SYS_futex, &g_word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
}

static long call_nanosleep(void)
{
    struct timespec left = {.tv_sec = 99};
    const long result = syscall(SYS_nanosleep, &g_sleep, &left);
    const int error = errno;
    if (result < 0)
        printf("[left between %d] ", left.tv_sec >= 0 && left.tv_sec < g_sleep.tv_sec);
    errno = error;
    return result;
}

static long call_clock_nanosleep(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += g_sleep.tv_nsec;
    time.tv_sec += g_sleep.tv_sec + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static long call_pause(void)
{
    return pause();
}

static long call_sigsuspend(void)
{
    return sigsuspend(&g_temporary);
}

static long call_sigtimedwait(void)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    return sigtimedwait(&set, &info, &g_sleep);
}

static const struct {
    const char *name;
    long (*call)(void);
    int never_returns_alone;
} g_calls[] = {
    {"read", call_read, 0},
    {"poll", call_poll, 0},
    {"ppoll", call_ppoll, 0},
    {"select", call_select, 0},
    {"epoll_wait", call_epoll, 0},
    {"futex", call_futex, 0},
    {"futex timed", call_futex_timed, 0},
    {"nanosleep", call_nanosleep, 0},
    {"clock_nanosleep", call_clock_nanosleep, 0},
    {"sigtimedwait", call_sigtimedwait, 0},
    {"pause", call_pause, 1},
    {"sigsuspend", call_sigsuspend, 1},
};

static void try(unsigned i, const char *how, int signal)
{
    pthread_t thread;
    char c;
    struct pollfd fd = {.fd = g_pipe[0], .events = POLLIN};
    atomic_store(&g_word, 0);
    g_signal = signal;
    g_sleep = signal == SIGUSR1 ? (struct timespec){.tv_sec = 2} : (struct timespec){.tv_nsec = 100000000};
    g_runs = 0;
    pthread_create(&thread, NULL, disturb, NULL);
    errno = 0;
    const long result = g_calls[i].call();
    const int error = errno;
    const int runs = g_runs;
    pthread_join(thread, NULL);
    if (poll(&fd, 1, 0) == 1 && read(g_pipe[0], &c, 1) != 1)
        perror("read");
    printf("%s, %s: %ld %s, handler %s\n", g_calls[i].name, how, result, result < 0 ? strerror(error) : "",
           runs == 0   ? "never"
           : runs == 1 ? "once"
                       : "twice");
}

int main(void)
{
    struct sigaction again = {.sa_handler = handler, .sa_flags = SA_RESTART}, once = {.sa_handler = handler};
    g_main = pthread_self();
    sigemptyset(&g_temporary);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (pipe(g_pipe) < 0)
        return 1;
    for (unsigned i = 0; i < sizeof(g_calls) / sizeof(g_calls[0]); i++) {
        sigaction(SIGUSR1, &once, NULL);
        try(i, "plain", SIGUSR1);
        sigaction(SIGUSR1, &again, NULL);
        try(i, "restart", SIGUSR1);
        if (!g_calls[i].never_returns_alone)
            try(i, "no handler", SIGWINCH);
    }
    return 0;
}
