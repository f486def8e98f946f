/* SPDX-License-Identifier: MIT */
/* Open files and directories of a tmpfs. Knows no names but those that a directory lists. */
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/mman.h>

#include "clock.h"
#include "fs/entries.h"
#include "fs/fs_core.h"
#include "parcel.h"
#include "poll.h"
#include "tmpfs.h"

#define DAY_NS (24 * 3600ll * NS_PER_SECOND)

static struct tmp_node *node_of(const struct file *file)
{
    return file->data;
}

static int node_attributes(struct file *file, struct file_attr *out)
{
    struct tmp_node *node = node_of(file);
    shared_lock(&tmp_fs_of(node)->lock);
    tmp_fill(node, out);
    shared_unlock(&tmp_fs_of(node)->lock);
    return 0;
}

static int node_change(struct file *file, const struct attr_change *change)
{
    struct tmp_node *node = node_of(file);
    if ((change->which & CHANGE_SIZE) && !file_writable(file))
        return -EINVAL;
    shared_lock(&tmp_fs_of(node)->lock);
    int error = tmp_change_node(node, change);
    shared_unlock(&tmp_fs_of(node)->lock);
    return error;
}

static void node_close(struct file *file)
{
    tmp_release(file, node_of(file));
}

/***** Files *****/

/* relatime: told again only after a change, or a day. */
static void touch_access(struct tmp_node *node)
{
    const int64_t now = clock_realtime_ns();
    if (node->access_ns <= node->modify_ns || node->access_ns <= node->change_ns || now - node->access_ns >= DAY_NS)
        node->access_ns = now;
}

static int64_t file_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct tmp_node *node = node_of(file);
    int64_t result = tmp_data_read(&node->data, buffer, count, *position);
    if (result > 0)
        *position += result;
    touch_access(node);
    return result;
}

static int64_t file_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    struct tmp_node *node = node_of(file);
    int64_t start = file->flags & O_APPEND ? -1 : *position;
    if (io_is_limited()) {
        uint64_t allocated;
        const int error = io_limit_write(start < 0 ? (int64_t)tmp_data_size(&node->data, &allocated) : start, &count);
        if (error < 0)
            return error;
    }
    /* Also if there turns out to be nothing to write. */
    if (count > 0) {
        tmp_drop_set_id(node);
        tmp_touch(node);
    }
    return tmp_data_write(&node->data, buffer, count, start, position);
}

static int64_t file_seek(struct file *file, int64_t offset, int whence)
{
    uint64_t allocated;
    int64_t size = whence <= SEEK_CUR ? 0 : (int64_t)tmp_data_size(&node_of(file)->data, &allocated);
    return seek_to(file, offset, whence, size);
}

static int file_map(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    PAL_FLG wanted = (prot & PROT_READ ? PAL_PROT_READ : 0u) | (prot & PROT_WRITE ? PAL_PROT_WRITE : 0u) |
                     (prot & PROT_EXEC ? PAL_PROT_EXEC : 0u);
    bool private = (flags & MAP_TYPE) == MAP_PRIVATE;
    PAL_FLG mapped = wanted;
    if (private && (prot & PROT_WRITE))
        mapped |= PAL_PROT_WRITECOPY;
    /* What is mapped without being writable stays private if that changes; so it has to be writable at first. */
    if (!private && file_writable(file))
        mapped |= PAL_PROT_WRITE;
    const struct tmp_mapping mapping = {.address = address, .size = size, .offset = offset, .prot = mapped};
    const int error = tmp_data_map(&node_of(file)->data, &mapping);
    if (error < 0 || private || mapped == wanted)
        return error;
    return DkVirtualMemoryProtect((void *)address, size, wanted) ? 0 : pal_failure();
}

static int grow(struct tmp_data *data, uint64_t size, uint64_t end)
{
    size_t count = end - size;
    const int error = io_limit_write((int64_t)size, &count);
    if (error < 0)
        return error;
    return count < end - size ? -EFBIG : tmp_data_resize(data, end);
}

static int file_allocate(struct file *file, int mode, int64_t offset, int64_t length)
{
    struct tmp_data *data = &node_of(file)->data;
    uint64_t end = (uint64_t)offset + (uint64_t)length, allocated;
    const uint64_t size = tmp_data_size(data, &allocated);
    int error = 0;
    if (end > INT64_MAX)
        return -EFBIG;
    if (mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
        error = tmp_data_zero(data, (uint64_t)offset, end);
    else if (mode != 0 && mode != FALLOC_FL_KEEP_SIZE)
        return -EOPNOTSUPP;
    else if (mode == 0 && end > size)
        error = grow(data, size, end);
    if (error == 0) {
        tmp_drop_set_id(node_of(file));
        tmp_touch(node_of(file));
    }
    return error;
}

static int file_flush(struct file *file, bool data_only)
{
    (void)file, (void)data_only;
    return 0;
}

static uint32_t file_ready(struct file *file, struct poll_table *table)
{
    (void)file, (void)table;
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

/* The parcel has a reference of its own to the node. */
static int node_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    struct tmp_node *node = node_of(file);
    (void)out_handle;
    tmp_node_get(node);
    parcel->data[0] = (uintptr_t)node;
    return 0;
}

static struct tmp_node *node_in(const struct file_parcel *parcel)
{
    struct tmp_node *node = (struct tmp_node *)parcel->data[0];
    return node != NULL && tmp_is_sane(node, sizeof(*node)) ? node : NULL;
}

static void node_drop(const struct file_parcel *parcel)
{
    struct tmp_node *node = node_in(parcel);
    if (node != NULL)
        tmp_node_put(node);
}

static int node_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct tmp_node *node = node_in(parcel);
    if (handle != NULL)
        DkObjectClose(handle);
    if (node == NULL)
        return -EBADMSG;
    *out = tmp_file_new(node, parcel->flags);
    node_drop(parcel);
    return *out != NULL ? 0 : -ENOMEM;
}

const struct parcel_kind tmpfs_parcels = {.pack = node_pack, .unpack = node_unpack, .drop = node_drop};

static const struct file_ops tmp_file_ops = {.read = file_read,
                                             .write = file_write,
                                             .seek = file_seek,
                                             .attributes = node_attributes,
                                             .change = node_change,
                                             .map = file_map,
                                             .flush = file_flush,
                                             .allocate = file_allocate,
                                             .poll = file_ready,
                                             .open_again = tmp_open_again,
                                             .share = tmp_share_file,
                                             .parcel = &tmpfs_parcels,
                                             .close = node_close};

/***** Directories *****/

static bool add_dots(struct entries *entries, struct file *file, const struct tmp_node *node)
{
    while (file->position < 2) {
        uint64_t inode = file->position == 0 ? node->inode : node->parent_inode;
        if (!entries_add(entries, "..", (size_t)file->position + 1, inode, file->position + 1, S_IFDIR))
            return false;
        file->position++;
    }
    return true;
}

static int64_t directory_read(struct file *file, void *buffer, size_t size)
{
    struct tmp_node *node = node_of(file);
    struct entries entries = {.buffer = buffer, .size = size};
    shared_lock(&tmp_fs_of(node)->lock);
    bool room = node->links != 0;
    if (room)
        room = add_dots(&entries, file, node);
    const struct tmp_entry *entry = NULL;
    while (room && (entry = tmp_entry_next(node, entry)) != NULL) {
        if (entry->position < file->position)
            continue;
        const struct tmp_node *child = tmp_entry_node(entry);
        const size_t len = __atomic_load_n(&entry->len, __ATOMIC_RELAXED);
        if (child == NULL || len > TMP_NAME_MAX)
            break;
        room = entries_add(&entries, entry->name, len, child->inode, entry->position + 1, child->mode);
        if (room)
            file->position = entry->position + 1;
    }
    int64_t result = node->links == 0 ? -ENOENT : entries_result(&entries, room);
    touch_access(node);
    shared_unlock(&tmp_fs_of(node)->lock);
    return result;
}

static int64_t directory_seek(struct file *file, int64_t offset, int whence)
{
    int64_t position = whence == SEEK_CUR ? file->position : 0;
    if ((whence != SEEK_SET && whence != SEEK_CUR) || __builtin_add_overflow(position, offset, &position) ||
        position < 0)
        return -EINVAL;
    return file->position = position;
}

static const struct file_ops tmp_directory_ops = {.seek = directory_seek,
                                                  .attributes = node_attributes,
                                                  .change = node_change,
                                                  .read_directory = directory_read,
                                                  .flush = file_flush,
                                                  .open_again = tmp_open_again,
                                                  .share = tmp_share_file,
                                                  .parcel = &tmpfs_parcels,
                                                  .close = node_close};

struct file *tmp_file_new(struct tmp_node *node, uint32_t flags)
{
    const struct file_ops *ops = S_ISDIR(node->mode) ? &tmp_directory_ops : &tmp_file_ops;
    struct file *file = file_new(ops, flags, node);
    if (file != NULL)
        tmp_hold(file, node);
    return file;
}

struct tmp_node *tmp_file_node(const struct file *file)
{
    bool ours = file->ops == &tmp_file_ops || file->ops == &tmp_directory_ops;
    return ours ? node_of(file) : NULL;
}
