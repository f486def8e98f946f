/* SPDX-License-Identifier: MIT */
/* fcntl's lock commands and flock: what the program asks for, as requests for ranges. Knows nobody who holds or waits. */
#include <linux/fcntl.h>
#include "locks.h"
#include "syscalls.h"

#define FILE_LOCK_SHARED    1 /* LOCK_SH and its kin of <sys/file.h> */
#define FILE_LOCK_EXCLUSIVE 2
#define FILE_LOCK_NONBLOCK  4
#define FILE_LOCK_UNLOCK    8
#define FILE_LOCK_MANDATORY 32
#define SEEK_FROM_START     0
#define SEEK_FROM_HERE      1
#define SEEK_FROM_END       2

/***** fcntl *****/

static int64_t size_of(struct file *file)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    return error < 0 ? error : (int64_t)attr.size;
}

static int64_t position_of(struct file *file)
{
    if (!io_has_positions(file))
        return 0;
    position_begin(file);
    const int64_t position = file->position;
    position_end(file);
    return position;
}

/* The range that a struct flock of the program names. */
static int read_range(struct file *file, const struct flock *flock, struct lock_range *out)
{
    int64_t start = 0, bytes = flock->l_len;
    if (flock->l_whence == SEEK_FROM_HERE)
        start = position_of(file);
    else if (flock->l_whence == SEEK_FROM_END)
        start = size_of(file);
    else if (flock->l_whence != SEEK_FROM_START)
        return -EINVAL;
    if (start < 0)
        return (int)start;
    if (flock->l_start > INT64_MAX - start)
        return -EOVERFLOW;
    start += flock->l_start;
    if (start < 0)
        return -EINVAL;
    if (bytes > 0 && bytes - 1 > INT64_MAX - start)
        return -EOVERFLOW;
    if (bytes < 0 && start + bytes < 0)
        return -EINVAL;
    out->first = bytes < 0 ? start + bytes : start;
    out->last = bytes == 0 ? LOCK_RANGE_END : bytes > 0 ? start + (bytes - 1) : start - 1;
    return 0;
}

static bool is_type(int type)
{
    return type == F_RDLCK || type == F_WRLCK || type == F_UNLCK;
}

/* F_GETLK: who is in the way. */
static int tell(struct file *file, struct lock_range *wanted, struct flock *flock, void *argument)
{
    struct lock_range found;
    const int result = lock_test(file, wanted, &found);
    if (result < 0)
        return result;
    flock->l_type = F_UNLCK;
    if (result) {
        flock->l_type = found.exclusive ? F_WRLCK : F_RDLCK;
        flock->l_whence = SEEK_FROM_START;
        flock->l_start = found.first;
        flock->l_len = found.last == LOCK_RANGE_END ? 0 : found.last - found.first + 1;
        flock->l_pid = found.pid;
    }
    return user_write(argument, flock, sizeof(*flock));
}

int64_t lock_control(struct file *file, int command, void *argument)
{
    const bool is_file = command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    const bool asks = command == F_GETLK || command == F_OFD_GETLK;
    struct lock_request request = {.range.kind = is_file ? LOCK_OF_FILE : LOCK_OF_PROCESS};
    struct flock flock;
    if (user_read(&flock, argument, sizeof(flock)) < 0)
        return -EFAULT;
    if (asks && flock.l_type != F_RDLCK && flock.l_type != F_WRLCK)
        return -EINVAL;
    int error = read_range(file, &flock, &request.range);
    if (error < 0)
        return error;
    if (!is_type(flock.l_type) || (asks && is_file && flock.l_pid != 0))
        return -EINVAL;
    request.range.exclusive = flock.l_type == F_WRLCK;
    request.release = flock.l_type == F_UNLCK;
    if (asks)
        return tell(file, &request.range, &flock, argument);
    if ((flock.l_type == F_RDLCK && !file_readable(file)) || (flock.l_type == F_WRLCK && !file_writable(file)))
        return -EBADF;
    if (is_file && flock.l_pid != 0)
        return -EINVAL;
    return lock_request_now(file, &request, command == F_SETLKW || command == F_OFD_SETLKW);
}

/***** flock *****/

int64_t sys_flock(int fd, int operation)
{
    const int what = operation & ~FILE_LOCK_NONBLOCK;
    if (operation & FILE_LOCK_MANDATORY)
        return 0; /* as Linux since 5.18: there are none */
    if (what != FILE_LOCK_SHARED && what != FILE_LOCK_EXCLUSIVE && what != FILE_LOCK_UNLOCK)
        return -EINVAL;
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    struct lock_request request = {
        .range = {.kind = LOCK_OF_WHOLE, .exclusive = what == FILE_LOCK_EXCLUSIVE, .last = LOCK_RANGE_END},
        .release = what == FILE_LOCK_UNLOCK,
    };
    const bool allowed = request.release || file_readable(file) || file_writable(file);
    const int error = allowed ? lock_request_now(file, &request, !(operation & FILE_LOCK_NONBLOCK)) : -EBADF;
    file_put(file);
    return error;
}
