/* SPDX-License-Identifier: MIT */
/* Open files and directories of made-up file systems. Contents are made when they are read from their start, and stay what
 * they are until that is done again. Knows no node. */
#include "pseudo_file.h"

#include "fs/entries.h"
#include "task.h"

struct pseudo_open {
    struct pseudo_spot spot;
    struct lock lock; /* of text */
    struct text text;
    bool made;
};

static int open_attributes(struct file *file, struct file_attr *out)
{
    const struct pseudo_open *open = file->data;
    pseudo_fill(&open->spot, out);
    return 0;
}

static void open_close(struct file *file)
{
    struct pseudo_open *open = file->data;
    text_free(&open->text);
    heap_free(open);
}

/***** Files *****/

/* The node that tells this process what the file is about. A file about the process that opened it can be in the hands of
 * another, by a fork: that one knows what the table of processes says. */
static int spot_here(const struct file *file, struct pseudo_spot *out)
{
    *out = ((const struct pseudo_open *)file->data)->spot;
    if (out->key.pid == 0 || out->key.pid == g_process.pid)
        return 0;
    const int error = pseudo_find_again(file, out);
    if (error < 0)
        return error == -ENOENT ? -ESRCH : error;
    return out->node->open != NULL ? -EACCES : 0;
}

static int make_text(struct file *file)
{
    struct pseudo_open *open = file->data;
    struct pseudo_spot spot;
    text_free(&open->text);
    open->made = true;
    int error = spot_here(file, &spot);
    if (error == 0)
        error = spot.node->show != NULL ? spot.node->show(&open->text, &spot.key) : -EINVAL;
    if (error == 0 && open->text.failed)
        error = -ENOMEM;
    if (error < 0)
        open->made = false;
    return error;
}

static int64_t file_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct pseudo_open *open = file->data;
    int64_t result = 0;
    lock_acquire(&open->lock);
    if (*position == 0 || !open->made)
        result = make_text(file);
    if (result == 0 && *position < (int64_t)open->text.used) {
        size_t left = open->text.used - (size_t)*position;
        size_t size = count < left ? count : left;
        result = user_write(buffer, open->text.data + *position, size);
        if (result == 0) {
            *position += (int64_t)size;
            result = (int64_t)size;
        }
    }
    lock_release(&open->lock);
    return result;
}

static int64_t file_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    const struct pseudo_open *open = file->data;
    char text[1024];
    if (count >= sizeof(text))
        return -EINVAL;
    if (user_read(text, buffer, count) < 0)
        return -EFAULT;
    text[count] = '\0';
    size_t len = count > 0 && text[count - 1] == '\n' ? count - 1 : count;
    int error = open->spot.node->store(&open->spot.key, text, len);
    if (error < 0)
        return error;
    *position += (int64_t)count;
    return (int64_t)count;
}

static int64_t file_seek(struct file *file, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR)
        return -EINVAL;
    int64_t position = whence == SEEK_CUR ? file->position : 0;
    if (__builtin_add_overflow(position, offset, &position) || position < 0)
        return -EINVAL;
    return file->position = position;
}

static int file_change(struct file *file, const struct attr_change *change)
{
    (void)file;
    return change->which & ~CHANGE_SIZE ? -EPERM : 0;
}

static const struct file_ops pseudo_file_ops = {.read = file_read,
                                                .write = file_write,
                                                .seek = file_seek,
                                                .attributes = open_attributes,
                                                .change = file_change,
                                                .close = open_close};

/***** Directories *****/

/* Positions: the dots at 0 and 1; then the place in the table, from 1 on, over what a node that matches many names makes
 * of the lower half. */
static int64_t position_of(const struct pseudo_node *directory, const struct pseudo_node *node, uint32_t cursor)
{
    const int64_t row = node - directory->children;
    return (row + 1) << 32 | cursor;
}

static bool add_dots(struct entries *entries, struct file *file, const struct pseudo_spot *spot)
{
    while (file->position < 2) {
        size_t len = (size_t)file->position + 1;
        if (!entries_add(entries, "..", len, spot->inode, file->position + 1, S_IFDIR))
            return false;
        file->position++;
    }
    return true;
}

/* Add the names of a node from the file's position on. */
static bool add_node(struct entries *entries, struct file *file, const struct pseudo_spot *spot,
                     const struct pseudo_node *node)
{
    const struct pseudo_node *directory = spot->node;
    uint32_t cursor = (uint32_t)file->position;
    char name[16];
    if (node->name != NULL) {
        size_t len = strlen(node->name);
        int64_t behind = position_of(directory, node + 1, 0);
        if (!entries_add(entries, node->name, len, pseudo_inode(spot->inode, node->name, len), behind, node->mode))
            return false;
        file->position = behind;
        return true;
    }
    while (node->next != NULL && node->next(&spot->key, &cursor, name)) {
        int64_t behind = position_of(directory, node, cursor + 1);
        size_t len = strlen(name);
        if (!entries_add(entries, name, len, pseudo_inode(spot->inode, name, len), behind, node->mode))
            return false;
        file->position = behind;
        cursor++;
    }
    file->position = position_of(directory, node + 1, 0);
    return true;
}

static int64_t directory_read(struct file *file, void *buffer, size_t size)
{
    const struct pseudo_open *open = file->data;
    const struct pseudo_node *children = open->spot.node->children;
    struct entries entries = {.buffer = buffer, .size = size};
    bool room = add_dots(&entries, file, &open->spot);
    if (room && file->position < 1LL << 32)
        file->position = 1LL << 32;
    uint64_t count = 0;
    while (children[count].mode != 0)
        count++;
    uint64_t index = ((uint64_t)file->position >> 32) - 1;
    for (; room && index < count; index++)
        room = add_node(&entries, file, &open->spot, &children[index]);
    return entries_result(&entries, room);
}

static const struct file_ops pseudo_directory_ops = {
    .seek = file_seek, .attributes = open_attributes, .read_directory = directory_read, .close = open_close};

/***** Devices *****/

int device_attributes(struct file *file, struct file_attr *out)
{
    const struct pseudo_spot spot = {.node = file->data, .inode = file->inode, .device = file->mount->device};
    pseudo_fill(&spot, out);
    return 0;
}

int64_t device_seek(struct file *file, int64_t offset, int whence)
{
    (void)offset;
    (void)whence;
    return file->position = 0;
}

struct file *pseudo_file_new(const struct pseudo_spot *spot, uint32_t flags)
{
    const struct pseudo_node *node = spot->node;
    if (node->device != NULL) {
        struct file *file = file_new(node->device, flags, (void *)(uintptr_t)node);
        if (file != NULL)
            file->inode = spot->inode;
        return file;
    }
    struct pseudo_open *open = heap_zalloc(sizeof(*open));
    if (open == NULL)
        return NULL;
    open->spot = *spot;
    const struct file_ops *ops = S_ISDIR(node->mode) ? &pseudo_directory_ops : &pseudo_file_ops;
    struct file *file = file_new(ops, flags, open);
    if (file == NULL)
        heap_free(open);
    return file;
}
