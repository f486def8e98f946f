/* SPDX-License-Identifier: MIT */
/* System calls on hard and symbolic links. Knows no file system. */
#include "attributes.h"
#include "copy.h"
#include "notify.h"
#include "syscalls.h"
#include "task.h"

/* Find the place of a link that is about to be made. */
static int find_new_link(int directory, const char *name, struct place **out)
{
    struct place *place;
    struct file_attr attr;
    int error = place_find(directory, name, 0, &place);
    if (error < 0)
        return error;
    if (place->dots != 0 || *place->inside == '\0') {
        error = -EEXIST;
    } else if (place->must_be_dir || place->mount->read_only) {
        error = place->mount->ops->attributes(place, &attr);
        if (error == 0)
            error = -EEXIST;
        else if (error == -ENOENT && !place->must_be_dir)
            error = -EROFS;
    }
    if (error < 0) {
        place_free(place);
        return error;
    }
    *out = place;
    return 0;
}

int64_t sys_symlinkat(const char *target, int directory, const char *name)
{
    struct place *place;
    char *text = heap_alloc(PATH_SIZE);
    if (text == NULL)
        return -ENOMEM;
    int64_t len = user_read_string(text, PATH_SIZE, target);
    int error = len < 0 ? (int)len : len == 0 ? -ENOENT : find_new_link(directory, name, &place);
    if (error == 0) {
        const struct fs_ops *ops = place->mount->ops;
        error = ops->make_link != NULL ? ops->make_link(place, text) : -EPERM;
        if (error == 0) {
            place_changed(place);
            notify_name(IN_CREATE, place->path);
        }
        place_free(place);
    }
    heap_free(text);
    return error;
}

int64_t sys_symlink(const char *target, const char *name)
{
    return sys_symlinkat(target, AT_FDCWD, name);
}

static int64_t read_place(struct place *place, char *text)
{
    const struct fs_ops *ops = place->mount->ops;
    if (!place->must_be_dir && ops->read_link != NULL)
        return ops->read_link(place, text, PATH_SIZE);
    int error = place_look_kind(place);
    return error < 0 ? error : -EINVAL;
}

/* "" is a link that was opened with O_PATH. */
static int64_t read_descriptor(const struct file *file, char *text)
{
    struct place *place;
    if (file->path == NULL || !(file->flags & O_PATH))
        return -ENOENT;
    int64_t result = place_find(AT_FDCWD, file->path, WALK_TRUE, &place);
    if (result < 0)
        return result;
    result = read_place(place, text);
    place_free(place);
    return result == -EINVAL ? -ENOENT : result;
}

int64_t sys_readlinkat(int directory, const char *name, void *buf, unsigned long size)
{
    struct place *place;
    int room = (int)size;
    if (room <= 0)
        return -EINVAL;
    int error = place_find(directory, name, directory != AT_FDCWD ? WALK_EMPTY : 0, &place);
    if (error < 0)
        return error;
    char *text = heap_alloc(PATH_SIZE);
    int64_t len = -ENOMEM;
    if (text != NULL)
        len = place->magic != NULL ? read_descriptor(place->magic, text) : read_place(place, text);
    place_free(place);
    if (len > room)
        len = room;
    if (len > 0 && copy_out(buf, text, (size_t)len) < 0)
        len = -EFAULT;
    heap_free(text);
    return len;
}

int64_t sys_readlink(const char *name, void *buf, unsigned long size)
{
    return sys_readlinkat(AT_FDCWD, name, buf, size);
}

/* Whether what lies on a mount can get another name there. */
static int check_new_name(const struct mount *mount, uint32_t mode, const struct place *to)
{
    struct file_attr attr;
    if (mount == to->mount && !S_ISDIR(mode))
        return 0;
    if (to->mount->ops->attributes(to, &attr) == 0)
        return -EEXIST;
    return mount != to->mount ? -EXDEV : -EPERM;
}

/* from is a name that has been looked at. */
static int link_name(const struct place *from, const struct place *to)
{
    const struct fs_ops *ops = to->mount->ops;
    const int error = check_new_name(from->mount, from->attr.mode, to);
    if (error < 0)
        return error;
    return *from->inside != '\0' && ops->hard_link != NULL ? ops->hard_link(from, to) : -EPERM;
}

/* What was opened with O_PATH is a name. */
static int link_by_path(const struct file *file, const struct place *to)
{
    struct place *from;
    int error = place_find(AT_FDCWD, file->path, WALK_TRUE, &from);
    if (error < 0)
        return error;
    error = place_look(from);
    if (error == 0)
        error = link_name(from, to);
    place_free(from);
    return error;
}

/* from has been looked at. */
static int hard_link(const struct place *from, const struct place *to)
{
    struct file *file = from->magic;
    const struct fs_ops *ops = to->mount->ops;
    if (file == NULL)
        return link_name(from, to);
    const int error = check_new_name(file->mount, from->attr.mode, to);
    if (error < 0)
        return error;
    if (file->flags & O_PATH && file->path != NULL)
        return link_by_path(file, to);
    return ops->link_file != NULL ? ops->link_file(file, to) : -EPERM;
}

int64_t sys_linkat(int old_directory, const char *old, int new_directory, const char *new, int flags)
{
    struct place *from, *to;
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    /* By a descriptor alone a file could be given a name which another process has meant to keep from this one. */
    const bool empty = (flags & AT_EMPTY_PATH) && g_process.fsuid == 0;
    uint32_t walk = (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) | (empty ? WALK_EMPTY : 0);
    int error = place_find(old_directory, old, walk, &from);
    if (error < 0)
        return error;
    error = place_look_kind(from);
    if (error == 0)
        error = find_new_link(new_directory, new, &to);
    if (error == 0) {
        error = hard_link(from, to);
        if (error == 0) {
            place_changed(to);
            notify_name(IN_CREATE, to->path);
        }
        place_free(to);
    }
    place_free(from);
    return error;
}

int64_t sys_link(const char *old, const char *new)
{
    return sys_linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}
