/* SPDX-License-Identifier: MIT */
/* readv, writev and their kin. A vector of several small pieces becomes one operation on one buffer: it costs one host call
 * and is as whole as Linux makes it. */
#include <linux/fs.h>
#include <linux/uio.h>

#include "copy.h"
#include "fs_core.h"
#include "syscalls.h"

#define FEW          8
#define GATHER_SIZE  65536 /* bytes that are put together */
#define KNOWN_RWF    (RWF_HIPRI | RWF_DSYNC | RWF_SYNC)
#define RWF_IN_PLACE 0x20 /* RWF_NOAPPEND, which headers before Linux 6.9 lack */

struct vector {
    struct iovec *pieces;
    int count;
    size_t size; /* of all, not more than RW_MAX */
    struct iovec few[FEW];
};

static int vector_read(struct vector *vector, const void *from, int count)
{
    if (count < 0 || count > UIO_MAXIOV)
        return -EINVAL;
    const size_t bytes = (size_t)count * sizeof(struct iovec);
    vector->count = count;
    vector->size = 0;
    vector->pieces = count <= FEW ? vector->few : heap_alloc(bytes);
    if (!vector->pieces)
        return -ENOMEM;
    int error = copy_in(vector->pieces, from, bytes);
    for (int i = 0; i < count && error == 0; i++) {
        struct iovec *piece = &vector->pieces[i];
        if ((int64_t)piece->iov_len < 0)
            error = -EINVAL;
        else if (!user_range_ok((uint64_t)piece->iov_base, piece->iov_len))
            error = -EFAULT;
        else if (piece->iov_len > RW_MAX - vector->size)
            piece->iov_len = RW_MAX - vector->size;
        vector->size += piece->iov_len;
    }
    if (error < 0 && vector->pieces != vector->few)
        heap_free(vector->pieces);
    return error;
}

static void vector_free(struct vector *vector)
{
    if (vector->pieces != vector->few)
        heap_free(vector->pieces);
}

/* Copy between a buffer and the pieces, count bytes. Returns how many, which are less if a piece is bad. */
static size_t scatter(const struct vector *vector, const char *from, size_t count)
{
    size_t done = 0;
    for (int i = 0; done < count; i++) {
        const struct iovec *piece = &vector->pieces[i];
        const size_t part = piece->iov_len < count - done ? piece->iov_len : count - done;
        if (part > 0 && user_write(piece->iov_base, from + done, part) < 0)
            break;
        done += part;
    }
    return done;
}

static size_t gather(const struct vector *vector, char *to)
{
    size_t done = 0;
    for (int i = 0; i < vector->count; i++) {
        const struct iovec *piece = &vector->pieces[i];
        if (piece->iov_len > 0 && user_read(to + done, piece->iov_base, piece->iov_len) < 0)
            break;
        done += piece->iov_len;
    }
    return done;
}

/* If a piece is bad, files move the good ones before it, and streams nothing. */
static bool is_enough(struct file *file, size_t done, size_t wanted)
{
    return done == wanted || (done > 0 && io_has_positions(file));
}

static int64_t read_whole(struct file *file, const struct vector *vector, int64_t *position)
{
    char *buffer = heap_alloc(vector->size);
    if (!buffer)
        return -ENOMEM;
    int64_t result = io_read(file, buffer, vector->size, position);
    const size_t taken = result > 0 ? (size_t)result : 0, done = scatter(vector, buffer, taken);
    if (done < taken) {
        io_give_back(file, position, taken - done);
        result = is_enough(file, done, taken) ? (int64_t)done : -EFAULT;
    }
    heap_free(buffer);
    return result;
}

static int64_t write_whole(struct file *file, const struct vector *vector, int64_t *position)
{
    char *buffer = heap_alloc(vector->size);
    if (!buffer)
        return -ENOMEM;
    const size_t done = gather(vector, buffer);
    const int64_t result =
        is_enough(file, done, vector->size) ? io_write(file, buffer, done, position) : (int64_t)-EFAULT;
    heap_free(buffer);
    return result;
}

typedef int64_t transfer(struct file *file, void *buffer, size_t count, int64_t *position);

static int64_t write_piece(struct file *file, void *buffer, size_t count, int64_t *position)
{
    return io_write(file, buffer, count, position);
}

/* One after the other, until one is not moved whole. */
static int64_t move_pieces(struct file *file, const struct vector *vector, int64_t *position, transfer *move)
{
    int64_t done = 0;
    for (int i = 0; i < vector->count; i++) {
        const struct iovec *piece = &vector->pieces[i];
        if (piece->iov_len == 0)
            continue;
        const int64_t result = move(file, piece->iov_base, piece->iov_len, position);
        if (result < 0)
            return done ? done : result;
        done += result;
        if ((size_t)result < piece->iov_len)
            break;
    }
    return done;
}

/* The piece that is all there is, if there is only one. */
static const struct iovec *single(const struct vector *vector)
{
    const struct iovec *found = NULL;
    for (int i = 0; i < vector->count; i++) {
        if (vector->pieces[i].iov_len > 0) {
            if (found)
                return NULL;
            found = &vector->pieces[i];
        }
    }
    return found;
}

static int64_t read_vector(struct file *file, const struct vector *vector, int64_t *position)
{
    const struct iovec *one = single(vector);
    if (one)
        return io_read(file, one->iov_base, one->iov_len, position);
    return vector->size <= GATHER_SIZE ? read_whole(file, vector, position)
                                       : move_pieces(file, vector, position, io_read);
}

static int64_t write_vector(struct file *file, const struct vector *vector, int64_t *position)
{
    const struct iovec *one = single(vector);
    if (one)
        return io_write(file, one->iov_base, one->iov_len, position);
    return vector->size <= GATHER_SIZE ? write_whole(file, vector, position)
                                       : move_pieces(file, vector, position, write_piece);
}

/* What is wrong with the file for this. possible: whether its kind knows how. */
static int check_file(struct file *file, const int64_t *position, bool allowed, bool possible)
{
    if (position && !io_has_positions(file))
        return -ESPIPE;
    if (!allowed)
        return -EBADF;
    return possible ? 0 : -EINVAL;
}

/* What is wrong with flags of which these can be followed. */
static int check_flags(int flags, int possible)
{
    if (flags & ~(KNOWN_RWF | RWF_NOWAIT | RWF_APPEND | RWF_IN_PLACE))
        return -EOPNOTSUPP;
    if (flags & RWF_APPEND && flags & RWF_IN_PLACE)
        return -EINVAL;
    return flags & ~(KNOWN_RWF | possible) ? -EOPNOTSUPP : 0;
}

/* Where there are positions nothing waits long for what is read. */
static int possible_to_read(struct file *file)
{
    return RWF_APPEND | RWF_IN_PLACE | (io_has_positions(file) ? RWF_NOWAIT : 0);
}

/* The end is where others find it, too, and so only the host's to know: what has been opened for that goes there. */
static int possible_to_write(struct file *file)
{
    if (!io_has_positions(file))
        return RWF_APPEND | RWF_IN_PLACE;
    return file->flags & O_APPEND ? RWF_APPEND : RWF_IN_PLACE;
}

/* Read the vector. What is wrong with the flags comes last, and nothing is done if it is empty. Returns 1 if there is something to be
 * done. */
static int prepare(struct vector *vector, const void *pieces, int count, int wrong)
{
    const int error = vector_read(vector, pieces, count);
    if (error < 0)
        return error;
    if (vector->size > 0 && wrong == 0)
        return 1;
    vector_free(vector);
    return vector->size == 0 ? 0 : wrong;
}

/* position: NULL = the file's own. */
static int64_t read_at(int fd, const void *pieces, int count, int64_t *position, int flags)
{
    struct vector vector;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = check_file(file, position, file_readable(file), file->ops->read || file->ops->read_directory);
    if (result == 0)
        result = prepare(&vector, pieces, count, flags ? check_flags(flags, possible_to_read(file)) : 0);
    if (result > 0) {
        result = read_vector(file, &vector, position);
        vector_free(&vector);
    }
    file_put(file);
    return result;
}

static int64_t write_at(int fd, const void *pieces, int count, int64_t *position, int flags)
{
    struct vector vector;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = check_file(file, position, file_writable(file), file->ops->write);
    if (result == 0)
        result = prepare(&vector, pieces, count, flags ? check_flags(flags, possible_to_write(file)) : 0);
    if (result > 0) {
        result = write_vector(file, &vector, position);
        vector_free(&vector);
        if (result > 0 && flags & (RWF_DSYNC | RWF_SYNC) && file->ops->flush)
            (void)file->ops->flush(file, !(flags & RWF_SYNC));
    }
    file_put(file);
    return result;
}

/***** System calls *****/

int64_t sys_readv(int fd, const void *vector, int count)
{
    return read_at(fd, vector, count, NULL, 0);
}

int64_t sys_writev(int fd, const void *vector, int count)
{
    return write_at(fd, vector, count, NULL, 0);
}

int64_t sys_preadv(int fd, const void *vector, int count, unsigned long offset_low, unsigned long offset_high)
{
    int64_t position = (int64_t)offset_low;
    (void)offset_high;
    return position < 0 ? -EINVAL : read_at(fd, vector, count, &position, 0);
}

int64_t sys_pwritev(int fd, const void *vector, int count, unsigned long offset_low, unsigned long offset_high)
{
    int64_t position = (int64_t)offset_low;
    (void)offset_high;
    return position < 0 ? -EINVAL : write_at(fd, vector, count, &position, 0);
}

int64_t sys_preadv2(int fd, const void *vector, int count, unsigned long offset_low, unsigned long offset_high,
                    int flags)
{
    int64_t position = (int64_t)offset_low;
    (void)offset_high;
    if (position < -1)
        return -EINVAL;
    return read_at(fd, vector, count, position == -1 ? NULL : &position, flags);
}

int64_t sys_pwritev2(int fd, const void *vector, int count, unsigned long offset_low, unsigned long offset_high,
                     int flags)
{
    int64_t position = (int64_t)offset_low;
    (void)offset_high;
    if (position < -1)
        return -EINVAL;
    return write_at(fd, vector, count, position == -1 ? NULL : &position, flags);
}
