// SPDX-License-Identifier: MIT
// timerfd: once, repeated, absolute, counting, waiting in poll and epoll, bad arguments.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include "show.h"

static struct itimerspec spec(long ms, long interval_ms)
{
    return (struct itimerspec){{interval_ms / 1000, interval_ms % 1000 * 1000000}, {ms / 1000, ms % 1000 * 1000000}};
}

static long arm(int fd, long ms, long interval_ms)
{
    struct itimerspec value = spec(ms, interval_ms);
    return timerfd_settime(fd, 0, &value, NULL);
}

static uint64_t take(const char *what, int fd)
{
    uint64_t count = 0;
    show(what, read(fd, &count, sizeof(count)));
    return count;
}

static void *arm_later(void *arg)
{
    wait_ms(40);
    arm(*(int *)arg, 20, 0);
    return NULL;
}

static void failures(int fd)
{
    struct itimerspec now, off = {{0, 0}, {0, 0}};
    uint64_t small;
    show("small", read(fd, &small, 4));
    show("write", write(fd, &small, 8));
    show("EINVAL clock", timerfd_create(77, 0));
    show("EINVAL clock", timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    show("EINVAL flags", timerfd_create(CLOCK_MONOTONIC, 1));
    show("EINVAL flags", timerfd_settime(fd, 8, &off, NULL));
    off.it_value.tv_nsec = 1000000000;
    show("EINVAL time", timerfd_settime(fd, 0, &off, NULL));
    show("EFAULT", timerfd_settime(fd, 0, (void *)8, NULL));
    show("EFAULT", timerfd_gettime(fd, (void *)8));
    show("EBADF", timerfd_gettime(99, &now));
    show("EINVAL file", timerfd_gettime(1, &now));
}

int main(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    long start = now_ms();
    show("arm", arm(fd, 60, 0));
    printf("%llu\n", (unsigned long long)take("read", fd));
    printf("%s\n", about(start, 60));
    struct itimerspec now;
    show("gettime", timerfd_gettime(fd, &now));
    printf("%ld %ld %ld\n", (long)now.it_value.tv_sec, now.it_value.tv_nsec, now.it_interval.tv_nsec);

    start = now_ms();
    show("arm", arm(fd, 30, 20));
    wait_ms(120);
    uint64_t count = take("read", fd);
    printf("count %s\n", count >= 5 && count < 1000 ? "right" : "wrong");
    count = take("again", fd);
    printf("count %s\n", count >= 1 && count < 1000 ? "right" : "wrong");
    show("gettime", timerfd_gettime(fd, &now));
    printf("left %d interval %ld\n", now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 20000000,
           now.it_interval.tv_nsec);
    struct itimerspec old, off = {{0, 0}, {0, 0}};
    show("disarm", timerfd_settime(fd, 0, &off, &old));
    printf("old interval %ld\n", old.it_interval.tv_nsec);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    wait_ms(30);
    take("disarmed", fd);

    struct itimerspec value = spec(0, 0);
    clock_gettime(CLOCK_MONOTONIC, &value.it_value);
    value.it_value.tv_sec -= 1;
    show("in the past", timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL));
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
    printf("%llu\n", (unsigned long long)take("read", fd));
    value.it_interval.tv_nsec = 100000000;
    show("in the past, repeated", timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL));
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
    count = take("read", fd);
    printf("count %s\n", count >= 10 && count < 200 ? "right" : "wrong");

    int real = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    printf("flags %#x %d\n", fcntl(real, F_GETFL), fcntl(real, F_GETFD));
    value = spec(0, 0);
    clock_gettime(CLOCK_REALTIME, &value.it_value);
    value.it_value.tv_sec += 100;
    show("absolute", timerfd_settime(real, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &value, NULL));
    take("too early", real);
    clock_gettime(CLOCK_REALTIME, &value.it_value);
    value.it_value.tv_nsec += 50000000;
    if (value.it_value.tv_nsec >= 1000000000) {
        value.it_value.tv_nsec -= 1000000000;
        value.it_value.tv_sec++;
    }
    show("soon", timerfd_settime(real, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &value, NULL));
    struct pollfd item = {real, POLLIN, 0};
    start = now_ms();
    show("poll", poll(&item, 1, 60000));
    printf("%#x\n", (unsigned)item.revents);
    take("in time", real);
    show("poll", poll(&item, 1, 0));

    /* Armed by another thread while this one waits. */
    pthread_t thread;
    pthread_create(&thread, NULL, arm_later, &real);
    show("poll", poll(&item, 1, -1));
    pthread_join(thread, NULL);
    take("armed later", real);
    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5};
    show("epoll_ctl", epoll_ctl(set, EPOLL_CTL_ADD, real, &event));
    show("none", epoll_wait(set, &event, 1, 10));
    pthread_create(&thread, NULL, arm_later, &real);
    show("epoll", epoll_wait(set, &event, 1, -1));
    pthread_join(thread, NULL);
    show("still", epoll_wait(set, &event, 1, 0));
    take("read", real);
    show("none", epoll_wait(set, &event, 1, 10));
    arm(real, 20, 20);
    for (int i = 0; i < 3; i++) {
        show("repeated", epoll_wait(set, &event, 1, -1));
        count = take("read", real);
    }
    event.events = EPOLLIN | EPOLLET;
    show("edge", epoll_ctl(set, EPOLL_CTL_MOD, real, &event));
    arm(real, 20, 0);
    show("edge", epoll_wait(set, &event, 1, -1));
    show("edge is over", epoll_wait(set, &event, 1, 20));
    item.fd = set;
    arm(real, 30, 0);
    start = now_ms();
    show("set in poll", poll(&item, 1, 60000));
    printf("%s\n", about(start, 30));
    failures(fd);
    return 0;
}
