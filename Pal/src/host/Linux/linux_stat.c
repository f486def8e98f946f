/* SPDX-License-Identifier: MIT */
/* Attributes of files as the kernel knows them and as the PAL shows them. Knows no handle. */
#include "linux_stat.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include "linux_barred.h"
#include "linux_error.h"
#include "linux_guard.h"
#include "pal_host.h"
#include "sys_linux.h"

#define SHARE_FLAGS   0777u
#define MODE_FLAGS    (unsigned)(PAL_MODE_SETUID | PAL_MODE_SETGID | PAL_MODE_STICKY)
#define SET_ID_FLAGS  (unsigned)(PAL_MODE_SETUID | PAL_MODE_SETGID)
#define SET_FLAGS     (PAL_FLG)(PAL_SET_PERMISSIONS | PAL_SET_OWNER | PAL_SET_TIMES)
#define NS_PER_SECOND 1000000000

/* utimensat(2) */
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static PAL_NUM nanoseconds(const struct statx_timestamp *time)
{
    return (PAL_NUM)time->tv_sec * 1000000000u + time->tv_nsec;
}

static PAL_NUM device_id(uint32_t major, uint32_t minor)
{
    return (PAL_NUM)major << 32 | minor;
}

static PAL_IDX handle_type(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return PAL_TYPE_DIR;
    case S_IFCHR:
    case S_IFBLK:
        return PAL_TYPE_DEV;
    case S_IFIFO:
    case S_IFSOCK:
        return PAL_TYPE_PIPE;
    case S_IFLNK:
        return PAL_TYPE_LINK;
    default:
        return PAL_TYPE_FILE;
    }
}

/* The three permission bits that are meant for this process. The kernel has the last word when a file is opened. */
static unsigned own_permissions(const struct statx *st)
{
    const struct pal_host_facts *facts = &g_linux.facts;
    const unsigned mode = st->stx_mode;
    if (facts->euid == 0)
        return 6 | ((mode & 0111) || (mode & S_IFMT) == S_IFDIR ? 1 : 0);
    if (st->stx_uid == facts->euid)
        return mode >> 6 & 7;
    return (st->stx_gid == facts->egid ? mode >> 3 : mode) & 7;
}

static void translate(const struct statx *st, PAL_STREAM_ATTR *out)
{
    const unsigned permissions = own_permissions(st);
    *out = (PAL_STREAM_ATTR){
        .type = handle_type(st->stx_mode),
        .file_id = st->stx_ino,
        .size = st->stx_size,
        .access_time = nanoseconds(&st->stx_atime),
        .change_time = nanoseconds(&st->stx_ctime),
        .create_time = nanoseconds(&st->stx_btime),
        .readable = permissions & 4,
        .writeable = permissions & 2,
        .runnable = permissions & 1,
        .share_flags = st->stx_mode & SHARE_FLAGS,
        .modify_time = nanoseconds(&st->stx_mtime),
        .device_id = device_id(st->stx_dev_major, st->stx_dev_minor),
        .link_count = st->stx_nlink,
        .owner_id = st->stx_uid,
        .group_id = st->stx_gid,
        .allocated = st->stx_blocks * 512,
        .mode = st->stx_mode,
        .rdev_id = device_id(st->stx_rdev_major, st->stx_rdev_minor),
        .block_size = st->stx_blksize,
    };
}

static int stat_with(int fd, const char *path, int flags, PAL_STREAM_ATTR *out)
{
    struct statx st;
    const int result = sys_statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &st);
    if (result == 0)
        translate(&st, out);
    return result;
}

/* Linux 6.11 takes NULL for the empty path, which it then need not read from our memory. */
int linux_stat_open(int fd, PAL_STREAM_ATTR *out)
{
    static bool refused;
    int result = -EFAULT;
    if (!__atomic_load_n(&refused, __ATOMIC_RELAXED))
        result = stat_with(fd, NULL, AT_EMPTY_PATH, out);
    if (result == -EFAULT) {
        __atomic_store_n(&refused, true, __ATOMIC_RELAXED);
        result = stat_with(fd, "", AT_EMPTY_PATH, out);
    }
    return (int)linux_error(result);
}

int linux_stat(const char *path, PAL_STREAM_ATTR *out)
{
    return (int)linux_error(stat_with(AT_FDCWD, path, 0, out));
}

int linux_stat_name(const char *path, PAL_STREAM_ATTR *out)
{
    return (int)linux_error(stat_with(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out));
}

/***** Setting *****/

static unsigned wanted_mode(const PAL_STREAM_ATTR *attr)
{
    return (attr->mode & MODE_FLAGS) | (attr->share_flags & SHARE_FLAGS);
}

static bool differs(PAL_NUM wanted, PAL_NUM present, PAL_NUM keep)
{
    return wanted != present && wanted != keep;
}

/* What is to be set: what is asked for, or else what differs from what is there. */
static int find_changes(int fd, const char *path, const PAL_STREAM_ATTR *attr, PAL_FLG *out)
{
    struct statx st;
    *out = attr->share_flags & SET_FLAGS;
    if (attr->share_flags & ~(SET_FLAGS | SHARE_FLAGS))
        return -PAL_ERROR_INVAL;
    if (*out)
        return 0;
    const int flags = path[0] ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH;
    const int result = sys_statx(fd, path, flags, STATX_BASIC_STATS, &st);
    if (result < 0)
        return (int)linux_error(result);
    if (wanted_mode(attr) != (st.stx_mode & (MODE_FLAGS | SHARE_FLAGS)))
        *out |= PAL_SET_PERMISSIONS;
    if (differs(attr->owner_id, st.stx_uid, PAL_ID_KEEP) || differs(attr->group_id, st.stx_gid, PAL_ID_KEEP))
        *out |= PAL_SET_OWNER;
    if (differs(attr->access_time, nanoseconds(&st.stx_atime), PAL_TIME_KEEP) ||
        differs(attr->modify_time, nanoseconds(&st.stx_mtime), PAL_TIME_KEEP))
        *out |= PAL_SET_TIMES;
    return 0;
}

static struct __kernel_timespec time_of(PAL_NUM time)
{
    if (time == PAL_TIME_KEEP || time == PAL_TIME_NOW)
        return (struct __kernel_timespec){.tv_nsec = time == PAL_TIME_NOW ? UTIME_NOW : UTIME_OMIT};
    const int64_t rest = (int64_t)time % NS_PER_SECOND;
    struct __kernel_timespec result = {.tv_sec = (int64_t)time / NS_PER_SECOND, .tv_nsec = rest};
    if (rest < 0) {
        result.tv_sec--;
        result.tv_nsec += NS_PER_SECOND;
    }
    return result;
}

static bool are_ids(const PAL_STREAM_ATTR *attr)
{
    return attr->owner_id <= UINT32_MAX && attr->group_id <= UINT32_MAX;
}

static int set_times(int fd, const char *path, const PAL_STREAM_ATTR *attr)
{
    const struct __kernel_timespec times[2] = {time_of(attr->access_time), time_of(attr->modify_time)};
    return sys_utimensat(fd, path, times, path ? AT_SYMLINK_NOFOLLOW : 0);
}

static int set_permissions(int fd, unsigned mode)
{
    const int result = sys_fchmod(fd, mode);
    if (result == 0 && !(mode & PAL_SHARE_OWNER_R))
        linux_barred_keep(fd);
    return result;
}

int linux_set_attributes(int fd, const PAL_STREAM_ATTR *attr)
{
    PAL_FLG changes;
    const int error = find_changes(fd, "", attr, &changes);
    if (error < 0 || changes == 0)
        return error;
    if (changes & PAL_SET_OWNER && !are_ids(attr))
        return -PAL_ERROR_INVAL;
    if (changes & PAL_SET_PERMISSIONS && wanted_mode(attr) & SET_ID_FLAGS && linux_guard_is_on())
        return -PAL_ERROR_DENIED;
    int result = 0;
    /* The owner first: changing it takes the set-id bits away. */
    if (changes & PAL_SET_OWNER)
        result = sys_fchown(fd, (unsigned)attr->owner_id, (unsigned)attr->group_id);
    if (result == 0 && changes & PAL_SET_PERMISSIONS)
        result = set_permissions(fd, wanted_mode(attr));
    if (result == 0 && changes & PAL_SET_TIMES)
        result = set_times(fd, NULL, attr);
    return (int)linux_error(result);
}

/* A descriptor by which what has this path can be changed; what may not be read may perhaps be written. */
static int open_to_change(const char *path)
{
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = sys_openat(AT_FDCWD, path, O_RDONLY | flags, 0);
    if (fd != -EACCES)
        return fd == -ELOOP ? -PAL_ERROR_DENIED : (int)linux_error(fd);
    fd = sys_openat(AT_FDCWD, path, O_WRONLY | flags, 0);
    return fd < 0 ? linux_barred_open(path) : fd;
}

/* As it is to be for an open file that was named, not opened. */
static int set_opened(const char *path, const PAL_STREAM_ATTR *attr, PAL_FLG changes)
{
    PAL_STREAM_ATTR wanted = *attr;
    const int fd = open_to_change(path);
    if (fd < 0)
        return fd;
    wanted.share_flags = changes | (attr->share_flags & SHARE_FLAGS);
    const int error = linux_set_attributes(fd, &wanted);
    sys_close(fd);
    return error;
}

int linux_set_name_attributes(const char *path, const PAL_STREAM_ATTR *attr)
{
    PAL_FLG changes;
    const int error = find_changes(AT_FDCWD, path, attr, &changes);
    /* Those of a symbolic link mean nothing; so they are set only where that is asked for. */
    if (!(attr->share_flags & PAL_SET_PERMISSIONS))
        changes &= ~(PAL_FLG)PAL_SET_PERMISSIONS;
    if (error < 0 || changes == 0)
        return error;
    if (changes & PAL_SET_PERMISSIONS || linux_guard_is_on())
        return set_opened(path, attr, changes);
    if (changes & PAL_SET_OWNER && !are_ids(attr))
        return -PAL_ERROR_INVAL;
    int result = 0;
    if (changes & PAL_SET_OWNER)
        result = sys_fchownat(AT_FDCWD, path, (unsigned)attr->owner_id, (unsigned)attr->group_id, AT_SYMLINK_NOFOLLOW);
    if (result == 0 && changes & PAL_SET_TIMES)
        result = set_times(AT_FDCWD, path, attr);
    return (int)linux_error(result);
}
