/* SPDX-License-Identifier: MIT */
/* open(2) and its kin. Knows no file system: links are followed here, and what is said here holds for all of them. */
#include <linux/openat2.h>

#include "fs_core.h"
#include "notify.h"
#include "path_file.h"
#include "syscalls.h"

#define CREATE_FLAGS (uint32_t)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC)
#define KNOWN_FLAGS                                                                                                    \
    (uint32_t)(O_ACCMODE | CREATE_FLAGS | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | \
               O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE)
#define PATH_FLAGS (uint32_t)(O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)

static bool writes(uint32_t flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
}

/* What may be opened on a mount that is read-only; takes O_CREAT away if there is nothing to create. */
static int check_read_only(struct place *place, uint32_t *flags)
{
    if (!(*flags & O_CREAT) && !writes(*flags))
        return 0;
    const int error = place_look(place);
    if (error == -ENOENT && *flags & O_CREAT)
        return -EROFS;
    if (error < 0)
        return error;
    if (*flags & O_CREAT && *flags & O_EXCL)
        return -EEXIST;
    const uint32_t kind = place->attr.mode & S_IFMT;
    if (kind == S_IFDIR && (writes(*flags) || *flags & O_CREAT))
        return (*flags & O_TMPFILE) == O_TMPFILE ? -EROFS : -EISDIR;
    if (kind == S_IFREG && writes(*flags))
        return -EROFS;
    *flags &= ~(uint32_t)O_CREAT;
    return 0;
}

/* A name that ends in a slash or dots. */
static int check_directory(struct place *place, uint32_t *flags)
{
    if (!place->must_be_dir)
        return 0;
    /* What is wrong with the way there comes first. */
    if (*flags & O_CREAT && place_look(place) == -EACCES)
        return -EACCES;
    if (*flags & O_CREAT) /* dots are there, whatever is before them */
        return *flags & O_EXCL && place->dots ? -EEXIST : -EISDIR;
    *flags |= (*flags & O_TMPFILE) == O_TMPFILE ? 0 : O_DIRECTORY;
    return 0;
}

static int open_place_once(struct place *place, uint32_t flags, uint32_t mode, struct file **out)
{
    const struct fs_ops *ops = place->mount->ops;
    const uint32_t asked = flags;
    int error = check_directory(place, &flags);
    if (error == 0 && place->mount->read_only)
        error = check_read_only(place, &flags);
    if (error < 0)
        return error;
    if (!ops->open)
        return -EPERM;
    const bool watched = notify_wanted() && flags & O_CREAT;
    const bool existed = watched && place_look(place) == 0;
    error = ops->open(place, flags, mode, out);
    if (error == -ENOENT && cwd_is_removed(place)) {
        *out = host_directory_removed(flags);
        error = *out ? 0 : -ENOMEM;
    }
    if (error < 0)
        return error;
    (*out)->flags &= asked | ~(uint32_t)O_DIRECTORY; /* F_GETFL does not tell of slashes */
    if (!(*out)->path)
        file_set_path(*out, place->mount, place->path, place->len);
    if (watched && !existed)
        notify_name(IN_CREATE, place->path);
    notify_file(IN_OPEN, *out);
    return 0;
}

/* Open what an open file is once more, by its name, as /proc/self/fd and its kin do. The name led through no link when the
 * file was opened; one that has been put in its place since is not followed, for it might lead here again. */
static int open_again(struct file *from, uint32_t flags, struct file **out)
{
    struct place *place;
    flags &= ~(uint32_t)(O_CREAT | O_EXCL | O_NOFOLLOW);
    if (from->ops->open_again)
        return from->ops->open_again(from, flags, out);
    if (from->path && from->mount) {
        int error = place_find(AT_FDCWD, from->path, WALK_TRUE, &place);
        if (error < 0)
            return error;
        error = open_place_once(place, flags, 0, out);
        place_free(place);
        return error;
    }
    /* What has no name and no contents of its own for each opener is given itself. */
    if (flags & O_DIRECTORY)
        return -ENOTDIR;
    file_get(from);
    *out = from;
    return 0;
}

/* Whether a link in the last component is left alone. */
static bool stops_at_links(const struct place *place, uint32_t flags)
{
    return (flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL)) && !place->must_be_dir;
}

static int open_place(struct place *place, uint32_t flags, uint32_t mode, struct file **out)
{
    for (;;) {
        int error = open_place_once(place, flags, mode, out);
        if (error != -ELOOP)
            return error;
        if (stops_at_links(place, flags))
            return flags & O_DIRECTORY ? -ENOTDIR : -ELOOP;
        error = place_follow(place);
        if (error < 0)
            return error == -EINVAL ? -ELOOP : error;
        if (place->magic)
            return open_again(place->magic, flags, out);
    }
}

static int open_at(int directory, const char *name, uint32_t flags, uint32_t mode, uint32_t walk, struct file **out)
{
    struct place *place;
    int error;
    if (flags & O_PATH) {
        error = place_find(directory, name, walk | (flags & O_NOFOLLOW ? 0 : WALK_FOLLOW), &place);
        if (error < 0)
            return error;
        error = path_file_new(place, flags & PATH_FLAGS & ~(uint32_t)O_CLOEXEC, out);
    } else {
        error = place_find(directory, name, walk, &place);
        if (error < 0)
            return error;
        error = open_place(place, flags, mode & ~__atomic_load_n(&g_umask, __ATOMIC_RELAXED), out);
        if (error == 0)
            (*out)->flags &= ~(CREATE_FLAGS | O_CLOEXEC);
    }
    place_free(place);
    return error;
}

/* What open(2) forgives and openat2(2) does not. */
static int check_flags(uint32_t flags)
{
    if (flags & O_PATH)
        return 0;
    if ((flags & O_TMPFILE) == O_TMPFILE) {
        if (flags & O_CREAT || (flags & O_ACCMODE) == O_RDONLY)
            return -EINVAL;
    } else if (flags & (uint32_t)(O_TMPFILE & ~O_DIRECTORY) ||
               (flags & (O_DIRECTORY | O_CREAT)) == (O_DIRECTORY | O_CREAT)) {
        return -EINVAL;
    }
    return 0;
}

static int64_t open_descriptor(int directory, const char *name, uint32_t flags, uint32_t mode, uint32_t walk)
{
    struct file *file;
    int error = check_flags(flags);
    /* Nothing is made or emptied for want of a descriptor. */
    if (error == 0 && !fd_has_room())
        error = -EMFILE;
    if (error == 0)
        error = open_at(directory, name, flags, mode, walk, &file);
    return error < 0 ? error : fd_install(file, 0, flags & O_CLOEXEC);
}

int file_open(const char *name, uint32_t flags, uint32_t mode, struct file **out)
{
    return open_at(AT_FDCWD, name, flags, mode, WALK_KERNEL, out);
}

int file_open_path(const char *path, uint32_t flags, uint32_t mode, struct file **out)
{
    return open_at(AT_FDCWD, path, flags, mode, WALK_TRUE, out);
}

/***** System calls *****/

static uint32_t known(unsigned flags)
{
    flags &= KNOWN_FLAGS;
    return flags & O_PATH ? flags & PATH_FLAGS : flags;
}

int64_t sys_open(const char *name, unsigned flags, unsigned mode)
{
    return open_descriptor(AT_FDCWD, name, known(flags), mode & 07777, 0);
}

int64_t sys_openat(int directory, const char *name, unsigned flags, unsigned mode)
{
    return open_descriptor(directory, name, known(flags), mode & 07777, 0);
}

int64_t sys_creat(const char *name, unsigned mode)
{
    return open_descriptor(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode & 07777, 0);
}

/* A structure that may be longer than the one known here if what is added is zero. */
static int read_how(const void *from, unsigned long size, struct open_how *out)
{
    if (size < sizeof(*out))
        return -EINVAL;
    if (size > PAGE_SIZE)
        return -E2BIG;
    if (!user_range_ok((uint64_t)from, size) || user_read(out, from, sizeof(*out)) < 0)
        return -EFAULT;
    for (unsigned long at = sizeof(*out); at < size; at++) {
        char byte;
        if (user_read(&byte, (const char *)from + at, 1) < 0)
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return 0;
}

static int walk_of_resolve(uint64_t resolve, uint32_t *out)
{
    static const struct {
        uint32_t resolve, walk;
    } pairs[] = {
        {RESOLVE_NO_XDEV, WALK_NO_XDEV}, {RESOLVE_NO_MAGICLINKS, WALK_NO_MAGIC}, {RESOLVE_NO_SYMLINKS, WALK_NO_LINKS},
        {RESOLVE_BENEATH, WALK_BENEATH}, {RESOLVE_IN_ROOT, WALK_IN_ROOT},
    };
    uint64_t known_bits = RESOLVE_CACHED;
    *out = 0;
    for (size_t i = 0; i < array_count(pairs); i++) {
        known_bits |= pairs[i].resolve;
        if (resolve & pairs[i].resolve)
            *out |= pairs[i].walk;
    }
    if (resolve & ~known_bits || (resolve & RESOLVE_BENEATH && resolve & RESOLVE_IN_ROOT))
        return -EINVAL;
    return 0;
}

int64_t sys_openat2(int directory, const char *name, const void *how_address, unsigned long size)
{
    struct open_how how;
    uint32_t walk;
    int error = read_how(how_address, size, &how);
    if (error < 0)
        return error;
    const bool creates = how.flags & O_CREAT || (how.flags & O_TMPFILE) == O_TMPFILE;
    if (how.flags & ~(uint64_t)KNOWN_FLAGS || (how.flags & O_PATH && how.flags & ~(uint64_t)PATH_FLAGS) ||
        (creates ? how.mode & ~07777ull : how.mode != 0))
        return -EINVAL;
    error = walk_of_resolve(how.resolve, &walk);
    if (error < 0)
        return error;
    /* Nobody here knows whether the host would have to look at a disk, so the caller is to ask without. */
    if (how.resolve & RESOLVE_CACHED)
        return how.flags & (O_TRUNC | O_CREAT | O_TMPFILE) ? -EINVAL : -EAGAIN;
    return open_descriptor(directory, name, (uint32_t)how.flags, (uint32_t)how.mode, walk);
}
