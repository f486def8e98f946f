/* SPDX-License-Identifier: MIT */
/* epoll_wait and its kin: what is ready of a set. */
#include "clock.h"
#include "copy.h"
#include "epoll.h"
#include "process.h"
#include "syscalls.h"

#define BATCH       32   /* events that are handed to the program at once */
#define RINGS_LIMIT 4096 /* the doorbell is emptied before it is full */

/***** The ready list *****/

static void wake_sleeper(struct epoll_set *set)
{
    wait_queue_wake_some(&set->sleepers, 1);
    if (__atomic_load_n(&set->host_sleepers, __ATOMIC_SEQ_CST) != 0 && set->doorbell != NULL) {
        char bell = 0;
        (void)DkStreamWrite(set->doorbell, 0, 1, &bell, NULL);
    }
}

void epoll_wake(struct epoll_set *set)
{
    wake_sleeper(set);
    wait_queue_wake(&set->pollers);
}

void epoll_pass_on(struct epoll_set *set)
{
    if (__atomic_load_n(&set->ready_count, __ATOMIC_RELAXED) != 0)
        wake_sleeper(set);
}

void epoll_move_sleepers(struct epoll_set *set)
{
    wait_queue_wake(&set->sleepers);
    wait_queue_wake(&set->pollers);
}

bool epoll_push(struct epoll_member *member)
{
    struct epoll_set *set = member->set;
    lock_acquire(&set->ready_lock);
    const bool fresh = !list_is_linked(&member->ready_node);
    if (fresh) {
        list_add_back(&set->ready, &member->ready_node);
        __atomic_store_n(&set->ready_count, set->ready_count + 1, __ATOMIC_RELAXED);
    }
    lock_release(&set->ready_lock);
    return fresh;
}

void epoll_make_ready(struct epoll_member *member)
{
    if (epoll_push(member))
        epoll_wake(member->set);
}

struct epoll_member *epoll_pop(struct epoll_set *set)
{
    struct epoll_member *member = NULL;
    lock_acquire(&set->ready_lock);
    struct list_node *node = list_first(&set->ready);
    if (node != NULL) {
        list_remove(node);
        __atomic_store_n(&set->ready_count, set->ready_count - 1, __ATOMIC_RELAXED);
        member = list_entry(node, struct epoll_member, ready_node);
    }
    lock_release(&set->ready_lock);
    return member;
}

int64_t epoll_check_times(struct epoll_set *set)
{
    int64_t next_ns = INT64_MAX;
    if (list_is_empty(&set->timed))
        return next_ns;
    const int64_t now_ns = clock_monotonic_ns();
    list_for_each(node, &set->timed) {
        struct epoll_member *member = list_entry(node, struct epoll_member, timed_node);
        if (member->when_ns <= now_ns) {
            member->when_ns = INT64_MAX;
            list_remove(node);
            (void)epoll_push(member);
        } else if (member->when_ns < next_ns) {
            next_ns = member->when_ns;
        }
    }
    return next_ns;
}

/***** Collecting *****/

/* Where events go: the program's array, by way of a batch. */
struct output {
    struct epoll_event *user;
    uint32_t limit, count; /* count includes the batch */
    uint32_t batch_count;
    struct epoll_event batch[BATCH];
};

static int write_batch(struct output *out)
{
    struct epoll_event *to = out->user + (out->count - out->batch_count);
    const uint32_t count = out->batch_count;
    out->batch_count = 0;
    return copy_out(to, out->batch, count * sizeof(*to));
}

/* Tell an event, and disarm a member that wants only one. */
static int put_event(struct output *out, struct epoll_member *member, uint32_t ready)
{
    out->batch[out->batch_count++] = (struct epoll_event){.events = ready, .data = member->data};
    out->count++;
    if ((member->events & EPOLLONESHOT) != 0)
        member->events &= EPOLL_MODES;
    return out->batch_count == BATCH ? write_batch(out) : 0;
}

/* Those of the ready list. A member without EPOLLET goes to its end again, and so is asked anew the next time. */
static int collect_ready(struct epoll_set *set, struct output *out)
{
    int result = 0;
    for (uint32_t left = set->ready_count; left > 0 && out->count < out->limit && result == 0; left--) {
        struct epoll_member *member = epoll_pop(set);
        if (member == NULL)
            break;
        const uint32_t ready = epoll_ask(member);
        if (ready == 0)
            continue;
        result = put_event(out, member, ready);
        if ((member->events & (EPOLLET | EPOLLONESHOT)) == 0)
            (void)epoll_push(member);
    }
    return result;
}

static void empty_doorbell(struct epoll_set *set)
{
    char bells[256];
    if (__atomic_add_fetch(&set->rings, 1, __ATOMIC_RELAXED) < RINGS_LIMIT)
        return;
    __atomic_store_n(&set->rings, 0, __ATOMIC_RELAXED);
    while (DkStreamRead(set->doorbell, 0, sizeof(bells), bells, NULL, 0) == sizeof(bells))
        ;
}

/* Members of the host's set: waits until there are some, or there is something else to look after. */
static int collect_host(struct epoll_set *set, struct output *out, uint64_t timeout_us)
{
    struct pal_poll_ready found[BATCH];
    uint32_t limit = out->limit - out->count;
    if (limit > BATCH)
        limit = BATCH;
    const int64_t size = stream_read(set->file->handle, timeout_us, limit * sizeof(*found), found);
    if (size < 0)
        return size == -EAGAIN ? 0 : (int)size;

    int result = 0;
    lock_acquire(&set->lock);
    for (size_t i = 0; i < (size_t)size / sizeof(*found) && result == 0; i++) {
        if (found[i].cookie == DOORBELL_COOKIE) {
            empty_doorbell(set);
            continue;
        }
        struct epoll_member *member = epoll_find_cookie(set, found[i].cookie);
        const uint32_t ready =
            member != NULL ? poll_of_stream(member->file, host_ready(found[i].ready)) & member->events : 0;
        if (ready != 0)
            result = put_event(out, member, ready);
    }
    lock_release(&set->lock);
    return result;
}

/* All that is ready now. *out_until_ns is when that changes by itself. */
static int collect(struct epoll_set *set, struct output *out, int64_t *out_until_ns)
{
    lock_acquire(&set->lock);
    *out_until_ns = epoll_check_times(set);
    int result = 0;
    if (set->ready_count != 0) {
        result = collect_ready(set, out);
        *out_until_ns = epoll_check_times(set); /* who was not ready may have told of a time */
    }
    lock_release(&set->lock);
    if (out->count == 0 || result < 0)
        return result;
    if (set->stream_count != 0 && out->count < out->limit)
        result = collect_host(set, out, 0);
    epoll_pass_on(set);
    return result;
}

/***** Waiting *****/

static int sleep_in_host(struct epoll_set *set, struct output *out, uint64_t timeout_us)
{
    int result = 0;
    if (timeout_us != 0)
        __atomic_add_fetch(&set->host_sleepers, 1, __ATOMIC_SEQ_CST);
    const uint64_t nap_us = process_nap(timeout_us);
    if (__atomic_load_n(&set->ready_count, __ATOMIC_SEQ_CST) == 0)
        result = collect_host(set, out, nap_us);
    if (timeout_us != 0)
        __atomic_sub_fetch(&set->host_sleepers, 1, __ATOMIC_SEQ_CST);
    if (result == 0 && out->count == 0 && nap_us < timeout_us)
        process_look_after();
    if (out->count != 0)
        epoll_pass_on(set);
    return result;
}

static int sleep_here(struct epoll_set *set, uint64_t timeout_us)
{
    struct waiter waiter = {.notify = NULL};
    int result = 0;
    wait_queue_add(&set->sleepers, &waiter);
    if (__atomic_load_n(&set->ready_count, __ATOMIC_SEQ_CST) == 0 &&
        __atomic_load_n(&set->stream_count, __ATOMIC_SEQ_CST) == 0)
        result = thread_sleep(timeout_us);
    wait_queue_remove(&set->sleepers, &waiter);
    return result == -ETIMEDOUT ? 0 : result;
}

static int64_t wait_for_events(struct epoll_set *set, struct output *out, int64_t deadline_ns)
{
    for (bool over = deadline_ns == POLL_LOOK;;) {
        int64_t until_ns;
        int result = collect(set, out, &until_ns);
        if (result < 0 || out->count > 0)
            return result;
        if (deadline_ns < until_ns)
            until_ns = deadline_ns;
        if (set->stream_count != 0)
            result = sleep_in_host(set, out, over ? 0 : timeout_until(until_ns));
        else if (!over)
            result = sleep_here(set, timeout_until(until_ns));
        if (out->count > 0 || over || (result < 0 && (result != -EINTR || signal_interrupts())))
            return result;
        over = deadline_ns != POLL_FOREVER && clock_monotonic_ns() >= deadline_ns;
    }
}

static int64_t wait_on_set(int fd, struct epoll_event *user, int count, int64_t deadline_ns)
{
    if (count <= 0 || (uint32_t)count > INT32_MAX / sizeof(*user))
        return -EINVAL;
    if (!user_range_ok((uintptr_t)user, (uint32_t)count * sizeof(*user)))
        return -EFAULT;
    struct file *file = fd_get(fd);
    if (file == NULL)
        return -EBADF;
    struct epoll_set *set = epoll_of(file);
    int64_t result = -EINVAL;
    if (set != NULL) {
        if (set->shared != NULL)
            epoll_catch_up(set);
        struct output out;
        out.user = user;
        out.limit = (uint32_t)count;
        out.count = 0;
        out.batch_count = 0;
        result = wait_for_events(set, &out, deadline_ns);
        if (out.batch_count != 0 && write_batch(&out) < 0)
            result = -EFAULT;
        if (result >= 0)
            result = out.count;
    }
    file_put(file);
    return result;
}

static int64_t deadline_of_ms(int timeout_ms)
{
    return poll_deadline(timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000000);
}

int64_t sys_epoll_wait(int set, void *events, int count, int timeout_ms)
{
    return wait_on_set(set, events, count, deadline_of_ms(timeout_ms));
}

int64_t sys_epoll_pwait(int set, void *events, int count, int timeout_ms, void *mask, unsigned long set_size)
{
    const int error = signal_mask_for_call(mask, set_size);
    return error < 0 ? error : wait_on_set(set, events, count, deadline_of_ms(timeout_ms));
}

int64_t sys_epoll_pwait2(int set, void *events, int count, void *timeout, void *mask, unsigned long set_size)
{
    int64_t timeout_ns = -1;
    int error = timeout != NULL ? timespec_read(timeout, &timeout_ns) : 0;
    if (error == 0)
        error = signal_mask_for_call(mask, set_size);
    return error < 0 ? error : wait_on_set(set, events, count, poll_deadline(timeout_ns));
}
