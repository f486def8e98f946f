/* SPDX-License-Identifier: MIT */
/* Changing attributes of files: permissions, owners, times. Knows no file system. */
#include "attributes.h"
#include "clock.h"
#include "copy.h"
#include "notify.h"
#include "syscalls.h"
#include "task.h"

static int change_file(struct file *file, const struct attr_change *change)
{
    if (file->mount != NULL && file->mount->read_only)
        return -EROFS;
    if (change->which == 0)
        return 0;
    int error = file->mount != NULL ? -EPERM : -EOPNOTSUPP;
    if (file->ops->change != NULL)
        error = file->ops->change(file, change);
    if (error == 0)
        notify_file(IN_ATTRIB, file);
    return error;
}

struct file_right right_new(uint32_t mode)
{
    return (struct file_right){.mode = mode, .uid = g_process.fsuid, .gid = g_process.fsgid};
}

int right_change(struct file_right *right, const struct attr_change *change)
{
    const struct file_attr attr = {.mode = right->mode, .uid = right->uid, .gid = right->gid};
    const int error = change->which & CHANGE_SIZE ? -EINVAL : attributes_permit_change(&attr, change);
    if (error < 0)
        return error;
    if (change->which & CHANGE_MODE)
        right->mode = change->mode & 07777;
    if (change->which & CHANGE_UID)
        right->uid = change->uid;
    if (change->which & CHANGE_GID)
        right->gid = change->gid;
    if (change->which & (CHANGE_UID | CHANGE_GID))
        right->mode &= ~(uint32_t)(S_ISUID | (right->mode & S_IXGRP ? S_ISGID : 0));
    return 0;
}

static int change_place(struct place *place, const struct attr_change *change)
{
    if (place->magic != NULL)
        return change_file(place->magic, change);
    int error = place->must_be_dir || change->which == 0 ? place_look_kind(place) : 0;
    if (error < 0)
        return error;
    if (place->mount->read_only) {
        error = place_look(place);
        return error < 0 ? error : -EROFS;
    }
    if (change->which == 0)
        return 0;
    const struct fs_ops *ops = place->mount->ops;
    error = ops->change != NULL ? ops->change(place, change) : -EPERM;
    if (error == 0 && notify_wanted())
        notify_name(place_look(place) == 0 && S_ISDIR(place->attr.mode) ? IN_ATTRIB | IN_ISDIR : IN_ATTRIB,
                    place->path);
    return error;
}

static int64_t change_name(int directory, const char *name, int flags, const struct attr_change *change)
{
    struct place *place;
    int error = place_find(directory, name, walk_of_flags(flags), &place);
    if (error < 0)
        return error;
    error = change_place(place, change);
    place_free(place);
    return error;
}

static int64_t change_descriptor(int fd, const struct attr_change *change)
{
    struct file *file = fd_get(fd);
    if (file == NULL)
        return -EBADF;
    int error = change_file(file, change);
    file_put(file);
    return error;
}

/***** Permissions *****/

static struct attr_change mode_change(unsigned mode)
{
    return (struct attr_change){.which = CHANGE_MODE, .mode = mode & 07777};
}

int64_t sys_fchmodat2(int directory, const char *name, unsigned mode, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct attr_change change = mode_change(mode);
    if (!(flags & AT_SYMLINK_NOFOLLOW))
        return change_name(directory, name, flags, &change);
    struct place *place;
    int error = place_find(directory, name, walk_of_flags(flags), &place);
    if (error < 0)
        return error;
    error = place_look(place);
    /* The permissions of a link mean nothing and cannot be changed. */
    if (error == 0)
        error = S_ISLNK(place->attr.mode) ? -EOPNOTSUPP : change_place(place, &change);
    place_free(place);
    return error;
}

int64_t sys_fchmodat(int directory, const char *name, unsigned mode)
{
    return sys_fchmodat2(directory, name, mode, 0);
}

int64_t sys_chmod(const char *name, unsigned mode)
{
    return sys_fchmodat2(AT_FDCWD, name, mode, 0);
}

int64_t sys_fchmod(int fd, unsigned mode)
{
    struct attr_change change = mode_change(mode);
    return change_descriptor(fd, &change);
}

/***** Owners *****/

static struct attr_change owner_change(unsigned owner, unsigned group)
{
    struct attr_change change = {.uid = owner, .gid = group};
    change.which = (owner != UINT32_MAX ? CHANGE_UID : 0) | (group != UINT32_MAX ? CHANGE_GID : 0);
    return change;
}

int64_t sys_fchownat(int directory, const char *name, unsigned owner, unsigned group, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct attr_change change = owner_change(owner, group);
    return change_name(directory, name, flags, &change);
}

int64_t sys_chown(const char *name, unsigned owner, unsigned group)
{
    return sys_fchownat(AT_FDCWD, name, owner, group, 0);
}

int64_t sys_lchown(const char *name, unsigned owner, unsigned group)
{
    return sys_fchownat(AT_FDCWD, name, owner, group, AT_SYMLINK_NOFOLLOW);
}

int64_t sys_fchown(int fd, unsigned owner, unsigned group)
{
    struct attr_change change = owner_change(owner, group);
    return change_descriptor(fd, &change);
}

/***** Times *****/

#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

/* Join a time, saturating: the ends of the range mean something else. */
static int64_t join_time(int64_t seconds, int64_t ns)
{
    int64_t time;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &time) || __builtin_add_overflow(time, ns, &time))
        return seconds < 0 ? -INT64_MAX + 1 : INT64_MAX;
    return time;
}

static int read_timespec(const struct __kernel_timespec *from, uint32_t bit, uint32_t *which, int64_t *out)
{
    if (from->tv_nsec == UTIME_OMIT)
        return 0;
    *which |= bit;
    if (from->tv_nsec == UTIME_NOW) {
        *out = TIME_NOW;
        return 0;
    }
    if (from->tv_nsec < 0 || from->tv_nsec >= NS_PER_SECOND)
        return -EINVAL;
    *out = join_time(from->tv_sec, from->tv_nsec);
    return 0;
}

static const struct attr_change both_now = {
    .which = CHANGE_ACCESS | CHANGE_MODIFY, .access_ns = TIME_NOW, .modify_ns = TIME_NOW};

static int64_t change_times(int directory, const char *name, int flags, const struct attr_change *change)
{
    if (name == NULL && directory != AT_FDCWD)
        return flags != 0 ? -EINVAL : change_descriptor(directory, change);
    return name == NULL ? -EFAULT : change_name(directory, name, flags, change);
}

int64_t sys_utimensat(int directory, const char *name, const void *times, int flags)
{
    struct attr_change change = both_now;
    int wrong = 0;
    if (times != NULL) {
        struct __kernel_timespec pair[2];
        if (copy_in(pair, times, sizeof(pair)) < 0)
            return -EFAULT;
        change.which = 0;
        if (read_timespec(&pair[0], CHANGE_ACCESS, &change.which, &change.access_ns) < 0 ||
            read_timespec(&pair[1], CHANGE_MODIFY, &change.which, &change.modify_ns) < 0)
            wrong = -EINVAL;
        if (change.which == 0)
            return 0;
    }
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    /* What is wrong with the file comes first. */
    if (wrong < 0)
        change.which = 0;
    const int64_t result = change_times(directory, name, flags, &change);
    return result < 0 ? result : wrong;
}

int64_t sys_futimesat(int directory, const char *name, const void *times)
{
    struct attr_change change = both_now;
    if (times != NULL) {
        struct {
            int64_t seconds, us;
        } pair[2];
        if (copy_in(pair, times, sizeof(pair)) < 0)
            return -EFAULT;
        for (size_t i = 0; i < 2; i++)
            if (pair[i].us < 0 || pair[i].us >= 1000000)
                return -EINVAL;
        change.access_ns = join_time(pair[0].seconds, pair[0].us * 1000);
        change.modify_ns = join_time(pair[1].seconds, pair[1].us * 1000);
    }
    if (name == NULL && directory != AT_FDCWD)
        return change_descriptor(directory, &change);
    return name == NULL ? -EFAULT : change_name(directory, name, 0, &change);
}

int64_t sys_utimes(const char *name, const void *times)
{
    return sys_futimesat(AT_FDCWD, name, times);
}

int64_t sys_utime(const char *name, const void *times)
{
    struct attr_change change = both_now;
    if (times != NULL) {
        int64_t seconds[2];
        if (copy_in(seconds, times, sizeof(seconds)) < 0)
            return -EFAULT;
        change.access_ns = join_time(seconds[0], 0);
        change.modify_ns = join_time(seconds[1], 0);
    }
    return change_name(AT_FDCWD, name, 0, &change);
}
