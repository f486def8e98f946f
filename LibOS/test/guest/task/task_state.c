// SPDX-License-Identifier: MIT
// What /proc says that threads do: those that work run, those that wait sleep, whatever they wait for.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "moments.h"
#include <unistd.h>

static _Atomic int g_tid;
static pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
static int g_pipe[2], g_inherited[2], g_full[2], g_pair[2], g_server, g_flock;
static pid_t g_child;
static char g_fifo_in_memory[48];

static void read_pipe(void)
{
    char byte;
    (void)!read(g_pipe[0], &byte, 1);
}

static void read_inherited_pipe(void)
{
    char byte;
    (void)!read(g_inherited[0], &byte, 1);
}

static void write_full_pipe(void)
{
    char text[4096] = "";
    while (write(g_full[1], text, sizeof(text)) > 0)
        ;
}

static void receive(void)
{
    char byte;
    recv(g_pair[0], &byte, 1, 0);
}

static void accept_nobody(void)
{
    accept(g_server, NULL, NULL);
}

static void open_fifo(void)
{
    open("fifo", O_RDONLY);
}

static void open_fifo_in_memory(void)
{
    open(g_fifo_in_memory, O_RDONLY);
}

static void poll_pipe(void)
{
    struct pollfd item = {.fd = g_pipe[0], .events = POLLIN};
    poll(&item, 1, -1);
}

static void epoll_pipe(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    const int set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, g_inherited[0], &event);
    epoll_wait(set, &event, 1, -1);
}

static void read_eventfd(void)
{
    uint64_t value;
    (void)!read(eventfd(0, 0), &value, sizeof(value));
}

static void take_mutex(void)
{
    pthread_mutex_lock(&g_mutex);
}

static void take_flock(void)
{
    flock(open("locked", O_RDWR), LOCK_EX);
}

static void sleep_long(void)
{
    wait_ms(1000000);
}

static void wait_for_child(void)
{
    waitpid(g_child, NULL, 0);
}

static void wait_for_signal(void)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigwaitinfo(&set, &info);
}

static void compute(void)
{
    for (;;)
        ;
}

static void call(void)
{
    for (;;)
        syscall(SYS_getppid);
}

static void *run(void *what)
{
    g_tid = (int)syscall(SYS_gettid);
    ((void (*)(void))what)();
    return NULL;
}

/* Threads are left where they are. */
static int begin(void (*what)(void))
{
    pthread_t thread;
    g_tid = 0;
    pthread_create(&thread, NULL, run, (void *)what);
    while (g_tid == 0)
        wait_ms(1);
    return g_tid;
}

static char state_of(int tid)
{
    char path[64], text[4096] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
    const int fd = open(path, O_RDONLY);
    (void)!read(fd, text, sizeof(text) - 1);
    close(fd);
    const char *line = strstr(text, "\nState:\t");
    return line ? line[8] : '?';
}

static void sleeps(const char *what, void (*how)(void))
{
    const int tid = begin(how);
    char state = 0;
    for (int tries = 0; tries < 10000 && state != 'S'; tries++) {
        wait_ms(1);
        state = state_of(tid);
    }
    printf("%s: %c\n", what, state);
}

static void works(const char *what, void (*how)(void))
{
    const int tid = begin(how);
    int runs = 0;
    for (int i = 0; i < 100; i++)
        runs += state_of(tid) == 'R';
    printf("%s: runs %d of 100\n", what, runs);
}

static int listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "server"};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
        perror("listen");
    return fd;
}

int main(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (pipe(g_inherited) < 0 || (g_child = fork()) < 0)
        return 1;
    if (g_child == 0)
        pause();
    pthread_mutex_lock(&g_mutex);
    g_flock = open("locked", O_RDWR | O_CREAT, 0600);
    flock(g_flock, LOCK_EX);
    g_server = listen_here();
    snprintf(g_fifo_in_memory, sizeof(g_fifo_in_memory), "/dev/shm/task-state-fifo.%d", (int)getpid());
    if (pipe(g_pipe) < 0 || pipe(g_full) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, g_pair) < 0 ||
        mkfifo("fifo", 0600) < 0 || mkfifo(g_fifo_in_memory, 0600) < 0)
        return 1;
    sleeps("read of a pipe", read_pipe);
    sleeps("read of a pipe that a child has, too", read_inherited_pipe);
    sleeps("write to a full pipe", write_full_pipe);
    sleeps("recv", receive);
    sleeps("accept", accept_nobody);
    sleeps("open of a FIFO", open_fifo);
    sleeps("open of a FIFO in memory", open_fifo_in_memory);
    sleeps("poll", poll_pipe);
    sleeps("epoll_wait", epoll_pipe);
    sleeps("read of an eventfd", read_eventfd);
    sleeps("mutex", take_mutex);
    sleeps("flock", take_flock);
    sleeps("nanosleep", sleep_long);
    sleeps("waitpid", wait_for_child);
    sleeps("sigwaitinfo", wait_for_signal);
    works("arithmetic", compute);
    works("calls", call);
    printf("itself: %c\n", state_of(getpid()));
    unlink(g_fifo_in_memory);
    unlink("server");
    unlink("fifo");
    unlink("locked");
    fflush(stdout);
    kill(g_child, SIGKILL);
    _exit(0);
}
