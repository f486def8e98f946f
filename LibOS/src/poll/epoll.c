/* SPDX-License-Identifier: MIT */
/* epoll_create, epoll_ctl, and the set as a file. */
#include "epoll.h"
#include "copy.h"
#include "fs/fs_core.h"
#include "text.h"
#include "syscalls.h"

#define NESTING_LIMIT 5 /* sets in each other, all in all */

/***** The set as a file *****/

/* Ready if a member is. Members on the ready list may have become unready again; those are taken off. */
static uint32_t epoll_poll(struct file *file, struct poll_table *table)
{
    struct epoll_set *set = file->data;
    poll_on_queue(table, &set->pollers);
    lock_acquire(&set->lock);
    int64_t next_ns = epoll_check_times(set);
    uint32_t ready = 0;
    for (struct epoll_member *member; ready == 0 && (member = epoll_pop(set)) != NULL;) {
        if (epoll_ask(member) != 0) {
            ready = POLL_READABLE;
            (void)epoll_push(member);
            epoll_pass_on(set);
        }
    }
    if (ready == 0 && !list_is_empty(&set->timed))
        next_ns = epoll_check_times(set);
    const bool has_streams = set->stream_count != 0;
    lock_release(&set->lock);
    if (next_ns != INT64_MAX)
        poll_on_time(table, next_ns);
    if (has_streams && table != NULL)
        poll_on_stream(table, file->handle);
    else if (has_streams && ready == 0)
        ready = poll_stream_now(file->handle, POLL_READABLE);
    return ready;
}

static void epoll_close(struct file *file)
{
    struct epoll_set *set = file->data;
    epoll_unshare(set);
    lock_acquire(&g_epoll_links);
    lock_acquire(&set->lock);
    set->closing = true;
    for (uint32_t i = 0; i < set->bucket_count; i++)
        while (set->buckets[i] != NULL)
            epoll_remove(set->buckets[i]);
    lock_release(&set->lock);
    lock_release(&g_epoll_links);
    if (set->doorbell != NULL)
        DkObjectClose(set->doorbell);
    heap_free(set->buckets);
    heap_free(set);
}

static void epoll_describe(struct file *file, struct text *out)
{
    struct epoll_set *set = file->data;
    epoll_catch_up(set);
    lock_acquire(&set->lock);
    for (uint32_t i = 0; i < set->bucket_count; i++)
        for (const struct epoll_member *member = set->buckets[i]; member != NULL; member = member->next)
            text_add(out, "tfd: %8d events: %8x data: %16lx  pos:%ld ino:%lx sdev:%lx\n", member->fd,
                     member->events | EPOLLERR | EPOLLHUP, member->data, member->file->position, member->file->inode,
                     member->file->mount != NULL ? member->file->mount->device : 0);
    lock_release(&set->lock);
}

static int epoll_keep(struct file *file)
{
    (void)file;
    return 0; /* epoll_resumed */
}

const struct file_ops epoll_ops = {
    .kind = "anon_inode:[eventpoll]",
    .seeks_nowhere = true,
    .poll = epoll_poll,
    .close = epoll_close,
    .describe = epoll_describe,
    .keep = epoll_keep,
    .share = epoll_share,
};

/***** Making one *****/

struct epoll_set *epoll_new(void)
{
    struct epoll_set *set = heap_zalloc(sizeof(*set));
    if (set == NULL)
        return NULL;
    g_epoll_used = true;
    list_init(&set->timed);
    list_init(&set->ready);
    wait_queue_init(&set->sleepers);
    wait_queue_init(&set->pollers);
    set->file = file_new(&epoll_ops, O_RDWR, set);
    if (set->file != NULL)
        return set;
    heap_free(set);
    return NULL;
}

int64_t sys_epoll_create1(int flags)
{
    if ((flags & ~EPOLL_CLOEXEC) != 0)
        return -EINVAL;
    struct epoll_set *set = epoll_new();
    return set != NULL ? fd_install(set->file, 0, (flags & EPOLL_CLOEXEC) != 0) : -ENOMEM;
}

int64_t sys_epoll_create(int size)
{
    return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

/***** Sets in each other *****/

static uint32_t g_visit; /* number of the check; g_epoll_links is held */

/* A way down through sets, of which there are at most NESTING_LIMIT. */
struct level {
    struct epoll_set *set;
    uint32_t bucket;
    struct epoll_member *member;
};

/* The next member, for which level->member is left. */
static struct epoll_member *next_member(struct level *level)
{
    if (level->member != NULL)
        level->member = level->member->next;
    while (level->member == NULL && level->bucket < level->set->bucket_count)
        level->member = level->set->buckets[level->bucket++];
    return level->member;
}

/* How many sets are below each other from this one on, itself included; more than the limit if `forbidden` is one of them.
 * Sets that were visited in this check are not visited again, so the cost is that of all their members once. */
static uint32_t depth_below(struct epoll_set *top, const struct epoll_set *forbidden)
{
    struct level levels[NESTING_LIMIT + 1];
    uint32_t at = 0;
    levels[0] = (struct level){.set = top};
    top->depth = 1;
    for (;;) {
        struct level *level = &levels[at];
        const struct epoll_member *member = next_member(level);
        if (member == NULL) {
            level->set->visit = g_visit;
            if (at == 0)
                return top->depth;
            at--;
            if (levels[at].set->depth <= level->set->depth)
                levels[at].set->depth = level->set->depth + 1;
            continue;
        }
        struct epoll_set *below = epoll_of(member->file);
        if (below == NULL)
            continue;
        if (below == forbidden || at == NESTING_LIMIT - 1)
            return NESTING_LIMIT + 1;
        if (below->visit == g_visit) {
            if (level->set->depth <= below->depth)
                level->set->depth = below->depth + 1;
            continue;
        }
        below->depth = 1;
        levels[++at] = (struct level){.set = below};
    }
}

/* How many sets are above each other, this one included, up to the limit. */
static uint32_t depth_above(struct epoll_set *set)
{
    struct epoll_member *path[NESTING_LIMIT + 1];
    uint32_t at = 0, deepest = 1;
    path[0] = set->file->watchers;
    for (;;) {
        struct epoll_member *member = path[at];
        if (member == NULL) {
            if (at == 0)
                return deepest;
            at--;
            path[at] = path[at]->next_of_file;
            continue;
        }
        if (at + 2 > deepest)
            deepest = at + 2;
        if (deepest >= NESTING_LIMIT)
            return deepest;
        path[++at] = member->set->file->watchers;
    }
}

int epoll_check_nesting(struct epoll_set *set, struct epoll_set *target)
{
    g_visit++;
    return depth_below(target, set) + depth_above(set) > NESTING_LIMIT ? -ELOOP : 0;
}

/***** Changing members *****/

int epoll_change_member(struct epoll_set *set, int operation, int fd, struct file *file,
                        const struct epoll_event *event)
{
    struct epoll_member *member = epoll_find(set, fd, file);
    switch (operation) {
    case EPOLL_CTL_ADD:
        return member != NULL ? -EEXIST : epoll_add(set, fd, file, event);
    case EPOLL_CTL_DEL:
        if (member == NULL)
            return -ENOENT;
        epoll_remove(member);
        return 0;
    case EPOLL_CTL_MOD:
        if (member == NULL)
            return -ENOENT;
        return (member->events & EPOLLEXCLUSIVE) != 0 ? -EINVAL : epoll_change(member, event);
    default:
        return -EINVAL;
    }
}

/* EPOLLEXCLUSIVE goes with few other bits, and is for good. */
static bool exclusive_allowed(int operation, uint32_t events, const struct epoll_set *target)
{
    const uint32_t allowed = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
    if ((events & EPOLLEXCLUSIVE) == 0 || operation == EPOLL_CTL_DEL)
        return true;
    return operation == EPOLL_CTL_ADD && target == NULL && (events & ~allowed) == 0;
}

static int check_and_change(struct file *file, int operation, int fd, struct file *member,
                            const struct epoll_event *event)
{
    struct epoll_set *set = epoll_of(file);
    struct epoll_set *target = epoll_of(member);
    if (member->ops->poll == NULL)
        return -EPERM;
    if (file == member || set == NULL || !exclusive_allowed(operation, event->events, target))
        return -EINVAL;

    epoll_catch_up(set);
    lock_acquire(&g_epoll_links);
    int result = operation == EPOLL_CTL_ADD && target != NULL ? epoll_check_nesting(set, target) : 0;
    if (result == 0) {
        lock_acquire(&set->lock);
        result = epoll_change_member(set, operation, fd, member, event);
        lock_release(&set->lock);
    }
    lock_release(&g_epoll_links);
    if (result == 0)
        epoll_tell(set, operation, fd, member, event);
    return result;
}

int64_t sys_epoll_ctl(int set, int operation, int fd, void *user_event)
{
    struct epoll_event event = {0};
    if (operation != EPOLL_CTL_DEL && copy_in(&event, user_event, sizeof(event)) < 0)
        return -EFAULT;
    struct file *file = fd_get(set);
    if (file == NULL)
        return -EBADF;
    struct file *member = fd_get(fd);
    int result = -EBADF;
    if (member != NULL) {
        result = check_and_change(file, operation, fd, member, &event);
        /* A file that nobody can wait for, as those with positions, is a fault before all others; that it is one may take a host
         * call to find out. */
        if ((result == -EINVAL || result == -ENOENT) && (member->ops->poll == NULL || io_has_positions(member)))
            result = -EPERM;
        file_put(member);
    }
    file_put(file);
    return result;
}
