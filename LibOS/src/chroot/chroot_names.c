/* SPDX-License-Identifier: MIT */
/* Names of files of the host: making, removing, changing them, and what they stand for. Knows nothing of links on the way. */
#include <linux/fs.h>

#include "chroot.h"
#include "net.h"

int chroot_make_directory(const struct place *place, uint32_t mode)
{
    int error;
    char *uri = chroot_uri("dir:", place, &error);
    if (!uri)
        return error;
    /* What has been made is opened, which its owner may not want to be allowed later. */
    const uint32_t first_mode = mode | S_IRUSR;
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, first_mode & 0777, PAL_CREAT_ALWAYS, 0);
    error = handle ? 0 : pal_failure();
    if (handle && (mode & MASKED_MODE || mode != first_mode))
        chroot_set_mode(handle, mode);
    if (handle)
        DkObjectClose(handle);
    chroot_uri_free(uri);
    return error;
}

int chroot_make_link(const struct place *place, const char *target)
{
    int error;
    PAL_HANDLE handle = chroot_open_name("link:", place, 0, 0, &error);
    if (!handle)
        return error;
    error = DkStreamWrite(handle, PAL_LINK_TARGET, strlen(target), (void *)(uintptr_t)target, NULL) ? 0 : pal_failure();
    DkObjectClose(handle);
    return error;
}

/* what  PAL_LINK_FIFO or PAL_LINK_SOCKET */
static int make_special(PAL_HANDLE handle, PAL_NUM what, uint32_t mode)
{
    PAL_FLG share = mode & 0777;
    return DkStreamWrite(handle, what, sizeof(share), &share, NULL) ? 0 : pal_failure();
}

/* The host makes no devices for a program without rights; an empty file is what mknod(2) makes of S_IFREG. */
int chroot_make_node(const struct place *place, uint32_t mode, uint64_t device)
{
    struct file *file;
    int error;
    (void)device;
    if (S_ISREG(mode) || (mode & S_IFMT) == 0) {
        error = chroot_open(place, O_WRONLY | O_CREAT | O_EXCL, mode & 07777, &file);
        if (error == 0)
            file_put(file);
        return error;
    }
    if (!S_ISFIFO(mode) && !S_ISSOCK(mode))
        return -EPERM;
    PAL_HANDLE handle = chroot_open_name("link:", place, 0, 0, &error);
    if (!handle)
        return error;
    error = make_special(handle, S_ISFIFO(mode) ? PAL_LINK_FIFO : PAL_LINK_SOCKET, mode);
    DkObjectClose(handle);
    return error == -EINVAL ? -EPERM : error; /* a host that has no such names */
}

static int delete_name(const struct place *place, const char *slash)
{
    int error;
    char *uri = chroot_uri("link:", place, &error);
    if (!uri)
        return error;
    memcpy(uri + strlen(uri), slash, strlen(slash) + 1);
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0);
    error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    if (!handle)
        return error;
    pal_failure_clear();
    DkStreamDelete(handle, 0);
    error = pal_failed() ? pal_failure() : 0;
    DkObjectClose(handle);
    return error;
}

int chroot_remove(const struct place *place)
{
    return delete_name(place, "");
}

int chroot_remove_directory(const struct place *place)
{
    return delete_name(place, "/");
}

/* Give what a handle stands for another name. */
static int change_name(PAL_HANDLE handle, const struct place *to)
{
    int error;
    char *uri = chroot_uri("link:", to, &error);
    if (!uri)
        return error;
    error = DkStreamChangeName(handle, uri) ? 0 : pal_failure();
    chroot_uri_free(uri);
    return error;
}

int chroot_rename(const struct place *from, const struct place *to, uint32_t flags)
{
    int error;
    if (flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    PAL_HANDLE handle = chroot_open_name("link:", from, flags & RENAME_NOREPLACE ? PAL_CREAT_ALWAYS : 0,
                                         flags & RENAME_EXCHANGE ? PAL_OPTION_EXCHANGE : 0, &error);
    if (!handle)
        return error;
    error = change_name(handle, to);
    DkObjectClose(handle);
    return error;
}

int chroot_hard_link(const struct place *from, const struct place *to)
{
    int error;
    PAL_HANDLE handle = chroot_open_name("link:", from, 0, PAL_OPTION_FURTHER, &error);
    if (!handle)
        return error == -EINVAL ? -EPERM : error;
    error = change_name(handle, to);
    DkObjectClose(handle);
    return error;
}

/* What a confining host refuses for what cannot be opened, since it could not tell it from others: times of symbolic links and
 * sockets, which tell nobody anything, a link's owner, whom nobody asks for, and one that a socket has already. Copying and unpacking
 * would fail over it. */
static bool is_harmless(const struct place *place, const struct attr_change *change)
{
    struct file_attr attr;
    if (chroot_attributes(place, &attr) < 0)
        return false;
    if (S_ISLNK(attr.mode))
        return attributes_permit_change(&attr, change) == 0;
    return S_ISSOCK(attr.mode) && (!(change->which & CHANGE_UID) || change->uid == attr.uid) &&
           (!(change->which & CHANGE_GID) || change->gid == attr.gid);
}

/* The permissions of a socket, which cannot be opened: it gets another file, which has them. */
static int change_socket(const struct place *place, uint32_t mode)
{
    struct file_attr before, after;
    char name[CHROOT_HIDDEN_SIZE];
    int error = chroot_attributes(place, &before);
    if (error < 0)
        return error;
    if (!S_ISSOCK(before.mode))
        return -EACCES;
    char *uri = chroot_uri("link:", place, &error);
    if (!uri)
        return error;
    char *slash = uri + strlen(uri);
    while (*slash != '/')
        slash--;
    chroot_hidden_name(name);
    PAL_HANDLE handle = NULL;
    error = -ENAMETOOLONG;
    if ((size_t)(slash - uri) + sizeof(name) < URI_ROOM) {
        memcpy(slash, name, sizeof(name));
        handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0);
        error = handle ? make_special(handle, PAL_LINK_SOCKET, mode) : pal_failure();
    }
    chroot_uri_free(uri);
    if (error == 0) {
        error = change_name(handle, place);
        if (error < 0)
            DkStreamDelete(handle, 0);
        else if (chroot_attributes(place, &after) == 0)
            net_file_replaced(before.device, before.inode, after.inode);
    }
    if (handle)
        DkObjectClose(handle);
    return error;
}

static int change_named(const struct place *place, const struct attr_change *change)
{
    int error;
    PAL_HANDLE handle = chroot_open_name("link:", place, 0, 0, &error);
    if (!handle)
        return error;
    error = host_change(handle, change);
    DkObjectClose(handle);
    return error;
}

/* Permissions and sizes are those of files, which have to be opened for it; the rest belongs to names as well. What may not be
 * read the host changes by its name, if it can. */
int chroot_change(const struct place *place, const struct attr_change *change)
{
    const bool of_file = change->which & (CHANGE_MODE | CHANGE_SIZE);
    struct file *file;
    int error;
    if (of_file) {
        const uint32_t access = change->which & CHANGE_SIZE ? O_WRONLY : O_RDONLY;
        error = chroot_open(place, access | O_NONBLOCK, 0, &file);
        if (error == -EACCES && access == O_RDONLY)
            return change_named(place, change);
        if (error == -ENXIO && !(change->which & CHANGE_SIZE))
            return change_socket(place, change->mode);
        if (error < 0)
            return error;
        error = host_change(file->handle, change);
        file_put(file);
        return error;
    }
    error = change_named(place, change);
    if ((error == -EACCES || error == -EPERM || error == -ENOENT) && is_harmless(place, change))
        return 0;
    /* Of a socket the host finds nothing that could be opened. */
    struct file_attr attr;
    return error == -ENOENT && chroot_attributes(place, &attr) == 0 ? -EPERM : error;
}
