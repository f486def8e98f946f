/* SPDX-License-Identifier: MIT */
/* tmpfs, the file system in memory: attributes and opening. Mounting is in tmpfs_mount.c, the tree in tmpfs_tree.c, names in
 * tmpfs_names.c, open files in tmpfs_file.c, contents in tmpfs_data.c. */
#include "tmpfs.h"

#include "clock.h"
#include "fs/fs_core.h"
#include "tmpfs_xattr.h"

#define MAGIC_TMPFS 0x01021994
#define BLOCK       512

/***** Attributes *****/

void tmp_fill(struct tmp_node *node, struct file_attr *out)
{
    uint64_t allocated = 0;
    *out = (struct file_attr){.device = tmp_fs_of(node)->device,
                              .inode = node->inode,
                              .rdev = node->rdev,
                              .mode = node->mode,
                              .links = node->links,
                              .uid = node->uid,
                              .gid = node->gid,
                              .block_size = PAGE_SIZE,
                              .access_ns = node->access_ns,
                              .modify_ns = node->modify_ns,
                              .change_ns = node->change_ns,
                              .birth_ns = node->birth_ns};
    if (S_ISREG(node->mode))
        out->size = tmp_data_size(&node->data, &allocated);
    else if (S_ISLNK(node->mode))
        out->size = node->target_len;
    else if (S_ISDIR(node->mode))
        out->size = 20 * (2 + (uint64_t)(node->next_position - 2)); /* as on Linux: grows with the names ever made */
    out->blocks = allocated / BLOCK;
}

static int64_t time_of(int64_t wanted)
{
    return wanted == TIME_NOW ? clock_realtime_ns() : wanted;
}

int tmp_change_node(struct tmp_node *node, const struct attr_change *change)
{
    const struct file_attr attr = {.mode = node->mode, .uid = node->uid, .gid = node->gid};
    int error = attributes_permit_change(&attr, change);
    if (error < 0)
        return error;
    if (change->which & CHANGE_SIZE) {
        if (!S_ISREG(node->mode))
            return S_ISDIR(node->mode) ? -EISDIR : -EINVAL;
        error = tmp_data_resize(&node->data, change->size);
        if (error < 0)
            return error;
        tmp_drop_set_id(node);
        node->modify_ns = clock_realtime_ns();
    }
    if (change->which & (CHANGE_UID | CHANGE_GID)) {
        node->uid = change->which & CHANGE_UID ? change->uid : node->uid;
        node->gid = change->which & CHANGE_GID ? change->gid : node->gid;
        if (!S_ISDIR(node->mode))
            node->mode &= ~(uint32_t)(S_ISUID | (node->mode & S_IXGRP ? S_ISGID : 0));
    }
    if (change->which & CHANGE_MODE)
        node->mode = (node->mode & S_IFMT) | tmp_allowed_mode(change->mode & 07777, node->gid);
    if (change->which & CHANGE_ACCESS)
        node->access_ns = time_of(change->access_ns);
    if (change->which & CHANGE_MODIFY)
        node->modify_ns = time_of(change->modify_ns);
    tmp_touch_change(node);
    return 0;
}

static int attributes(const struct place *place, struct file_attr *out)
{
    struct tmp_fs *fs = tmp_enter(place);
    struct tmp_node *node;
    if (fs == NULL)
        return -ENOMEM;
    int error = tmp_find(place, &node);
    if (error == 0)
        tmp_fill(node, out);
    tmp_leave(fs);
    return error;
}

static int change(const struct place *place, const struct attr_change *wanted)
{
    struct tmp_fs *fs = tmp_enter(place);
    struct tmp_node *node;
    if (fs == NULL)
        return -ENOMEM;
    int error = tmp_find(place, &node);
    if (error == 0 && (wanted->which & CHANGE_SIZE))
        error = tmp_permit(node, 2);
    if (error == 0)
        error = tmp_change_node(node, wanted);
    tmp_leave(fs);
    return error;
}

static int64_t read_link(const struct place *place, char *buffer, size_t size)
{
    struct tmp_fs *fs = tmp_enter(place);
    struct tmp_node *node;
    if (fs == NULL)
        return -ENOMEM;
    int64_t result = tmp_find(place, &node);
    if (result == 0 && !S_ISLNK(node->mode))
        result = -EINVAL;
    if (result == 0) {
        const size_t len = node->target_len;
        result = (int64_t)(len < size ? len : size);
        if (shared_has(node->target, len))
            memcpy(buffer, node->target, (size_t)result);
        else
            result = -EIO;
    }
    tmp_leave(fs);
    return result;
}

static int space(const struct place *place, struct fs_space *out)
{
    struct tmp_fs *fs = tmp_enter(place);
    if (fs == NULL)
        return -ENOMEM;
    /* As much as Linux gives by default: half of the memory. */
    uint64_t blocks = pal_control.mem_info.mem_total / 2 / PAGE_SIZE;
    *out = (struct fs_space){.type = MAGIC_TMPFS,
                             .block_size = PAGE_SIZE,
                             .blocks = blocks,
                             .free = blocks,
                             .available = blocks,
                             .files = blocks,
                             .files_free = blocks - fs->node_count,
                             .name_max = 255};
    tmp_leave(fs);
    return 0;
}

/***** Opening *****/

static uint32_t wanted_access(uint32_t flags)
{
    uint32_t wanted = (flags & O_ACCMODE) == O_RDONLY ? 4 : (flags & O_ACCMODE) == O_WRONLY ? 2 : 6;
    return flags & O_TRUNC ? wanted | 2 : wanted;
}

static int check_open(const struct tmp_node *node, uint32_t flags)
{
    bool write = (flags & O_ACCMODE) != O_RDONLY;
    if (S_ISLNK(node->mode))
        return -ELOOP;
    if ((flags & O_DIRECTORY) && !S_ISDIR(node->mode))
        return -ENOTDIR;
    if (S_ISDIR(node->mode) && (write || (flags & (O_CREAT | O_TRUNC))))
        return -EISDIR;
    const int error = tmp_permit(node, wanted_access(flags));
    const bool opens = S_ISREG(node->mode) || S_ISDIR(node->mode) || S_ISFIFO(node->mode);
    return error < 0 || opens ? error : -ENXIO;
}

/* A file without a name; place is its directory. */
static int make_nameless(const struct place *place, uint32_t flags, uint32_t mode, struct tmp_node **out)
{
    struct tmp_node *directory;
    int error = tmp_find(place, &directory);
    if (error < 0)
        return error;
    if (!S_ISDIR(directory->mode))
        return S_ISLNK(directory->mode) ? -ELOOP : -ENOTDIR;
    error = tmp_permit(directory, 3);
    if (error < 0)
        return error;
    *out = tmp_node_new(tmp_fs_of(directory), directory, S_IFREG | mode);
    if (*out == NULL)
        return -ENOSPC;
    (*out)->linkable = !(flags & O_EXCL);
    return 0;
}

/* Find the node or make it, with a reference. */
static int find_or_make(const struct place *place, uint32_t flags, uint32_t mode, struct tmp_node **out)
{
    struct tmp_node *node;
    struct tmp_name name;
    int error;
    if ((flags & O_TMPFILE) == O_TMPFILE)
        return make_nameless(place, flags, mode, out);
    if ((flags & O_CREAT) && *place->inside != '\0') {
        error = tmp_find_name(place, &name);
        if (error < 0)
            return error;
        if (name.entry == NULL) {
            if (place->must_be_dir)
                return -EISDIR;
            error = tmp_permit(name.directory, 3);
            if (error == 0)
                error = tmp_make(&name, S_IFREG | mode, out);
            if (error == 0)
                tmp_node_get(*out);
            return error;
        }
        if (flags & O_EXCL)
            return -EEXIST;
    }
    error = tmp_find(place, &node);
    if (error == 0)
        error = check_open(node, flags);
    if (error == 0 && (flags & O_TRUNC) && S_ISREG(node->mode)) {
        error = tmp_data_resize(&node->data, 0);
        tmp_touch(node);
    }
    if (error < 0)
        return error;
    tmp_node_get(node);
    *out = node;
    return 0;
}

static int open(const struct place *place, uint32_t flags, uint32_t mode, struct file **out)
{
    struct tmp_fs *fs = tmp_enter(place);
    struct tmp_node *node;
    struct file_attr attributes;
    if (fs == NULL)
        return -ENOMEM;
    int error = find_or_make(place, flags, mode & 07777, &node);
    if (error == 0 && S_ISFIFO(node->mode))
        tmp_fill(node, &attributes);
    tmp_leave(fs);
    if (error != 0)
        return error;
    if (S_ISFIFO(node->mode)) {
        error = fifo_open(&node->fifo, &attributes, flags, out);
    } else {
        *out = tmp_file_new(node, flags);
        error = *out == NULL ? -ENOMEM : 0;
    }
    tmp_node_put(node);
    return error;
}

int tmp_open_again(struct file *file, uint32_t flags, struct file **out)
{
    struct tmp_node *node = tmp_file_node(file);
    shared_lock(&tmp_fs_of(node)->lock);
    int error = check_open(node, flags);
    if (error == 0 && (flags & O_TRUNC) && S_ISREG(node->mode))
        error = tmp_data_resize(&node->data, 0);
    shared_unlock(&tmp_fs_of(node)->lock);
    if (error < 0)
        return error;
    *out = tmp_file_new(node, flags & ~(uint32_t)O_TRUNC);
    if (*out != NULL && file->path != NULL)
        file_set_path(*out, file->mount, file->path, strlen(file->path));
    return *out == NULL ? -ENOMEM : 0;
}

const struct fs_ops tmpfs = {.name = "tmpfs",
                             .strict = true,
                             .begin = tmp_begin,
                             .attributes = attributes,
                             .read_link = read_link,
                             .open = open,
                             .make_directory = tmp_make_directory,
                             .make_node = tmp_make_node,
                             .make_link = tmp_make_link,
                             .remove = tmp_remove,
                             .remove_directory = tmp_remove_directory,
                             .rename = tmp_rename,
                             .hard_link = tmp_hard_link,
                             .link_file = tmp_link_file,
                             .change = change,
                             .space = space,
                             .xattr = tmp_xattr};
