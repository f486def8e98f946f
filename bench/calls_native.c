/* SPDX-License-Identifier: MIT */
/* calls_native NAME: what one operation costs on bare Linux, in nanoseconds; the other half of calls_guest.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "guarded.h"

enum { ROUND_NS = 100000000, CHUNK = 64 << 10, BANDWIDTH = 64 << 20, MANY = 1000 };

static char buffer[CHUNK];

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_of(void (*operation)(void *), void *arg)
{
    uint64_t rounds = 1;
    for (;;) {
        const double start = now_ns();
        for (uint64_t i = 0; i < rounds; i++)
            operation(arg);
        const double took = now_ns() - start;
        if (took >= ROUND_NS)
            return took / (double)rounds;
        rounds = took < ROUND_NS / 100 ? rounds * 10 : (uint64_t)((double)rounds * ROUND_NS * 1.1 / took) + 1;
    }
}

static void query_time(void *arg)
{
    struct timespec now;
    (void)arg;
    clock_gettime(CLOCK_REALTIME, &now);
}

static double bench_time(void)
{
    return time_of(query_time, NULL);
}

/* The nearest thing without a kernel call: a semaphore of the C library. */
static void post_and_wait(void *semaphore)
{
    sem_post(semaphore);
    sem_wait(semaphore);
}

static double bench_semaphore(void)
{
    static sem_t semaphore;
    sem_init(&semaphore, 0, 0);
    return time_of(post_and_wait, &semaphore);
}

static void read_byte(void *fd)
{
    must(pread(*(int *)fd, buffer, 1, 0) == 1, "pread");
}

static double bench_read(void)
{
    int fd = open("/etc/passwd", O_RDONLY);
    return time_of(read_byte, &fd);
}

static void write_byte(void *fd)
{
    must(write(*(int *)fd, buffer, 1) == 1, "write");
}

static double bench_write(void)
{
    int fd = open("/dev/null", O_WRONLY);
    return time_of(write_byte, &fd);
}

static void open_and_close(void *arg)
{
    (void)arg;
    close(open("/etc/passwd", O_RDONLY));
}

static double bench_open(void)
{
    return time_of(open_and_close, NULL);
}

static double bench_open_guarded(void)
{
    static char line[64];
    setvbuf(stdout, line, _IOLBF, sizeof(line)); /* which needs no call that the guard has not got */
    must(guard_self(), "guard");
    return time_of(open_and_close, NULL);
}

static void query_attributes(void *fd)
{
    struct statx st;
    must(statx(*(int *)fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) == 0, "statx");
}

static double bench_attributes(void)
{
    int fd = open("/etc/passwd", O_RDONLY);
    return time_of(query_attributes, &fd);
}

static void alloc_and_free(void *arg)
{
    (void)arg;
    munmap(mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1 << 16);
}

static double bench_alloc(void)
{
    return time_of(alloc_and_free, NULL);
}

static void protect(void *memory)
{
    mprotect(memory, 1 << 12, PROT_READ);
    mprotect(memory, 1 << 12, PROT_READ | PROT_WRITE);
}

static double bench_protect(void)
{
    return time_of(protect, mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* fds[0] is read, fds[1] written. */
static void write_and_read(void *fds)
{
    must(write(((int *)fds)[1], buffer, 1) == 1, "write");
    must(read(((int *)fds)[0], buffer, 1) == 1, "read");
}

static double bench_pipe(void)
{
    int fds[2];
    must(pipe(fds) == 0, "pipe");
    return time_of(write_and_read, fds);
}

static void *do_nothing(void *arg)
{
    return arg;
}

static void create_and_join(void *arg)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, do_nothing, arg) == 0, "thread");
    pthread_join(thread, NULL);
}

static double bench_thread(void)
{
    return time_of(create_and_join, NULL);
}

static void start_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, run, arg) == 0, "thread");
    pthread_detach(thread);
}

static sem_t ping, pong;

static void *answer(void *arg)
{
    for (;;) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return arg;
}

static void ping_once(void *arg)
{
    (void)arg;
    sem_post(&ping);
    sem_wait(&pong);
}

static double bench_event_ping_pong(void)
{
    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    start_thread(answer, NULL);
    return time_of(ping_once, NULL);
}

static void *echo(void *fds)
{
    char byte;
    while (read(((int *)fds)[0], &byte, 1) == 1)
        must(write(((int *)fds)[1], &byte, 1) == 1, "write");
    return NULL;
}

/* Two ends of a connection, each as {read, write}. */
static void connect_ends(bool tcp, int client[2], int server[2])
{
    int ends[2];
    if (tcp) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        const int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
        must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 1) == 0, "server");
        getsockname(listener, (struct sockaddr *)&address, &size);
        ends[0] = socket(AF_INET, SOCK_STREAM, 0);
        must(connect(ends[0], (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
        ends[1] = accept(listener, NULL, NULL);
        setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    } else {
        must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    }
    client[0] = client[1] = ends[0];
    server[0] = server[1] = ends[1];
}

static double ping_pong(bool tcp)
{
    static int client[2], server[2];
    connect_ends(tcp, client, server);
    start_thread(echo, server);
    return time_of(write_and_read, client);
}

static double bench_pipe_ping_pong(void)
{
    return ping_pong(false);
}

static double bench_tcp_ping_pong(void)
{
    return ping_pong(true);
}

static void *drain(void *fds)
{
    static char drained[CHUNK];
    while (read(((int *)fds)[0], drained, sizeof(drained)) > 0)
        ;
    return NULL;
}

static void write_much(void *fds)
{
    for (size_t sent = 0; sent < BANDWIDTH;) {
        const ssize_t written = write(((int *)fds)[1], buffer, CHUNK);
        must(written > 0, "write");
        sent += (size_t)written;
    }
}

static double bandwidth(bool tcp)
{
    static int client[2], server[2];
    connect_ends(tcp, client, server);
    start_thread(drain, server);
    return time_of(write_much, client) / (BANDWIDTH >> 20);
}

static double bench_pipe_bandwidth(void)
{
    return bandwidth(false);
}

static double bench_tcp_bandwidth(void)
{
    return bandwidth(true);
}

struct many {
    nfds_t count;
    struct pollfd fds[MANY];
};

static void wait_many(void *arg)
{
    struct many *many = arg;
    must(poll(many->fds, many->count, -1) == 1, "poll");
}

static double wait_any(nfds_t count)
{
    static struct many many;
    int fds[2] = {-1, -1};
    many.count = count;
    for (nfds_t i = 0; i < count; i++) {
        must(pipe(fds) == 0, "pipe");
        many.fds[i] = (struct pollfd){.fd = fds[0], .events = POLLIN};
    }
    must(write(fds[1], buffer, 1) == 1, "write");
    return time_of(wait_many, &many);
}

/* Start a static program without a C library, and wait for its first byte. */
static void spawn_process(void *arg)
{
    static char name[] = "build/bench/hello_nolibc";
    static char *arguments[] = {name, NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int fds[2];
    pid_t child;
    (void)arg;
    must(pipe2(fds, O_CLOEXEC) == 0, "pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    must(posix_spawn(&child, name, &actions, NULL, arguments, environment) == 0, "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    must(read(fds[0], buffer, 1) == 1, "child");
    waitpid(child, NULL, 0);
    close(fds[0]);
    close(fds[1]);
}

static double bench_process(void)
{
    return time_of(spawn_process, NULL);
}

static void fork_process(void *arg)
{
    int fds[2];
    must(pipe2(fds, O_CLOEXEC) == 0, "pipe");
    const pid_t child = fork();
    if (child == 0)
        _exit(write(fds[1], arg, 1) != 1);
    must(read(fds[0], buffer, 1) == 1, "child");
    waitpid(child, NULL, 0);
    close(fds[0]);
    close(fds[1]);
}

static double bench_memory(size_t mib)
{
    char *memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, mib << 20);
    return time_of(fork_process, memory);
}

static const struct {
    const char *name;
    double (*run)(void);
    double (*run_with)(size_t); /* instead, with the argument */
    size_t argument;
} benches[] = {
    {.name = "time", .run = bench_time},
    {.name = "semaphore", .run = bench_semaphore},
    {.name = "read", .run = bench_read},
    {.name = "write", .run = bench_write},
    {.name = "open", .run = bench_open},
    {.name = "open-guarded", .run = bench_open_guarded},
    {.name = "attributes", .run = bench_attributes},
    {.name = "alloc", .run = bench_alloc},
    {.name = "protect", .run = bench_protect},
    {.name = "pipe", .run = bench_pipe},
    {.name = "thread", .run = bench_thread},
    {.name = "event-ping-pong", .run = bench_event_ping_pong},
    {.name = "pipe-ping-pong", .run = bench_pipe_ping_pong},
    {.name = "tcp-ping-pong", .run = bench_tcp_ping_pong},
    {.name = "pipe-bandwidth", .run = bench_pipe_bandwidth},
    {.name = "tcp-bandwidth", .run = bench_tcp_bandwidth},
    {.name = "wait-1", .run_with = wait_any, .argument = 1},
    {.name = "wait-10", .run_with = wait_any, .argument = 10},
    {.name = "wait-100", .run_with = wait_any, .argument = 100},
    {.name = "wait-1000", .run_with = wait_any, .argument = 1000},
    {.name = "process", .run = bench_process},
    {.name = "memory-1", .run_with = bench_memory, .argument = 1},
    {.name = "memory-20", .run_with = bench_memory, .argument = 20},
    {.name = "memory-200", .run_with = bench_memory, .argument = 200},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(benches) / sizeof(benches[0]); i++) {
        if (strcmp(argv[1], benches[i].name) != 0)
            continue;
        printf("%.1f\n", benches[i].run ? benches[i].run() : benches[i].run_with(benches[i].argument));
        exit(0);
    }
    return 1;
}
