/* SPDX-License-Identifier: MIT */
/* What stat(2) and its kin tell. Knows no file system: attributes come from the operations of files and mounts. */
#include <asm/stat.h>
#include <linux/fcntl.h>

#include "attributes.h"
#include "clock.h"
#include "copy.h"
#include "fs_core.h"
#include "syscalls.h"

void anonymous_attributes(const struct file *file, uint32_t mode, struct file_attr *out)
{
    int64_t start_ns = clock_realtime_ns() - clock_monotonic_ns() + (int64_t)g_process.start_ns;
    *out = (struct file_attr){
        .device = 14, /* as new_encode_dev(0, 14): one for all of them */
        .inode = file->inode,
        .mode = mode,
        .links = 1,
        .uid = g_process.fsuid,
        .gid = g_process.fsgid,
        .block_size = PAGE_SIZE,
        .access_ns = start_ns,
        .modify_ns = start_ns,
        .change_ns = start_ns,
    };
}

bool file_is_anonymous(const struct file *file)
{
    static const char kind[] = "anon_inode:";
    return file->ops->kind != NULL && strncmp(file->ops->kind, kind, sizeof(kind) - 1) == 0;
}

void right_attributes(const struct file *file, uint32_t kind, const struct file_right *right, struct file_attr *out)
{
    anonymous_attributes(file, kind | right->mode, out);
    out->uid = right->uid;
    out->gid = right->gid;
}

int file_attributes(struct file *file, struct file_attr *out)
{
    if (file->ops->attributes != NULL)
        return file->ops->attributes(file, out);
    anonymous_attributes(file, ANON_INODE_MODE, out);
    return 0;
}

int place_attributes(const struct place *place, struct file_attr *out)
{
    if (place->magic != NULL)
        return file_attributes(place->magic, out);
    int error = place->mount->ops->attributes(place, out);
    if (error == -ENOENT)
        error = cwd_removed_attributes(place, out);
    return error == 0 && place->must_be_dir && !S_ISDIR(out->mode) ? -ENOTDIR : error;
}

int place_look_kind(struct place *place)
{
    int error = place_look(place);
    while (error == 0 && place->must_be_dir && place->magic == NULL && S_ISLNK(place->attr.mode)) {
        error = place_follow(place);
        if (error == 0)
            error = place_look(place);
    }
    return error == 0 && place->must_be_dir && !S_ISDIR(place->attr.mode) ? -ENOTDIR : error;
}

/* Find and look; *out is to be freed. */
static int look_at_name(int directory, const char *name, uint32_t flags, struct place **out)
{
    int error = place_find(directory, name, flags, out);
    if (error < 0)
        return error;
    error = place_look_kind(*out);
    if (error < 0)
        place_free(*out);
    return error;
}

int name_attributes(int directory, const char *name, uint32_t flags, struct file_attr *out)
{
    struct place *place;
    const int error = look_at_name(directory, name, flags, &place);
    if (error < 0)
        return error;
    *out = place->attr;
    place_free(place);
    return 0;
}

/* Seconds and nanoseconds, which are never negative. */
static int64_t split_time(int64_t time, uint64_t *out_ns)
{
    int64_t seconds = time / NS_PER_SECOND;
    int64_t ns = time % NS_PER_SECOND;
    if (ns < 0) {
        ns += NS_PER_SECOND;
        seconds--;
    }
    *out_ns = (uint64_t)ns;
    return seconds;
}

static int write_stat(void *to, const struct file_attr *attr)
{
    struct stat stat = {.st_dev = attr->device,
                        .st_ino = attr->inode,
                        .st_nlink = attr->links,
                        .st_mode = attr->mode,
                        .st_uid = attr->uid,
                        .st_gid = attr->gid,
                        .st_rdev = attr->rdev,
                        .st_size = (int64_t)attr->size,
                        .st_blksize = attr->block_size,
                        .st_blocks = (int64_t)attr->blocks};
    stat.st_atime = (uint64_t)split_time(attr->access_ns, &stat.st_atime_nsec);
    stat.st_mtime = (uint64_t)split_time(attr->modify_ns, &stat.st_mtime_nsec);
    stat.st_ctime = (uint64_t)split_time(attr->change_ns, &stat.st_ctime_nsec);
    return copy_out(to, &stat, sizeof(stat));
}

static int64_t stat_name(int directory, const char *name, uint32_t walk, void *to)
{
    struct place *place;
    int error = look_at_name(directory, name, walk, &place);
    if (error < 0)
        return error;
    error = write_stat(to, &place->attr);
    place_free(place);
    return error;
}

int64_t sys_stat(const char *name, void *stat)
{
    return stat_name(AT_FDCWD, name, WALK_FOLLOW, stat);
}

int64_t sys_lstat(const char *name, void *stat)
{
    return stat_name(AT_FDCWD, name, 0, stat);
}

static int descriptor_attributes(int fd, struct file_attr *out)
{
    struct file *file = fd_get_path(fd);
    if (file == NULL)
        return -EBADF;
    int error = file_attributes(file, out);
    file_put(file);
    return error;
}

int64_t sys_fstat(int fd, void *stat)
{
    struct file_attr attr;
    int error = descriptor_attributes(fd, &attr);
    return error < 0 ? error : write_stat(stat, &attr);
}

/* Whether a call with AT_EMPTY_PATH means the descriptor itself, as fstat of the C library does. */
static bool is_descriptor(int directory, const char *name, int flags)
{
    char first;
    if (!(flags & AT_EMPTY_PATH) || directory < 0)
        return false;
    return name == NULL || (user_read(&first, name, 1) == 0 && first == '\0');
}

int64_t sys_newfstatat(int directory, const char *name, void *stat, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
        return -EINVAL;
    if (is_descriptor(directory, name, flags))
        return sys_fstat(directory, stat);
    return stat_name(directory, name, walk_of_flags(flags), stat);
}

static struct statx_timestamp statx_time(int64_t time)
{
    uint64_t ns;
    int64_t seconds = split_time(time, &ns);
    return (struct statx_timestamp){.tv_sec = seconds, .tv_nsec = (uint32_t)ns};
}

/* Linux's encoding of a device in one word (new_encode_dev): 12 bits of major in the middle of the minor. */
static uint32_t device_major(uint64_t device)
{
    return (uint32_t)(device >> 8) & 0xfff;
}

static uint32_t device_minor(uint64_t device)
{
    return (uint32_t)((device & 0xff) | ((device >> 12) & 0xfff00));
}

static int write_statx(void *to, const struct file_attr *attr)
{
    struct statx statx = {.stx_mask = STATX_BASIC_STATS | (attr->birth_ns != 0 ? STATX_BTIME : 0),
                          .stx_blksize = attr->block_size,
                          .stx_nlink = attr->links,
                          .stx_uid = attr->uid,
                          .stx_gid = attr->gid,
                          .stx_mode = (uint16_t)attr->mode,
                          .stx_ino = attr->inode,
                          .stx_size = attr->size,
                          .stx_blocks = attr->blocks,
                          .stx_atime = statx_time(attr->access_ns),
                          .stx_btime = statx_time(attr->birth_ns),
                          .stx_ctime = statx_time(attr->change_ns),
                          .stx_mtime = statx_time(attr->modify_ns),
                          .stx_rdev_major = device_major(attr->rdev),
                          .stx_rdev_minor = device_minor(attr->rdev),
                          .stx_dev_major = device_major(attr->device),
                          .stx_dev_minor = device_minor(attr->device)};
    return copy_out(to, &statx, sizeof(statx));
}

int64_t sys_statx(int directory, const char *name, int flags, unsigned mask, void *statx)
{
    struct file_attr attr;
    if ((mask & STATX__RESERVED) || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
        return -EINVAL;
    int error = is_descriptor(directory, name, flags) ? descriptor_attributes(directory, &attr)
                                                      : name_attributes(directory, name, walk_of_flags(flags), &attr);
    return error == 0 ? write_statx(statx, &attr) : error;
}

/* Not in the headers of every kernel that this builds with. */
#define HANDLE_FLAGS 0x203 /* AT_HANDLE_MNT_ID_UNIQUE, AT_HANDLE_CONNECTABLE, AT_HANDLE_FID */

/* No file can be found again but by its name: the Host ABI has no other way. */
int64_t sys_name_to_handle_at(int directory, const char *name, void *handle, void *mount, unsigned flags)
{
    struct file_attr attr;
    (void)handle, (void)mount;
    if (flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH | HANDLE_FLAGS))
        return -EINVAL;
    const uint32_t walk = (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
    const int error = name_attributes(directory, name, walk, &attr);
    return error < 0 ? error : -EOPNOTSUPP;
}
