/* SPDX-License-Identifier: MIT */
/* eventfd, timerfd, signalfd and sets of epoll that were made before a fork: what one process does to them the other sees. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include "children.h"

#define ROUNDS  500
#define WORKERS 4
#define TOKENS  50

static void nap(void)
{
    usleep(20000);
}

static void put(int fd, uint64_t value)
{
    if (write(fd, &value, sizeof(value)) != sizeof(value))
        printf("write: %s\n", strerror(errno));
}

/* What a read gives, or -1. */
static long get(int fd)
{
    uint64_t value;
    return read(fd, &value, sizeof(value)) == sizeof(value) ? (long)value : -1;
}

/***** eventfd *****/

static int read_many(int fd)
{
    return get(fd) >= 10;
}

static int write_later(int fd)
{
    nap();
    put(fd, 7);
    return 0;
}

static int write_now(int fd)
{
    put(fd, 3);
    return 0;
}

static int read_it(int fd)
{
    return (int)get(fd);
}

static void test_counter(void)
{
    const int fd = eventfd(0, 0);
    pid_t pid = start_for_code(write_later, fd);
    printf("read what the child writes: %ld", get(fd));
    printf(", it ended with %d\n", code_of(pid));

    pid = start_for_code(read_it, fd);
    nap();
    put(fd, 9);
    printf("the child read %d\n", code_of(pid));

    put(fd, 1);
    code_of(start_for_code(write_now, fd));
    code_of(start_for_code(write_now, fd));
    printf("added up: %ld\n", get(fd));

    fcntl(fd, F_SETFL, O_NONBLOCK);
    put(fd, 5);
    printf("taken by the child: %d", code_of(start_for_code(read_it, fd)));
    const long left = get(fd);
    printf(", left: %ld %d\n", left, errno == EAGAIN);
    close(fd);
}

/* A writer at the limit goes on when another process makes room. */
static int make_room(int fd)
{
    nap();
    return get(fd) == (long)(UINT64_MAX - 1);
}

static void test_limit(void)
{
    const int fd = eventfd(0, 0);
    put(fd, UINT64_MAX - 1);
    pid_t pid = start_for_code(make_room, fd);
    put(fd, 5);
    printf("room was made: %d", code_of(pid));
    printf(", then %ld\n", get(fd));
    close(fd);
}

static int count_tokens(int fd)
{
    int taken = 0;
    while (get(fd) == 1)
        taken++;
    return taken;
}

static int take_one(int fd)
{
    return get(fd) == 1;
}

static void test_semaphore(void)
{
    pid_t workers[WORKERS];
    int sum = 0;
    int fd = eventfd(TOKENS, EFD_SEMAPHORE | EFD_NONBLOCK);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_for_code(count_tokens, fd);
    for (int i = 0; i < WORKERS; i++)
        sum += code_of(workers[i]);
    printf("tokens: %d, left: %ld\n", sum, get(fd));
    close(fd);
    fd = eventfd(0, EFD_SEMAPHORE);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_for_code(take_one, fd);
    nap();
    put(fd, WORKERS);
    sum = 0;
    for (int i = 0; i < WORKERS; i++)
        sum += code_of(workers[i]);
    printf("each got one: %d\n", sum);
    close(fd);
}

static int g_back;

static int answer(int fd)
{
    long sum = 0;
    for (int i = 0; i < ROUNDS; i++) {
        sum += get(fd);
        put(g_back, 1);
    }
    return sum == 2 * ROUNDS;
}

static void test_ping_pong(void)
{
    const int fd = eventfd(0, 0);
    long sum = 0;
    g_back = eventfd(0, 0);
    const pid_t pid = start_for_code(answer, fd);
    for (int i = 0; i < ROUNDS; i++) {
        put(fd, 2);
        sum += get(g_back);
    }
    printf("to and fro: %ld %d\n", sum, code_of(pid));
    close(fd);
    close(g_back);
}

/* A process that is killed while it waits leaves the others what there is. */
static void test_killed(void)
{
    const int fd = eventfd(0, 0);
    const pid_t first = start_for_code(read_it, fd), second = start_for_code(read_it, fd);
    nap();
    kill(first, SIGKILL);
    printf("killed: %d\n", code_of(first));
    put(fd, 11);
    printf("the other read %d\n", code_of(second));
    close(fd);
}

/***** Waiting for one *****/

static int write_twice(int fd)
{
    nap();
    put(fd, 1);
    get(g_back);
    put(fd, 1);
    return 0;
}

static void test_poll(void)
{
    const int fd = eventfd(0, 0);
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    pid_t pid = start_for_code(write_later, fd);
    printf("poll: %d", poll(&entry, 1, -1));
    printf(", %d, %ld\n", entry.revents, get(fd));
    code_of(pid);

    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    pid = start_for_code(write_later, fd);
    printf("select: %d", select(fd + 1, &set, NULL, NULL, NULL));
    printf(", %ld\n", get(fd));
    code_of(pid);
    close(fd);
}

/* The set is older than the processes; with edges, each write is one. */
static void test_epoll(uint32_t mode, const char *what)
{
    struct epoll_event event = {.events = EPOLLIN | mode, .data = {.u32 = 17}}, got;
    const int fd = eventfd(0, 0), set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    g_back = eventfd(0, 0);
    const pid_t pid = start_for_code(write_twice, fd);
    printf("epoll, %s:", what);
    for (int i = 0; i < 2; i++) {
        got.data.u32 = 0;
        printf(" %d", epoll_wait(set, &got, 1, -1));
        printf(" %u", got.data.u32);
        if (mode == 0)
            printf(" %ld", get(fd));
        if (i == 0)
            put(g_back, 1);
    }
    code_of(pid);
    printf(", then %d\n", epoll_wait(set, &got, 1, 0));
    close(fd);
    close(set);
    close(g_back);
}

static int g_set;

static int wait_in_set(int fd)
{
    struct epoll_event got;
    return epoll_wait(g_set, &got, 1, -1) == 1 && got.data.fd == fd ? (int)get(fd) : 100;
}

static int close_all(int fd)
{
    close(fd);
    close(g_set);
    return 0;
}

static void test_inherited_set(void)
{
    const int fd = eventfd(0, EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}}, got;
    g_set = epoll_create1(0);
    epoll_ctl(g_set, EPOLL_CTL_ADD, fd, &event);
    pid_t pid = start_for_code(wait_in_set, fd);
    nap();
    put(fd, 23);
    printf("the child's set: %d\n", code_of(pid));
    code_of(start_for_code(close_all, fd));
    pid = start_for_code(write_later, fd);
    printf("the parent's set, after the child has closed it: %d", epoll_wait(g_set, &got, 1, -1));
    printf(" %ld\n", get(fd));
    code_of(pid);
    close(fd);
    close(g_set);
}

static void *read_in_thread(void *arg)
{
    return (void *)get(*(int *)arg);
}

static void *poll_in_thread(void *arg)
{
    struct pollfd entry = {.fd = *(int *)arg, .events = POLLIN};
    return (void *)(long)poll(&entry, 1, -1);
}

/* Threads that wait since before the fork, when there was nobody else. */
static void test_threads(void)
{
    int fd = eventfd(0, 0), other = eventfd(0, 0);
    pthread_t reader, poller;
    void *result;
    pthread_create(&reader, NULL, read_in_thread, &fd);
    pthread_create(&poller, NULL, poll_in_thread, &other);
    nap();
    const pid_t pid = start_for_code(write_later, fd), second = start_for_code(write_later, other);
    pthread_join(reader, &result);
    printf("a thread read %ld", (long)result);
    pthread_join(poller, &result);
    printf(", another polled %ld\n", (long)result);
    code_of(pid);
    code_of(second);
    close(fd);
    close(other);
}

/***** timerfd *****/

static void set_timer(int fd, long first_ns, long interval_ns)
{
    const struct itimerspec times = {.it_value = {.tv_nsec = first_ns}, .it_interval = {.tv_nsec = interval_ns}};
    timerfd_settime(fd, 0, &times, NULL);
}

static int set_later(int fd)
{
    nap();
    set_timer(fd, 1000000, 0);
    return 0;
}

static int disarm(int fd)
{
    set_timer(fd, 0, 0);
    return 0;
}

static int set_interval(int fd)
{
    const struct itimerspec times = {.it_value = {.tv_sec = 1000}, .it_interval = {.tv_sec = 50}};
    timerfd_settime(fd, 0, &times, NULL);
    return 0;
}

static void test_timer(void)
{
    struct itimerspec times;
    const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    pid_t pid = start_for_code(set_later, fd);
    printf("the child set the timer: %ld\n", get(fd));
    code_of(pid);

    struct pollfd entry = {.fd = fd, .events = POLLIN};
    pid = start_for_code(set_later, fd);
    printf("polled: %d", poll(&entry, 1, -1));
    code_of(pid);
    printf(", the child read %d", code_of(start_for_code(read_it, fd)));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    printf(", left %ld\n", get(fd));

    code_of(start_for_code(set_interval, fd));
    timerfd_gettime(fd, &times);
    printf("times: %d %ld\n", times.it_value.tv_sec > 900, (long)times.it_interval.tv_sec);
    code_of(start_for_code(disarm, fd));
    timerfd_gettime(fd, &times);
    printf("disarmed: %ld %ld\n", (long)times.it_value.tv_sec, (long)times.it_interval.tv_sec);

    set_timer(fd, 1000000, 1000000);
    nap();
    printf("expired for the child: %d\n", code_of(start_for_code(read_many, fd)));
    close(fd);
}

/***** signalfd *****/

/* It tells the reader's signals, whoever made it. */
static int read_signal(int fd)
{
    struct signalfd_siginfo info;
    raise(SIGUSR2);
    return read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

static int signal_parent(int fd)
{
    (void)fd;
    nap();
    kill(getppid(), SIGUSR1);
    return 0;
}

static void test_signals(void)
{
    struct signalfd_siginfo info;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const int fd = signalfd(-1, &set, 0);
    printf("the child's signal: %d\n", code_of(start_for_code(read_signal, fd)));
    pid_t pid = start_for_code(signal_parent, fd);
    read(fd, &info, sizeof(info));
    printf("the parent's: %d, from the child: %d\n", info.ssi_signo, (pid_t)info.ssi_pid == pid);
    code_of(pid);
    /* Two that wait at the same time do not keep each other waiting. */
    pid = start_for_code(signal_parent, fd);
    const pid_t second = start_for_code(read_signal, fd);
    read(fd, &info, sizeof(info));
    printf("both: %d %d\n", info.ssi_signo, code_of(second));
    code_of(pid);
    close(fd);
}

/***** execve *****/

static void test_exec(const char *self)
{
    char number[16];
    char *argv[] = {(char *)self, "write", number, NULL};
    pid_t pid;
    const int fd = eventfd(0, 0), closed = eventfd(0, EFD_CLOEXEC);
    snprintf(number, sizeof(number), "%d", fd);
    fflush(stdout);
    if ((pid = fork()) == 0) {
        execv(self, argv);
        _exit(99);
    }
    printf("from another program: %ld", get(fd));
    printf(" %d", code_of(pid));
    fflush(stdout);
    posix_spawn(&pid, self, NULL, NULL, argv, environ);
    printf(", spawned: %ld", get(fd));
    printf(" %d\n", code_of(pid));
    snprintf(number, sizeof(number), "%d", closed);
    posix_spawn(&pid, self, NULL, NULL, argv, environ);
    printf("close on exec: %d\n", code_of(pid));
    /* A set goes along, too. */
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    const int set = epoll_create1(0);
    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    argv[1] = "wait";
    snprintf(number, sizeof(number), "%d", set);
    posix_spawn(&pid, self, NULL, NULL, argv, environ);
    nap();
    put(fd, 12);
    printf("waited for: %d\n", code_of(pid));
    close(set);
    argv[1] = "write";
    snprintf(number, sizeof(number), "%d", closed);
    /* This process has it still, whatever the child of posix_spawn closed before it had another program. */
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, closed);
    for (int i = 0; i < 3; i++) {
        posix_spawn(&pid, self, &actions, NULL, argv, environ);
        code_of(pid);
    }
    code_of(start_for_code(write_now, closed));
    printf("still there: %ld\n", get(closed));
    close(fd);
    close(closed);
}

/* What the program does that is executed. */
static int executed(const char *what, int fd)
{
    const uint64_t value = 41;
    if (strcmp(what, "wait") == 0) {
        struct epoll_event got;
        return epoll_wait(fd, &got, 1, -1) == 1 ? (int)get(got.data.fd) : 0;
    }
    nap();
    return write(fd, &value, sizeof(value)) == sizeof(value) ? 1 : errno == EBADF ? 2 : 3;
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return executed(argv[1], atoi(argv[2]));
    test_counter();
    test_limit();
    test_semaphore();
    test_ping_pong();
    test_killed();
    test_poll();
    test_epoll(0, "levels");
    test_epoll(EPOLLET, "edges");
    test_inherited_set();
    test_threads();
    test_timer();
    test_signals();
    test_exec("/proc/self/exe");
    return 0;
}
