/* SPDX-License-Identifier: MIT */
/* Open directories of the host. Its records are those of getdents64(2) already, so they go to the program's buffer as they
 * come; behind them come the names of mounts that the host does not have there. A directory of the host can only be read on
 * or from its beginning; to go to another place means to read up to it. */
#include <linux/fs.h>

#include "chroot.h"
#include "fs/mount.h"

#define BATCH_SIZE   4096
#define MOUNT_COOKIE (INT64_MAX - 4096) /* cookies of mounts start here */
#define PLACE_COOKIE (1ull << 62)       /* what SEEK_CUR tells: this, and bytes of records read */

/* Made when a directory is read otherwise than from the beginning to the end. */
struct reader {
    uint32_t next, end; /* records in batch that are not read yet */
    char batch[BATCH_SIZE] __attribute__((aligned(8)));
};

/* file->state beyond the kind. */
#define HOST_DONE   0x10000u /* the host has no more; mounts follow */
#define BEGUN       0x20000u
#define REMOVED     0x40000u /* and nothing is known of it */
#define MOUNT_SHIFT 32       /* index of the next mount */

struct file *host_directory_removed(uint32_t flags)
{
    struct file *file = host_file_new(NULL, flags, S_IFDIR);
    if (file)
        file->state |= REMOVED;
    return file;
}

static struct reader *reader_of(struct file *file)
{
    return file->data;
}

/***** Mounts *****/

static uint32_t path_len(const struct file *file)
{
    return file->path[1] == '\0' ? 0 : (uint32_t)strlen(file->path);
}

/* Whether the host has this name in the directory. */
static bool host_has(const struct file *file, const char *name, size_t len)
{
    PAL_STREAM_ATTR attr;
    bool found = true;
    int error;
    const size_t start = path_len(file);
    char *path = heap_alloc(PATH_SIZE);
    if (path && start + 1 + len < PATH_SIZE) {
        memcpy(path, file->path, start);
        path[start] = '/';
        memcpy(path + start + 1, name, len);
        path[start + 1 + len] = '\0';
        char *uri = chroot_path_uri("link:", file->mount, path, &error);
        found = uri && DkStreamAttributesQuery(uri, &attr);
        if (uri)
            chroot_uri_free(uri);
    }
    heap_free(path);
    return found;
}

/* Whether a mount's name is still missing: neither the host nor an earlier mount has brought it. */
static bool is_missing(struct file *file, unsigned index, const char *name, size_t len)
{
    size_t other_len;
    for (unsigned i = 0; i < index; i++) {
        const char *other = mount_child(file->path, path_len(file), i, &other_len);
        if (other && other_len == len && memcmp(other, name, len) == 0)
            return false;
    }
    return !file->handle || !host_has(file, name, len);
}

/* One record for each mount, as many as fit. */
static int64_t read_mounts(struct file *file, char *buffer, size_t size)
{
    union {
        struct pal_dirent entry;
        char bytes[sizeof(struct pal_dirent) + 256];
    } record;
    size_t used = 0, len;
    while (file->path) {
        const unsigned index = (unsigned)(file->state >> MOUNT_SHIFT);
        const char *name = mount_child(file->path, path_len(file), index, &len);
        if (!name)
            break;
        if (len < 256 && is_missing(file, index, name, len)) {
            const size_t record_size = (offsetof(struct pal_dirent, name) + len + 1 + 7) & ~7ul;
            if (record_size > size - used)
                return used ? (int64_t)used : -EINVAL;
            memset(&record, 0, sizeof(record));
            record.entry.file_id = 1;
            record.entry.position = (PAL_NUM)MOUNT_COOKIE + index + 1;
            record.entry.size = (unsigned short)record_size;
            record.entry.kind = PAL_KIND_DIRECTORY;
            memcpy(record.entry.name, name, len);
            if (user_write(buffer + used, &record, record_size) < 0)
                return used ? (int64_t)used : -EFAULT;
            used += record_size;
        }
        file->state += 1ull << MOUNT_SHIFT;
    }
    return (int64_t)used;
}

/***** The host's records *****/

static int64_t read_host(struct file *file, void *buffer, size_t size)
{
    if (file->state & REMOVED)
        return -ENOENT;
    if (file->state & HOST_DONE || !file->handle)
        return 0;
    pal_failure_clear();
    const PAL_NUM read = DkStreamRead(file->handle, file->state & BEGUN ? 1 : 0, size, buffer, NULL, 0);
    if (read == 0 && pal_failed()) {
        const int error = pal_failure();
        return error == -EOVERFLOW ? -EINVAL : error;
    }
    file->state |= read ? BEGUN : BEGUN | HOST_DONE;
    return (int64_t)read;
}

/* Give out whole records of the batch. */
static int64_t read_batch(struct reader *reader, char *buffer, size_t size)
{
    uint32_t end = reader->next;
    while (end < reader->end) {
        const struct pal_dirent *entry = (const void *)(reader->batch + end);
        if (end - reader->next + entry->size > size)
            break;
        end += entry->size;
    }
    const size_t count = end - reader->next;
    if (count == 0)
        return -EINVAL;
    if (user_write(buffer, reader->batch + reader->next, count) < 0)
        return -EFAULT;
    reader->next = end;
    return (int64_t)count;
}

int64_t host_directory_read(struct file *file, void *buffer, size_t size)
{
    struct reader *reader = reader_of(file);
    int64_t result;
    if (reader && reader->next < reader->end)
        result = read_batch(reader, buffer, size);
    else
        result = read_host(file, buffer, size);
    if (result == 0)
        result = read_mounts(file, buffer, size);
    if (result > 0)
        file->position += result;
    return result;
}

/***** Places *****/

static void rewind_all(struct file *file)
{
    struct reader *reader = reader_of(file);
    if (reader)
        reader->next = reader->end = 0;
    file->state &= S_IFMT | REMOVED;
    file->position = 0;
}

/* Read from the beginning up to the record behind which a cookie leads; or, if by_bytes, up to a number of bytes.
 * returns  whether there was such a place; if not, all has been read */
static bool skip(struct file *file, uint64_t wanted, bool by_bytes)
{
    struct reader *reader = reader_of(file);
    int64_t size;
    rewind_all(file);
    while ((size = read_host(file, reader->batch, sizeof(reader->batch))) > 0) {
        reader->end = (uint32_t)size;
        for (reader->next = 0; reader->next < reader->end;) {
            const struct pal_dirent *entry = (const void *)(reader->batch + reader->next);
            if (by_bytes && (uint64_t)file->position >= wanted)
                return true;
            reader->next += entry->size;
            file->position += entry->size;
            if (!by_bytes && entry->position == wanted)
                return true;
        }
    }
    return false;
}

/* Cookies are the host's, which may use all numbers. What it does not know is one of ours. */
static int64_t go_to(struct file *file, uint64_t cookie)
{
    if (!file->data)
        file->data = heap_zalloc(sizeof(struct reader));
    if (!file->data)
        return -ENOMEM;
    if (skip(file, cookie, false))
        return 0;
    if (cookie > (uint64_t)MOUNT_COOKIE)
        file->state |= (cookie - (uint64_t)MOUNT_COOKIE) << MOUNT_SHIFT;
    else if (cookie >= PLACE_COOKIE)
        (void)skip(file, cookie - PLACE_COOKIE, true);
    return 0;
}

int64_t host_directory_seek(struct file *file, int64_t offset, int whence)
{
    if (whence == SEEK_CUR && offset == 0)
        return file->position ? (int64_t)PLACE_COOKIE + file->position : 0;
    if (whence != SEEK_SET || offset < 0)
        return -EINVAL;
    if (offset == 0) {
        /* The host is told by the next read, which starts from the beginning. */
        rewind_all(file);
        return 0;
    }
    const int64_t error = go_to(file, (uint64_t)offset);
    return error < 0 ? error : offset;
}

int host_directory_go_on(struct file *file)
{
    const int64_t position = file->position;
    if (!(file->state & BEGUN) || file->state & HOST_DONE)
        return 0;
    if (!file->data)
        file->data = heap_zalloc(sizeof(struct reader));
    if (!file->data)
        return -ENOMEM;
    (void)skip(file, (uint64_t)position, true);
    return 0;
}

void host_directory_close(struct file *file)
{
    heap_free(file->data);
    file->data = NULL;
}
