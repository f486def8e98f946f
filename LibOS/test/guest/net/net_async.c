/* SPDX-License-Identifier: MIT */
/* O_ASYNC: who is told by which signal that a pipe, a socket, a terminal, a FIFO has something to read. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "show.h"

#ifndef F_SETSIG
#define F_SETSIG 10
#endif
#ifndef F_SETOWN_EX
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
#endif
struct owner {
    int type, pid;
};
enum { OF_THREAD, OF_PROCESS, OF_GROUP };

#define CHOSEN (SIGRTMIN + 3)

static sigset_t g_set;

static int next(siginfo_t *info, long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    int signal;
    while ((signal = sigtimedwait(&g_set, info, &time)) < 0 && errno == EINTR)
        ;
    return signal;
}

static void forget(void)
{
    siginfo_t info;
    while (next(&info, 0) > 0)
        ;
}

/* The first signal after something has happened to a file. */
static void expect(const char *what, int fd)
{
    siginfo_t info;
    const int signal = next(&info, 10000);
    if (signal == CHOSEN)
        printf("%s: code %d band %lx%s\n", what, info.si_code,
               (unsigned long)info.si_band & ~(unsigned long)POLLOUT & 0x3f, info.si_fd == fd ? "" : " another file");
    else
        printf("%s: %s code %s\n", what, signal == SIGIO ? "SIGIO" : "nothing",
               signal == SIGIO && info.si_code == 0x80 ? "SI_KERNEL" : "another");
    fflush(stdout);
    forget();
}

static void begin(int fd, int signal)
{
    show("F_SETOWN", fcntl(fd, F_SETOWN, getpid()));
    show("F_SETSIG", fcntl(fd, F_SETSIG, signal ? CHOSEN : 0));
    show("F_SETFL", fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC));
    show("O_ASYNC", (fcntl(fd, F_GETFL) & O_ASYNC) != 0);
}

static void pipes(void)
{
    int ends[2], other[2];
    char byte[2];
    show("pipe", pipe(ends) | pipe(other));
    show("write", write(ends[1], "x", 1));
    begin(ends[0], 0);
    begin(other[0], 1);
    show("write", write(other[1], "x", 1));
    expect("only the other", other[0]);
    show("write", write(ends[1], "y", 1));
    expect("SIGIO", ends[0]);
    show("read", read(ends[0], byte, 2));
    show("F_SETSIG", fcntl(ends[0], F_SETSIG, CHOSEN));
    show("write", write(ends[1], "z", 1));
    expect("of our choice", ends[0]);
    show("off", fcntl(ends[0], F_SETFL, 0));
    show("write", write(ends[1], "w", 1));
    close(other[1]);
    expect("the other's end", other[0]);
    close(ends[0]);
    close(ends[1]);
    close(other[0]);
}

static void sockets(void)
{
    int pair[2], on = 1;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(name);
    show("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    show("F_SETOWN", fcntl(pair[0], F_SETOWN, getpid()));
    show("F_SETSIG", fcntl(pair[0], F_SETSIG, CHOSEN));
    show("FIOASYNC", ioctl(pair[0], FIOASYNC, &on));
    show("write", write(pair[1], "x", 1));
    expect("AF_UNIX", pair[0]);
    close(pair[0]);
    close(pair[1]);

    const int udp = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
    show("bind", bind(udp, (struct sockaddr *)&name, size));
    getsockname(udp, (struct sockaddr *)&name, &size);
    begin(udp, 1);
    show("sendto", sendto(sender, "x", 1, 0, (struct sockaddr *)&name, size));
    expect("udp", udp);
    close(udp);
    close(sender);

    const int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    name.sin_port = 0;
    show("bind", bind(server, (struct sockaddr *)&name, size) | listen(server, 1));
    getsockname(server, (struct sockaddr *)&name, &size);
    begin(server, 1);
    show("connect", connect(client, (struct sockaddr *)&name, size));
    expect("a client", server);
    const int accepted = accept(server, NULL, NULL);
    begin(accepted, 1);
    forget();
    show("write", write(client, "x", 1));
    expect("tcp", accepted);
    close(server);
    close(client);
    close(accepted);
}

static void names(void)
{
    char name[64];
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    show("terminal", grantpt(master) | unlockpt(master));
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    begin(slave, 1);
    forget();
    show("write", write(master, "x\n", 2));
    expect("a terminal", slave);
    close(slave);
    close(master);

    show("mkfifo", mkfifo("async.fifo", 0600));
    const int fifo = open("async.fifo", O_RDONLY | O_NONBLOCK), writer = open("async.fifo", O_WRONLY);
    begin(fifo, 1);
    show("write", write(writer, "x", 1));
    expect("a FIFO", fifo);
    close(fifo);
    close(writer);

    const int watch = inotify_init();
    show("watch", inotify_add_watch(watch, ".", IN_DELETE) > 0);
    begin(watch, 1);
    show("unlink", unlink("async.fifo"));
    expect("inotify", watch);
    close(watch);
    snprintf(name, sizeof(name), "async.file");
    const int file = open(name, O_CREAT | O_RDWR, 0600);
    begin(file, 1);
    int on = 1;
    show("FIOASYNC", ioctl(file, FIOASYNC, &on));
    close(file);
    show("unlink", unlink(name));
    const int event = eventfd(0, 0);
    begin(event, 1);
    close(event);
}

/* The owner is another process, which has the pipe as well. */
static void processes(void)
{
    int ends[2], ready[2];
    siginfo_t info;
    char byte;
    show("pipe", pipe(ends) | pipe(ready));
    const pid_t child = fork();
    if (child == 0) {
        byte = 'r';
        (void)!write(ready[1], &byte, 1);
        _exit(next(&info, 10000) == CHOSEN && info.si_fd == ends[0] && info.si_code == POLL_IN ? 7 : 8);
    }
    (void)!read(ready[0], &byte, 1);
    show("F_SETOWN", fcntl(ends[0], F_SETOWN, child));
    show("F_GETOWN", fcntl(ends[0], F_GETOWN) == child);
    show("F_SETSIG", fcntl(ends[0], F_SETSIG, CHOSEN));
    show("F_SETFL", fcntl(ends[0], F_SETFL, O_ASYNC));
    show("write", write(ends[1], "x", 1));
    int status;
    waitpid(child, &status, 0);
    show("child", WEXITSTATUS(status));
    show("gone", fcntl(ends[0], F_SETOWN, child));

    /* And the other way round: it writes, and this one is told. */
    show("F_SETOWN", fcntl(ends[0], F_SETOWN, getpid()));
    forget();
    if (fork() == 0) {
        (void)!write(ends[1], "x", 1);
        _exit(0);
    }
    expect("by a child", ends[0]);
    wait(NULL);
}

static void threads(void)
{
    int ends[2];
    struct owner owner = {OF_THREAD, (int)syscall(SYS_gettid)};
    show("pipe", pipe(ends));
    show("F_SETOWN_EX", fcntl(ends[0], F_SETOWN_EX, &owner));
    memset(&owner, 0xff, sizeof(owner));
    show("F_GETOWN_EX", fcntl(ends[0], F_GETOWN_EX, &owner));
    printf("a thread: %d %d\n", owner.type == OF_THREAD, owner.pid == getpid());
    show("F_SETSIG", fcntl(ends[0], F_SETSIG, CHOSEN));
    show("F_SETFL", fcntl(ends[0], F_SETFL, O_ASYNC));
    show("write", write(ends[1], "x", 1));
    expect("a thread", ends[0]);
    show("off", fcntl(ends[0], F_SETFL, 0)); /* or all of the group would hear of the end */
    owner = (struct owner){OF_GROUP, getpgrp()};
    show("F_SETOWN_EX", fcntl(ends[0], F_SETOWN_EX, &owner));
    owner = (struct owner){OF_PROCESS, 0x3ffff0};
    show("nobody", fcntl(ends[0], F_SETOWN_EX, &owner));
    owner.type = 3;
    show("no type", fcntl(ends[0], F_SETOWN_EX, &owner));
    show("no signal", fcntl(ends[0], F_SETSIG, 65));
}

int main(void)
{
    sigemptyset(&g_set);
    sigaddset(&g_set, SIGIO);
    sigaddset(&g_set, CHOSEN);
    sigprocmask(SIG_BLOCK, &g_set, NULL);
    pipes();
    sockets();
    names();
    processes();
    threads();
    return 0;
}
