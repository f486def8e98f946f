/* SPDX-License-Identifier: MIT */
/* fcntl and ioctl: what all files have in common. Knows no kind of file. */
#include <asm/ioctls.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/sockios.h>

#include "copy.h"
#include "fd.h"
#include "ipc.h"
#include "owner.h"
#include "poll.h"
#include "syscalls.h"

/* Flags that F_SETFL can change; the others are left as they are. */
#define CHANGEABLE (uint32_t)(O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

/* O_ASYNC stays as it is with files that tell nobody: returns which bits can be changed. */
static uint32_t change_async(struct file *file, int fd, bool on)
{
    if (!owner_is_told(file))
        return CHANGEABLE & ~(uint32_t)FASYNC;
    if (!on)
        async_end(file);
    return !on || async_begin(file, fd) == 0 ? CHANGEABLE : CHANGEABLE & ~(uint32_t)FASYNC;
}

/* Regular files that have a name, and pipes, for which it means packets. */
static bool can_be_direct(struct file *file)
{
    struct file_attr attr;
    return file_attributes(file, &attr) == 0 && ((S_ISREG(attr.mode) && file->mount) || S_ISFIFO(attr.mode));
}

static int64_t set_flags(struct file *file, int fd, uint32_t flags)
{
    const uint32_t old = __atomic_load_n(&file->flags, __ATOMIC_RELAXED);
    if ((flags & O_DIRECT) && !can_be_direct(file))
        return -EINVAL;
    const uint32_t bits = (old ^ flags) & FASYNC ? change_async(file, fd, flags & FASYNC) : CHANGEABLE;
    const uint32_t new = (old & ~bits) | (flags & bits);
    if (new == old)
        return 0;
    __atomic_store_n(&file->flags, new, __ATOMIC_RELAXED);
    if (file->ops->flags_changed)
        file->ops->flags_changed(file);
    return 0;
}

static int64_t duplicate(struct file *file, uint64_t lowest, bool close_on_exec)
{
    if (lowest >= fd_limit())
        return -EINVAL;
    file_get(file);
    return fd_install(file, (int)lowest, close_on_exec);
}

/* What works on a descriptor that only stands for a name, too. */
static int64_t control_descriptor(int fd, struct file *file, int command, unsigned long argument)
{
    switch (command) {
    case F_DUPFD:
        return duplicate(file, (uint32_t)argument, false);
    case F_DUPFD_CLOEXEC:
        return duplicate(file, (uint32_t)argument, true);
    case F_GETFD:
        return fd_flag(fd);
    case F_SETFD:
        return fd_set_flag(fd, argument & FD_CLOEXEC);
    case F_GETFL:
        /* What has no name was not opened, and open(2) is what sets O_LARGEFILE. */
        return file->flags | (file->flags & O_PATH || (file->ops->kind && !file->path) ? 0 : O_LARGEFILE);
    default:
        return file->flags & O_PATH ? -EBADF : -EAGAIN;
    }
}

static int64_t control_file(int fd, struct file *file, int command, unsigned long argument)
{
    switch (command) {
    case F_SETFL:
        return set_flags(file, fd, (uint32_t)argument);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_control(file, command, (void *)argument);
    case F_GETLEASE:
        return F_UNLCK;
    case F_SETLEASE:
        return argument == F_UNLCK ? -EAGAIN : -EINVAL;
    case F_GETOWN:
    case F_SETOWN:
    case F_GETOWN_EX:
    case F_SETOWN_EX:
    case F_GETSIG:
    case F_SETSIG:
        return owner_control(file, fd, command, argument);
    case F_ADD_SEALS:
    case F_GET_SEALS:
        return seal_control(file, command, (uint32_t)argument);
    case F_GETPIPE_SZ:
        return pipe_get_size(file);
    case F_SETPIPE_SZ:
        return pipe_set_size(file, argument);
    default:
        return -EINVAL;
    }
}

int64_t sys_fcntl(int fd, int command, unsigned long argument)
{
    struct file *file = fd_get_path(fd);
    if (!file)
        return -EBADF;
    int64_t result = control_descriptor(fd, file, command, argument);
    if (result == -EAGAIN)
        result = control_file(fd, file, command, argument);
    file_put(file);
    return result;
}

/***** ioctl *****/

static int64_t set_flag(struct file *file, int fd, uint32_t flag, const void *address)
{
    int32_t value;
    if (!user_range_ok((uint64_t)address, sizeof(value)) || user_read(&value, address, sizeof(value)) < 0)
        return -EFAULT;
    const uint32_t flags = value ? file->flags | flag : file->flags & ~flag;
    return flag == FASYNC && flags != file->flags && !owner_is_told(file) ? -ENOTTY : set_flags(file, fd, flags);
}

/* Bytes between the position and the end. */
static int64_t bytes_left(struct file *file, void *address)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    if (error < 0)
        return error;
    if (!S_ISREG(attr.mode) || file_is_anonymous(file))
        return -ENOTTY;
    position_begin(file);
    const int32_t left = (int32_t)((int64_t)attr.size - file->position);
    position_end(file);
    return user_range_ok((uint64_t)address, sizeof(left)) ? user_write(address, &left, sizeof(left)) : -EFAULT;
}

/* FIOQSIZE: what it takes of its medium. */
static int64_t tell_space(struct file *file, void *address)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    if (error < 0 || (!S_ISREG(attr.mode) && !S_ISDIR(attr.mode)) || file_is_anonymous(file))
        return error < 0 ? error : -ENOTTY;
    const int64_t size = (int64_t)attr.blocks * 512;
    return copy_out(address, &size, sizeof(size));
}

/* What only file systems on disks can do. */
static int64_t block_control(struct file *file, unsigned request, void *address)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    if (error < 0 || (!S_ISREG(attr.mode) && !S_ISDIR(attr.mode)))
        return error < 0 ? error : -ENOTTY;
    const int32_t size = (int32_t)attr.block_size;
    return request == FIGETBSZ ? copy_out(address, &size, sizeof(size)) : -EOPNOTSUPP;
}

/* Who is told of a socket can be asked and said in this way, too. */
static int64_t socket_owner(int fd, struct file *file, unsigned request, void *address)
{
    struct file_attr attr;
    int32_t owner;
    if (file_attributes(file, &attr) < 0 || !S_ISSOCK(attr.mode))
        return -ENOTTY;
    if (request == FIOGETOWN || request == SIOCGPGRP) {
        owner = (int32_t)owner_control(file, fd, F_GETOWN, 0);
        return copy_out(address, &owner, sizeof(owner));
    }
    return copy_in(&owner, address, sizeof(owner)) < 0 ? -EFAULT : owner_control(file, fd, F_SETOWN, (uint32_t)owner);
}

static int64_t generic(int fd, struct file *file, unsigned request, unsigned long argument)
{
    switch (request) {
    case FIOCLEX:
        return fd_set_flag(fd, true);
    case FIONCLEX:
        return fd_set_flag(fd, false);
    case FIONBIO:
        return set_flag(file, fd, O_NONBLOCK, (const void *)argument);
    case FIOASYNC:
        return set_flag(file, fd, FASYNC, (const void *)argument);
    case FIOGETOWN:
    case FIOSETOWN:
    case SIOCGPGRP:
    case SIOCSPGRP:
        return socket_owner(fd, file, request, (void *)argument);
    case FIOQSIZE:
        return tell_space(file, (void *)argument);
    case FIGETBSZ:
    case FICLONE:
    case FICLONERANGE:
        return block_control(file, request, (void *)argument);
    default:
        return -ENOTTY;
    }
}

int64_t sys_ioctl(int fd, unsigned request, unsigned long argument)
{
    struct file *file = fd_get(fd);
    if (!file)
        return -EBADF;
    int64_t result = generic(fd, file, request, argument);
    if (result == -ENOTTY && file->ops->control)
        result = file->ops->control(file, request, argument);
    if (result == -ENOTTY && request == FIONREAD)
        result = bytes_left(file, (void *)argument);
    file_put(file);
    return result;
}
