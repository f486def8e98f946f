/* SPDX-License-Identifier: MIT */
/* Another name for an open file of the host, which may have lost its own, or never had one (O_TMPFILE). Knows no descriptor. */
#include "chroot.h"

#define PIECE 65536

/* By the name that it has, if that still is its own. */
static int link_by_name(const struct file *file, const struct file_attr *attr, const struct place *to)
{
    struct place *from;
    struct file_attr found;
    int error = file->path ? place_find(AT_FDCWD, file->path, WALK_TRUE, &from) : -ENOENT;
    if (error < 0)
        return error;
    error = from->mount == to->mount ? chroot_attributes(from, &found) : -ENOENT;
    if (error == 0)
        error = found.device == attr->device && found.inode == attr->inode ? chroot_hard_link(from, to) : -ENOENT;
    place_free(from);
    return error;
}

static int copy_data(PAL_HANDLE from, PAL_HANDLE to)
{
    char *piece = heap_alloc(PIECE);
    uint64_t place = 0;
    int64_t result = piece ? 1 : -ENOMEM;
    while (result > 0) {
        const int64_t size = result = stream_read_through(from, place, PIECE, piece);
        for (int64_t done = 0; result > 0 && done < size; done += result)
            result = stream_write_through(to, place + (uint64_t)done, (size_t)(size - done), piece + done);
        place += size > 0 ? (uint64_t)size : 0;
    }
    heap_free(piece);
    return (int)result;
}

/* The host cannot give it a name, so a copy gets it and takes its place. */
static int replace(struct file *file, const struct file_attr *attr, const struct place *to)
{
    const struct attr_change times = {
        .which = CHANGE_ACCESS | CHANGE_MODIFY, .access_ns = attr->access_ns, .modify_ns = attr->modify_ns};
    struct file *copy;
    int error = chroot_open(to, O_RDWR | O_CREAT | O_EXCL | (file->flags & (O_APPEND | O_NONBLOCK)), 0600, &copy);
    if (error < 0)
        return error;
    error = copy_data(file->handle, copy->handle);
    if (error < 0) {
        (void)chroot_remove(to);
        file_put(copy);
        return error;
    }
    chroot_set_mode(copy->handle, attr->mode & 07777);
    (void)host_change(copy->handle, &times);
    file_set_path(copy, to->mount, to->path, to->len);
    file_become(file, copy);
    file->state &= ~(uint64_t)HOST_LINKABLE;
    return 0;
}

int chroot_link_file(struct file *file, const struct place *to)
{
    struct file_attr attr;
    position_begin(file); /* what others write at it is in the copy; and only one makes one */
    int error = file_attributes(file, &attr);
    if (error == 0 && attr.links == 0)
        error = file->state & HOST_LINKABLE ? replace(file, &attr, to) : -ENOENT;
    position_end(file);
    return error == 0 && attr.links > 0 ? link_by_name(file, &attr, to) : error;
}
