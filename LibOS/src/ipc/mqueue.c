/* SPDX-License-Identifier: MIT */
/* POSIX message queues: names, life, and what they are as files. */
#include "ipc/mqueue.h"
#include <linux/resource.h>
#include "copy.h"
#include "format.h"
#include "ipc.h"
#include "parcel.h"
#include "poll.h"
#include "syscalls.h"

#define COUNT_DEFAULT 10 /* fs.mqueue.msg_default, msg_max, and the same of sizes */
#define SIZE_DEFAULT  8192
#define COUNT_MOST    65536 /* for root */
#define SIZE_MOST     (16u << 20)
#define STATE_SIZE    80 /* of what a read tells */

struct mqueue_table *g_mqueues;

/* Queues that this process has open. */
static struct {
    struct lock lock;
    struct list list;
} g_open;

int mqueue_begin(void)
{
    if (g_mqueues != NULL)
        return 0;
    g_mqueues = shared_place(sizeof(*g_mqueues));
    list_init(&g_open.list);
    return g_mqueues != NULL ? 0 : -ENOMEM;
}

struct mqueue_msg *mqueue_msg_at(struct mqueue_msg *const *link, const struct mqueue *queue)
{
    struct mqueue_msg *msg = __atomic_load_n(link, __ATOMIC_RELAXED);
    if (!shared_has(msg, sizeof(*msg)) || msg->size > queue->size_max || !shared_has(msg, sizeof(*msg) + msg->size))
        return NULL;
    return msg;
}

/***** Users; with the table locked *****/

static void destroy_unused(struct mqueue *queue)
{
    if (!queue->unlinked || ipc_users_count(&queue->users) != 0)
        return;
    for (struct mqueue_msg *msg; (msg = mqueue_msg_at(&queue->first, queue)) != NULL;) {
        queue->first = msg->next;
        shared_free(msg, sizeof(*msg) + msg->size);
    }
    queue->used = false;
}

static void drop_user(struct mqueue *queue, int32_t pid, bool all)
{
    if (ipc_users_drop(&queue->users, pid, all))
        destroy_unused(queue);
}

void mqueue_forget_notify(struct mqueue *queue, int32_t pid)
{
    if (queue->notified == pid)
        queue->notified = 0;
}

void mqueue_process_ends(int32_t pid)
{
    if (g_mqueues->end == 0)
        return;
    shared_lock(&g_mqueues->lock);
    for (uint32_t i = 0; i < MQUEUE_SLOTS && i < g_mqueues->end; i++) {
        if (g_mqueues->queues[i].used) {
            mqueue_forget_notify(&g_mqueues->queues[i], pid);
            drop_user(&g_mqueues->queues[i], pid, true);
        }
    }
    shared_unlock(&g_mqueues->lock);
}

void mqueue_forked(void)
{
    g_open.lock = (struct lock){0};
    mqueue_notify_forked();
    if (g_mqueues == NULL || list_is_empty(&g_open.list))
        return;
    shared_lock(&g_mqueues->lock);
    list_for_each(node, &g_open.list) {
        struct mqueue *queue = list_entry(node, struct mqueue_open, node)->queue;
        (void)!ipc_users_add(&queue->users, g_process.pid);
        bell_ask(&queue->bell); /* it may be in a set of epoll */
    }
    shared_unlock(&g_mqueues->lock);
}

/***** The file *****/

static uint32_t mqueue_poll(struct file *file, struct poll_table *table)
{
    struct mqueue *queue = ((struct mqueue_open *)file->data)->queue;
    poll_on_queue(table, bell_queue());
    shared_lock(&g_mqueues->lock);
    if (table != NULL)
        bell_ask(&queue->bell);
    const uint32_t ready =
        (queue->count > 0 ? POLL_READABLE : 0u) | (queue->count < queue->count_max ? POLL_WRITABLE : 0u);
    shared_unlock(&g_mqueues->lock);
    return ready;
}

/* What a read tells: how many bytes wait, and who wants to hear of a message. */
static int64_t mqueue_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    const struct mqueue *queue = ((struct mqueue_open *)file->data)->queue;
    char text[STATE_SIZE];
    shared_lock(&g_mqueues->lock);
    uint64_t bytes = 0;
    const struct mqueue_msg *msg = mqueue_msg_at(&queue->first, queue);
    for (uint64_t i = 0; i < queue->count && msg != NULL; i++) {
        bytes += msg->size;
        msg = mqueue_msg_at(&msg->next, queue);
    }
    const bool wanted = queue->notified != 0;
    const int len =
        format_string(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", bytes,
                      wanted ? queue->notify_kind : 0,
                      wanted && queue->notify_kind == SIGEV_SIGNAL ? queue->notify_signal : 0, queue->notified);
    shared_unlock(&g_mqueues->lock);
    if (*position < 0 || *position >= len)
        return 0;
    const size_t left = (size_t)(len - *position), size = count < left ? count : left;
    if (copy_out(buffer, text + *position, size) < 0)
        return -EFAULT;
    *position += (int64_t)size;
    return (int64_t)size;
}

static int64_t mqueue_seek(struct file *file, int64_t offset, int whence)
{
    return seek_to(file, offset, whence, STATE_SIZE);
}

static int mqueue_attributes(struct file *file, struct file_attr *out)
{
    const struct mqueue *queue = ((struct mqueue_open *)file->data)->queue;
    anonymous_attributes(file, S_IFREG | (queue->mode & 07777), out);
    out->uid = queue->uid;
    out->gid = queue->gid;
    out->size = STATE_SIZE;
    return 0;
}

static void mqueue_close(struct file *file)
{
    struct mqueue_open *open = file->data;
    lock_acquire(&g_open.lock);
    list_remove(&open->node);
    lock_release(&g_open.lock);
    mqueue_notify_drop(open->queue);
    shared_lock(&g_mqueues->lock);
    drop_user(open->queue, g_process.pid, false);
    shared_unlock(&g_mqueues->lock);
    heap_free(open);
}

static void note_open(struct mqueue_open *open, struct mqueue *queue)
{
    open->queue = queue;
    lock_acquire(&g_open.lock);
    list_add_back(&g_open.list, &open->node);
    lock_release(&g_open.lock);
}

/* The file of a queue that this process has open; it is closed if there is none. */
static int new_file(struct mqueue_open *open, uint32_t flags, struct file **out)
{
    *out = file_new(&mqueue_ops, flags & (O_ACCMODE | O_NONBLOCK), open);
    if (*out == NULL) {
        struct file alone = {.data = open};
        mqueue_close(&alone);
    }
    return *out != NULL ? 0 : -ENOMEM;
}

/***** On the way to another process; the parcel is one of those who have the queue open *****/

static int mqueue_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    struct mqueue *queue = ((struct mqueue_open *)file->data)->queue;
    (void)out_handle;
    parcel->data[0] = (uint64_t)(queue - g_mqueues->queues);
    shared_lock(&g_mqueues->lock);
    const int error = ipc_users_add(&queue->users, PARCEL_HOLDER);
    shared_unlock(&g_mqueues->lock);
    return error;
}

static void mqueue_drop(const struct file_parcel *parcel)
{
    if (g_mqueues == NULL || parcel->data[0] >= MQUEUE_SLOTS)
        return;
    shared_lock(&g_mqueues->lock);
    drop_user(&g_mqueues->queues[parcel->data[0]], PARCEL_HOLDER, false);
    shared_unlock(&g_mqueues->lock);
}

/* This process has it open once more. */
static int join_queue(uint64_t slot, struct mqueue_open *open)
{
    struct mqueue *queue = &g_mqueues->queues[slot];
    shared_lock(&g_mqueues->lock);
    const int error = queue->used ? ipc_users_add(&queue->users, g_process.pid) : -EBADMSG;
    shared_unlock(&g_mqueues->lock);
    if (error == 0)
        note_open(open, queue);
    return error;
}

static int mqueue_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct mqueue_open *open = heap_zalloc(sizeof(*open));
    int error = parcel->data[0] < MQUEUE_SLOTS ? ipc_need() : -EBADMSG;
    if (handle != NULL)
        DkObjectClose(handle);
    if (error == 0)
        error = open != NULL ? join_queue(parcel->data[0], open) : -ENOMEM;
    mqueue_drop(parcel);
    if (error < 0)
        heap_free(open);
    return error < 0 ? error : new_file(open, parcel->flags, out);
}

const struct parcel_kind mqueue_parcels = {.pack = mqueue_pack, .unpack = mqueue_unpack, .drop = mqueue_drop};

const struct file_ops mqueue_ops = {
    .kind = "mqueue",
    .read = mqueue_read,
    .seek = mqueue_seek,
    .attributes = mqueue_attributes,
    .poll = mqueue_poll,
    .close = mqueue_close,
    .parcel = &mqueue_parcels,
};

int mqueue_get(int fd, bool (*has_access)(const struct file *file), struct file **out_file, struct mqueue **out)
{
    struct file *file = fd_get(fd);
    if (file == NULL)
        return -EBADF;
    if (file->ops != &mqueue_ops || (has_access != NULL && !has_access(file))) {
        file_put(file);
        return -EBADF;
    }
    *out_file = file;
    *out = ((struct mqueue_open *)file->data)->queue;
    return 0;
}

/***** Names *****/

static int read_name(const char *user, char name[MQUEUE_NAME_SIZE + 1])
{
    const int64_t len = user_read_string(name, MQUEUE_NAME_SIZE + 1, user);
    if (len < 0)
        return (int)len;
    if (len == 0)
        return -ENOENT;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/') != NULL)
        return -EACCES;
    return len < (int64_t)MQUEUE_NAME_SIZE ? 0 : -ENAMETOOLONG;
}

static struct mqueue *find(const char *name)
{
    for (uint32_t i = 0; i < MQUEUE_SLOTS && i < g_mqueues->end; i++) {
        struct mqueue *queue = &g_mqueues->queues[i];
        if (queue->used && !queue->unlinked && strncmp(queue->name, name, MQUEUE_NAME_SIZE) == 0)
            return queue;
    }
    return NULL;
}

static int check_attributes(const struct mq_attr *attr)
{
    const bool root = identity_has(CAP_SYS_RESOURCE);
    if (attr->mq_maxmsg <= 0 || attr->mq_msgsize <= 0)
        return -EINVAL;
    if (attr->mq_maxmsg > (root ? COUNT_MOST : COUNT_DEFAULT) || attr->mq_msgsize > (root ? SIZE_MOST : SIZE_DEFAULT))
        return -EINVAL;
    return 0;
}

static int make(const char *name, unsigned mode, const struct mq_attr *attr, struct mqueue **out)
{
    uint32_t slot = 0;
    while (slot < MQUEUE_SLOTS && slot < g_mqueues->end && g_mqueues->queues[slot].used)
        slot++;
    if (slot == MQUEUE_SLOTS)
        return -ENOSPC;
    struct mqueue *queue = &g_mqueues->queues[slot];
    memset(queue, 0, sizeof(*queue));
    memcpy(queue->name, name, strlen(name) + 1);
    queue->uid = g_process.fsuid;
    queue->gid = g_process.fsgid;
    queue->mode = mode & 07777 & ~__atomic_load_n(&g_umask, __ATOMIC_RELAXED);
    queue->count_max = (uint64_t)attr->mq_maxmsg;
    queue->size_max = (uint64_t)attr->mq_msgsize;
    queue->used = true;
    if (slot == g_mqueues->end)
        g_mqueues->end = slot + 1;
    *out = queue;
    return 0;
}

/* Of one that is there. */
static int check_access(const struct mqueue *queue, unsigned flags)
{
    const struct file_attr attr = {.mode = queue->mode, .uid = queue->uid, .gid = queue->gid};
    const uint32_t wanted = (flags & O_ACCMODE) == O_RDONLY ? 4 : (flags & O_ACCMODE) == O_WRONLY ? 2 : 6;
    return attributes_permit(&attr, wanted, g_process.fsuid, g_process.fsgid);
}

/* With the table locked. */
static int find_or_make(const char *name, unsigned flags, unsigned mode, const struct mq_attr *attr,
                        struct mqueue **out)
{
    *out = find(name);
    if (*out != NULL) {
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
            return -EEXIST;
        return check_access(*out, flags);
    }
    if ((flags & O_CREAT) == 0)
        return -ENOENT;
    const int result = check_attributes(attr);
    return result < 0 ? result : make(name, mode, attr, out);
}

static int open_queue(const char *name, unsigned flags, unsigned mode, const struct mq_attr *attr,
                      struct mqueue_open *open)
{
    shared_lock(&g_mqueues->lock);
    struct mqueue *queue;
    int result = find_or_make(name, flags, mode, attr, &queue);
    if (result == 0)
        result = ipc_users_add(&queue->users, g_process.pid);
    shared_unlock(&g_mqueues->lock);
    if (result == 0)
        note_open(open, queue);
    return result;
}

int64_t sys_mq_open(const char *user, unsigned flags, unsigned mode, void *user_attr)
{
    struct mq_attr attr = {.mq_maxmsg = COUNT_DEFAULT, .mq_msgsize = SIZE_DEFAULT};
    char name[MQUEUE_NAME_SIZE + 1];
    if ((flags & O_CREAT) != 0 && user_attr != NULL && copy_in(&attr, user_attr, sizeof(attr)) < 0)
        return -EFAULT;
    int result = read_name(user, name);
    if (result == 0 && (flags & O_ACCMODE) == O_ACCMODE)
        result = -EINVAL;
    if (result == 0)
        result = ipc_need();
    if (result < 0)
        return result;
    struct mqueue_open *open = heap_zalloc(sizeof(*open));
    if (open == NULL)
        return -ENOMEM;
    result = open_queue(name, flags, mode, &attr, open);
    if (result < 0) {
        heap_free(open);
        return result;
    }
    struct file *file;
    result = new_file(open, flags, &file);
    return result < 0 ? result : fd_install(file, 0, true);
}

int64_t sys_mq_unlink(const char *user)
{
    char name[MQUEUE_NAME_SIZE + 1];
    int result = read_name(user, name);
    if (result == 0)
        result = ipc_need();
    if (result < 0)
        return result;
    shared_lock(&g_mqueues->lock);
    struct mqueue *queue = find(name);
    if (queue == NULL) {
        result = -ENOENT;
    } else if (queue->uid != g_process.fsuid && !identity_has(CAP_SYS_RESOURCE)) {
        result = -EPERM;
    } else {
        queue->unlinked = true;
        destroy_unused(queue);
    }
    shared_unlock(&g_mqueues->lock);
    return result;
}
