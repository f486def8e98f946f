/* SPDX-License-Identifier: MIT */
/* read, write, pread, pwrite and lseek. Knows no kind of file: operations and positions only. */
#include <linux/fs.h>
#include <linux/resource.h>
#include "fs_core.h"
#include "notify.h"
#include "syscalls.h"

bool io_is_limited(void)
{
    return limit_get(RLIMIT_FSIZE) != UINT64_MAX;
}

static void send_self(int signal)
{
    siginfo_t info;
    signal_info(&info, signal, SI_KERNEL);
    (void)signal_send_thread(self(), &info);
}

int io_limit_write(int64_t position, size_t *count)
{
    const uint64_t limit = limit_get(RLIMIT_FSIZE);
    if (position < 0 || *count == 0)
        return 0;
    if ((uint64_t)position >= limit) {
        send_self(SIGXFSZ);
        return -EFBIG;
    }
    if (*count > limit - (uint64_t)position)
        *count = limit - (uint64_t)position;
    return 0;
}

int64_t io_broken_pipe(void)
{
    send_self(SIGPIPE);
    return -EPIPE;
}

bool io_has_positions(struct file *file)
{
    return file->ops->seekable ? file->ops->seekable(file) : file->ops->seek != NULL;
}

typedef int64_t operation(struct file *file, void *buffer, size_t count, int64_t *position);

/* Only one at a time may use the position that a file has of its own. Who reads a stream may sleep. */
static int64_t at_own_position(struct file *file, void *buffer, size_t count, operation *move)
{
    if ((alone() && !file->shared) || !io_has_positions(file))
        return move(file, buffer, count, &file->position);
    position_begin(file);
    const int64_t result = move(file, buffer, count, &file->position);
    position_end(file);
    return result;
}

static int64_t write_now(struct file *file, void *buffer, size_t count, int64_t *position)
{
    return file->ops->write(file, buffer, count, position);
}

/* Whether a transfer would go beyond the last place that there can be. */
static bool goes_too_far(const struct file *file, size_t count, const int64_t *position)
{
    int64_t end;
    return __builtin_add_overflow(position ? *position : file->position, count, &end);
}

int64_t io_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    const struct file_ops *ops = file->ops;
    if (!ops->read)
        return ops->read_directory ? -EISDIR : -EINVAL;
    if (goes_too_far(file, count, position))
        return -EINVAL;
    if (count > RW_MAX)
        count = RW_MAX;
    const int64_t result =
        position ? ops->read(file, buffer, count, position) : at_own_position(file, buffer, count, ops->read);
    if (result > 0)
        notify_file(IN_ACCESS, file);
    return result;
}

int64_t io_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    const struct file_ops *ops = file->ops;
    if (!ops->write || goes_too_far(file, count, position))
        return -EINVAL;
    if (count > RW_MAX)
        count = RW_MAX;
    const int64_t result = position ? ops->write(file, buffer, count, position)
                                    : at_own_position(file, (void *)(uintptr_t)buffer, count, write_now);
    if (result > 0)
        notify_file(IN_MODIFY, file);
    return result;
}

/* A range in which no program has memory; what cannot be done with the file at all comes first. */
static int bad_range(bool possible)
{
    return possible ? -EFAULT : -EINVAL;
}

int64_t sys_read(int fd, void *buffer, unsigned long count)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result;
    if (!file_readable(file))
        result = -EBADF;
    else if (!user_range_ok((uint64_t)buffer, count))
        result = bad_range(file->ops->read || file->ops->read_directory);
    else
        result = io_read(file, buffer, count, NULL);
    file_put(file);
    return result;
}

int64_t sys_write(int fd, const void *buffer, unsigned long count)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result;
    if (!file_writable(file))
        result = -EBADF;
    else if (!user_range_ok((uint64_t)buffer, count))
        result = bad_range(file->ops->write);
    else
        result = io_write(file, buffer, count, NULL);
    file_put(file);
    return result;
}

/***** At a position *****/

static int may_read_at(struct file *file)
{
    if (!io_has_positions(file))
        return -ESPIPE;
    return file_readable(file) ? 0 : -EBADF;
}

static int may_write_at(struct file *file)
{
    if (!io_has_positions(file))
        return -ESPIPE;
    return file_writable(file) ? 0 : -EBADF;
}

int64_t file_read_at(struct file *file, void *buffer, size_t count, int64_t position)
{
    const int error = may_read_at(file);
    return error < 0 ? error : io_read(file, buffer, count, &position);
}

int64_t file_write_at(struct file *file, const void *buffer, size_t count, int64_t position)
{
    const int error = may_write_at(file);
    return error < 0 ? error : io_write(file, buffer, count, &position);
}

void io_give_back(struct file *file, int64_t *position, size_t count)
{
    if (position) {
        *position -= (int64_t)count;
    } else if (io_has_positions(file)) {
        position_begin(file);
        file->position -= (int64_t)count;
        position_end(file);
    }
}

int64_t sys_pread64(int fd, void *buffer, unsigned long count, long offset)
{
    if (offset < 0)
        return -EINVAL;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = may_read_at(file);
    if (result == 0 && !user_range_ok((uint64_t)buffer, count))
        result = bad_range(file->ops->read || file->ops->read_directory);
    if (result == 0)
        result = io_read(file, buffer, count, &offset);
    file_put(file);
    return result;
}

int64_t sys_pwrite64(int fd, const void *buffer, unsigned long count, long offset)
{
    if (offset < 0)
        return -EINVAL;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = may_write_at(file);
    if (result == 0 && !user_range_ok((uint64_t)buffer, count))
        result = bad_range(file->ops->write);
    if (result == 0)
        result = io_write(file, buffer, count, &offset);
    file_put(file);
    return result;
}

/***** Positions *****/

int64_t seek_to(struct file *file, int64_t offset, int whence, int64_t size)
{
    int64_t base = 0;
    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = file->position;
        break;
    case SEEK_END:
        base = size;
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        offset = hole_seek(file, offset, size, whence == SEEK_DATA);
        if (offset < 0)
            return offset;
        break;
    default:
        return -EINVAL;
    }
    int64_t position;
    if (__builtin_add_overflow(base, offset, &position) || position < 0)
        return -EINVAL;
    file->position = position;
    return position;
}

int64_t sys_lseek(int fd, long offset, int whence)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = -ESPIPE;
    if ((unsigned)whence > SEEK_MAX) {
        result = -EINVAL;
    } else if (io_has_positions(file) && file->ops->seek) {
        const bool taken = !alone() || file->shared;
        if (taken)
            position_begin(file);
        result = file->ops->seek(file, offset, whence);
        if (taken)
            position_end(file);
    } else if (file->ops->seeks_nowhere) {
        result = 0;
    }
    file_put(file);
    return result;
}
