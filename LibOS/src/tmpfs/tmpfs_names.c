/* SPDX-License-Identifier: MIT */
/* Making, removing and changing names in a tmpfs. */
#include <linux/fs.h>

#include "task.h"
#include "tmpfs.h"

enum { MAY_WRITE_DIRECTORY = 3 };

static int find_free(const struct place *place, struct tmp_name *out)
{
    int error = tmp_find_name(place, out);
    if (error < 0)
        return error;
    return out->entry != NULL ? -EEXIST : tmp_permit(out->directory, MAY_WRITE_DIRECTORY);
}

/* In a directory with the sticky bit only the owners of it and of the file remove or rename. */
static int check_removal(const struct tmp_name *name)
{
    int error = tmp_permit(name->directory, MAY_WRITE_DIRECTORY);
    if (error < 0)
        return error;
    bool sticky = name->directory->mode & S_ISVTX;
    return sticky && !tmp_is_owner(name->directory) && !tmp_is_owner(name->node) ? -EPERM : 0;
}

/***** Making *****/

int tmp_make(const struct tmp_name *name, uint32_t mode, struct tmp_node **out)
{
    struct tmp_node *directory = name->directory;
    struct tmp_node *node = tmp_node_new(tmp_fs_of(directory), directory, mode);
    if (node == NULL)
        return -ENOSPC;
    const struct tmp_entry *entry = tmp_entry_add(directory, name->name, name->len, node);
    tmp_node_put(node);
    if (entry == NULL)
        return -ENOSPC;
    node->links = S_ISDIR(mode) ? 2 : 1;
    node->parent_inode = directory->inode;
    directory->links += S_ISDIR(mode) ? 1 : 0;
    tmp_touch(directory);
    *out = node;
    return 0;
}

/* target, in shared memory, becomes the node's. */
static int make(const struct place *place, uint32_t mode, uint64_t device, char *target)
{
    struct tmp_fs *fs = tmp_enter(place);
    struct tmp_name name;
    struct tmp_node *node;
    if (fs == NULL)
        return -ENOMEM;
    int error = find_free(place, &name);
    if (error == 0)
        error = tmp_make(&name, mode, &node);
    if (error == 0) {
        node->rdev = device;
        node->target = target;
        node->target_len = target != NULL ? strlen(target) : 0;
    }
    tmp_leave(fs);
    return error;
}

int tmp_make_directory(const struct place *place, uint32_t mode)
{
    return make(place, S_IFDIR | mode, 0, NULL);
}

int tmp_make_node(const struct place *place, uint32_t mode, uint64_t device)
{
    return make(place, mode, S_ISCHR(mode) || S_ISBLK(mode) ? device : 0, NULL);
}

int tmp_make_link(const struct place *place, const char *target)
{
    const size_t size = strlen(target) + 1;
    if (tmp_begin_all() < 0)
        return -ENOMEM;
    char *copy = shared_alloc(size);
    if (copy == NULL)
        return -ENOSPC;
    memcpy(copy, target, size);
    int error = make(place, S_IFLNK | 0777, 0, copy);
    if (error < 0)
        shared_free(copy, size);
    return error;
}

/***** Removing *****/

static void drop_entry(const struct tmp_name *name)
{
    struct tmp_node *node = name->node;
    struct tmp_node *directory = name->directory;
    node->links--;
    if (S_ISDIR(node->mode)) {
        node->links = 0;
        directory->links--;
    }
    tmp_touch_change(node);
    tmp_touch(directory);
    tmp_entry_remove(name);
}

static int remove_kind(const struct place *place, bool directory)
{
    struct tmp_fs *fs = tmp_enter(place);
    struct tmp_name name;
    if (fs == NULL)
        return -ENOMEM;
    int error = tmp_find_name(place, &name);
    if (error == 0 && name.entry == NULL)
        error = -ENOENT;
    if (error == 0)
        error = check_removal(&name);
    if (error == 0) {
        const struct tmp_node *node = name.node;
        if (directory && !S_ISDIR(node->mode))
            error = -ENOTDIR;
        else if (!directory && S_ISDIR(node->mode))
            error = -EISDIR;
        else if (directory && tmp_entry_next(node, NULL) != NULL)
            error = -ENOTEMPTY;
        else
            drop_entry(&name);
    }
    tmp_leave(fs);
    return error;
}

int tmp_remove(const struct place *place)
{
    return remove_kind(place, false);
}

int tmp_remove_directory(const struct place *place)
{
    return remove_kind(place, true);
}

/***** Renaming *****/

static int check_replaced(const struct tmp_name *from, const struct tmp_name *to)
{
    const struct tmp_node *node = from->node;
    const struct tmp_node *old = to->node;
    int error = check_removal(to);
    if (error < 0)
        return error;
    if (S_ISDIR(node->mode) && !S_ISDIR(old->mode))
        return -ENOTDIR;
    if (!S_ISDIR(node->mode) && S_ISDIR(old->mode))
        return -EISDIR;
    return S_ISDIR(old->mode) && tmp_entry_next(old, NULL) != NULL ? -ENOTEMPTY : 0;
}

/* A directory's `..` counts as a link of the directory that it is in. */
static void move_parent(struct tmp_node *node, struct tmp_node *from, struct tmp_node *to)
{
    if (!S_ISDIR(node->mode))
        return;
    from->links--;
    to->links++;
    node->parent_inode = to->inode;
}

static void exchange(const struct tmp_name *a, const struct tmp_name *b)
{
    a->entry->node = b->node;
    b->entry->node = a->node;
    move_parent(a->node, a->directory, b->directory);
    move_parent(b->node, b->directory, a->directory);
    tmp_touch_change(a->node);
    tmp_touch_change(b->node);
    tmp_touch(a->directory);
    tmp_touch(b->directory);
}

static int move(struct tmp_name *from, struct tmp_name *to)
{
    struct tmp_node *node = from->node;
    /* The new name first, as it may fail: for a moment the old and the new one are both there. */
    struct tmp_entry *added = tmp_entry_add(to->directory, to->name, to->len, node);
    if (added == NULL)
        return -ENOSPC;
    if (to->entry != NULL)
        drop_entry(to);
    tmp_entry_remove(from);
    move_parent(node, from->directory, to->directory);
    tmp_touch_change(node);
    tmp_touch(from->directory);
    tmp_touch(to->directory);
    return 0;
}

/* Who moves a directory into another one changes its `..`. */
static int check_moved(const struct tmp_name *name, const struct tmp_name *other)
{
    return S_ISDIR(name->node->mode) && name->directory != other->directory ? tmp_permit(name->node, 2) : 0;
}

static int rename_found(struct tmp_name *from, struct tmp_name *to, uint32_t flags)
{
    if (from->entry == NULL)
        return -ENOENT;
    if ((flags & RENAME_NOREPLACE) && to->entry != NULL)
        return -EEXIST;
    if ((flags & RENAME_EXCHANGE) && to->entry == NULL)
        return -ENOENT;
    if (to->entry != NULL && to->node == from->node)
        return 0;
    int error = check_removal(from);
    if (error < 0)
        return error;
    if (flags & RENAME_EXCHANGE) {
        error = check_removal(to);
        if (error == 0)
            error = check_moved(from, to);
        if (error == 0)
            error = check_moved(to, from);
        if (error == 0)
            exchange(from, to);
        return error;
    }
    error = to->entry != NULL ? check_replaced(from, to) : tmp_permit(to->directory, MAY_WRITE_DIRECTORY);
    if (error == 0)
        error = check_moved(from, to);
    return error < 0 ? error : move(from, to);
}

int tmp_rename(const struct place *from, const struct place *to, uint32_t flags)
{
    struct tmp_fs *fs = tmp_enter(from);
    struct tmp_name old, new;
    if (fs == NULL)
        return -ENOMEM;
    int error = tmp_find_name(from, &old);
    if (error == 0)
        error = tmp_find_name(to, &new);
    if (error == 0)
        error = rename_found(&old, &new, flags);
    tmp_leave(fs);
    return error;
}

/***** Hard links *****/

/* Others' files are only linked by who could write them anyway: proc(5), protected_hardlinks. */
static bool may_link(const struct tmp_node *node)
{
    bool special =
        !S_ISREG(node->mode) || (node->mode & S_ISUID) || (node->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    return tmp_is_owner(node) || (!special && tmp_permit(node, 6) == 0);
}

static int add_link(struct tmp_node *node, const struct place *to)
{
    struct tmp_name name;
    int error = find_free(to, &name);
    if (error < 0)
        return error;
    if (S_ISDIR(node->mode) || !may_link(node))
        return -EPERM;
    if (tmp_entry_add(name.directory, name.name, name.len, node) == NULL)
        return -ENOSPC;
    node->links++;
    node->linkable = false;
    tmp_touch_change(node);
    tmp_touch(name.directory);
    return 0;
}

int tmp_hard_link(const struct place *from, const struct place *to)
{
    struct tmp_fs *fs = tmp_enter(from);
    struct tmp_node *node;
    if (fs == NULL)
        return -ENOMEM;
    int error = tmp_find(from, &node);
    if (error == 0)
        error = add_link(node, to);
    tmp_leave(fs);
    return error;
}

int tmp_link_file(struct file *file, const struct place *to)
{
    struct tmp_node *node = tmp_file_node(file);
    if (node == NULL)
        return -EXDEV;
    struct tmp_fs *fs = tmp_enter(to);
    if (fs == NULL)
        return -ENOMEM;
    int error = node->links == 0 && !node->linkable ? -ENOENT : add_link(node, to);
    tmp_leave(fs);
    return error;
}
