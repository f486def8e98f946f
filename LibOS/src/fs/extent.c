/* SPDX-License-Identifier: MIT */
/* Sizes of files and what is on their medium: truncate, fallocate, fsync and their kin. */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/fadvise.h>

#include "fs_core.h"
#include "notify.h"
#include "syscalls.h"

/***** fallocate of host files *****/

#define ZERO_SIZE 65536

/* Who may only write looks by a stream of its own. NULL: its user may not read it, or its name is another file's by now. */
static PAL_HANDLE open_to_look(const struct file *file)
{
    PAL_STREAM_ATTR own, found;
    int error;
    char *uri = file->mount && file->path ? chroot_path_uri("file:", file->mount, file->path, &error) : NULL;
    PAL_HANDLE handle =
        uri ? DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_NONBLOCK | PAL_OPTION_NOFOLLOW) : NULL;
    if (uri)
        chroot_uri_free(uri);
    if (handle && DkStreamAttributesQuerybyHandle(handle, &found) &&
        DkStreamAttributesQuerybyHandle(file->handle, &own) && found.file_id == own.file_id &&
        found.device_id == own.device_id)
        return handle;
    if (handle)
        DkObjectClose(handle);
    return NULL;
}

/* Bytes from a place on that need no writing; 0 = it is not known that there are any. */
static int64_t skip_zeros(PAL_HANDLE reader, int64_t offset, size_t size, char *buffer)
{
    const int64_t done = reader ? stream_read_through(reader, (uint64_t)offset, size, buffer) : 0;
    return done > 0 && hole_is_zero(buffer, (size_t)done) ? done : 0;
}

/* There is no other way to make a hole. What is zero already may be one, and stays so. */
static int write_zeros(struct file *file, int64_t offset, int64_t end)
{
    int error = 0;
    char *zeros = heap_zalloc(2ul * ZERO_SIZE);
    if (!zeros)
        return -ENOMEM;
    PAL_HANDLE reader = file_readable(file) ? file->handle : open_to_look(file);
    while (offset < end) {
        const size_t size = (size_t)smaller(end - offset, ZERO_SIZE);
        int64_t done = skip_zeros(reader, offset, size, zeros + ZERO_SIZE);
        if (done == 0)
            done = stream_write_through(file->handle, (uint64_t)offset, size, zeros);
        if (done <= 0) {
            error = done < 0 ? (int)done : -EIO;
            break;
        }
        offset += done;
    }
    if (reader && reader != file->handle)
        DkObjectClose(reader);
    heap_free(zeros);
    return error;
}

static int grow(struct file *file, int64_t size, int64_t end)
{
    size_t count = (size_t)(end - size);
    if (end <= size)
        return 0;
    const int error = io_limit_write(size, &count);
    if (error < 0)
        return error;
    if (count < (size_t)(end - size))
        return -EFBIG;
    return DkStreamSetLength(file->handle, (PAL_NUM)end) ? 0 : pal_failure();
}

int host_allocate(struct file *file, int mode, int64_t offset, int64_t length)
{
    struct file_attr attr;
    int64_t end;
    const bool keep = mode & FALLOC_FL_KEEP_SIZE;
    int error = file_attributes(file, &attr);
    if (error < 0)
        return error;
    if (S_ISFIFO(attr.mode))
        return -ESPIPE;
    if (!S_ISREG(attr.mode))
        return S_ISDIR(attr.mode) ? -EISDIR : -ENODEV;
    if (__builtin_add_overflow(offset, length, &end))
        return -EFBIG;
    const int64_t size = (int64_t)attr.size;
    switch (mode & ~FALLOC_FL_KEEP_SIZE) {
    case 0:
        return keep ? 0 : grow(file, size, end);
    case FALLOC_FL_PUNCH_HOLE:
        return write_zeros(file, offset, smaller(end, size));
    case FALLOC_FL_ZERO_RANGE:
        error = write_zeros(file, offset, smaller(end, size));
        return error < 0 || keep ? error : grow(file, size, end);
    default:
        return -EOPNOTSUPP;
    }
}

/***** Sizes *****/

/* A file without positions cannot be had at a place: a pipe is the first of those that calls know. */
static int without_places(struct file *file, int else_error)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    if (error < 0)
        return error;
    return S_ISFIFO(attr.mode) ? -ESPIPE : S_ISDIR(attr.mode) && else_error ? -EISDIR : else_error;
}

int64_t sys_fallocate(int fd, int mode, long offset, long length)
{
    const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE | FALLOC_FL_COLLAPSE_RANGE |
                      FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result;
    if (offset < 0 || length <= 0)
        result = -EINVAL;
    else if (mode & ~known || (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE)))
        result = -EOPNOTSUPP;
    else if (!file_writable(file))
        result = -EBADF;
    else
        result = file->ops->allocate      ? file->ops->allocate(file, mode, offset, length)
                 : io_has_positions(file) ? -EOPNOTSUPP
                                          : without_places(file, -ENODEV);
    if (result == 0)
        notify_file(IN_MODIFY, file);
    file_put(file);
    return result;
}

static int set_size(struct file *file, int64_t length)
{
    struct attr_change change = {.which = CHANGE_SIZE, .size = (uint64_t)length};
    struct file_attr attr;
    size_t one = 1;
    int error = file_attributes(file, &attr);
    if (error < 0)
        return error;
    if (!S_ISREG(attr.mode) || !file->ops->change)
        return -EINVAL;
    if (length > (int64_t)attr.size && (error = io_limit_write(length - 1, &one)) < 0)
        return error;
    error = file->ops->change(file, &change);
    if (error == 0)
        notify_file(IN_MODIFY, file);
    return error;
}

int64_t sys_ftruncate(int fd, long length)
{
    if (length < 0)
        return -EINVAL;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    const int64_t result = file_writable(file) ? set_size(file, length) : -EINVAL;
    file_put(file);
    return result;
}

/* Without a name of its own for it, the file is opened for it. */
int64_t sys_truncate(const char *name, long length)
{
    struct place *place;
    struct file *file;
    if (length < 0)
        return -EINVAL;
    int error = place_find(AT_FDCWD, name, WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    if (S_ISDIR(place->attr.mode))
        error = -EISDIR;
    else if (!S_ISREG(place->attr.mode) || (place->magic && !place->magic->path))
        error = -EINVAL;
    else if (place->magic ? place->magic->mount && place->magic->mount->read_only : place->mount->read_only)
        error = -EROFS;
    else
        error = file_open_path(place->magic ? place->magic->path : place->path, O_WRONLY | O_NONBLOCK, 0, &file);
    if (error == 0) {
        error = set_size(file, length);
        file_put(file);
    }
    place_free(place);
    return error;
}

/***** The medium *****/

static int64_t flush(int fd, bool data_only)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    const int64_t result = file->ops->flush ? file->ops->flush(file, data_only) : -EINVAL;
    file_put(file);
    return result;
}

int64_t sys_fsync(int fd)
{
    return flush(fd, false);
}

int64_t sys_fdatasync(int fd)
{
    return flush(fd, true);
}

static void flush_file(struct file *file, void *arg)
{
    (void)arg;
    if (file_writable(file) && file->ops->flush)
        (void)file->ops->flush(file, false);
}

/* What other programs have written is not this one's to wait for. */
int64_t sys_sync(void)
{
    file_for_each(flush_file, NULL);
    return 0;
}

int64_t sys_syncfs(int fd)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    file_put(file);
    return sys_sync();
}

int64_t sys_sync_file_range(int fd, long offset, long count, unsigned flags)
{
    const unsigned known = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t end, result = 0;
    if (flags & ~known || offset < 0 || count < 0 || __builtin_add_overflow(offset, count, &end))
        result = -EINVAL;
    else if (!io_has_positions(file))
        result = -ESPIPE;
    else if (flags & SYNC_FILE_RANGE_WAIT_AFTER && file->ops->flush)
        result = file->ops->flush(file, true);
    file_put(file);
    return result;
}

/***** Advice, which is heard and not followed *****/

int64_t sys_fadvise64(int fd, long offset, unsigned long length, int advice)
{
    (void)offset;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = io_has_positions(file) ? 0 : without_places(file, 0);
    if (result == 0 && ((int64_t)length < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE))
        result = -EINVAL;
    file_put(file);
    return result;
}

int64_t sys_readahead(int fd, long offset, unsigned long count)
{
    (void)offset;
    (void)count;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    const int64_t result = !file_readable(file) ? -EBADF : file->ops->read && io_has_positions(file) ? 0 : -EINVAL;
    file_put(file);
    return result;
}
