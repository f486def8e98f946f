// SPDX-License-Identifier: MIT
// epoll with threads: wake-ups, members that are added while others wait, one event for one thread, signals.
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include "interrupts.h"
#include "show.h"

static int g_set, g_event, g_pipe[2];
static uint64_t g_one = 1;

static void add(int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    show("add", epoll_ctl(g_set, EPOLL_CTL_ADD, fd, &event));
}

static void *write_event(void *arg)
{
    (void)arg;
    wait_ms(50);
    write(g_event, &g_one, 8);
    return NULL;
}

static void *add_ready(void *arg)
{
    (void)arg;
    wait_ms(50);
    struct epoll_event event = {.events = EPOLLOUT, .data.u64 = 7};
    epoll_ctl(g_set, EPOLL_CTL_ADD, g_pipe[1], &event);
    return NULL;
}

static void *wait_one(void *arg)
{
    struct epoll_event event;
    (void)arg;
    long count = epoll_wait(g_set, &event, 1, -1);
    return (void *)count;
}

static void *worker(void *arg)
{
    long taken = 0;
    (void)arg;
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(g_set, &event, 1, -1) != 1)
            return NULL;
        uint64_t value;
        if (event.data.u64 == 1 && read(g_event, &value, 8) == 8)
            taken++;
        if (event.data.u64 == 2)
            return (void *)taken;
    }
}

/***** What changes while others wait, in sets with and without streams of the host *****/

#define LIMIT_MS 60000

static void add_quietly(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events};
    epoll_ctl(g_set, EPOLL_CTL_ADD, fd, &event);
}

static void new_set(int stream)
{
    g_set = epoll_create1(0);
    if (stream >= 0)
        add_quietly(stream, EPOLLIN);
}

static void *wait_long(void *arg)
{
    struct epoll_event event;
    (void)arg;
    return (void *)(long)epoll_wait(g_set, &event, 1, LIMIT_MS);
}

static void *poll_long(void *arg)
{
    struct pollfd item = {.fd = g_set, .events = POLLIN};
    (void)arg;
    return (void *)(long)poll(&item, 1, LIMIT_MS);
}

static void show_end(const char *what, pthread_t thread, long start)
{
    void *count;
    pthread_join(thread, &count);
    printf("%s: %ld, %s\n", what, (long)count, now_ms() - start < LIMIT_MS ? "in time" : "late");
}

static void armed_later(void *(*wait)(void *), int stream)
{
    const struct itimerspec soon = {.it_value.tv_nsec = 50000000};
    const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    const long start = now_ms();
    pthread_t thread;
    new_set(stream);
    pthread_create(&thread, NULL, wait, NULL);
    wait_ms(50);
    timerfd_settime(timer, 0, &soon, NULL);
    add_quietly(timer, EPOLLIN);
    show_end("a timer", thread, start);
    close(timer);
    close(g_set);
}

static void written_later(void *(*wait)(void *), int stream, const int ends[2])
{
    const long start = now_ms();
    pthread_t thread;
    char byte = 0;
    new_set(stream);
    pthread_create(&thread, NULL, wait, NULL);
    wait_ms(50);
    add_quietly(ends[0], EPOLLIN);
    wait_ms(50);
    write(ends[1], &byte, 1);
    show_end("a pipe", thread, start);
    read(ends[0], &byte, 1);
    close(g_set);
}

static void level_for_all(int stream)
{
    const int event = eventfd(0, 0);
    const long start = now_ms();
    pthread_t threads[4];
    new_set(stream);
    add_quietly(event, EPOLLIN);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, wait_long, NULL);
    wait_ms(50);
    write(event, &g_one, 8);
    for (int i = 0; i < 4; i++)
        show_end("a level", threads[i], start);
    close(event);
    close(g_set);
}

static void changes(void)
{
    int idle[2], ends[2];
    pipe(idle);
    pipe(ends);
    const pid_t pid = fork(); // from now on they are two processes'
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    for (int i = 0; i < 2; i++) {
        const int stream = i == 0 ? -1 : idle[0];
        printf("-- %s\n", i == 0 ? "alone" : "beside a stream");
        armed_later(wait_long, stream);
        armed_later(poll_long, stream);
        written_later(wait_long, stream, ends);
        written_later(poll_long, stream, ends);
        level_for_all(stream);
    }
}

int main(void)
{
    pthread_t thread, threads[4], self = pthread_self();
    struct epoll_event event;
    uint64_t value;
    g_set = epoll_create1(0);
    g_event = eventfd(0, EFD_NONBLOCK);
    pipe(g_pipe);
    add(g_event, EPOLLIN, 1);

    pthread_create(&thread, NULL, write_event, NULL);
    show("woken", epoll_wait(g_set, &event, 1, -1));
    pthread_join(thread, NULL);
    read(g_event, &value, 8);

    pthread_create(&thread, NULL, add_ready, NULL);
    show("added", epoll_wait(g_set, &event, 1, -1));
    printf("%llu %#x\n", (unsigned long long)event.data.u64, event.events);
    pthread_join(thread, NULL);
    show("del", epoll_ctl(g_set, EPOLL_CTL_DEL, g_pipe[1], NULL));

    long start = now_ms();
    show("time-out", epoll_wait(g_set, &event, 1, 60));
    printf("%s\n", about(start, 60));

    struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, kill_later, &self);
    show("interrupted", epoll_wait(g_set, &event, 1, -1));
    pthread_join(thread, NULL);

    /* All who wait for a level. */
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, wait_one, NULL);
    wait_ms(50);
    write(g_event, &g_one, 8);
    for (int i = 0; i < 4; i++) {
        void *count;
        pthread_join(threads[i], &count);
        printf("%ld\n", (long)count);
    }
    read(g_event, &value, 8);

    /* Work for many, then the end for all. */
    int semaphore = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
    dup2(semaphore, g_event);
    add(g_event, EPOLLIN, 1);
    long sum = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 2000; i++)
        write(g_event, &g_one, 8);
    wait_ms(100);
    while (read(g_event, &value, 8) == 8)
        sum++;
    int end = eventfd(1, 0);
    add(end, EPOLLIN, 2);
    for (int i = 0; i < 4; i++) {
        void *taken;
        pthread_join(threads[i], &taken);
        sum += (long)taken;
    }
    printf("sum %ld\n", sum);
    fflush(stdout);
    changes();
    return 0;
}
