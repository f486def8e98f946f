/* SPDX-License-Identifier: MIT */
/* inotify between processes. Who watches has an inbox in shared memory, with what he may want to hear of; who changes a file
 * puts that there and rings. Knows neither instances nor what their events look like. */
#include "inotify.h"
#include "process/table.h"
#include "shared.h"

#define PROCESSES   64u /* that watch; the others hear of what they do themselves */
#define FILTER_BITS 2048u
#define INBOX_SIZE  65536u
#define RING_STEP   1024u /* bytes after which an inbox that was not empty is rung for again */

/* A full inbox is waited for while its owner makes room: that long, at most, and not again before he has, for he may be stopped. */
#define ROOM_NAP_US 50
#define ROOM_NAPS   400

/* Of masks, what everybody is told: it ends or moves watches. */
#define ALWAYS (IN_DELETE | IN_MOVE)

/* What has happened. Behind it the path, and if it has moved the other one, each with its NUL. */
struct record {
    uint32_t mask;
    uint32_t path_size, to_size; /* the second: 0 = it has not moved */
};

/* In shared memory; the records behind each other, up to `used`. */
struct inbox {
    uint32_t used;
    uint32_t last;               /* where the last record is */
    uint32_t overflow;           /* there was no room for one */
    uint32_t masks;              /* all that watches want */
    uint32_t moves, moves_heard; /* of directories; paths are no filter until their owner has heard of all of them */
    uint64_t filter[FILTER_BITS / 64]; /* a bit for each path that is, or was, watched */
    char records[];
};
#define RECORDS_SIZE ((uint32_t)(INBOX_SIZE - sizeof(struct inbox)))

/* In shared memory. */
struct watching {
    int32_t pid; /* 0 = free */
    struct inbox *inbox;
};

static struct far_watching {
    struct shared_lock lock; /* of the inboxes, too */
    uint32_t count;          /* what g_notify_wanted looks at */
    struct watching processes[PROCESSES];
} * g_watching;

/* This process's; a copy has none, although it begins with the memory of one. */
static struct {
    uint64_t host_id;
    struct watching *entry;
    struct inbox *inbox;
} g_own_inbox;

const uint32_t *g_notify_wanted = &g_notify_watches;

static bool has_inbox(void)
{
    return g_own_inbox.inbox && g_own_inbox.host_id == shared_own_id();
}

/***** Watching *****/

/* With the table locked. */
static void release(struct watching *entry)
{
    struct inbox *inbox = __atomic_load_n(&entry->inbox, __ATOMIC_RELAXED);
    entry->pid = 0;
    __atomic_store_n(&entry->inbox, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&g_watching->count, g_watching->count - (g_watching->count > 0), __ATOMIC_RELAXED);
    shared_free(inbox, INBOX_SIZE);
}

static struct watching *free_entry(void)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (g_watching->processes[i].pid == 0)
            return &g_watching->processes[i];
    }
    return NULL;
}

static void make_inbox(void)
{
    struct inbox *inbox = shared_alloc(INBOX_SIZE);
    shared_lock(&g_watching->lock);
    struct watching *entry = inbox ? free_entry() : NULL;
    if (entry) {
        *entry = (struct watching){.pid = g_process.pid, .inbox = inbox};
        __atomic_store_n(&g_watching->count, g_watching->count + 1, __ATOMIC_RELAXED);
    }
    shared_unlock(&g_watching->lock);
    if (!entry) {
        log_print(LOG_DEBUG, "inotify: no inbox for what other processes do");
        shared_free(inbox, INBOX_SIZE);
        return;
    }
    g_own_inbox.entry = entry;
    g_own_inbox.inbox = inbox;
    g_own_inbox.host_id = shared_own_id();
}

static uint64_t *filter_of(struct inbox *inbox, uint64_t hash, uint64_t *out_bit)
{
    *out_bit = 1ull << (hash % 64);
    return &inbox->filter[hash / 64 % (FILTER_BITS / 64)];
}

void notify_far_watch(uint64_t hash, uint32_t mask)
{
    uint64_t bit;
    if (!g_watching)
        return;
    if (!has_inbox())
        make_inbox();
    if (!has_inbox())
        return;
    uint64_t *word = filter_of(g_own_inbox.inbox, hash, &bit);
    __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
    __atomic_fetch_or(&g_own_inbox.inbox->masks, mask, __ATOMIC_RELAXED);
}

void notify_far_end(void)
{
    if (!has_inbox())
        return;
    shared_lock(&g_watching->lock);
    release(g_own_inbox.entry);
    shared_unlock(&g_watching->lock);
    g_own_inbox.inbox = NULL;
}

int notify_begin(void)
{
    if (g_watching)
        return 0;
    struct far_watching *watching = shared_place(sizeof(*watching));
    if (!watching)
        return -ENOMEM;
    lock_acquire(&g_notify_lock);
    g_watching = watching;
    g_notify_wanted = &watching->count;
    notify_far_watch_all();
    lock_release(&g_notify_lock);
    return 0;
}

void notify_forked(void)
{
    g_notify_lock = (struct lock){0};
    notify_far_watch_all();
}

/***** Telling *****/

/* The parts of a record lie in the program's and other memory. */
struct message {
    struct record head;
    const char *path, *to;
    uint32_t size; /* of the record */
};

static bool is_filtered(struct inbox *inbox, uint64_t hash)
{
    uint64_t bit;
    const uint64_t *word = filter_of(inbox, hash, &bit);
    return !(__atomic_load_n(word, __ATOMIC_RELAXED) & bit);
}

/* Whether a process may watch a path, or the directory that it is in. */
static bool may_watch(struct inbox *inbox, const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t parent_len = !slash || slash == path ? 1 : (size_t)(slash - path);
    return !is_filtered(inbox, notify_hash(path, strlen(path))) || !is_filtered(inbox, notify_hash(path, parent_len));
}

static bool is_wanted(struct inbox *inbox, const struct message *message)
{
    const uint32_t masks = __atomic_load_n(&inbox->masks, __ATOMIC_RELAXED) | ALWAYS;
    if (!(message->head.mask & masks & IN_ALL_EVENTS))
        return false;
    /* Of a directory that moves, what is below it may be watched, and is then by another path. */
    if ((message->to && message->head.mask & IN_ISDIR) || inbox->moves != inbox->moves_heard)
        return true;
    return may_watch(inbox, message->path) || (message->to && may_watch(inbox, message->to));
}

/* The inbox of another process, if it is one. */
static struct inbox *inbox_of(const struct watching *entry)
{
    struct inbox *inbox = __atomic_load_n(&entry->inbox, __ATOMIC_RELAXED);
    const bool is_other = entry->pid != 0 && !(has_inbox() && entry == g_own_inbox.entry);
    return is_other && shared_has(inbox, INBOX_SIZE) ? inbox : NULL;
}

static bool is_last(const struct inbox *inbox, uint32_t used, const struct message *message)
{
    const uint32_t at = __atomic_load_n(&inbox->last, __ATOMIC_RELAXED);
    if (at >= used || used - at != message->size)
        return false;
    const char *record = inbox->records + at;
    const char *path = record + sizeof(message->head), *to = path + message->head.path_size;
    return memcmp(record, &message->head, sizeof(message->head)) == 0 &&
           memcmp(path, message->path, message->head.path_size) == 0 &&
           memcmp(to, message->to ? message->to : "", message->head.to_size) == 0;
}

enum put { PUT_SILENTLY, PUT_AND_RING, PUT_FULL };

/* The table is locked. has_to_be: if there is no room, the owner is told that. */
static enum put put(struct inbox *inbox, const struct message *message, bool has_to_be)
{
    const uint32_t used = __atomic_load_n(&inbox->used, __ATOMIC_RELAXED);
    if (used <= RECORDS_SIZE && used > 0 && is_last(inbox, used, message))
        return PUT_SILENTLY;
    if (used > RECORDS_SIZE || message->size > RECORDS_SIZE - used) {
        if (!has_to_be && !inbox->overflow)
            return PUT_FULL;
        inbox->overflow = 1;
        return PUT_SILENTLY;
    }
    char *at = inbox->records + used;
    memcpy(at, &message->head, sizeof(message->head));
    memcpy(at + sizeof(message->head), message->path, message->head.path_size);
    if (message->to)
        memcpy(at + sizeof(message->head) + message->head.path_size, message->to, message->head.to_size);
    inbox->last = used;
    if (message->to && message->head.mask & IN_ISDIR)
        inbox->moves++;
    __atomic_store_n(&inbox->used, used + message->size, __ATOMIC_RELEASE);
    return used == 0 || used / RING_STEP != (used + message->size) / RING_STEP ? PUT_AND_RING : PUT_SILENTLY;
}

static bool is_live(int32_t pid)
{
    const struct process_entry *process = table_entry(pid);
    return process && process->state == STATE_LIVE;
}

/* Returns the process that is to be rung, 0 = nobody; *out_full: it has to make room. */
static int32_t put_into(struct watching *entry, const struct message *message, bool has_to_be, bool *out_full)
{
    enum put result = PUT_SILENTLY;
    shared_lock(&g_watching->lock);
    struct inbox *inbox = inbox_of(entry);
    const int32_t pid = entry->pid;
    if (inbox && !is_live(pid))
        release(entry);
    else if (inbox)
        result = put(inbox, message, has_to_be);
    shared_unlock(&g_watching->lock);
    *out_full = result == PUT_FULL;
    return result != PUT_SILENTLY ? pid : 0;
}

static void tell(struct watching *entry, const struct message *message)
{
    bool full = true;
    for (unsigned naps = 0; full; naps++) {
        const int32_t pid = put_into(entry, message, naps == ROOM_NAPS, &full);
        if (pid)
            mail_nudge(pid);
        if (full)
            DkThreadDelayExecution(ROOM_NAP_US);
    }
}

void notify_tell_others(uint32_t mask, const char *path, const char *to)
{
    struct message message = {.head = {.mask = mask}, .path = path, .to = to};
    if (!g_watching || __atomic_load_n(&g_watching->count, __ATOMIC_RELAXED) <= (has_inbox() ? 1u : 0u))
        return;
    message.head.path_size = (uint32_t)strlen(path) + 1;
    message.head.to_size = to ? (uint32_t)strlen(to) + 1 : 0;
    message.size = (uint32_t)sizeof(message.head) + message.head.path_size + message.head.to_size;
    for (unsigned i = 0; i < PROCESSES; i++) {
        struct inbox *inbox = inbox_of(&g_watching->processes[i]);
        if (inbox && is_wanted(inbox, &message))
            tell(&g_watching->processes[i], &message);
    }
}

/***** Hearing *****/

/* Records as somebody else has left them, in memory of our own: their sizes are looked at, the rest is text. */
static void take_records(char *records, uint32_t size)
{
    struct record head;
    for (uint32_t at = 0; size - at >= sizeof(head);) {
        memcpy(&head, records + at, sizeof(head));
        at += (uint32_t)sizeof(head);
        if (head.path_size == 0 || head.path_size > PATH_SIZE || head.to_size > PATH_SIZE ||
            head.path_size + head.to_size > size - at)
            return;
        char *path = records + at, *to = path + head.path_size;
        at += head.path_size + head.to_size;
        path[head.path_size - 1] = '\0';
        if (head.to_size > 0)
            to[head.to_size - 1] = '\0';
        notify_hear(head.mask & (IN_ALL_EVENTS | IN_ISDIR), path, head.to_size > 0 ? to : NULL);
    }
}

void notify_rung(void)
{
    struct inbox *inbox = has_inbox() ? g_own_inbox.inbox : NULL;
    if (!inbox || (!__atomic_load_n(&inbox->used, __ATOMIC_ACQUIRE) && !inbox->overflow))
        return;
    char *records = heap_alloc(RECORDS_SIZE);
    if (!records)
        return;
    lock_acquire(&g_notify_lock);
    shared_lock(&g_watching->lock);
    const uint32_t all = __atomic_load_n(&inbox->used, __ATOMIC_RELAXED),
                   used = all < RECORDS_SIZE ? all : RECORDS_SIZE;
    memcpy(records, inbox->records, used);
    const bool overflow = inbox->overflow != 0;
    const uint32_t moves = inbox->moves;
    inbox->overflow = inbox->used = inbox->last = 0;
    shared_unlock(&g_watching->lock);
    take_records(records, used);
    inbox->moves_heard = moves;
    if (overflow)
        notify_overflow();
    lock_release(&g_notify_lock);
    heap_free(records);
}
