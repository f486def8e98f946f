/* SPDX-License-Identifier: MIT */
/* Extended attributes of nodes of a tmpfs: a list for each node. */
#include "tmpfs_xattr.h"

#include <linux/limits.h>
#include <linux/xattr.h>

#include "task.h"
#include "fs/xattr.h"

struct tmp_xattr {
    struct tmp_xattr *next;
    uint64_t name_size; /* with its NUL */
    uint64_t value_size;
    char bytes[]; /* the name, the value */
};

/* How many attributes are looked at: a list that goes round ends there. */
#define STEPS_MAX 65536u

static size_t size_of(const struct tmp_xattr *xattr)
{
    return sizeof(*xattr) + xattr->name_size + xattr->value_size;
}

/* What a link leads to; NULL = the end. */
static struct tmp_xattr *sane(struct tmp_xattr *xattr)
{
    return xattr != NULL && tmp_is_sane(xattr, sizeof(*xattr)) && xattr->name_size != 0 &&
                   xattr->name_size <= XATTR_NAME_MAX + 1 && xattr->value_size <= XATTR_SIZE_MAX &&
                   shared_has(xattr, size_of(xattr)) && xattr->bytes[xattr->name_size - 1] == '\0'
               ? xattr
               : NULL;
}

void tmp_xattr_free(struct tmp_xattr *first)
{
    for (unsigned steps = 0; steps < STEPS_MAX && sane(first) != NULL; steps++) {
        struct tmp_xattr *next = first->next;
        shared_free(first, size_of(first));
        first = next;
    }
}

/* Where the attribute is linked, or would be: *out_found is NULL then. */
static struct tmp_xattr **find(struct tmp_node *node, const char *name, struct tmp_xattr **out_found)
{
    struct tmp_xattr **at = &node->xattrs;
    unsigned steps = 0;
    while ((*out_found = sane(*at)) != NULL && !streq((*at)->bytes, name) && steps++ < STEPS_MAX)
        at = &(*at)->next;
    return at;
}

static bool starts_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* A prefix alone is no name. */
static int check_rest(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot != NULL && dot[1] != '\0' ? 0 : -EINVAL;
}

/* Which names mean something, and who may use them: xattr(7). */
static int check_name(const struct tmp_node *node, const char *name, bool write)
{
    if (starts_with(name, XATTR_TRUSTED_PREFIX)) {
        if (g_process.fsuid == 0)
            return check_rest(name);
        return write ? -EPERM : -ENODATA;
    }
    if (starts_with(name, XATTR_SECURITY_PREFIX))
        return write && g_process.fsuid != 0 ? -EPERM : check_rest(name);
    if (starts_with(name, XATTR_SYSTEM_PREFIX))
        return -EOPNOTSUPP;
    if (!starts_with(name, XATTR_USER_PREFIX)) {
        const int error = tmp_permit(node, write ? 2 : 4);
        return error < 0 ? error : -EOPNOTSUPP;
    }
    if (!S_ISREG(node->mode) && !S_ISDIR(node->mode))
        return write ? -EPERM : -ENODATA;
    const int error = tmp_permit(node, write ? 2 : 4);
    return error < 0 ? error : check_rest(name);
}

static int64_t get(struct tmp_node *node, const struct xattr_call *call)
{
    struct tmp_xattr *xattr;
    (void)find(node, call->name, &xattr);
    if (xattr == NULL)
        return -ENODATA;
    if (call->size != 0 && call->size < xattr->value_size)
        return -ERANGE;
    if (call->size != 0)
        memcpy(call->value, xattr->bytes + xattr->name_size, xattr->value_size);
    return (int64_t)xattr->value_size;
}

static int64_t set(struct tmp_node *node, const struct xattr_call *call)
{
    struct tmp_xattr *old;
    struct tmp_xattr **at = find(node, call->name, &old);
    if (old != NULL && (call->flags & XATTR_CREATE))
        return -EEXIST;
    if (old == NULL && (call->flags & XATTR_REPLACE))
        return -ENODATA;
    size_t name_size = strlen(call->name) + 1;
    struct tmp_xattr *xattr = shared_alloc(sizeof(*xattr) + name_size + call->size);
    if (xattr == NULL)
        return -ENOSPC;
    xattr->next = old != NULL ? old->next : NULL;
    xattr->name_size = name_size;
    xattr->value_size = call->size;
    memcpy(xattr->bytes, call->name, name_size);
    if (call->size != 0)
        memcpy(xattr->bytes + name_size, call->value, call->size);
    *at = xattr;
    if (old != NULL)
        shared_free(old, size_of(old));
    tmp_touch_change(node);
    return 0;
}

static int64_t list(const struct tmp_node *node, const struct xattr_call *call)
{
    size_t used = 0;
    unsigned steps = 0;
    for (const struct tmp_xattr *xattr = sane(node->xattrs); xattr != NULL && steps++ < STEPS_MAX;
         xattr = sane(xattr->next)) {
        if (starts_with(xattr->bytes, XATTR_TRUSTED_PREFIX) && g_process.fsuid != 0)
            continue;
        if (call->size != 0 && call->size - used < xattr->name_size)
            return -ERANGE;
        if (call->size != 0)
            memcpy(call->value + used, xattr->bytes, xattr->name_size);
        used += xattr->name_size;
    }
    return (int64_t)used;
}

static int64_t remove(struct tmp_node *node, const struct xattr_call *call)
{
    struct tmp_xattr *old;
    struct tmp_xattr **at = find(node, call->name, &old);
    if (old == NULL)
        return -ENODATA;
    *at = old->next;
    if (old != NULL)
        shared_free(old, size_of(old));
    tmp_touch_change(node);
    return 0;
}

static int64_t node_xattr(struct tmp_node *node, const struct xattr_call *call)
{
    bool write = call->what == XATTR_SET || call->what == XATTR_REMOVE;
    int error = call->what == XATTR_LIST ? 0 : check_name(node, call->name, write);
    if (error < 0)
        return error;
    switch (call->what) {
    case XATTR_GET:
        return get(node, call);
    case XATTR_SET:
        return set(node, call);
    case XATTR_LIST:
        return list(node, call);
    case XATTR_REMOVE:
        return remove(node, call);
    }
    return -EOPNOTSUPP;
}

int64_t tmp_xattr(const struct place *place, struct file *file, const struct xattr_call *call)
{
    struct tmp_node *node = file != NULL ? tmp_file_node(file) : NULL;
    if (file != NULL && node == NULL)
        return -EOPNOTSUPP;
    struct tmp_fs *fs = file != NULL ? tmp_fs_of(node) : tmp_enter(place);
    if (fs == NULL)
        return -ENOMEM;
    if (file != NULL)
        shared_lock(&fs->lock);
    int64_t result = node != NULL ? 0 : tmp_find(place, &node);
    if (result == 0)
        result = node_xattr(node, call);
    tmp_leave(fs);
    return result;
}
