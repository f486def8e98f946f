/* SPDX-License-Identifier: MIT */
/* Members of epoll sets: adding, changing, removing. Knows nothing of waiting. */
#include "epoll.h"
#include "fs/fs_core.h"

#define FIRST_BUCKETS 16

struct lock g_epoll_links;
bool g_epoll_used;

/***** Finding *****/

static struct epoll_member **bucket_of(const struct epoll_set *set, int fd)
{
    return &set->buckets[(uint32_t)fd & (set->bucket_count - 1)];
}

struct epoll_member *epoll_find(const struct epoll_set *set, int fd, const struct file *file)
{
    if (set->bucket_count == 0)
        return NULL;
    struct epoll_member *member = *bucket_of(set, fd);
    while (member != NULL && (member->fd != fd || member->file != file))
        member = member->next;
    return member;
}

struct epoll_member *epoll_find_cookie(const struct epoll_set *set, uint64_t cookie)
{
    if (set->bucket_count == 0)
        return NULL;
    struct epoll_member *member = *bucket_of(set, (int)(uint32_t)cookie);
    while (member != NULL && member_cookie(member) != cookie)
        member = member->next;
    return member;
}

/* One member in a bucket on average. */
static int make_room(struct epoll_set *set)
{
    if (set->member_count < set->bucket_count)
        return 0;
    const uint32_t old_count = set->bucket_count;
    struct epoll_member **old = set->buckets;
    const uint32_t count = old_count == 0 ? FIRST_BUCKETS : old_count * 2;
    struct epoll_member **buckets = heap_zalloc(count * sizeof(*buckets));
    if (buckets == NULL)
        return -ENOMEM;
    set->buckets = buckets;
    set->bucket_count = count;
    for (uint32_t i = 0; i < old_count; i++) {
        for (struct epoll_member *member = old[i], *next; member != NULL; member = next) {
            next = member->next;
            struct epoll_member **bucket = bucket_of(set, member->fd);
            member->next = *bucket;
            *bucket = member;
        }
    }
    heap_free(old);
    return 0;
}

/***** What a member's file tells *****/

struct member_table {
    struct poll_table table;
    struct epoll_member *member;
};

static void member_notified(struct waiter *waiter)
{
    epoll_make_ready(container_of(waiter, struct epoll_watch, waiter)->member);
}

static void on_queue(struct poll_table *table, struct wait_queue *queue)
{
    struct epoll_member *member = container_of(table, struct member_table, table)->member;
    if (member->watch_count == MEMBER_QUEUES) {
        member->error = -ENOMEM;
        return;
    }
    struct epoll_watch *watch = &member->watches[member->watch_count++];
    *watch = (struct epoll_watch){.waiter = {.notify = member_notified}, .queue = queue, .member = member};
    wait_queue_add(queue, &watch->waiter);
}

static void on_stream(struct poll_table *table, PAL_HANDLE stream)
{
    struct epoll_member *member = container_of(table, struct member_table, table)->member;
    if (member->stream != NULL)
        return;
    const int result = epoll_host_add(member, stream);
    /* The host's word for streams that are always ready. */
    if (result < 0)
        member->error = result == -EOPNOTSUPP ? -EPERM : result;
}

static void note_time(struct poll_table *table, int64_t when_ns)
{
    struct epoll_member *member = container_of(table, struct member_table, table)->member;
    if (when_ns >= member->when_ns)
        return;
    member->when_ns = when_ns;
    if (!list_is_linked(&member->timed_node))
        list_add_back(&member->set->timed, &member->timed_node);
}

static void ignore_queue(struct poll_table *table, struct wait_queue *queue)
{
    (void)table;
    (void)queue;
}

/* A file that had no stream of the host when it was added (a socket that connects later) may have one now. */
static void late_stream(struct poll_table *table, PAL_HANDLE stream)
{
    struct epoll_member *member = container_of(table, struct member_table, table)->member;
    if (member->stream != NULL)
        return;
    on_stream(table, stream);
    if (member->stream == NULL || epoll_hang_doorbell(member->set, true) < 0)
        log_print(LOG_WARNING, "epoll: a file's stream cannot be waited for");
}

uint32_t epoll_ask(struct epoll_member *member)
{
    struct member_table table = {{ignore_queue, late_stream, note_time}, member};
    member->when_ns = INT64_MAX;
    const uint32_t ready = poll_ask(member->file, &table.table) & member->events;
    if (member->when_ns == INT64_MAX)
        list_remove(&member->timed_node);
    return ready;
}

/***** Adding, changing, removing *****/

int epoll_add(struct epoll_set *set, int fd, struct file *file, const struct epoll_event *event)
{
    struct epoll_member *member = heap_alloc(sizeof(*member));
    if (member == NULL || make_room(set) < 0) {
        heap_free(member);
        return -ENOMEM;
    }
    *member = (struct epoll_member){.set = set,
                                    .file = file,
                                    .fd = fd,
                                    .serial = ++set->last_serial,
                                    .events = event->events | EPOLLERR | EPOLLHUP,
                                    .data = event->data,
                                    .when_ns = INT64_MAX,
                                    .next = *bucket_of(set, fd),
                                    .next_of_file = file->watchers};
    list_node_init(&member->ready_node);
    list_node_init(&member->timed_node);
    *bucket_of(set, fd) = member;
    file->watchers = member;
    set->member_count++;

    struct member_table table = {{on_queue, on_stream, note_time}, member};
    const bool ready = (poll_ask(file, &table.table) & member->events) != 0;
    int result = member->error;
    /* A file with nothing to wait for is always ready. Linux refuses those. */
    if (member->watch_count == 0 && member->stream == NULL && member->when_ns == INT64_MAX && result == 0)
        result = -EPERM;
    if (result == 0)
        result = epoll_hang_doorbell(set, ready || member->watch_count != 0);
    if (result < 0) {
        epoll_remove(member);
        return result;
    }
    if (ready || member->when_ns != INT64_MAX)
        epoll_make_ready(member); /* who sleeps has to look, if only when to do so again */
    else if (member->stream != NULL)
        epoll_move_sleepers(set);
    return 0;
}

int epoll_change(struct epoll_member *member, const struct epoll_event *event)
{
    const uint32_t old_events = member->events;
    member->events = event->events | EPOLLERR | EPOLLHUP;
    if (member->stream != NULL) {
        const int result = epoll_host_change(member);
        if (result < 0) {
            member->events = old_events;
            return result;
        }
    }
    member->data = event->data;
    if (epoll_ask(member) == 0 && member->when_ns == INT64_MAX)
        return 0;
    const int result = epoll_hang_doorbell(member->set, true);
    epoll_make_ready(member);
    return result;
}

void epoll_remove(struct epoll_member *member)
{
    struct epoll_set *set = member->set;
    for (uint32_t i = 0; i < member->watch_count; i++)
        wait_queue_remove(member->watches[i].queue, &member->watches[i].waiter);
    if (member->stream != NULL)
        epoll_host_remove(member);
    list_remove(&member->timed_node);
    lock_acquire(&set->ready_lock);
    if (list_is_linked(&member->ready_node)) {
        list_remove(&member->ready_node);
        set->ready_count--;
    }
    lock_release(&set->ready_lock);

    struct epoll_member **link = bucket_of(set, member->fd);
    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
    set->member_count--;

    struct epoll_member *first = member->file->watchers;
    if (first == member) {
        member->file->watchers = member->next_of_file;
    } else {
        while (first->next_of_file != member)
            first = first->next_of_file;
        first->next_of_file = member->next_of_file;
    }
    heap_free(member);
}

void epoll_file_closed(struct file *file)
{
    lock_acquire(&g_epoll_links);
    while (file->watchers != NULL) {
        struct epoll_member *member = file->watchers;
        struct epoll_set *set = member->set;
        lock_acquire(&set->lock);
        epoll_remove(member);
        lock_release(&set->lock);
    }
    lock_release(&g_epoll_links);
}

/***** fork *****/

static void rebuild(struct file *file, void *arg)
{
    struct epoll_set *set = file->ops == &epoll_ops ? epoll_of(file) : NULL;
    (void)arg;
    if (set == NULL || file->handle == NULL)
        return;
    if (set->doorbell != NULL)
        DkObjectClose(set->doorbell);
    set->doorbell = NULL;
    set->host_sleepers = 0;
    for (uint32_t i = 0; i < set->bucket_count; i++) {
        for (struct epoll_member *member = set->buckets[i]; member != NULL; member = member->next) {
            if (member->stream != NULL)
                (void)epoll_host_add_again(member);
        }
    }
    (void)epoll_hang_doorbell(set, false);
}

void epoll_forked(void)
{
    if (!g_epoll_used)
        return;
    file_for_each(rebuild, NULL);
    epoll_share_forked();
}

/***** Checkpoints *****/

static void rebuild_anew(struct file *file, void *arg)
{
    struct epoll_set *set = file->ops == &epoll_ops ? epoll_of(file) : NULL;
    (void)arg;
    if (set == NULL || file->handle == NULL)
        return;
    file->handle = DkStreamOpen("poll:set", PAL_ACCESS_RDWR, 0, 0, 0);
    if (file->handle == NULL)
        die("an epoll set cannot be made again");
    for (uint32_t i = 0; i < set->bucket_count; i++)
        for (struct epoll_member *member = set->buckets[i]; member != NULL; member = member->next) {
            member->owns_stream = false;
            if (member->stream != NULL)
                member->stream = member->file->handle;
        }
    set->doorbell = NULL;
    rebuild(file, NULL);
}

void epoll_resumed(void)
{
    file_for_each(rebuild_anew, NULL);
}
