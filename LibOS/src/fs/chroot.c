/* SPDX-License-Identifier: MIT */
/* The file system of kind chroot: a directory of the host. Knows names; what is open is host_file.c's. */
#include <linux/fs.h>

#include "chroot.h"
#include "mount.h"

static const char *base_of(const struct mount *mount)
{
    return mount->data;
}

/* mount->data is the host's path, without a slash at its end: "" is its root. */
static int chroot_begin(struct mount *mount)
{
    const char *path = strchr(mount->source, ':');
    if (!path || path[1] == '\0')
        return -EINVAL;
    size_t len = strlen(++path);
    while (len > 0 && path[len - 1] == '/')
        len--;
    mount->data = heap_strdup(path, len);
    return mount->data ? 0 : -ENOMEM;
}

/* A URI that was given back last serves again. */
static char *g_spare;

char *chroot_uri(const char *scheme, const struct mount *mount, const char *inside, int *out_error)
{
    const char *base = base_of(mount);
    const size_t scheme_len = strlen(scheme), base_len = strlen(base), inside_len = strlen(inside);
    *out_error = -ENAMETOOLONG;
    if (scheme_len + base_len + 1 + inside_len >= URI_ROOM)
        return NULL;
    char *uri = __atomic_exchange_n(&g_spare, NULL, __ATOMIC_ACQ_REL);
    if (!uri)
        uri = heap_alloc(URI_ROOM);
    *out_error = -ENOMEM;
    if (!uri)
        return NULL;
    char *end = uri;
    memcpy(end, scheme, scheme_len);
    end += scheme_len;
    memcpy(end, base, base_len);
    end += base_len;
    if (inside_len > 0 || base_len == 0)
        *end++ = '/';
    memcpy(end, inside, inside_len + 1);
    return uri;
}

void chroot_uri_free(char *uri)
{
    heap_free(__atomic_exchange_n(&g_spare, uri, __ATOMIC_ACQ_REL));
}

/* A handle for a name; *out_error is set if there is none. */
static PAL_HANDLE open_name(const char *scheme, const struct place *place, PAL_FLG create, int *out_error)
{
    char *uri = chroot_uri(scheme, place->mount, place->inside, out_error);
    if (!uri)
        return NULL;
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, create, 0);
    *out_error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    return handle;
}

/***** Looking *****/

/* Where something is mounted below there is a directory, whether the host has it or not. */
static void virtual_directory(const struct place *place, struct file_attr *out)
{
    *out = (struct file_attr){.device = place->mount->device, .inode = 1, .mode = S_IFDIR | 0755, .links = 2,
                              .block_size = PAGE_SIZE};
}

int chroot_attributes(const struct place *place, struct file_attr *out)
{
    PAL_STREAM_ATTR attr;
    int error;
    /* What is mounted is meant even if its name on the host is a link. */
    char *uri = chroot_uri(place->inside[0] ? "link:" : "file:", place->mount, place->inside, &error);
    if (!uri)
        return error;
    error = DkStreamAttributesQuery(uri, &attr) ? 0 : pal_failure();
    chroot_uri_free(uri);
    if (error == 0) {
        host_attributes(&attr, out);
    } else if (error == -ENOENT && mount_is_above(place->path, place->len)) {
        virtual_directory(place, out);
        error = 0;
    }
    return error;
}

static int64_t chroot_read_link(const struct place *place, char *buffer, size_t size)
{
    int error;
    PAL_HANDLE handle = open_name("link:", place, 0, &error);
    if (!handle)
        return error;
    pal_failure_clear();
    const PAL_NUM len = DkStreamRead(handle, PAL_LINK_TARGET, size, buffer, NULL, 0);
    error = len == 0 && pal_failed() ? pal_failure() : 0;
    DkObjectClose(handle);
    return error < 0 ? error : (int64_t)len;
}

static int chroot_space(const struct place *place, struct fs_space *out)
{
    struct pal_space space;
    int error;
    PAL_HANDLE handle = open_name("link:", place, 0, &error);
    if (!handle)
        return error;
    error = DkStreamRead(handle, PAL_LINK_SPACE, sizeof(space), &space, NULL, 0) ? 0 : pal_failure();
    DkObjectClose(handle);
    if (error < 0)
        return error;
    *out = (struct fs_space){.type = 0xef53, /* ext4, as good as any */
                             .block_size = space.block_size,
                             .blocks = space.blocks,
                             .free = space.free,
                             .available = space.available,
                             .files = space.files,
                             .files_free = space.files_free,
                             .name_max = space.name_max};
    return 0;
}

/***** Changing names *****/

static int chroot_make_directory(const struct place *place, uint32_t mode)
{
    int error;
    char *uri = chroot_uri("dir:", place->mount, place->inside, &error);
    if (!uri)
        return error;
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, mode & 0777, PAL_CREAT_ALWAYS, 0);
    error = handle ? 0 : pal_failure();
    if (handle)
        DkObjectClose(handle);
    chroot_uri_free(uri);
    return error;
}

static int chroot_make_link(const struct place *place, const char *target)
{
    int error;
    PAL_HANDLE handle = open_name("link:", place, 0, &error);
    if (!handle)
        return error;
    error = DkStreamWrite(handle, PAL_LINK_TARGET, strlen(target), (void *)(uintptr_t)target, NULL) ? 0 : pal_failure();
    DkObjectClose(handle);
    return error;
}

/* The host makes no nodes for a program without rights; an empty file is what mknod(2) makes of S_IFREG. */
static int chroot_make_node(const struct place *place, uint32_t mode, uint64_t device)
{
    struct file *file;
    (void)device;
    if (!S_ISREG(mode) && (mode & S_IFMT) != 0)
        return S_ISFIFO(mode) || S_ISSOCK(mode) ? -EOPNOTSUPP : -EPERM;
    const int error = chroot_open(place, O_WRONLY | O_CREAT | O_EXCL, mode & 07777, &file);
    if (error == 0)
        file_put(file);
    return error;
}

static int delete_name(const struct place *place, const char *slash)
{
    int error;
    char *uri = chroot_uri("link:", place->mount, place->inside, &error);
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

static int chroot_remove(const struct place *place)
{
    return delete_name(place, "");
}

static int chroot_remove_directory(const struct place *place)
{
    return delete_name(place, "/");
}

/* Give what a handle stands for another name. */
static int change_name(PAL_HANDLE handle, const struct place *to)
{
    int error;
    char *uri = chroot_uri("link:", to->mount, to->inside, &error);
    if (!uri)
        return error;
    error = DkStreamChangeName(handle, uri) ? 0 : pal_failure();
    chroot_uri_free(uri);
    return error;
}

static int chroot_rename(const struct place *from, const struct place *to, uint32_t flags)
{
    int error;
    if (flags & ~(uint32_t)RENAME_NOREPLACE)
        return -EINVAL;
    PAL_HANDLE handle = open_name("link:", from, flags & RENAME_NOREPLACE ? PAL_CREAT_ALWAYS : 0, &error);
    if (!handle)
        return error;
    error = change_name(handle, to);
    DkObjectClose(handle);
    return error;
}

/* The name alone counts for the host, which does not look at what the handle is: it has to be one of a file that can be
 * opened, however. */
static int chroot_hard_link(const struct place *from, const struct place *to)
{
    int error;
    char *uri = chroot_uri("file:", from->mount, from->inside, &error);
    if (!uri)
        return error;
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_NOFOLLOW | PAL_OPTION_NONBLOCK);
    error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    if (!handle)
        return error == -ELOOP ? -EPERM : error;
    error = change_name(handle, to);
    DkObjectClose(handle);
    return error;
}

/* Permissions and sizes are those of files, which have to be opened for it; the rest belongs to names as well. */
static int chroot_change(const struct place *place, const struct attr_change *change)
{
    const bool of_file = change->which & (CHANGE_MODE | CHANGE_SIZE);
    struct file *file;
    int error;
    if (of_file) {
        const uint32_t access = change->which & CHANGE_SIZE ? O_WRONLY : O_RDONLY;
        error = chroot_open(place, access | O_NONBLOCK, 0, &file);
        if (error == -EACCES && access == O_RDONLY)
            error = chroot_open(place, O_WRONLY | O_NONBLOCK, 0, &file);
        if (error < 0)
            return error;
        error = host_change(file->handle, change);
        file_put(file);
        return error;
    }
    PAL_HANDLE handle = open_name("link:", place, 0, &error);
    if (!handle)
        return error;
    error = host_change(handle, change);
    DkObjectClose(handle);
    return error;
}

const struct fs_ops chroot_fs = {
    .name = "chroot",
    .begin = chroot_begin,
    .attributes = chroot_attributes,
    .read_link = chroot_read_link,
    .open = chroot_open,
    .make_directory = chroot_make_directory,
    .make_node = chroot_make_node,
    .make_link = chroot_make_link,
    .remove = chroot_remove,
    .remove_directory = chroot_remove_directory,
    .rename = chroot_rename,
    .hard_link = chroot_hard_link,
    .change = chroot_change,
    .space = chroot_space,
};
