/* SPDX-License-Identifier: MIT */
/* close, dup and their kin. Knows no kind of file. */
#include <linux/close_range.h>

#include "fd.h"
#include "fs_core.h"
#include "syscalls.h"

void fd_release(struct file *file)
{
    lock_file_closed(file, false);
    file_put(file);
}

int64_t sys_close(int fd)
{
    return fd_close(fd);
}

int64_t sys_close_range(unsigned first, unsigned last, unsigned flags)
{
    if (flags & ~(unsigned)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
        return -EINVAL;
    /* There is one table for all threads, and a table of a thread's own cannot be had otherwise, either. */
    if (flags & CLOSE_RANGE_UNSHARE && !alone())
        return -ENOMEM;
    if (flags & CLOSE_RANGE_CLOEXEC)
        fd_mark_range(first, last);
    else
        fd_close_range(first, last);
    return 0;
}

int64_t sys_dup(int fd)
{
    struct file *file = fd_get_path(fd);
    return file ? fd_install(file, 0, false) : -EBADF;
}

/* EBADF of a new descriptor beyond the limit comes before that of the old one, as on Linux. */
static int64_t duplicate_to(int old, int new, bool close_on_exec)
{
    if (new < 0 || (unsigned)new >= fd_limit())
        return -EBADF;
    struct file *file = fd_get_path(old);
    return file ? fd_replace(new, file, close_on_exec) : -EBADF;
}

int64_t sys_dup2(int old, int new)
{
    if (old != new)
        return duplicate_to(old, new, false);
    const int flag = fd_flag(old);
    return flag < 0 ? flag : new;
}

int64_t sys_dup3(int old, int new, int flags)
{
    if (flags & ~O_CLOEXEC || old == new)
        return -EINVAL;
    return duplicate_to(old, new, flags & O_CLOEXEC);
}
