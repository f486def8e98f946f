/* SPDX-License-Identifier: MIT */
/* Sets of streams to wait for (epoll), which the kernel keeps. Knows no stream but its descriptors. */
#include "linux_poll.h"
#include <asm/errno.h>
#include <linux/eventpoll.h>
#include "linux_error.h"
#include "linux_ready.h"
#include "pal_handle.h"
#include "pal_user.h"
#include "sys_linux.h"

#define US_PER_S  1000000
#define NS_PER_US 1000

#define SET_FLAGS (PAL_POLL_EDGE | PAL_POLL_ONESHOT | PAL_POLL_EXCLUSIVE)

/* Members that a set tells at once. */
#define TOLD_MAX 256

/* All of this process. While descriptors of it are nobody else's, closing one takes it out of every set. */
static struct {
    struct linux_lock lock;
    struct list sets; /* made ready by the first one */
    size_t count;
    bool shared;
} g_sets;
LINUX_LOCK_AT_COPY(g_copied, &g_sets.lock);

void linux_poll_share(void)
{
    if (!__atomic_load_n(&g_sets.shared, __ATOMIC_RELAXED))
        __atomic_store_n(&g_sets.shared, true, __ATOMIC_RELAXED);
}

void linux_poll_forget(int fd)
{
    if (!__atomic_load_n(&g_sets.shared, __ATOMIC_RELAXED) || fd < 0)
        return;
    linux_lock(&g_sets.lock);
    if (g_sets.count > 0) {
        list_for_each(node, &g_sets.sets)
            sys_epoll_ctl(list_entry(node, union pal_handle, poll.sibling)->poll.fd, EPOLL_CTL_DEL, fd, NULL);
    }
    linux_unlock(&g_sets.lock);
}

void _DkPollForget(PAL_HANDLE handle)
{
    int input, output;
    if (!__atomic_load_n(&g_sets.shared, __ATOMIC_RELAXED) || !linux_descriptors(handle, &input, &output))
        return;
    linux_poll_forget(input);
    if (output != input)
        linux_poll_forget(output);
}

static int control(PAL_HANDLE set, int operation, int fd, PAL_FLG events, PAL_NUM cookie)
{
    struct epoll_event event = {.events = linux_poll_to_kernel(events), .data = cookie};
    if (events & PAL_POLL_EDGE)
        event.events |= EPOLLET;
    if (events & PAL_POLL_ONESHOT)
        event.events |= EPOLLONESHOT;
    if (events & PAL_POLL_EXCLUSIVE)
        event.events |= EPOLLEXCLUSIVE;
    const int result = sys_epoll_ctl(set->poll.fd, operation, fd, &event);
    return result == -EPERM ? -PAL_ERROR_NOTSUPPORT : (int)linux_error(result);
}

/* A stream with two descriptors, of which those are members that have something to tell. */
static int add_pair(PAL_HANDLE set, const int fds[2], const PAL_FLG events[2], PAL_NUM cookie)
{
    int error = fds[0] >= 0 ? control(set, EPOLL_CTL_ADD, fds[0], events[0], cookie) : 0;
    if (error < 0 || fds[1] < 0)
        return error;
    error = control(set, EPOLL_CTL_ADD, fds[1], events[1], cookie);
    if (error < 0 && fds[0] >= 0)
        sys_epoll_ctl(set->poll.fd, EPOLL_CTL_DEL, fds[0], NULL);
    return error;
}

static int change_pair(PAL_HANDLE set, const struct pal_poll_change *change, const int fds[2])
{
    int wanted[2] = {fds[0], fds[1]};
    PAL_FLG events[2];
    linux_poll_share_out(change->events, &wanted[0], &wanted[1], &events[0], &events[1]);
    __atomic_store_n(&set->poll.has_pairs, true, __ATOMIC_RELAXED);
    if (change->how == PAL_POLL_ADD)
        return add_pair(set, wanted, events, change->cookie);
    bool was_member = false;
    for (int i = 0; i < 2; i++) {
        const bool stays = wanted[i] >= 0 && change->how == PAL_POLL_CHANGE;
        const int error = control(set, stays ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, fds[i], events[i], change->cookie);
        if (error < 0 && error != -PAL_ERROR_STREAMNOTEXIST)
            return error;
        was_member |= error == 0;
        /* Those that have become members are left to be added. */
        if (error == 0 || !stays)
            wanted[i] = -1;
    }
    return was_member ? add_pair(set, wanted, events, change->cookie) : -PAL_ERROR_STREAMNOTEXIST;
}

static int change_held(PAL_HANDLE set, const struct pal_poll_change *change)
{
    static const int operations[] = {
        [PAL_POLL_ADD] = EPOLL_CTL_ADD, [PAL_POLL_CHANGE] = EPOLL_CTL_MOD, [PAL_POLL_REMOVE] = EPOLL_CTL_DEL};
    int fds[2];
    if (!linux_descriptors(change->handle, &fds[0], &fds[1]))
        return -PAL_ERROR_NOTSUPPORT;
    if (change->how == PAL_POLL_ADD && linux_has_input(change->handle))
        return -PAL_ERROR_BUSY;
    if (change->how == PAL_POLL_ADD)
        __atomic_fetch_or(&pal_hdr(change->handle)->flags, PAL_HANDLE_WATCHED, __ATOMIC_RELAXED);
    if (fds[0] != fds[1] && fds[0] >= 0 && fds[1] >= 0)
        return change_pair(set, change, fds);
    return control(set, operations[change->how], fds[0] >= 0 ? fds[0] : fds[1], change->events, change->cookie);
}

static int change_one(PAL_HANDLE set, struct pal_poll_change *change)
{
    if (change->how > PAL_POLL_REMOVE)
        return -PAL_ERROR_INVAL;
    if (change->how == PAL_POLL_REMOVE)
        change->events = 0;
    if (change->events & ~(PAL_FLG)(LINUX_POLL_EVENTS | SET_FLAGS))
        return -PAL_ERROR_INVAL;
    int error = pal_handle_get(change->handle);
    if (error < 0)
        return error;
    change->events = linux_poll_wanted(change->handle, change->events);
    error = change_held(set, change);
    pal_handle_put(change->handle);
    return error;
}

int64_t linux_poll_change(PAL_HANDLE set, size_t size, const struct pal_poll_change *changes)
{
    const size_t count = size / sizeof(*changes);
    if (size == 0 || size % sizeof(*changes))
        return -PAL_ERROR_INVAL;
    for (size_t i = 0; i < count; i++) {
        struct pal_poll_change change;
        int error = pal_user_read(&change, changes + i, sizeof(change));
        if (error == 0)
            error = change_one(set, &change);
        if (error < 0)
            return i > 0 ? (int64_t)(i * sizeof(change)) : error;
    }
    return (int64_t)size;
}

/* Tell both descriptors of a stream as one; returns how many are left. */
static size_t merge(struct epoll_event *events, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        while (same < kept && events[same].data != events[i].data)
            same++;
        if (same < kept)
            events[same].events |= events[i].events;
        else
            events[kept++] = events[i];
    }
    return kept;
}

int64_t linux_poll_set(PAL_HANDLE set, uint64_t timeout_us, size_t size, struct pal_poll_ready *array)
{
    struct epoll_event events[TOLD_MAX];
    const struct __kernel_timespec timeout = {.tv_sec = (int64_t)(timeout_us / US_PER_S),
                                              .tv_nsec = (int64_t)(timeout_us % US_PER_S) * NS_PER_US};
    size_t room = size / sizeof(*array);
    if (size == 0 || size % sizeof(*array))
        return -PAL_ERROR_INVAL;
    if (room > TOLD_MAX)
        room = TOLD_MAX;
    const int result = sys_epoll_pwait2(set->poll.fd, events, (int)room, timeout_us == NO_TIMEOUT ? NULL : &timeout);
    if (result <= 0)
        return result < 0 ? linux_error(result) : -PAL_ERROR_TRYAGAIN;
    size_t count = (size_t)result;
    if (__atomic_load_n(&set->poll.has_pairs, __ATOMIC_RELAXED))
        count = merge(events, count);
    for (size_t i = 0; i < count; i++) {
        const struct pal_poll_ready ready = {.cookie = events[i].data,
                                             .ready = linux_poll_from_kernel(events[i].events)};
        const int error = pal_user_write(array + i, &ready, sizeof(ready));
        if (error < 0)
            return error;
    }
    return (int64_t)(count * sizeof(*array));
}

int linux_poll_make_set(PAL_HANDLE set)
{
    const int fd = sys_epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        return (int)linux_error(fd);
    set->poll.fd = fd;
    linux_lock(&g_sets.lock);
    if (g_sets.count++ == 0)
        list_init(&g_sets.sets);
    list_add_back(&g_sets.sets, &set->poll.sibling);
    linux_unlock(&g_sets.lock);
    return 0;
}

void linux_poll_end_set(PAL_HANDLE set)
{
    linux_lock(&g_sets.lock);
    list_remove(&set->poll.sibling);
    g_sets.count--;
    sys_close(set->poll.fd);
    linux_unlock(&g_sets.lock);
}

/* A set that cannot be made again tells nothing. */
void linux_poll_begin_copy(void)
{
    if (g_sets.count == 0)
        return;
    list_for_each(node, &g_sets.sets) {
        union pal_handle *set = list_entry(node, union pal_handle, poll.sibling);
        sys_close(set->poll.fd);
        const int fd = sys_epoll_create1(EPOLL_CLOEXEC);
        set->poll.fd = fd < 0 ? -1 : fd;
    }
}
