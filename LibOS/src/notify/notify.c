/* SPDX-License-Identifier: MIT */
/* Watches on paths, and the events that what happens makes for them. Knows neither files nor system calls. */
#include "inotify.h"

#define BUCKETS   128
#define NAME_UNIT sizeof(struct inotify_event)

struct lock g_notify_lock;
uint32_t g_notify_watches;

PAL_LARGE static struct {
    struct list buckets[BUCKETS];
    bool ready;
    uint32_t last_cookie;
} g_notify;

uint64_t notify_hash(const char *path, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3ull;
    return hash ^ hash >> 32;
}

static struct list *bucket_of(uint64_t hash)
{
    if (!g_notify.ready) {
        for (unsigned i = 0; i < BUCKETS; i++)
            list_init(&g_notify.buckets[i]);
        g_notify.ready = true;
    }
    return &g_notify.buckets[hash % BUCKETS];
}

static bool watches_path(const struct notify_watch *watch, const char *path, size_t len, uint64_t hash)
{
    return watch->hash == hash && watch->len == len && memcmp(watch->path, path, len) == 0;
}

/***** Watches *****/

struct notify_watch *notify_watch_find(struct inotify *instance, const char *path)
{
    const size_t len = strlen(path);
    const uint64_t hash = notify_hash(path, len);
    list_for_each(node, bucket_of(hash)) {
        struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
        if (watch->instance == instance && watches_path(watch, path, len, hash))
            return watch;
    }
    return NULL;
}

struct notify_watch *notify_watch_number(struct inotify *instance, int32_t number)
{
    list_for_each(node, &instance->watches) {
        struct notify_watch *watch = list_entry(node, struct notify_watch, by_instance);
        if (watch->number == number)
            return watch;
    }
    return NULL;
}

struct notify_watch *notify_watch_make(struct inotify *instance, const char *path, uint32_t mask, bool directory)
{
    struct notify_watch *watch = heap_alloc(sizeof(*watch));
    const size_t len = strlen(path);
    char *copy = heap_strdup(path, len);
    if (!watch || !copy) {
        heap_free(watch);
        heap_free(copy);
        return NULL;
    }
    watch->instance = instance;
    watch->number = ++instance->last_watch;
    watch->mask = mask;
    watch->directory = directory;
    watch->path = copy;
    watch->len = len;
    watch->hash = notify_hash(path, len);
    list_add_back(bucket_of(watch->hash), &watch->by_path);
    list_add_back(&instance->watches, &watch->by_instance);
    __atomic_store_n(&g_notify_watches, g_notify_watches + 1, __ATOMIC_RELAXED);
    notify_far_watch(watch->hash, mask);
    return watch;
}

void notify_watch_remove(struct notify_watch *watch)
{
    list_remove(&watch->by_path);
    list_remove(&watch->by_instance);
    heap_free(watch->path);
    heap_free(watch);
    __atomic_store_n(&g_notify_watches, g_notify_watches - 1, __ATOMIC_RELAXED);
    if (g_notify_watches == 0)
        notify_far_end();
}

void notify_far_watch_all(void)
{
    for (unsigned i = 0; g_notify_watches != 0 && i < BUCKETS; i++) {
        list_for_each(node, &g_notify.buckets[i]) {
            const struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
            notify_far_watch(watch->hash, watch->mask);
        }
    }
}

/***** Events *****/

static struct notify_event *last_event(const struct inotify *instance)
{
    return list_entry(instance->events.head.prev, struct notify_event, node);
}

static bool is_same(const struct notify_event *event, int32_t watch, uint32_t mask, uint32_t cookie, const char *name)
{
    return event->watch == watch && event->mask == mask && event->cookie == cookie &&
           (name ? event->name_size && strcmp(event->name, name) == 0 : !event->name_size);
}

void notify_queue(struct inotify *instance, int32_t watch, uint32_t mask, uint32_t cookie, const char *name)
{
    /* The same again, unread, is told once. */
    if (instance->event_count && is_same(last_event(instance), watch, mask, cookie, name))
        return;
    if (instance->event_count >= INOTIFY_EVENTS_MAX) {
        if (last_event(instance)->mask & IN_Q_OVERFLOW)
            return;
        watch = -1;
        mask = IN_Q_OVERFLOW;
        cookie = 0;
        name = NULL;
    }
    const size_t len = name ? strlen(name) : 0;
    const size_t size = len ? (len + 1 + NAME_UNIT - 1) / NAME_UNIT * NAME_UNIT : 0;
    struct notify_event *event = heap_zalloc(sizeof(*event) + size);
    if (!event)
        return;
    event->watch = watch;
    event->mask = mask;
    event->cookie = cookie;
    event->name_size = (uint32_t)size;
    memcpy(event->name, name ? name : "", len);
    list_add_back(&instance->events, &event->node);
    instance->event_count++;
    instance->bytes += notify_event_size(event);
    wait_queue_wake(&instance->readers);
}

/* Tell a watch what it wants to know. May end it. */
static void tell(struct notify_watch *watch, uint32_t mask, uint32_t cookie, const char *name)
{
    struct inotify *instance = watch->instance;
    const int32_t number = watch->number;
    if (!(watch->mask & mask & IN_ALL_EVENTS))
        return;
    const bool once = watch->mask & IN_ONESHOT;
    notify_queue(instance, number, mask, cookie, name);
    if (once) {
        notify_watch_remove(watch);
        notify_queue(instance, number, IN_IGNORED, 0, NULL);
    }
}

static void tell_path(const char *path, size_t len, uint32_t mask, uint32_t cookie, const char *name)
{
    const uint64_t hash = notify_hash(path, len);
    list_for_each(node, bucket_of(hash)) {
        struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
        if (watches_path(watch, path, len, hash))
            tell(watch, mask, cookie, name);
    }
}

/* Who watches the thing itself; whoever reports need not know what it is. */
static void tell_self(const char *path, uint32_t mask)
{
    const size_t len = strlen(path);
    const uint64_t hash = notify_hash(path, len);
    list_for_each(node, bucket_of(hash)) {
        struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
        if (watches_path(watch, path, len, hash))
            tell(watch, watch->directory ? mask | IN_ISDIR : mask, 0, NULL);
    }
}

/* Who watches the directory is told with the name. */
static void tell_parent(const char *path, uint32_t mask, uint32_t cookie)
{
    const char *slash = strrchr(path, '/');
    if (slash && slash[1])
        tell_path(path, slash == path ? 1 : (size_t)(slash - path), mask, cookie, slash + 1);
}

/* What a path stood for is gone, and so are the watches on it. */
static void end_watches(const char *path)
{
    const size_t len = strlen(path);
    const uint64_t hash = notify_hash(path, len);
    list_for_each(node, bucket_of(hash)) {
        struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
        if (!watches_path(watch, path, len, hash))
            continue;
        struct inotify *instance = watch->instance;
        const int32_t number = watch->number;
        if (watch->mask & IN_DELETE_SELF)
            notify_queue(instance, number, IN_DELETE_SELF, 0, NULL);
        notify_watch_remove(watch);
        notify_queue(instance, number, IN_IGNORED, 0, NULL);
    }
}

static void hear_change(uint32_t mask, const char *path)
{
    if (mask & IN_DELETE) {
        /* A file loses a link by it, and itself with the last one: here there is no more than one. */
        if (!(mask & IN_ISDIR))
            tell_self(path, IN_ATTRIB);
        end_watches(path);
    }
    tell_parent(path, mask, 0);
    if (!(mask & (IN_CREATE | IN_DELETE)))
        tell_self(path, mask);
}

void notify_overflow(void)
{
    for (unsigned i = 0; g_notify_watches != 0 && i < BUCKETS; i++) {
        list_for_each(node, &g_notify.buckets[i]) {
            const struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
            notify_queue(watch->instance, -1, IN_Q_OVERFLOW, 0, NULL);
        }
    }
}

void notify_send(uint32_t mask, const char *path)
{
    if (__atomic_load_n(&g_notify_watches, __ATOMIC_RELAXED) != 0) {
        notify_rung(); /* what others did before comes first */
        lock_acquire(&g_notify_lock);
        hear_change(mask, path);
        lock_release(&g_notify_lock);
    }
    notify_tell_others(mask, path, NULL);
}

/* What can be listed may be a directory. What is read or written is none, unless that is said. */
static uint32_t mask_of(uint32_t mask, struct file *file)
{
    struct file_attr attr;
    if (mask & (IN_ACCESS | IN_MODIFY) || !file->ops->read_directory || file_attributes(file, &attr) < 0)
        return mask;
    return S_ISDIR(attr.mode) ? mask | IN_ISDIR : mask;
}

void notify_send_file(uint32_t mask, struct file *file)
{
    if (file->path && !(file->flags & O_PATH))
        notify_send(mask_of(mask, file), file->path);
}

/***** Renames *****/

/* Watches go with what they watch, wherever it is below what has moved. */
static void move_watch(struct notify_watch *watch, size_t from_len, const char *to, size_t to_len)
{
    const size_t rest = watch->len - from_len;
    char *path = heap_alloc(to_len + rest + 1);
    if (!path)
        return;
    memcpy(path, to, to_len);
    memcpy(path + to_len, watch->path + from_len, rest + 1);
    heap_free(watch->path);
    watch->path = path;
    watch->len = to_len + rest;
    watch->hash = notify_hash(path, watch->len);
    list_remove(&watch->by_path);
    list_add_back(bucket_of(watch->hash), &watch->by_path);
    notify_far_watch(watch->hash, watch->mask);
}

static bool is_below(const struct notify_watch *watch, const char *path, size_t len)
{
    return watch->len >= len && memcmp(watch->path, path, len) == 0 && (watch->len == len || watch->path[len] == '/');
}

static void hear_moved(const char *from, const char *to, bool directory)
{
    const size_t from_len = strlen(from), to_len = strlen(to);
    const uint32_t kind = directory ? IN_ISDIR : 0;
    const uint32_t cookie = ++g_notify.last_cookie;
    tell_parent(from, IN_MOVED_FROM | kind, cookie);
    tell_parent(to, IN_MOVED_TO | kind, cookie);
    end_watches(to);
    /* What is put into a bucket behind is met again, where it no longer is below `from`, unless it was moved below itself,
     * which cannot be. */
    for (unsigned i = 0; i < BUCKETS; i++) {
        list_for_each(node, &g_notify.buckets[i]) {
            struct notify_watch *watch = list_entry(node, struct notify_watch, by_path);
            if (is_below(watch, from, from_len))
                move_watch(watch, from_len, to, to_len);
        }
    }
    tell_path(to, to_len, IN_MOVE_SELF, 0, NULL);
}

void notify_hear(uint32_t mask, const char *path, const char *to)
{
    if (to)
        hear_moved(path, to, mask & IN_ISDIR);
    else
        hear_change(mask, path);
}

void notify_send_moved(const char *from, const char *to, bool directory)
{
    if (__atomic_load_n(&g_notify_watches, __ATOMIC_RELAXED) != 0) {
        notify_rung();
        lock_acquire(&g_notify_lock);
        hear_moved(from, to, directory);
        lock_release(&g_notify_lock);
    }
    notify_tell_others(IN_MOVE | (directory ? IN_ISDIR : 0), from, to);
}
