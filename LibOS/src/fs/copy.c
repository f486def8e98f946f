/* SPDX-License-Identifier: MIT */
/* sendfile and copy_file_range: from one open file to another. Knows no kind of file. */
#include "fs_core.h"
#include "ipc.h"
#include "syscalls.h"

#define BUFFER_SIZE 65408 /* with the heap's header a whole number of its units */

/* Copy until count is done or nothing more comes. Positions: NULL = the file's own.
 * returns  bytes, or -E... if none */
static int64_t copy(struct file *from, int64_t *from_position, struct file *to, int64_t *to_position, size_t count)
{
    int64_t done = 0, result = 0;
    char *buffer = heap_alloc(BUFFER_SIZE);
    if (!buffer)
        return -ENOMEM;
    while ((size_t)done < count) {
        const size_t part = (size_t)smaller((int64_t)count - done, BUFFER_SIZE);
        result = io_read(from, buffer, part, from_position);
        if (result <= 0)
            break;
        const int64_t size = result;
        result = io_write(to, buffer, (size_t)size, to_position);
        const int64_t written = result > 0 ? result : 0;
        done += written;
        if (written < size) {
            /* What was read and not written is to be read again. */
            if (from_position)
                *from_position -= size - written;
            else if (from->ops->seek)
                (void)from->ops->seek(from, from->position - (size - written), 0);
            break;
        }
        if (thread_is_wanted())
            break;
    }
    heap_free(buffer);
    return done ? done : result;
}

/* A position that the program has in memory; NULL = none. 0 or -E... */
static int read_offset(int64_t *out, void *const address)
{
    if (!address)
        return 0;
    if (!user_range_ok((uint64_t)address, sizeof(*out)) || user_read(out, address, sizeof(*out)) < 0)
        return -EFAULT;
    return 0;
}

static int64_t write_offset(void *address, const int64_t *offset, int64_t result)
{
    return address && user_write(address, offset, sizeof(*offset)) < 0 ? -EFAULT : result;
}

/***** sendfile *****/

static int64_t send(struct file *out, struct file *in, void *offset, int64_t position, size_t count)
{
    if (!in || !file_readable(in))
        return -EBADF;
    if (offset && !io_has_positions(in))
        return -ESPIPE;
    /* What it reads has to end at a place that a file may have, even if there is less in it. */
    if (position < 0 || count > (uint64_t)(INT64_MAX - position))
        return -EINVAL;
    if (!out || !file_writable(out))
        return -EBADF;
    if (!in->ops->read || !io_has_positions(in) || out->flags & O_APPEND)
        return -EINVAL;
    int64_t result = pipe_check_readers(out); /* even if there is nothing to be sent */
    if (result == 0)
        result = copy(in, offset ? &position : NULL, out, NULL, count < RW_MAX ? count : RW_MAX);
    return write_offset(offset, &position, result);
}

int64_t sys_sendfile(int out, int in, void *offset, unsigned long count)
{
    int64_t position = 0;
    if (read_offset(&position, offset) < 0)
        return -EFAULT;
    struct file *in_file = fd_get(in);
    struct file *out_file = fd_get(out);
    const int64_t result = send(out_file, in_file, offset, position, count);
    if (in_file)
        file_put(in_file);
    if (out_file)
        file_put(out_file);
    return result;
}

/***** copy_file_range *****/

static int check_kinds(struct file *in, struct file_attr *in_attr, struct file *out, struct file_attr *out_attr)
{
    int error = file_attributes(in, in_attr);
    if (error < 0)
        return error;
    error = file_attributes(out, out_attr);
    if (error < 0)
        return error;
    if (S_ISDIR(in_attr->mode) || S_ISDIR(out_attr->mode))
        return -EISDIR;
    return S_ISREG(in_attr->mode) && S_ISREG(out_attr->mode) ? 0 : -EINVAL;
}

/* What is there to be copied is all that counts: a file may be copied to its own end. Shortens *count to it. */
static int check_range(const struct file_attr *in, int64_t in_position, const struct file_attr *out,
                       int64_t out_position, size_t *count)
{
    uint64_t unused;
    /* A place before the beginning is one far behind the end, here. */
    if (__builtin_add_overflow((uint64_t)in_position, *count, &unused) ||
        __builtin_add_overflow((uint64_t)out_position, *count, &unused))
        return -EOVERFLOW;
    if (in_position < 0 || out_position < 0)
        return -EINVAL;
    const int64_t size = (int64_t)in->size, left = in_position < size ? size - in_position : 0;
    const int64_t most = smaller(left, (int64_t)*count);
    int64_t out_end;
    if (__builtin_add_overflow(out_position, most, &out_end))
        return -EFBIG;
    const bool is_same = in->device == out->device && in->inode == out->inode;
    if (is_same && in_position < out_end && out_position < in_position + most)
        return -EINVAL;
    *count = (size_t)most;
    return 0;
}

static int64_t copy_range(struct file *in, void *in_offset, struct file *out, void *out_offset, size_t count,
                          unsigned flags)
{
    struct file_attr in_attr = {0}, out_attr = {0};
    int64_t in_position = in->position, out_position = out->position;
    int error = read_offset(&in_position, in_offset);
    if (error == 0)
        error = read_offset(&out_position, out_offset);
    if (error == 0 && flags)
        error = -EINVAL;
    if (error == 0)
        error = check_kinds(in, &in_attr, out, &out_attr);
    if (error == 0 && (!file_readable(in) || !file_writable(out) || out->flags & O_APPEND))
        error = -EBADF;
    if (error == 0 && in_attr.device != out_attr.device)
        error = -EXDEV;
    if (count > RW_MAX)
        count = RW_MAX;
    size_t allowed = count;
    if (error == 0)
        error = check_range(&in_attr, in_position, &out_attr, out_position, &count);
    if (error == 0)
        error = io_limit_write(out_position, &allowed);
    if (error < 0)
        return error;
    const int64_t result = copy(in, in_offset ? &in_position : NULL, out, out_offset ? &out_position : NULL, count);
    return write_offset(out_offset, &out_position, write_offset(in_offset, &in_position, result));
}

int64_t sys_copy_file_range(int in, void *in_offset, int out, void *out_offset, unsigned long count, unsigned flags)
{
    struct file *in_file = fd_get(in);
    struct file *out_file = fd_get(out);
    int64_t result = -EBADF;
    if (in_file && out_file)
        result = copy_range(in_file, in_offset, out_file, out_offset, count, flags);
    if (in_file)
        file_put(in_file);
    if (out_file)
        file_put(out_file);
    return result;
}
