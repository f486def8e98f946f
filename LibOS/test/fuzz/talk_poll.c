/* SPDX-License-Identifier: MIT */
/* talk's polling, and the descriptors that are there to be polled. */
#include "talk.h"
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static const struct word poll_words[] = {WORD(POLLIN), WORD(POLLOUT), WORD(POLLPRI), WORD(POLLRDHUP), WORD(POLLRDNORM)};

static void poll_some(void)
{
    static const struct timespec now = {0, 0};
    struct pollfd items[4];
    const size_t count = pick(5);
    for (size_t i = 0; i < count; i++) {
        items[i].fd = one_in(10) ? -1 : pick_fd();
        items[i].events = (short)pick_flags(poll_words, 2);
    }
    say_result(one_in(2) ? poll(items, count, 0) : ppoll(items, count, &now, NULL));
    for (size_t i = 0; i < count; i++)
        say(" %#x", ready_bits((unsigned)items[i].revents, (unsigned)items[i].events));
}

static void select_some(void)
{
    fd_set sets[3];
    for (size_t i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        for (size_t j = 0; j < SLOTS; j++)
            if (g_slots[j] >= 0 && one_in(3))
                FD_SET(g_slots[j], &sets[i]);
    }
    struct timeval now = {0, 0};
    const int count = one_in(10) ? (int)pick(8) - 1 : 64;
    say(" %d", count);
    say_result(select(count, &sets[0], &sets[1], &sets[2], &now));
    for (size_t i = 0; i < 3; i++) {
        say(" ");
        for (int fd = 0; fd < 64; fd++)
            if (FD_ISSET(fd, &sets[i]))
                say("%d,", fd);
    }
}

/***** epoll *****/

static bool was_epoll[1024]; /* it may be another file by now */

static void make_epoll(void)
{
    const int fd = epoll_create1(one_in(20) ? 1 : 0);
    say_outcome(fd);
    if (fd >= 0)
        was_epoll[fd] = true;
    keep_fd(fd);
}

/* Sets are few among the slots. */
static int pick_epoll(void)
{
    const size_t from = pick(SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        const int fd = g_slots[(from + i) % SLOTS];
        if (fd >= 0 && was_epoll[fd] && !one_in(20)) {
            say(" fd%d", fd);
            return fd;
        }
    }
    return pick_fd();
}

static void change_epoll(void)
{
    static const struct word operations[] = {WORD(EPOLL_CTL_ADD), WORD(EPOLL_CTL_ADD), WORD(EPOLL_CTL_ADD),
                                             WORD(EPOLL_CTL_MOD), WORD(EPOLL_CTL_DEL), WORD(7)};
    static const struct word events[] = {WORD(EPOLLIN), WORD(EPOLLIN), WORD(EPOLLOUT), WORD(EPOLLRDHUP),
                                         WORD(EPOLLPRI)};
    static const struct word ways[] = {WORD(EPOLLET), WORD(EPOLLONESHOT), WORD(EPOLLEXCLUSIVE)};
    const int set = pick_epoll(), fd = pick_fd();
    const long operation = pick_word(operations);
    struct epoll_event event = {.data.u32 = (uint32_t)pick(1000)};
    event.events = (uint32_t)(pick_flags(events, 2) | pick_flags(ways, 4));
    say(" %u", event.data.u32);
    say_result(epoll_ctl(set, (int)operation, fd, &event));
    say_state(set);
}

static int by_data(const void *left, const void *right)
{
    const uint32_t a = ((const struct epoll_event *)left)->data.u32, b = ((const struct epoll_event *)right)->data.u32;
    return a < b ? -1 : a > b;
}

static void wait_epoll(void)
{
    struct epoll_event events[32];
    const int set = pick_epoll(), room = one_in(20) && set < 100 ? (int)pick(2) - 1 : 32;
    say(" %d", room);
    const int got =
        one_in(3) ? epoll_pwait2(set, events, room, &(struct timespec){0, 0}, NULL) : epoll_wait(set, events, room, 0);
    say_result(got);
    if (got > 0)
        qsort(events, (size_t)got, sizeof(events[0]), by_data); /* in which order is nobody's promise */
    for (int i = 0; i < got; i++)
        say(" %u:%#x", events[i].data.u32, ready_bits(events[i].events, EPOLLIN));
    say_all_states();
}

/***** Descriptors to be polled *****/

static void make_eventfd(void)
{
    const unsigned long start = pick(3);
    say(" %lu", start);
    const int fd = eventfd((unsigned)start, EFD_NONBLOCK | (one_in(2) ? EFD_SEMAPHORE : 0));
    say_outcome(fd);
    keep_fd(fd);
}

static void add_event(void)
{
    static const uint64_t values[] = {0, 1, 5, UINT64_MAX - 1, UINT64_MAX};
    const int fd = pick_fd();
    const uint64_t value = values[pick(COUNT(values))];
    say(" %lx", (unsigned long)value);
    say_result(write(fd, &value, 8));
    say_all_states();
}

static void make_timer(void)
{
    const int fd = timerfd_create(one_in(2) ? CLOCK_MONOTONIC : CLOCK_REALTIME, TFD_NONBLOCK);
    say_outcome(fd);
    keep_fd(fd);
}

/* Far away, or over. */
static void set_timer(void)
{
    const int fd = pick_fd();
    struct itimerspec when = {0}, before = {{7, 7}, {7, 7}};
    int flags = 0;
    switch (pick(5)) {
    case 0:
        when.it_value.tv_sec = 10000;
        when.it_interval.tv_sec = 5;
        break;
    case 1:
        when.it_value.tv_nsec = 1;
        flags = TFD_TIMER_ABSTIME;
        break;
    case 2:
        when.it_value.tv_nsec = one_in(2) ? -1 : 1000000000;
        break;
    case 3:
        flags = one_in(2) ? 8 : 0;
        break;
    default:
        break;
    }
    say(" %ld %ld %d", (long)when.it_value.tv_sec, (long)when.it_value.tv_nsec, flags);
    if (say_result(timerfd_settime(fd, flags, &when, &before)) == 0 && flags == TFD_TIMER_ABSTIME)
        poll(&(struct pollfd){fd, POLLIN, 0}, 1, 1000); /* it expires at once, but not in the call */
    say(" %ld %ld", (long)(before.it_value.tv_sec + 50) / 100, (long)before.it_interval.tv_sec);
    say_result(timerfd_gettime(fd, &before));
    say(" %ld %ld", (long)(before.it_value.tv_sec + 50) / 100, (long)before.it_interval.tv_sec);
    say_state(fd);
}

static void make_signalfd(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    const int fd = one_in(4) ? pick_fd() : -1;
    const int got = signalfd(fd, &set, SFD_NONBLOCK);
    say_outcome(got);
    if (fd < 0)
        keep_fd(got);
}

static void make_inotify(void)
{
    const int fd = inotify_init1(IN_NONBLOCK);
    say_outcome(fd);
    say_result(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE));
    keep_fd(fd);
}

static const struct step steps[] = {
    STEP(poll_some),    STEP(poll_some),     STEP(select_some),  STEP(make_epoll),   STEP(change_epoll),
    STEP(change_epoll), STEP(change_epoll),  STEP(change_epoll), STEP(change_epoll), STEP(wait_epoll),
    STEP(wait_epoll),   STEP(wait_epoll),    STEP(make_eventfd), STEP(add_event),    STEP(make_timer),
    STEP(set_timer),    STEP(make_signalfd), STEP(make_inotify),
};
const struct steps g_poll_steps = {steps, COUNT(steps)};
