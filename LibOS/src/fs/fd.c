/* SPDX-License-Identifier: MIT */
/* The table of descriptors. Knows no kind of file and no system call.
 *
 * Changes take g_fds.lock; fd_get does not: it takes a reference of what it finds and looks whether it is still there. A
 * table that has been replaced by a larger one stays, for somebody may be reading it; all of them together are no larger
 * than the last. */
#include "fd.h"
#include <linux/resource.h>
#include "fs_core.h"
#include "task.h"

#define WORD_BITS  64u
#define FIRST_SIZE 64u

struct fd_table {
    uint32_t size;
    struct file *files[];
};

static struct {
    struct lock lock;
    struct fd_table *table;
    uint64_t *used, *close_on_exec; /* bits, as many as the table has entries */
    uint32_t free_hint;             /* no descriptor below is free */
} g_fds;

static bool grow(uint32_t fd);

void fd_init(void)
{
    if (!grow(0))
        die("no memory for descriptors");
}

static void set_bit(uint64_t *bits, uint32_t index, bool value)
{
    const uint64_t bit = 1ull << index % WORD_BITS;
    bits[index / WORD_BITS] = value ? bits[index / WORD_BITS] | bit : bits[index / WORD_BITS] & ~bit;
}

static bool get_bit(const uint64_t *bits, uint32_t index)
{
    return bits[index / WORD_BITS] >> index % WORD_BITS & 1;
}

uint32_t fd_limit(void)
{
    const uint64_t limit = limit_get(RLIMIT_NOFILE);
    return limit < FD_LIMIT ? (uint32_t)limit : FD_LIMIT;
}

uint32_t fd_span(void)
{
    return __atomic_load_n(&g_fds.table, __ATOMIC_ACQUIRE)->size;
}

/***** Reading *****/

static struct file *look(uint32_t fd)
{
    const struct fd_table *table = __atomic_load_n(&g_fds.table, __ATOMIC_ACQUIRE);
    return fd < table->size ? __atomic_load_n(&table->files[fd], __ATOMIC_ACQUIRE) : NULL;
}

PAL_APART static struct file *get_shared(uint32_t fd)
{
    struct file *file;
    while ((file = look(fd))) {
        if (!file_try_get(file))
            continue; /* closed just now: the next look finds another or none */
        if (look(fd) == file)
            return file;
        file_put(file);
    }
    return NULL;
}

struct file *fd_get_path(int fd)
{
    if (!alone())
        return get_shared((uint32_t)fd);
    struct file *file = look((uint32_t)fd);
    if (file)
        file->references++;
    return file;
}

struct file *fd_get(int fd)
{
    struct file *file = fd_get_path(fd);
    if (file && file->flags & O_PATH) {
        file_put(file);
        return NULL;
    }
    return file;
}

void fd_for_each(void (*visit)(int fd, struct file *file, bool close_on_exec, void *arg), void *arg)
{
    const uint32_t size = __atomic_load_n(&g_fds.table, __ATOMIC_ACQUIRE)->size;
    for (uint32_t fd = 0; fd < size; fd++) {
        struct file *file = fd_get_path((int)fd);
        if (!file)
            continue;
        visit((int)fd, file, fd_flag((int)fd) > 0, arg);
        file_put(file);
    }
}

/***** Changing, with the lock held *****/

static bool grow(uint32_t fd)
{
    const struct fd_table *old = g_fds.table;
    const uint32_t old_size = old ? old->size : 0;
    uint32_t size = old ? old_size : FIRST_SIZE;
    while (size <= fd)
        size *= 2;
    struct fd_table *table = heap_zalloc(sizeof(*table) + size * sizeof(table->files[0]));
    uint64_t *used = heap_zalloc(size / 8);
    uint64_t *marks = heap_zalloc(size / 8);
    if (!table || !used || !marks) {
        heap_free(table);
        heap_free(used);
        heap_free(marks);
        return false;
    }
    table->size = size;
    if (old) {
        memcpy(table->files, old->files, old_size * sizeof(table->files[0]));
        memcpy(used, g_fds.used, old_size / 8);
        memcpy(marks, g_fds.close_on_exec, old_size / 8);
    }
    heap_free(g_fds.used);
    heap_free(g_fds.close_on_exec);
    g_fds.used = used;
    g_fds.close_on_exec = marks;
    __atomic_store_n(&g_fds.table, table, __ATOMIC_RELEASE);
    return true;
}

/* The lowest free descriptor from `lowest` on; it may be behind the table. */
static uint32_t find_free(uint32_t lowest)
{
    const uint32_t size = g_fds.table->size;
    uint32_t fd = lowest > g_fds.free_hint ? lowest : g_fds.free_hint;
    while (fd < size) {
        const uint64_t free = ~g_fds.used[fd / WORD_BITS] >> fd % WORD_BITS;
        if (free)
            return fd + (uint32_t)__builtin_ctzll(free);
        fd = (fd / WORD_BITS + 1) * WORD_BITS;
    }
    return fd;
}

static void put_into(uint32_t fd, struct file *file, bool close_on_exec)
{
    set_bit(g_fds.used, fd, file != NULL);
    set_bit(g_fds.close_on_exec, fd, close_on_exec);
    if (!file && fd < g_fds.free_hint)
        g_fds.free_hint = fd;
    __atomic_store_n(&g_fds.table->files[fd], file, __ATOMIC_RELEASE);
}

/***** Changing *****/

int fd_install(struct file *file, int lowest, bool close_on_exec)
{
    const uint32_t limit = fd_limit();
    int result = -EMFILE;
    const bool taken = shared_acquire(&g_fds.lock);
    const uint32_t fd = find_free((uint32_t)lowest);
    if (fd < limit) {
        if (fd < g_fds.table->size || grow(fd)) {
            put_into(fd, file, close_on_exec);
            if ((uint32_t)lowest <= g_fds.free_hint)
                g_fds.free_hint = fd + 1;
            result = (int)fd;
        } else {
            result = -ENOMEM;
        }
    }
    shared_release(&g_fds.lock, taken);
    if (result < 0)
        file_put(file);
    return result;
}

bool fd_has_room(void)
{
    const uint32_t limit = fd_limit();
    const bool taken = shared_acquire(&g_fds.lock);
    const bool found = find_free(0) < limit;
    shared_release(&g_fds.lock, taken);
    return found;
}

int fd_replace(int fd, struct file *file, bool close_on_exec)
{
    const bool taken = shared_acquire(&g_fds.lock);
    if ((uint32_t)fd >= g_fds.table->size && !grow((uint32_t)fd)) {
        shared_release(&g_fds.lock, taken);
        file_put(file);
        return -ENOMEM;
    }
    struct file *old = g_fds.table->files[fd];
    put_into((uint32_t)fd, file, close_on_exec);
    shared_release(&g_fds.lock, taken);
    if (old)
        fd_release(old);
    return fd;
}

static struct file *take_out(uint32_t fd)
{
    struct file *file = NULL;
    const bool taken = shared_acquire(&g_fds.lock);
    if (fd < g_fds.table->size && (file = g_fds.table->files[fd]))
        put_into(fd, NULL, false);
    shared_release(&g_fds.lock, taken);
    return file;
}

int64_t fd_close(int fd)
{
    struct file *file = take_out((uint32_t)fd);
    if (!file)
        return -EBADF;
    fd_release(file);
    return 0;
}

int fd_flag(int fd)
{
    int result = -EBADF;
    const bool taken = shared_acquire(&g_fds.lock);
    if ((uint32_t)fd < g_fds.table->size && g_fds.table->files[fd])
        result = get_bit(g_fds.close_on_exec, (uint32_t)fd);
    shared_release(&g_fds.lock, taken);
    return result;
}

int fd_set_flag(int fd, bool close_on_exec)
{
    int result = -EBADF;
    const bool taken = shared_acquire(&g_fds.lock);
    if ((uint32_t)fd < g_fds.table->size && g_fds.table->files[fd]) {
        set_bit(g_fds.close_on_exec, (uint32_t)fd, close_on_exec);
        result = 0;
    }
    shared_release(&g_fds.lock, taken);
    return result;
}

/* The first descriptor in [fd, end) whose bit is set; end if there is none. */
static uint32_t next_marked(uint64_t *const *bits, uint32_t fd, uint32_t end)
{
    const bool taken = shared_acquire(&g_fds.lock);
    if (end > g_fds.table->size)
        end = g_fds.table->size;
    while (fd < end) {
        const uint64_t rest = (*bits)[fd / WORD_BITS] >> fd % WORD_BITS;
        if (rest) {
            fd += (uint32_t)__builtin_ctzll(rest);
            break;
        }
        fd = (fd / WORD_BITS + 1) * WORD_BITS;
    }
    shared_release(&g_fds.lock, taken);
    return fd < end ? fd : UINT32_MAX;
}

void fd_close_range(uint32_t first, uint32_t last)
{
    const uint32_t end = last < FD_LIMIT ? last + 1 : FD_LIMIT;
    for (uint32_t fd = first; (fd = next_marked(&g_fds.used, fd, end)) != UINT32_MAX; fd++)
        (void)fd_close((int)fd);
}

void fd_mark_range(uint32_t first, uint32_t last)
{
    const uint32_t end = last < FD_LIMIT ? last + 1 : FD_LIMIT;
    for (uint32_t fd = first; (fd = next_marked(&g_fds.used, fd, end)) != UINT32_MAX; fd++)
        (void)fd_set_flag((int)fd, true);
}

void fd_close_on_exec(void)
{
    for (uint32_t fd = 0; (fd = next_marked(&g_fds.close_on_exec, fd, FD_LIMIT)) != UINT32_MAX; fd++)
        (void)fd_close((int)fd);
}

/***** New processes *****/

/* As many entries as the table of a new process gets, which begins with no more than it needs for what is open. */
static uint32_t size_of_copy(void)
{
    uint32_t size = g_fds.table->size;
    while (size > FIRST_SIZE && next_marked(&g_fds.used, size / 2, size) == UINT32_MAX)
        size /= 2;
    return size;
}

void fd_forked(void)
{
    g_fds.table->size = size_of_copy();
}

/***** A child that runs on its parent's thread *****/

struct fd_saved {
    struct fd_table *table;
    uint64_t *used, *close_on_exec;
    uint32_t free_hint;
};

/* Nobody closes these: locks of the process stay. */
static void put_all(struct fd_table *table)
{
    for (uint32_t fd = 0; fd < table->size; fd++)
        if (table->files[fd])
            file_put(table->files[fd]);
}

struct fd_saved *fd_save(void)
{
    struct fd_saved *saved = heap_alloc(sizeof(*saved));
    struct fd_table *table = g_fds.table;
    uint64_t *used = g_fds.used, *marks = g_fds.close_on_exec;
    if (!saved)
        return NULL;
    *saved = (struct fd_saved){table, used, marks, g_fds.free_hint};
    const uint32_t size = size_of_copy();
    g_fds.table = NULL;
    g_fds.used = g_fds.close_on_exec = NULL;
    const bool copied = grow(size - 1);
    if (!copied) {
        g_fds.table = table;
        g_fds.used = used;
        g_fds.close_on_exec = marks;
        heap_free(saved);
        return NULL;
    }
    memcpy(g_fds.used, used, size / 8);
    memcpy(g_fds.close_on_exec, marks, size / 8);
    for (uint32_t fd = 0; fd < size; fd++) {
        g_fds.table->files[fd] = table->files[fd];
        if (table->files[fd])
            file_get(table->files[fd]);
    }
    return saved;
}

static void free_saved(struct fd_saved *saved)
{
    heap_free(saved->table);
    heap_free(saved->used);
    heap_free(saved->close_on_exec);
    heap_free(saved);
}

void fd_forget_saved(struct fd_saved *saved)
{
    put_all(saved->table);
    free_saved(saved);
}

void fd_restore(struct fd_saved *saved)
{
    struct fd_saved now = {g_fds.table, g_fds.used, g_fds.close_on_exec, 0};
    g_fds.used = saved->used;
    g_fds.close_on_exec = saved->close_on_exec;
    g_fds.free_hint = saved->free_hint;
    __atomic_store_n(&g_fds.table, saved->table, __ATOMIC_RELEASE);
    heap_free(saved);
    put_all(now.table);
    heap_free(now.table);
    heap_free(now.used);
    heap_free(now.close_on_exec);
}
