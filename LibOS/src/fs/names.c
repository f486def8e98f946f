/* SPDX-License-Identifier: MIT */
/* System calls that make, remove and change names: directories, links, nodes, renames. Knows no file system: what is said
 * here holds for all of them. */
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "mount.h"
#include "notify.h"
#include "syscalls.h"
#include "task.h"

/* Nothing can be made where the mount is read-only, but what exists is said to exist even there. */
static int refuse_new(const struct place *place)
{
    struct file_attr attr;
    if (place->dots != 0 || *place->inside == '\0')
        return -EEXIST;
    if (!place->mount->read_only)
        return 0;
    int error = place->mount->ops->attributes(place, &attr);
    if (error == 0)
        return -EEXIST;
    return error == -ENOENT ? -EROFS : error;
}

/* Find the place of a name that is about to be made. */
static int find_new(int directory, const char *name, struct place **out)
{
    struct place *place;
    int error = place_find(directory, name, 0, &place);
    if (error < 0)
        return error;
    error = refuse_new(place);
    if (error < 0) {
        place_free(place);
        return error;
    }
    *out = place;
    return 0;
}

/* Of names that end in a slash, but are no directories: nothing can be made there. */
static int refuse_slash(const struct place *place)
{
    struct file_attr attr;
    if (!place->must_be_dir)
        return 0;
    return place->mount->ops->attributes(place, &attr) == 0 ? -EEXIST : -ENOENT;
}

/* Of file systems that cannot do it: what is the matter with the name comes first. */
static int refuse_kind(const struct place *place)
{
    struct file_attr attr;
    int error = place->mount->ops->attributes(place, &attr);
    return error == 0 ? -EEXIST : error;
}

/***** Directories and nodes *****/

int64_t sys_mkdirat(int directory, const char *name, unsigned mode)
{
    struct place *place;
    int error = find_new(directory, name, &place);
    if (error < 0)
        return error;
    const struct fs_ops *ops = place->mount->ops;
    uint32_t permissions = mode & 01777 & ~g_umask;
    error = ops->make_directory != NULL ? ops->make_directory(place, permissions) : refuse_kind(place);
    if (error == 0) {
        place_changed(place);
        notify_name(IN_CREATE | IN_ISDIR, place->path);
    }
    place_free(place);
    return error;
}

int64_t sys_mkdir(const char *name, unsigned mode)
{
    return sys_mkdirat(AT_FDCWD, name, mode);
}

static int check_node(unsigned mode)
{
    switch (mode & S_IFMT) {
    case 0:
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
    case S_IFCHR:
    case S_IFBLK:
        return 0;
    case S_IFDIR:
        return -EPERM;
    default:
        return -EINVAL;
    }
}

/* What file systems may refuse whatever its name is, or the process may not make: that the name is there comes first. */
static int refuse_special(const struct place *place, uint32_t kind)
{
    if (kind == S_IFREG || kind == S_IFIFO)
        return 0;
    const int error = refuse_kind(place);
    if (error != -ENOENT)
        return error;
    return kind == S_IFSOCK || g_process.fsuid == 0 ? 0 : -EPERM;
}

int64_t sys_mknodat(int directory, const char *name, unsigned mode, unsigned device)
{
    struct place *place;
    int error = check_node(mode);
    if (error < 0)
        return error;
    error = find_new(directory, name, &place);
    if (error < 0)
        return error;
    uint32_t kind = mode & S_IFMT ? mode & S_IFMT : S_IFREG;
    const struct fs_ops *ops = place->mount->ops;
    error = refuse_slash(place);
    if (error == 0)
        error = refuse_special(place, kind);
    if (error == 0)
        error = ops->make_node != NULL ? ops->make_node(place, kind | (mode & 07777 & ~g_umask), device)
                                       : refuse_kind(place);
    if (error == 0)
        notify_name(IN_CREATE, place->path);
    place_free(place);
    return error;
}

int64_t sys_mknod(const char *name, unsigned mode, unsigned device)
{
    return sys_mknodat(AT_FDCWD, name, mode, device);
}

/***** Removing *****/

static int remove_directory(const struct place *place)
{
    const struct fs_ops *ops = place->mount->ops;
    struct file_attr attr;
    if (place->dots != 0)
        return place->dots == 1 ? -EINVAL : -ENOTEMPTY;
    if (*place->inside == '\0' || mount_is_above(place->path, place->len))
        return -EBUSY;
    if (place->mount->read_only)
        return -EROFS;
    if (ops->remove_directory != NULL)
        return ops->remove_directory(place);
    int error = ops->attributes(place, &attr);
    if (error < 0)
        return error;
    return S_ISDIR(attr.mode) ? -EPERM : -ENOTDIR;
}

static int remove_name(const struct place *place)
{
    const struct fs_ops *ops = place->mount->ops;
    struct file_attr attr;
    if (place->dots != 0 || *place->inside == '\0')
        return -EISDIR;
    if (place->mount->read_only)
        return -EROFS;
    if (!place->must_be_dir && ops->remove != NULL)
        return ops->remove(place);
    int error = ops->attributes(place, &attr);
    if (error < 0)
        return error;
    if (S_ISDIR(attr.mode))
        return -EISDIR;
    return place->must_be_dir ? -ENOTDIR : -EPERM;
}

int64_t sys_unlinkat(int directory, const char *name, int flags)
{
    struct place *place;
    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    int error = place_find(directory, name, 0, &place);
    if (error < 0)
        return error;
    error = flags & AT_REMOVEDIR ? remove_directory(place) : remove_name(place);
    if (error == 0) {
        place_changed(place);
        notify_name(flags & AT_REMOVEDIR ? IN_DELETE | IN_ISDIR : IN_DELETE, place->path);
    }
    place_free(place);
    return error;
}

int64_t sys_unlink(const char *name)
{
    return sys_unlinkat(AT_FDCWD, name, 0);
}

int64_t sys_rmdir(const char *name)
{
    return sys_unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

/***** Renaming *****/

/* Whether a path is that of a directory above another one. */
static bool is_above(const struct place *above, const struct place *below)
{
    return above->len < below->len && memcmp(above->path, below->path, above->len) == 0 &&
           below->path[above->len] == '/';
}

static int check_rename(const struct place *from, const struct place *to, unsigned flags)
{
    if (from->dots != 0 || *from->inside == '\0')
        return -EBUSY;
    if (to->dots != 0 || *to->inside == '\0')
        return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
    if (from->mount != to->mount)
        return -EXDEV;
    if (mount_is_above(from->path, from->len) || mount_is_above(to->path, to->len))
        return -EBUSY;
    if (from->mount->read_only)
        return -EROFS;
    return 0;
}

/* A name that ends in a slash is one of a directory; so becomes the new one, unless what it has now is what it is about. */
static int check_slashes(const struct place *from, const struct place *to, unsigned flags)
{
    struct file_attr attr;
    int error = from->mount->ops->attributes(from, &attr);
    if (error < 0)
        return error;
    const bool exchanges = flags & RENAME_EXCHANGE;
    if ((from->must_be_dir || (to->must_be_dir && !exchanges)) && !S_ISDIR(attr.mode))
        return -ENOTDIR;
    if (!to->must_be_dir || !exchanges)
        return 0;
    error = to->mount->ops->attributes(to, &attr);
    return error < 0 ? error : S_ISDIR(attr.mode) ? 0 : -ENOTDIR;
}

/* Whether the names are there, as far as that matters, is asked before what they are. */
static int check_there(const struct place *from, const struct place *to, unsigned flags)
{
    struct file_attr attr;
    int error = from->mount->ops->attributes(from, &attr);
    if (error < 0 || flags == 0)
        return error;
    error = to->mount->ops->attributes(to, &attr);
    if (flags & RENAME_NOREPLACE)
        return error == 0 ? -EEXIST : 0;
    return error;
}

/* What takes a look at the files: beside that, a directory is not moved below itself, nor does it replace one that it is in. */
static int check_rename_kind(const struct place *from, const struct place *to, unsigned flags)
{
    bool below = is_above(from, to);
    bool above = is_above(to, from);
    if (!from->must_be_dir && !to->must_be_dir && !below && !above)
        return 0;
    int error = check_there(from, to, flags);
    if (error == 0)
        error = check_slashes(from, to, flags);
    if (error < 0)
        return error;
    if (below)
        return -EINVAL;
    if (!above)
        return 0;
    return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
}

static int refuse_rename(const struct place *from, const struct place *to)
{
    struct file_attr attr;
    int error = from->mount->ops->attributes(from, &attr);
    if (error == 0)
        error = to->mount->ops->attributes(to, &attr);
    return error == 0 ? -EPERM : error;
}

/* Who watches is told whether it was a directory, which only a look at it says. */
static void tell_moved(const struct place *from, const struct place *to)
{
    struct file_attr attr;
    if (!notify_wanted())
        return;
    bool directory = to->mount->ops->attributes(to, &attr) == 0 && S_ISDIR(attr.mode);
    notify_moved(from->path, to->path, directory);
}

int64_t sys_renameat2(int old_directory, const char *old, int new_directory, const char *new, unsigned flags)
{
    struct place *from = NULL, *to = NULL;
    if ((flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) ||
        ((flags & RENAME_EXCHANGE) && (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT))))
        return -EINVAL;
    if ((flags & RENAME_WHITEOUT) && g_process.fsuid != 0)
        return -EPERM;
    if (flags & RENAME_WHITEOUT)
        return -EINVAL;
    int error = place_find(old_directory, old, 0, &from);
    if (error == 0)
        error = place_find(new_directory, new, 0, &to);
    if (error == 0)
        error = check_rename(from, to, flags);
    if (error == 0)
        error = check_rename_kind(from, to, flags);
    if (error == 0)
        error = from->mount->ops->rename != NULL ? from->mount->ops->rename(from, to, flags) : refuse_rename(from, to);
    if (error == 0) {
        place_moved(from, to, flags & RENAME_EXCHANGE);
        tell_moved(from, to);
    }
    if (from != NULL)
        place_free(from);
    if (to != NULL)
        place_free(to);
    return error;
}

int64_t sys_renameat(int old_directory, const char *old, int new_directory, const char *new)
{
    return sys_renameat2(old_directory, old, new_directory, new, 0);
}

int64_t sys_rename(const char *old, const char *new)
{
    return sys_renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}
