/* SPDX-License-Identifier: MIT */
/* inotify: instances with their watches and events. What happens comes in by notify.h; the system calls are elsewhere. */
#ifndef LIBOS_SRC_NOTIFY_INOTIFY_H
#define LIBOS_SRC_NOTIFY_INOTIFY_H

#include "fs/fs_core.h"
#include "notify.h"

#define INOTIFY_EVENTS_MAX  16384u /* fs.inotify.max_queued_events */
#define INOTIFY_WATCHES_MAX 65536u /* fs.inotify.max_user_watches */

/* An event that waits to be read. */
struct notify_event {
    struct list_node node;
    int32_t watch;
    uint32_t mask, cookie;
    uint32_t name_size; /* with the zeros that follow it, 0 = no name */
    char name[];
};

struct inotify {
    struct list events;
    uint32_t event_count;
    uint64_t bytes; /* of all events, as they will be read */
    struct list watches;
    int32_t last_watch;
    struct wait_queue readers;
};

struct notify_watch {
    struct list_node by_path;     /* in its bucket */
    struct list_node by_instance; /* in inotify->watches */
    struct inotify *instance;
    int32_t number;
    uint32_t mask;
    bool directory;
    char *path;
    size_t len;
    uint64_t hash;
};

/* All of them, of all instances, are locked by this. */
extern struct lock g_notify_lock;

/* With the lock held: find the watch on a path, or make it; path is copied. NULL = no memory. And by its number. */
struct notify_watch *notify_watch_find(struct inotify *instance, const char *path);
struct notify_watch *notify_watch_make(struct inotify *instance, const char *path, uint32_t mask, bool directory);
struct notify_watch *notify_watch_number(struct inotify *instance, int32_t number);
void notify_watch_remove(struct notify_watch *watch);

/* With the lock held: one more event. name may be NULL. */
void notify_queue(struct inotify *instance, int32_t watch, uint32_t mask, uint32_t cookie, const char *name);

/* Another process has done something; `to` is where what was at a path is now, or NULL. Events have been lost. With the lock
 * held. */
void notify_hear(uint32_t mask, const char *path, const char *to);
void notify_overflow(void);

/***** notify_far.c *****/

uint64_t notify_hash(const char *path, size_t len);
/* With the lock held: this process watches the path with such a hash, all that it watches, or nothing any more. */
void notify_far_watch(uint64_t hash, uint32_t mask);
void notify_far_watch_all(void);
void notify_far_end(void);
/* Tell the other processes of what has happened. No lock held. */
void notify_tell_others(uint32_t mask, const char *path, const char *to);

/* Bytes of an event when it is read. */
static inline uint64_t notify_event_size(const struct notify_event *event)
{
    return sizeof(struct inotify_event) + event->name_size;
}

#endif
