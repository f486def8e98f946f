/* SPDX-License-Identifier: MIT */
/* Open files: their memory and their references. Knows no kind of file.
 *
 * Memory that was a struct file never becomes anything else, so that a thread may look at the reference count of a file
 * that another one has just closed: fd_get takes no lock. */
#include "fs_core.h"
#include "notify.h"
#include "poll.h"

#define CHUNK_COUNT 160 /* fills a unit of the heap */

struct chunk {
    struct chunk *next;
    struct file files[CHUNK_COUNT];
};

static struct {
    struct lock lock;
    struct file *free;    /* linked by data */
    struct chunk *chunks; /* newest first */
    unsigned fresh;       /* files at the end of the newest that have never been used, nor touched */
    uint64_t last_inode;
} g_files;

static struct file *take(void)
{
    struct file *file = g_files.free;
    if (file) {
        g_files.free = file->data;
        return file;
    }
    if (g_files.fresh == 0) {
        struct chunk *chunk = heap_zalloc(sizeof(*chunk));
        if (!chunk)
            return NULL;
        chunk->next = g_files.chunks;
        g_files.chunks = chunk;
        g_files.fresh = CHUNK_COUNT;
    }
    return &g_files.chunks->files[CHUNK_COUNT - g_files.fresh--];
}

struct file *file_new(const struct file_ops *ops, uint32_t flags, void *data)
{
    const bool taken = shared_acquire(&g_files.lock);
    struct file *file = take();
    if (file)
        file->inode = ++g_files.last_inode;
    shared_release(&g_files.lock, taken);
    if (!file)
        return NULL;
    file->ops = ops;
    file->flags = flags;
    file->position = 0;
    file->handle = NULL;
    file->mount = NULL;
    file->path = NULL;
    file->state = 0;
    file->watchers = NULL;
    file->shared = NULL;
    file->former = NULL;
    file->lock_id = file->lock_place = 0;
    file->owner = file->owner_signal = 0;
    file->owner_type = F_OWNER_TID; /* as Linux says of files that have none */
    file->data = data;
    __atomic_store_n(&file->references, 1, __ATOMIC_RELEASE);
    return file;
}

void file_get(struct file *file)
{
    if (alone())
        file->references++;
    else
        __atomic_add_fetch(&file->references, 1, __ATOMIC_RELAXED);
}

bool file_try_get(struct file *file)
{
    uint32_t count = __atomic_load_n(&file->references, __ATOMIC_RELAXED);
    while (count > 0)
        if (__atomic_compare_exchange_n(&file->references, &count, count + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

/* Give up a reference. Returns whether it was the last one. */
static bool drop(struct file *file)
{
    return (alone() ? --file->references : __atomic_sub_fetch(&file->references, 1, __ATOMIC_ACQ_REL)) == 0;
}

static void give_back(struct file *file)
{
    if (file->handle)
        DkObjectClose(file->handle);
    heap_free(file->path);
    const bool taken = shared_acquire(&g_files.lock);
    file->path = NULL;
    file->handle = NULL;
    file->data = g_files.free;
    g_files.free = file;
    shared_release(&g_files.lock, taken);
}

PAL_APART static void file_end(struct file *file)
{
    struct file *former = file->former;
    if (file->watchers)
        epoll_file_closed(file);
    lock_file_closed(file, true);
    const bool last = file_unshare(file);
    if (file->path && !(file->flags & O_PATH) && last)
        notify_file(file_writable(file) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE, file);
    if (file->ops->close)
        file->ops->close(file);
    give_back(file);
    if (former && drop(former))
        give_back(former); /* it has never been anybody's */
}

void file_put(struct file *file)
{
    if (drop(file))
        file_end(file);
}

void file_set_path(struct file *file, struct mount *mount, const char *path, size_t len)
{
    file->mount = mount;
    file->path = heap_strdup(path, len);
}

void file_become(struct file *file, struct file *other)
{
    other->handle = __atomic_exchange_n(&file->handle, other->handle, __ATOMIC_ACQ_REL);
    if (other->path) {
        file->mount = other->mount;
        other->path = __atomic_exchange_n(&file->path, other->path, __ATOMIC_ACQ_REL);
    }
    other->flags |= O_PATH; /* nobody is told of its end */
    file->former = other;
}

void file_for_each(void (*visit)(struct file *file, void *arg), void *arg)
{
    const bool taken = shared_acquire(&g_files.lock);
    struct chunk *chunk = g_files.chunks;
    unsigned count = CHUNK_COUNT - g_files.fresh;
    shared_release(&g_files.lock, taken);
    /* Chunks are only ever added, in front. */
    for (; chunk; chunk = chunk->next, count = CHUNK_COUNT)
        for (unsigned i = 0; i < count; i++)
            if (file_try_get(&chunk->files[i])) {
                visit(&chunk->files[i], arg);
                file_put(&chunk->files[i]);
            }
}
