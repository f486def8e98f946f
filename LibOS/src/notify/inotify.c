/* SPDX-License-Identifier: MIT */
/* inotify: the system calls, and reading events. Knows not what makes them. */
#include "inotify.h"
#include <asm/ioctls.h>
#include "poll.h"
#include "syscalls.h"

#define ALL_BITS                                                                                                       \
    (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK |          \
     IN_MASK_ADD | IN_MASK_CREATE | IN_ISDIR | IN_ONESHOT)
#define KEPT_BITS (IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)

/***** Reading *****/

/* Take the first event if it fits. -EINVAL: it does not; NULL and 0: there is none. */
static int take_event(struct inotify *instance, uint64_t room, struct notify_event **out)
{
    int error = 0;
    *out = NULL;
    lock_acquire(&g_notify_lock);
    struct list_node *first = list_first(&instance->events);
    if (first) {
        struct notify_event *event = list_entry(first, struct notify_event, node);
        if (notify_event_size(event) <= room) {
            list_remove(first);
            instance->event_count--;
            instance->bytes -= notify_event_size(event);
            *out = event;
        } else {
            error = -EINVAL;
        }
    }
    lock_release(&g_notify_lock);
    return error;
}

static int copy_event(const struct notify_event *event, char *to)
{
    const struct inotify_event head = {
        .wd = event->watch, .mask = event->mask, .cookie = event->cookie, .len = event->name_size};
    const int error = user_write(to, &head, sizeof(head));
    return error < 0 || !event->name_size ? error : user_write(to + sizeof(head), event->name, event->name_size);
}

static int64_t inotify_read(struct file *file, void *buffer, size_t size, int64_t *position)
{
    uint64_t done = 0;
    (void)position;
    notify_rung();
    for (;;) {
        struct notify_event *event;
        int error = take_event(file->data, size - done, &event);
        if (event) {
            error = copy_event(event, (char *)buffer + done);
            done += notify_event_size(event);
            heap_free(event);
            if (error < 0)
                return error;
            continue;
        }
        if (done)
            return (int64_t)done;
        if (error == 0)
            error = file_wait(file, POLLIN);
        if (error < 0)
            return error;
    }
}

static uint32_t inotify_poll(struct file *file, struct poll_table *table)
{
    struct inotify *instance = file->data;
    poll_on_queue(table, &instance->readers);
    notify_rung(); /* the bell may still be on its way */
    return __atomic_load_n(&instance->event_count, __ATOMIC_ACQUIRE) ? POLL_READABLE : 0;
}

static int64_t inotify_control(struct file *file, uint32_t request, uint64_t argument)
{
    const struct inotify *instance = file->data;
    if (request != FIONREAD)
        return -ENOTTY;
    notify_rung();
    const int32_t bytes = (int32_t)__atomic_load_n(&instance->bytes, __ATOMIC_RELAXED);
    return user_write((void *)argument, &bytes, sizeof(bytes));
}

static void inotify_close(struct file *file)
{
    struct inotify *instance = file->data;
    lock_acquire(&g_notify_lock);
    list_for_each(node, &instance->watches)
        notify_watch_remove(list_entry(node, struct notify_watch, by_instance));
    lock_release(&g_notify_lock);
    list_for_each(node, &instance->events)
        heap_free(list_entry(node, struct notify_event, node));
    heap_free(instance);
}

static const struct file_ops inotify_ops = {
    .kind = "anon_inode:inotify",
    .seeks_nowhere = true,
    .read = inotify_read,
    .control = inotify_control,
    .poll = inotify_poll,
    .tells_owner = true,
    .close = inotify_close,
};

/***** System calls *****/

int64_t sys_inotify_init1(int flags)
{
    if (flags & ~(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    struct inotify *instance = heap_zalloc(sizeof(*instance));
    if (!instance)
        return -ENOMEM;
    list_init(&instance->events);
    list_init(&instance->watches);
    wait_queue_init(&instance->readers);
    struct file *file = file_new(&inotify_ops, O_RDONLY | ((uint32_t)flags & O_NONBLOCK), instance);
    if (!file) {
        heap_free(instance);
        return -ENOMEM;
    }
    return fd_install(file, 0, flags & O_CLOEXEC);
}

int64_t sys_inotify_init(void)
{
    return sys_inotify_init1(0);
}

/* Find what is to be watched; it may be watched by whoever may read it. */
static int find_watched(const char *name, uint32_t mask, struct place **out, bool *out_directory)
{
    struct place *place;
    struct file_attr attr;
    int error = place_find(AT_FDCWD, name, mask & IN_DONT_FOLLOW ? 0 : WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    error = place_attributes(place, &attr);
    if (error == 0 && (mask & IN_ONLYDIR || place->must_be_dir) && !S_ISDIR(attr.mode))
        error = -ENOTDIR;
    if (error == 0)
        error = attributes_permit(&attr, 4, g_process.fsuid, g_process.fsgid);
    *out_directory = S_ISDIR(attr.mode);
    if (error < 0)
        place_free(place);
    else
        *out = place;
    return error;
}

static int64_t add_watch(struct inotify *instance, const char *path, uint32_t mask, bool directory)
{
    int64_t result;
    lock_acquire(&g_notify_lock);
    struct notify_watch *watch = notify_watch_find(instance, path);
    if (watch && mask & IN_MASK_CREATE) {
        result = -EEXIST;
    } else if (watch) {
        watch->mask = (mask & KEPT_BITS) | (mask & IN_MASK_ADD ? watch->mask : 0);
        notify_far_watch(watch->hash, watch->mask);
        result = watch->number;
    } else if (g_notify_watches >= INOTIFY_WATCHES_MAX) {
        result = -ENOSPC;
    } else {
        watch = notify_watch_make(instance, path, mask & KEPT_BITS, directory);
        result = watch ? watch->number : -ENOMEM;
    }
    lock_release(&g_notify_lock);
    return result;
}

int64_t sys_inotify_add_watch(int fd, const char *name, unsigned mask)
{
    struct place *place;
    bool directory;
    if (!(mask & ALL_BITS) || (mask & ~ALL_BITS) || ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE)))
        return -EINVAL;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = file->ops == &inotify_ops ? find_watched(name, mask, &place, &directory) : -EINVAL;
    if (result == 0) {
        result = add_watch(file->data, place->path, mask, directory);
        place_free(place);
    }
    file_put(file);
    return result;
}

int64_t sys_inotify_rm_watch(int fd, int number)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = -EINVAL;
    if (file->ops == &inotify_ops) {
        struct inotify *instance = file->data;
        lock_acquire(&g_notify_lock);
        struct notify_watch *watch = notify_watch_number(instance, number);
        if (watch) {
            notify_watch_remove(watch);
            notify_queue(instance, number, IN_IGNORED, 0, NULL);
            result = 0;
        }
        lock_release(&g_notify_lock);
    }
    file_put(file);
    return result;
}
