// SPDX-License-Identifier: MIT
// poll and ppoll: what is ready of files of all kinds, counts, time-outs, bad arguments, signals.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "interrupts.h"
#include "show.h"

static void show_fds(const char *what, struct pollfd *fds, int count, int timeout)
{
    int result = poll(fds, (nfds_t)count, timeout);
    show(what, result);
    for (int i = 0; i < count; i++)
        printf("  %d: %#x\n", i, (unsigned)(unsigned short)fds[i].revents);
}

static int g_pipe[2];

static void *write_later(void *arg)
{
    (void)arg;
    wait_ms(50);
    write(g_pipe[1], "x", 1);
    return NULL;
}

static volatile int g_signals;
static void on_signal(int signal)
{
    (void)signal;
    g_signals++;
}

static void kinds(void)
{
    int event = eventfd(0, 0);
    int file = open("file", O_RDWR | O_CREAT, 0600);
    int directory = open(".", O_RDONLY);
    int null = open("/dev/null", O_RDWR);
    show("pipe", pipe(g_pipe));
    struct pollfd fds[] = {{g_pipe[0], POLLIN | POLLOUT | POLLPRI, 0},
                           {g_pipe[1], POLLIN | POLLOUT, 0},
                           {event, POLLIN | POLLOUT, 0},
                           {file, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, 0},
                           {directory, POLLIN, 0},
                           {null, POLLIN | POLLOUT, 0},
                           {-1, POLLIN, 77},
                           {999, POLLIN, 0},
                           {g_pipe[0], 0, 0}};
    show_fds("kinds", fds, 9, 0);
    show("write", write(g_pipe[1], "abc", 3));
    show_fds("with data", fds, 9, -1);
    close(g_pipe[1]);
    fds[1].fd = -1;
    show_fds("hung up", fds, 9, -1);
    char buffer[8];
    show("read", read(g_pipe[0], buffer, 8));
    show_fds("hung up and empty", fds, 9, -1);
    close(g_pipe[0]);
    show("pipe", pipe(g_pipe));
    close(g_pipe[0]);
    struct pollfd writer = {g_pipe[1], POLLOUT, 0};
    show_fds("no reader", &writer, 1, 0);
    close(g_pipe[1]);
    close(event);
    close(file);
    close(directory);
    close(null);
    unlink("file");
}

static void times(void)
{
    show("pipe", pipe(g_pipe));
    struct pollfd fd = {g_pipe[0], POLLIN, 0};
    long start = now_ms();
    show_fds("time-out", &fd, 1, 100);
    printf("%s\n", about(start, 100));
    start = now_ms();
    show("no descriptors", poll(NULL, 0, 50));
    printf("%s\n", about(start, 50));
    pthread_t thread;
    pthread_create(&thread, NULL, write_later, NULL);
    show("waits", poll(&fd, 1, -1));
    pthread_join(thread, NULL);
    printf("  %#x\n", (unsigned)fd.revents);

    struct timespec time = {100, 0};
    show("ppoll", syscall(SYS_ppoll, &fd, 1, &time, NULL, 8));
    printf("left %s\n", time.tv_sec < 100 ? "less" : "?");
    char c;
    show("read", read(g_pipe[0], &c, 1));
    time = (struct timespec){0, 50000000};
    show("ppoll", syscall(SYS_ppoll, &fd, 1, &time, NULL, 8));
    printf("left %ld %ld\n", (long)time.tv_sec, time.tv_nsec);
    time = (struct timespec){0, 0};
    show("ppoll 0", syscall(SYS_ppoll, &fd, 1, &time, NULL, 8));
    time = (struct timespec){0, 1000000000};
    show("ppoll bad time", syscall(SYS_ppoll, &fd, 1, &time, NULL, 8));
    time = (struct timespec){-1, 0};
    show("ppoll negative", syscall(SYS_ppoll, &fd, 1, &time, NULL, 8));
    sigset_t mask;
    sigemptyset(&mask);
    time = (struct timespec){0, 0};
    show("ppoll set size", syscall(SYS_ppoll, &fd, 1, &time, &mask, 4));
    show("ppoll bad mask", syscall(SYS_ppoll, &fd, 1, &time, (void *)8, 8));
    show("ppoll bad address of time", syscall(SYS_ppoll, &fd, 1, (void *)8, NULL, 8));
}

static void signals(void)
{
    struct pollfd fd = {g_pipe[0], POLLIN, 0};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    pthread_t self = pthread_self(), thread;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, kill_later, &self);
    show("poll and a signal", poll(&fd, 1, -1)); /* is not begun again in spite of SA_RESTART */
    pthread_join(thread, NULL);
    printf("signals %d\n", g_signals);

    sigset_t blocked, open;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &open);
    raise(SIGUSR1);
    printf("signals %d\n", g_signals);
    struct timespec time = {0, 10000000};
    show("ppoll lets it in", ppoll(&fd, 1, NULL, &open));
    printf("signals %d\n", g_signals);
    show("ppoll later", ppoll(&fd, 1, &time, &open));
    raise(SIGUSR1);
    write(g_pipe[1], "x", 1);
    show("ready goes first", ppoll(&fd, 1, &time, &open));
    printf("signals %d\n", g_signals);
    sigprocmask(SIG_SETMASK, &open, NULL);
    printf("signals %d\n", g_signals);
    action.sa_handler = SIG_IGN;
    sigaction(SIGUSR1, &action, NULL);
    char c;
    read(g_pipe[0], &c, 1);
    pthread_create(&thread, NULL, kill_later, &self);
    long start = now_ms();
    show("ignored signal", poll(&fd, 1, 150));
    printf("%s\n", about(start, 150));
    pthread_join(thread, NULL);
}

static void bad(void)
{
    struct rlimit limit;
    show("EFAULT", poll((void *)8, 1, 0));
    show("EFAULT high", poll((void *)-4096L, 1, 0));
    show("NULL", poll(NULL, 1, 0));
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct pollfd *fds = calloc(65, sizeof(*fds));
    for (int i = 0; i < 65; i++)
        fds[i].fd = -1;
    show("64", poll(fds, 64, 0));
    show("65", poll(fds, 65, 0));
    free(fds);
}

static void many(void)
{
    enum { COUNT = 300 };
    static int pipes[COUNT][2];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max > 4096)
        limit.rlim_max = 4096;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct pollfd *fds = calloc(COUNT, sizeof(*fds));
    for (int i = 0; i < COUNT; i++) {
        if (pipe(pipes[i]) < 0) {
            show("pipe", -1);
            return;
        }
        fds[i] = (struct pollfd){pipes[i][0], POLLIN, 0};
    }
    show("300, none", poll(fds, COUNT, 20));
    for (int i = 0; i < COUNT; i += 7)
        write(pipes[i][1], "x", 1);
    show("300, some", poll(fds, COUNT, -1));
    int right = 1;
    for (int i = 0; i < COUNT; i++)
        right &= (fds[i].revents == POLLIN) == (i % 7 == 0);
    printf("right %d\n", right);
    for (int i = 0; i < COUNT; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    free(fds);
}

int main(void)
{
    kinds();
    times();
    signals();
    many();
    bad();
    return 0;
}
