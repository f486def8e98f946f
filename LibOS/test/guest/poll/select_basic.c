// SPDX-License-Identifier: MIT
// select and pselect6: sets, counts, time-outs that are written back, bad arguments.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "interrupts.h"
#include "show.h"

static int g_pipe[2];

static void show_sets(const char *what, long result, int n, fd_set *in, fd_set *out, fd_set *except)
{
    show(what, result);
    for (int fd = 0; fd < n; fd++)
        printf("%c%c%c ", in && FD_ISSET(fd, in) ? 'r' : '-', out && FD_ISSET(fd, out) ? 'w' : '-',
               except && FD_ISSET(fd, except) ? 'x' : '-');
    printf("\n");
}

static volatile int g_signals;
static void on_signal(int signal)
{
    (void)signal;
    g_signals++;
}

static void *write_later(void *arg)
{
    wait_ms(50);
    write(g_pipe[1], "x", 1);
    return arg;
}

static void masks(void)
{
    struct {
        const void *set;
        size_t size;
    } mask = {&open, 8};
    struct timespec nano = {0, 10000000};
    sigset_t blocked, open;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &open);
    raise(SIGUSR1);
    show("pselect", pselect(0, NULL, NULL, NULL, &nano, NULL));
    show("pselect lets it in", pselect(0, NULL, NULL, NULL, NULL, &open));
    printf("signals %d\n", g_signals);
    nano = (struct timespec){0, 10000000};
    mask.set = &open;
    mask.size = 4;
    show("set size", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &nano, &mask));
    mask.size = 8;
    show("pselect6", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &nano, &mask));
    printf("left %ld %ld\n", (long)nano.tv_sec, nano.tv_nsec);
    show("bad mask", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &nano, (void *)8));
    nano.tv_nsec = -1;
    show("bad time", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &nano, NULL));
}

// Descriptors for which the table has no room are not looked at, and stay in their sets. A new process has the smallest table.
static void show_high(const char *what, int high)
{
    struct timeval none = {0, 0};
    fd_set in;
    FD_ZERO(&in);
    FD_SET(high, &in);
    show(what, select(FD_SETSIZE, &in, NULL, NULL, &none));
    printf("stays %d\n", FD_ISSET(high, &in) != 0);
}

static void beyond_the_table(void)
{
    fflush(stdout);
    if (fork() == 0) {
        for (int fd = 3; fd < FD_SETSIZE; fd++)
            close(fd);
        if (fork() != 0)
            _exit(wait(NULL) > 0 ? 0 : 1);
        show_high("beyond the table", 64);
        show_high("within the table", 63);
        dup2(STDOUT_FILENO, 100);
        show_high("a larger table", 127);
        show_high("beyond it", 128);
        close(100);
        show_high("it does not shrink", 127);
        _exit(0);
    }
    show("child", wait(NULL) > 0 ? 0 : -1);
}

int main(void)
{
    fd_set in, out, except;
    struct timeval time;
    pthread_t thread, self = pthread_self();
    char c;

    int file = open("file", O_RDWR | O_CREAT, 0600);
    pipe(g_pipe);
    const int n = g_pipe[1] + 1;
    for (int round = 0; round < 3; round++) {
        FD_ZERO(&in);
        FD_ZERO(&out);
        FD_ZERO(&except);
        FD_SET(g_pipe[0], &in);
        FD_SET(g_pipe[0], &out);
        FD_SET(g_pipe[0], &except);
        FD_SET(g_pipe[1], &in);
        FD_SET(g_pipe[1], &out);
        FD_SET(g_pipe[1], &except);
        FD_SET(file, &in);
        FD_SET(file, &out);
        FD_SET(file, &except);
        time = (struct timeval){0, 0};
        show_sets("select", select(n, &in, &out, &except, &time), n, &in, &out, &except);
        if (round == 0)
            write(g_pipe[1], "x", 1);
        if (round == 1)
            read(g_pipe[0], &c, 1);
    }
    FD_ZERO(&in);
    FD_SET(g_pipe[0], &in);
    show_sets("only those below", select(g_pipe[0], &in, NULL, NULL, &time), n, &in, NULL, NULL);

    long start = now_ms();
    FD_ZERO(&in);
    FD_SET(g_pipe[0], &in);
    time = (struct timeval){0, 100000};
    show_sets("time-out", select(n, &in, NULL, NULL, &time), n, &in, NULL, NULL);
    printf("%s, left %ld %ld\n", about(start, 100), (long)time.tv_sec, (long)time.tv_usec);

    FD_SET(g_pipe[0], &in);
    pthread_create(&thread, NULL, write_later, NULL);
    time = (struct timeval){100, 0};
    show_sets("waits", select(n, &in, NULL, NULL, &time), n, &in, NULL, NULL);
    printf("left %s\n", time.tv_sec < 100 ? "less" : "?");
    pthread_join(thread, NULL);
    read(g_pipe[0], &c, 1);

    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, kill_later, &self);
    FD_SET(g_pipe[0], &in);
    show_sets("signal", select(n, &in, NULL, NULL, NULL), n, &in, NULL, NULL);
    pthread_join(thread, NULL);
    printf("signals %d\n", g_signals);

    show("nothing", select(0, NULL, NULL, NULL, &(struct timeval){0, 1000}));
    show("negative", select(-1, NULL, NULL, NULL, &time));
    time = (struct timeval){-1, 0};
    show("negative time", select(0, NULL, NULL, NULL, &time));
    time = (struct timeval){0, -1};
    show("negative us", select(0, NULL, NULL, NULL, &time));
    time = (struct timeval){0, 1000001};
    start = now_ms();
    show("more than a second", syscall(SYS_select, 0, NULL, NULL, NULL, &time));
    printf("%s\n", about(start, 1000));
    time = (struct timeval){0, 0};
    show("EFAULT", select(n, (void *)8, NULL, NULL, &time));
    show("EFAULT time", syscall(SYS_select, n, NULL, NULL, NULL, (void *)8));
    FD_ZERO(&in);
    FD_SET(40, &in);
    show("EBADF", select(41, &in, NULL, NULL, &time));
    masks();
    beyond_the_table();
    unlink("file");
    return 0;
}
