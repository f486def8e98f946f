/* SPDX-License-Identifier: MIT */
/* Signals that tell of files (O_ASYNC). Those files are members of a set of epoll that the program does not see, of which a
 * thread of the library OS takes the edges; it is there from the first such file on. Knows no kind of file. */
#include "epoll.h"
#include "process.h"

#define BATCH 16 /* of the host's streams, at once */

/* Outermost; the thread gives it up only to sleep. */
static struct {
    struct lock lock;
    struct epoll_set *set; /* NULL: there was no such file yet */
    bool alive;
    struct waiter waiter; /* the thread's */
} g_async;

PAL_LARGE static struct thread g_async_thread;

/***** Telling *****/

/* What si_code says, and the bits of si_band that go with it, as Linux has them. */
static const struct {
    int code;
    uint32_t ready, band;
} reasons[] = {
    {POLL_ERR, POLLERR, POLLERR},
    {POLL_PRI, POLLPRI, POLLPRI | POLLRDBAND},
    {POLL_IN, POLLIN, POLLIN | POLLRDNORM},
    {POLL_HUP, POLLHUP, POLLHUP | POLLERR},
    {POLL_OUT, POLLOUT, POLLOUT | POLLWRNORM | POLLWRBAND},
};

/* An end of a pipe hears of nothing else than of what it can do. */
static uint32_t what_counts(const struct file *file, uint32_t ready)
{
    if (!file->ops->one_way)
        return ready;
    return file_readable(file) ? POLLIN : POLLOUT;
}

static int send(const struct file *file, const siginfo_t *info)
{
    if (file->owner_type != F_OWNER_TID)
        return process_kill(file->owner, info);
    struct thread *thread = thread_find(file->owner);
    if (!thread)
        return process_kill_thread(0, file->owner, info);
    const int result = signal_send_thread(thread, info);
    thread_put(thread);
    return result;
}

/* Without a signal of its choice, or if there are too many of those, the owner gets SIGIO, which says nothing more. */
static void tell(const struct epoll_member *member, uint32_t ready)
{
    const struct file *file = member->file;
    siginfo_t info;
    unsigned i = 0;
    if (file->owner == 0 || ready == 0)
        return;
    while (i < array_count(reasons) - 1 && !(what_counts(file, ready) & reasons[i].ready))
        i++;
    int result = -EAGAIN;
    if (file->owner_signal != 0) {
        signal_info(&info, file->owner_signal, reasons[i].code);
        info.si_band = reasons[i].band;
        info.si_fd = member->fd;
        result = send(file, &info);
    }
    if (result != -EAGAIN)
        return;
    signal_info(&info, SIGIO, SI_KERNEL);
    (void)!send(file, &info);
}

/***** The set *****/

/* The edges of the host's streams; as many as there is room for. Returns whether there may be more. */
static bool collect_host(struct epoll_set *set, const struct file *quiet)
{
    struct pal_poll_ready found[BATCH];
    const int64_t size = set->stream_count != 0 ? stream_read(set->file->handle, 0, sizeof(found), found) : 0;
    for (size_t i = 0; size > 0 && i < (size_t)size / sizeof(*found); i++) {
        const struct epoll_member *member = epoll_find_cookie(set, found[i].cookie);
        if (member && member->file != quiet)
            tell(member, poll_of_stream(member->file, host_ready(found[i].ready)) & member->events);
    }
    return size == sizeof(found);
}

/* Tell of all that has happened since, but not of one file, which has just become a member and may be ready already. */
static void collect(const struct file *quiet)
{
    struct epoll_set *set = g_async.set;
    lock_acquire(&set->lock);
    for (struct epoll_member *member; (member = epoll_pop(set)) != NULL;) {
        const uint32_t ready = epoll_ask(member);
        if (member->file != quiet)
            tell(member, ready);
    }
    while (collect_host(set, quiet))
        ;
    lock_release(&set->lock);
}

static void run(void *argument)
{
    size_t which;
    (void)argument;
    thread_adopt_helper(&g_async_thread);
    lock_acquire(&g_async.lock);
    wait_queue_add(&g_async.set->pollers, &g_async.waiter);
    for (;;) {
        collect(NULL);
        PAL_HANDLE streams = g_async.set->file->handle;
        const size_t count = g_async.set->stream_count != 0;
        lock_release(&g_async.lock);
        if (thread_sleep_streams(&streams, count, NO_TIMEOUT, &which) < 0)
            __atomic_store_n(&g_async_thread.attention, 0, __ATOMIC_SEQ_CST);
        lock_acquire(&g_async.lock);
    }
}

/* With the lock held. */
static int start(void)
{
    if (!g_async.set) {
        g_async.set = epoll_new();
        if (!g_async.set)
            return -ENOMEM;
        g_async.set->hidden = true;
    }
    if (g_async.alive)
        return 0;
    PAL_HANDLE handle = DkThreadCreate((void *)run, NULL, 0);
    if (!handle)
        return pal_failure();
    DkObjectClose(handle);
    g_async.alive = true;
    return 0;
}

/***** Files *****/

static struct epoll_member *member_of(const struct file *file)
{
    struct epoll_member *member = file->watchers;
    while (member && member->set != g_async.set)
        member = member->next_of_file;
    return member;
}

int async_begin(struct file *file, int fd)
{
    const struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLET};
    lock_acquire(&g_async.lock);
    int result = start();
    if (result == 0) {
        lock_acquire(&g_epoll_links);
        lock_acquire(&g_async.set->lock);
        result = member_of(file) ? 0 : epoll_add(g_async.set, fd, file, &event);
        lock_release(&g_async.set->lock);
        lock_release(&g_epoll_links);
        collect(file);
    }
    lock_release(&g_async.lock);
    return result;
}

void async_end(struct file *file)
{
    if (!g_async.set)
        return;
    lock_acquire(&g_epoll_links);
    lock_acquire(&g_async.set->lock);
    struct epoll_member *member = member_of(file);
    if (member)
        epoll_remove(member);
    lock_release(&g_async.set->lock);
    lock_release(&g_epoll_links);
}

/***** Copies of the process *****/

void async_freeze(void)
{
    if (g_async.alive)
        lock_acquire(&g_async.lock);
}

void async_thaw(void)
{
    if (g_async.alive)
        lock_release(&g_async.lock);
}

static void forget_thread(void)
{
    g_async.lock = (struct lock){0};
    g_async.alive = false;
    g_async_thread.wake = NULL;
    g_async_thread.attention = 0;
}

void async_forked(void)
{
    struct epoll_set *set = g_async.set;
    if (!set)
        return;
    forget_thread();
    g_async.set = NULL;
    file_put(set->file);
}

void async_resumed(void)
{
    if (!g_async.set)
        return;
    forget_thread();
    wait_queue_remove(&g_async.set->pollers, &g_async.waiter);
    lock_acquire(&g_async.lock);
    if (start() < 0)
        log_print(LOG_ERROR, "no thread for O_ASYNC");
    lock_release(&g_async.lock);
}
