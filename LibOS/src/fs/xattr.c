/* SPDX-License-Identifier: MIT */
/* System calls on extended attributes. Knows no file system. */
#include "xattr.h"

#include <linux/limits.h>
#include <linux/xattr.h>

#include "attributes.h"
#include "copy.h"
#include "notify.h"
#include "syscalls.h"

/* By which way the file is named. */
struct subject {
    int fd; /* if name is NULL */
    const char *name;
    int flags; /* AT_SYMLINK_NOFOLLOW */
};

static bool changes(const struct xattr_call *call)
{
    return call->what == XATTR_SET || call->what == XATTR_REMOVE;
}

/* What Linux says where nobody keeps attributes. */
static int64_t call_file_system(const struct mount *mount, const struct place *place, struct file *file,
                                const struct xattr_call *call)
{
    if (mount != NULL && mount->read_only && changes(call))
        return -EROFS;
    if (mount != NULL && mount->ops->xattr != NULL)
        return mount->ops->xattr(place, file, call);
    return call->what == XATTR_LIST ? 0 : -EOPNOTSUPP;
}

static int64_t make_call(const struct subject *subject, const struct xattr_call *call)
{
    int64_t result;
    if (subject->name == NULL) {
        struct file *file = fd_get(subject->fd);
        if (file == NULL)
            return -EBADF;
        result = call_file_system(file->mount, NULL, file, call);
        if (result == 0 && changes(call))
            notify_file(IN_ATTRIB, file);
        file_put(file);
        return result;
    }
    struct place *place;
    result = place_find(AT_FDCWD, subject->name, walk_of_flags(subject->flags), &place);
    if (result < 0)
        return result;
    result = place_look_kind(place);
    if (result == 0)
        result = call_file_system(place_mount(place), place, place->magic, call);
    if (result == 0 && changes(call))
        notify_name(S_ISDIR(place->attr.mode) ? IN_ATTRIB | IN_ISDIR : IN_ATTRIB, place->path);
    place_free(place);
    return result;
}

static int read_name(char to[XATTR_NAME_MAX + 1], const void *from)
{
    int64_t len = user_read_string(to, XATTR_NAME_MAX + 1, from);
    if (len == -ENAMETOOLONG || len == 0)
        return -ERANGE;
    return len < 0 ? (int)len : 0;
}

static int64_t set_attribute(const struct subject *subject, const void *attribute, const void *value, size_t size,
                             int flags)
{
    char name[XATTR_NAME_MAX + 1];
    if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
        return -EINVAL;
    int64_t result = read_name(name, attribute);
    if (result < 0)
        return result;
    if (size > XATTR_SIZE_LIMIT)
        return -E2BIG;
    char *copy = size != 0 ? heap_alloc(size) : NULL;
    if (size != 0 && copy == NULL)
        return -ENOMEM;
    result = size != 0 ? copy_in(copy, value, size) : 0;
    const struct xattr_call call = {.what = XATTR_SET, .name = name, .value = copy, .size = size, .flags = flags};
    if (result == 0)
        result = make_call(subject, &call);
    heap_free(copy);
    return result;
}

/* Get an attribute, or with what = XATTR_LIST their names. */
static int64_t get_attribute(const struct subject *subject, int what, const char *name, void *value, size_t size)
{
    size_t room = size < XATTR_SIZE_LIMIT ? size : XATTR_SIZE_LIMIT;
    char *copy = room != 0 ? heap_alloc(room) : NULL;
    if (room != 0 && copy == NULL)
        return -ENOMEM;
    const struct xattr_call call = {
        .what = what == XATTR_LIST ? XATTR_LIST : XATTR_GET, .name = name, .value = copy, .size = room};
    int64_t result = make_call(subject, &call);
    if (result == -ERANGE && size > room)
        result = -E2BIG;
    if (result > 0 && room != 0 && copy_out(value, copy, (size_t)result) < 0)
        result = -EFAULT;
    heap_free(copy);
    return result;
}

static int64_t get_named(const struct subject *subject, const void *attribute, void *value, size_t size)
{
    char name[XATTR_NAME_MAX + 1];
    int error = read_name(name, attribute);
    return error < 0 ? error : get_attribute(subject, XATTR_GET, name, value, size);
}

static int64_t remove_attribute(const struct subject *subject, const void *attribute)
{
    char name[XATTR_NAME_MAX + 1];
    int error = read_name(name, attribute);
    const struct xattr_call call = {.what = XATTR_REMOVE, .name = name};
    return error < 0 ? error : make_call(subject, &call);
}

/* A name that is NULL must not be taken for a descriptor: it becomes another bad address. */
static struct subject by_name(const char *name, int flags)
{
    return (struct subject){.fd = -1, .name = name != NULL ? name : (const char *)1, .flags = flags};
}

static struct subject by_descriptor(int fd)
{
    return (struct subject){.fd = fd};
}

int64_t sys_setxattr(const char *name, void *attribute, void *value, unsigned long size, int flags)
{
    const struct subject subject = by_name(name, 0);
    return set_attribute(&subject, attribute, value, size, flags);
}

int64_t sys_lsetxattr(const char *name, void *attribute, void *value, unsigned long size, int flags)
{
    const struct subject subject = by_name(name, AT_SYMLINK_NOFOLLOW);
    return set_attribute(&subject, attribute, value, size, flags);
}

int64_t sys_fsetxattr(int fd, void *attribute, void *value, unsigned long size, int flags)
{
    const struct subject subject = by_descriptor(fd);
    return set_attribute(&subject, attribute, value, size, flags);
}

int64_t sys_getxattr(const char *name, void *attribute, void *value, unsigned long size)
{
    const struct subject subject = by_name(name, 0);
    return get_named(&subject, attribute, value, size);
}

int64_t sys_lgetxattr(const char *name, void *attribute, void *value, unsigned long size)
{
    const struct subject subject = by_name(name, AT_SYMLINK_NOFOLLOW);
    return get_named(&subject, attribute, value, size);
}

int64_t sys_fgetxattr(int fd, void *attribute, void *value, unsigned long size)
{
    const struct subject subject = by_descriptor(fd);
    return get_named(&subject, attribute, value, size);
}

int64_t sys_listxattr(const char *name, void *list, unsigned long size)
{
    const struct subject subject = by_name(name, 0);
    return get_attribute(&subject, XATTR_LIST, NULL, list, size);
}

int64_t sys_llistxattr(const char *name, void *list, unsigned long size)
{
    const struct subject subject = by_name(name, AT_SYMLINK_NOFOLLOW);
    return get_attribute(&subject, XATTR_LIST, NULL, list, size);
}

int64_t sys_flistxattr(int fd, void *list, unsigned long size)
{
    const struct subject subject = by_descriptor(fd);
    return get_attribute(&subject, XATTR_LIST, NULL, list, size);
}

int64_t sys_removexattr(const char *name, void *attribute)
{
    const struct subject subject = by_name(name, 0);
    return remove_attribute(&subject, attribute);
}

int64_t sys_lremovexattr(const char *name, void *attribute)
{
    const struct subject subject = by_name(name, AT_SYMLINK_NOFOLLOW);
    return remove_attribute(&subject, attribute);
}

int64_t sys_fremovexattr(int fd, void *attribute)
{
    const struct subject subject = by_descriptor(fd);
    return remove_attribute(&subject, attribute);
}
