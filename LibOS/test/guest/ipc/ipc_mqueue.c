// SPDX-License-Identifier: MIT
// POSIX message queues: names, attributes, priorities, waiting, notification, readiness, processes.
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "show.h"

static char g_name[32];
static mqd_t g_queue;

static void show_fd(const char *what, int fd)
{
    if (fd < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: open\n", what);
    fflush(stdout);
}

static void show_attributes(const char *what, mqd_t queue)
{
    struct mq_attr attr;
    if (show(what, mq_getattr(queue, &attr)) >= 0)
        printf("  flags %#lx, %ld of %ld messages of %ld bytes\n", attr.mq_flags, attr.mq_curmsgs, attr.mq_maxmsg,
               attr.mq_msgsize);
    fflush(stdout);
}

static void receive(const char *what, mqd_t queue)
{
    char text[100] = "";
    unsigned priority = 99;
    const long got = show(what, mq_receive(queue, text, sizeof(text), &priority));
    if (got >= 0)
        printf("  %s, priority %u\n", text, priority);
    fflush(stdout);
}

static long put(const char *text, unsigned priority)
{
    return mq_send(g_queue, text, strlen(text), priority);
}

static void making(void)
{
    struct mq_attr attr = {.mq_maxmsg = 0, .mq_msgsize = 100};
    char text[100];
    show_fd("none", mq_open(g_name, O_RDWR));
    show_fd("no name", syscall(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, NULL));
    show_fd("slash", syscall(SYS_mq_open, "a/b", O_RDWR | O_CREAT, 0600, NULL));
    show_fd("dots", syscall(SYS_mq_open, "..", O_RDWR | O_CREAT, 0600, NULL));
    show_fd("wild", syscall(SYS_mq_open, 8, O_RDWR | O_CREAT, 0600, NULL));
    memset(text, 'x', sizeof(text));
    show_fd("maxmsg 0", mq_open(g_name, O_RDWR | O_CREAT, 0600, &attr));
    attr.mq_maxmsg = 70000;
    show_fd("maxmsg", mq_open(g_name, O_RDWR | O_CREAT, 0600, &attr));
    attr.mq_maxmsg = 4;
    attr.mq_msgsize = -1;
    show_fd("msgsize", mq_open(g_name, O_RDWR | O_CREAT, 0600, &attr));
    attr.mq_msgsize = 100;
    umask(022);
    g_queue = mq_open(g_name, O_RDWR | O_CREAT | O_EXCL, 0666, &attr);
    show_fd("made", g_queue);
    show_fd("again", mq_open(g_name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
    show_attributes("attributes", g_queue);
    struct stat stat;
    fstat(g_queue, &stat);
    printf("mode %o, size %ld, FD_CLOEXEC %d\n", stat.st_mode, (long)stat.st_size, fcntl(g_queue, F_GETFD));
    show_attributes("of a file", 0);
    show_attributes("of nothing", 99);
    attr.mq_flags = O_NONBLOCK;
    show("set", mq_setattr(g_queue, &attr, NULL));
    show_attributes("attributes", g_queue);
    printf("flags %#x\n", fcntl(g_queue, F_GETFL) & O_NONBLOCK);
    attr.mq_flags = O_APPEND;
    show("set others", mq_setattr(g_queue, &attr, NULL));
    char name[80];
    snprintf(name, sizeof(name), "%s-default", g_name);
    mqd_t other = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
    show_attributes("default", other);
    mq_close(other);
    show("unlink", mq_unlink(name));
    show("unlink", mq_unlink(name));
}

static void messages(void)
{
    char large[101] = "";
    struct timespec past = {1, 0}, wrong = {1, 1000000000};
    receive("none", g_queue);
    show("send", put("low", 1));
    show("send", put("high", 5));
    show("send", put("low again", 1));
    show("send", put("", 3));
    show("full", put("x", 1));
    show_attributes("full", g_queue);
    show("priority", put("x", 32768));
    show("too large", mq_send(g_queue, large, 101, 0));
    show("buffer too small", mq_receive(g_queue, large, 99, NULL));
    receive("1", g_queue);
    receive("2", g_queue);
    receive("3", g_queue);
    receive("4", g_queue);
    receive("none", g_queue);
    show("wild", mq_send(g_queue, (void *)8, 10, 0));
    fcntl(g_queue, F_SETFL, 0);
    show("receive in the past", mq_timedreceive(g_queue, large, 100, NULL, &past));
    show("receive at no time", mq_timedreceive(g_queue, large, 100, NULL, &wrong));
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 30000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_nsec -= 1000000000;
        soon.tv_sec++;
    }
    const long start = now_ms();
    show("receive for 30 ms", mq_timedreceive(g_queue, large, 100, NULL, &soon));
    printf("  %s\n", about(start, 29));
    mqd_t reader = mq_open(g_name, O_RDONLY), writer = mq_open(g_name, O_WRONLY);
    show("to a reader", mq_send(reader, "x", 1, 0));
    show("from a writer", mq_receive(writer, large, 100, NULL));
    show("to a file", mq_send(0, "x", 1, 0));
    show("through the writer", mq_send(writer, "via", 3, 2));
    receive("from the reader", reader);
    mq_close(reader);
    mq_close(writer);
}

// What a read tells, but for who wants to hear of a message.
static void state(const char *what, mqd_t queue)
{
    char text[100] = "";
    const long got = show(what, pread(queue, text, sizeof(text) - 1, 0));
    char *end = strstr(text, "NOTIFY_PID");
    if (got > 0 && end != NULL)
        printf("  %.*s\n", (int)(end - text), text);
    fflush(stdout);
}

static void states(void)
{
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 100};
    char name[80];
    snprintf(name, sizeof(name), "%s-state", g_name);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attr), writer = mq_open(name, O_WRONLY);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    char part[10];
    state("empty", queue);
    mq_send(queue, "seven", 7, 1);
    mq_send(queue, "ten", 10, 2);
    state("two messages", queue);
    mq_receive(queue, (char[100]){0}, 100, NULL);
    state("one message", queue);
    show("notify", mq_notify(queue, &event));
    state("to be told", queue);
    show("nobody", mq_notify(queue, NULL));
    event.sigev_notify = SIGEV_NONE;
    show("notify", mq_notify(queue, &event));
    state("not to be told", queue);
    show("part", read(queue, part, sizeof(part)));
    printf("%.10s\n", part);
    show("the rest", read(queue, (char[100]){0}, 100) > 50);
    show("the end", read(queue, part, sizeof(part)));
    show("into nothing", pread(queue, (void *)8, 10, 0));
    show("by a writer", pread(writer, part, sizeof(part), 0));
    show("write", write(queue, "x", 1));
    mq_close(queue);
    mq_close(writer);
    mq_unlink(name);
}

static void *put_later(void *arg)
{
    (void)arg;
    wait_ms(30);
    put("later", 0);
    return NULL;
}

static volatile int g_signal, g_value, g_code;

static void on_message(int signal, siginfo_t *info, void *context)
{
    (void)context;
    g_signal = signal;
    g_value = info->si_value.sival_int;
    g_code = info->si_code;
}

static void waiting(void)
{
    struct sigaction action = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
    struct pollfd item = {g_queue, POLLIN | POLLOUT, 0};
    struct epoll_event ready = {.events = EPOLLIN};
    pthread_t thread;
    pthread_create(&thread, NULL, put_later, NULL);
    receive("wait", g_queue);
    pthread_join(thread, NULL);
    show("poll", poll(&item, 1, 0));
    printf("  %#x\n", (unsigned)item.revents);
    item.events = POLLIN;
    pthread_create(&thread, NULL, put_later, NULL);
    show("poll", poll(&item, 1, 60000));
    printf("  %#x\n", (unsigned)item.revents);
    pthread_join(thread, NULL);
    receive("polled", g_queue);
    int set = epoll_create1(0);
    show("epoll_ctl", epoll_ctl(set, EPOLL_CTL_ADD, g_queue, &ready));
    show("epoll_wait", epoll_wait(set, &ready, 1, 0));
    pthread_create(&thread, NULL, put_later, NULL);
    show("epoll_wait", epoll_wait(set, &ready, 1, 60000));
    pthread_join(thread, NULL);
    receive("told", g_queue);
    show("epoll_wait", epoll_wait(set, &ready, 1, 0));
    close(set);

    sigaction(SIGUSR1, &action, NULL);
    show("notify", mq_notify(g_queue, &event));
    show("notify again", mq_notify(g_queue, &event));
    put("told", 0);
    printf("signal %d, value %d, code %d\n", g_signal, g_value, g_code);
    g_signal = 0;
    receive("receive", g_queue);
    put("not told", 0);
    printf("signal %d\n", g_signal);
    show("notify", mq_notify(g_queue, &event));
    put("not empty", 0);
    printf("signal %d\n", g_signal);
    receive("receive", g_queue);
    receive("receive", g_queue);
    show("forget", mq_notify(g_queue, NULL));
    put("forgotten", 0);
    printf("signal %d\n", g_signal);
    receive("receive", g_queue);
    event.sigev_notify = 77;
    show("notify wrong", mq_notify(g_queue, &event));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 99;
    show("notify signal", mq_notify(g_queue, &event));
}

static void processes(void)
{
    struct mq_attr attr = {.mq_maxmsg = 3, .mq_msgsize = 100};
    char back[80], childs[80];
    snprintf(back, sizeof(back), "%s-back", g_name);
    snprintf(childs, sizeof(childs), "%s-child", g_name);
    mqd_t other = mq_open(back, O_RDWR | O_CREAT, 0600, &attr);
    if (fork() == 0) {
        char text[100];
        for (int i = 0; i < 200; i++) {
            const long got = mq_receive(g_queue, text, 100, NULL);
            mq_send(other, text, got, 0);
        }
        _exit(0);
    }
    long sum = 0;
    for (int i = 0; i < 200; i++) {
        char text[100];
        mq_send(g_queue, text, i % 100, 0);
        sum += mq_receive(other, text, 100, NULL);
    }
    int status;
    wait(&status);
    printf("sum %ld, child %#x\n", sum, (unsigned)status);
    fflush(stdout);
    // A full queue, poll, and what a child has made.
    if (fork() == 0) {
        mqd_t made = mq_open(childs, O_RDWR | O_CREAT, 0600, &attr);
        mq_send(made, "made by the child", 17, 4);
        for (int i = 0; i < 20; i++)
            mq_send(other, "xyz", 3, 0);
        _exit(0);
    }
    struct pollfd item = {other, POLLIN, 0};
    show("poll", poll(&item, 1, 60000));
    for (int i = 0; i < 20; i++)
        mq_receive(other, (char[100]){0}, 100, NULL);
    wait(&status);
    mqd_t made = mq_open(childs, O_RDWR);
    receive("receive", made);
    mq_unlink(childs);
    show_attributes("unlinked", made);
    show_fd("by its name", mq_open(childs, O_RDWR));
    mq_close(made);
    mq_close(other);
    mq_unlink(back);
    // The one who is told is another process.
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 43};
    show("notify", mq_notify(g_queue, &event));
    g_signal = 0;
    if (fork() == 0) {
        show("child notifies", mq_notify(g_queue, &event));
        put("by the child", 0);
        _exit(0);
    }
    while (wait(&status) < 0)
        ;
    printf("signal %d, value %d, code %d\n", g_signal, g_value, g_code);
    receive("receive", g_queue);
}

static int g_pipe[2];

/* Called in a thread that the C library makes when a datagram comes by a socket of AF_NETLINK. */
static void called(union sigval value)
{
    if (write(g_pipe[1], &(char){(char)value.sival_int}, 1) != 1)
        perror("write");
}

static void await_call(const char *what)
{
    char c = 0;
    struct pollfd item = {g_pipe[0], POLLIN, 0};
    printf("%s: %s\n", what, poll(&item, 1, 60000) == 1 && read(g_pipe[0], &c, 1) == 1 ? "called" : "not called");
    printf("  with %d\n", c);
    fflush(stdout);
}

static void threads(void)
{
    char name[64];
    snprintf(name, sizeof(name), "%s-threads", g_name);
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 7};
    char room[8192];
    event.sigev_notify_function = called;
    if (pipe(g_pipe) < 0)
        return;
    show("notify by a thread", mq_notify(queue, &event));
    show("again", mq_notify(queue, &event));
    show("send", mq_send(queue, "a", 1, 0));
    await_call("own message");
    show("receive", mq_receive(queue, room, sizeof(room), NULL));
    event.sigev_value.sival_int = 8;
    show("notify", mq_notify(queue, &event));
    show("not any more", mq_notify(queue, NULL));
    show("notify", mq_notify(queue, &event));
    const pid_t child = fork();
    if (child == 0) {
        mq_send(queue, "b", 1, 0);
        mq_close(queue);
        _exit(0);
    }
    await_call("a child's message");
    waitpid(child, NULL, 0);
    show("receive", mq_receive(queue, room, sizeof(room), NULL));
    show("notify", mq_notify(queue, &event));
    show("close", mq_close(queue));
    show("unlink", mq_unlink(name));
    struct sigevent raw = {.sigev_notify = SIGEV_THREAD, .sigev_signo = g_pipe[0], .sigev_value.sival_ptr = room};
    show("no socket", syscall(SYS_mq_notify, g_queue, &raw));
    raw.sigev_signo = 999;
    show("no descriptor", syscall(SYS_mq_notify, g_queue, &raw));
    raw.sigev_value.sival_ptr = (void *)8;
    show("no cookie", syscall(SYS_mq_notify, g_queue, &raw));
}

int main(void)
{
    snprintf(g_name, sizeof(g_name), "/libos-test-%d", getpid());
    making();
    messages();
    states();
    waiting();
    threads();
    processes();
    show("close", mq_close(g_queue));
    show("unlink", mq_unlink(g_name));
    return 0;
}
