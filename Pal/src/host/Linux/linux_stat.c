/* SPDX-License-Identifier: MIT */
/* Attributes of files as the kernel knows them and as the PAL shows them. Knows no handle. */
#include "linux_stat.h"
#include <linux/fcntl.h>
#include "linux_error.h"
#include "pal_host.h"
#include "sys_linux.h"

#define SHARE_FLAGS     0777u
#define OTHER_MODE_BITS 07000u

static PAL_NUM nanoseconds(const struct statx_timestamp *time)
{
    return (PAL_NUM)time->tv_sec * 1000000000u + time->tv_nsec;
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

int linux_stat(int fd, const char *path, PAL_STREAM_ATTR *out)
{
    struct statx st;
    const int flags = path[0] ? 0 : AT_EMPTY_PATH;
    const int result = sys_statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &st);
    if (result < 0)
        return (int)linux_error(result);
    const unsigned permissions = own_permissions(&st);
    *out = (PAL_STREAM_ATTR){
        .type = handle_type(st.stx_mode),
        .file_id = st.stx_ino,
        .size = st.stx_size,
        .access_time = nanoseconds(&st.stx_atime),
        .change_time = nanoseconds(&st.stx_ctime),
        .create_time = nanoseconds(&st.stx_btime),
        .readable = permissions & 4,
        .writeable = permissions & 2,
        .runnable = permissions & 1,
        .share_flags = st.stx_mode & SHARE_FLAGS,
        .modify_time = nanoseconds(&st.stx_mtime),
        .device_id = (PAL_NUM)st.stx_dev_major << 32 | st.stx_dev_minor,
        .link_count = st.stx_nlink,
        .owner_id = st.stx_uid,
        .group_id = st.stx_gid,
        .allocated = st.stx_blocks * 512,
    };
    return 0;
}

int linux_set_permissions(int fd, PAL_FLG share_flags)
{
    struct statx st;
    if (share_flags & ~SHARE_FLAGS)
        return -PAL_ERROR_INVAL;
    int result = sys_statx(fd, "", AT_EMPTY_PATH, STATX_MODE, &st);
    if (result == 0 && (st.stx_mode & SHARE_FLAGS) != share_flags)
        result = sys_fchmod(fd, (st.stx_mode & OTHER_MODE_BITS) | share_flags);
    return (int)linux_error(result);
}
