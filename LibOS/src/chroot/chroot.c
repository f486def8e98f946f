/* SPDX-License-Identifier: MIT */
/* The file system of kind chroot: a directory of the host. Knows names; what is open is host_file.c's. */
#include "chroot.h"
#include "fs/mount.h"

#define SCHEME_ROOM sizeof("link:")

/* mount->data: the host's path, without a slash at its end; its root is "". */
struct base {
    size_t len;
    char path[];
};

static int chroot_begin(struct mount *mount)
{
    const char *path = strchr(mount->source, ':');
    if (!path || path[1] == '\0')
        return -EINVAL;
    size_t len = strlen(++path);
    while (len > 0 && path[len - 1] == '/')
        len--;
    struct base *base = heap_alloc(sizeof(*base) + len);
    if (!base)
        return -ENOMEM;
    base->len = len;
    memcpy(base->path, path, len);
    mount->data = base;
    return 0;
}

/* A URI that was given back last serves again. */
static void *g_spare;

static char *uri_of(const char *scheme, const struct mount *mount, const char *inside, size_t inside_len,
                    int *out_error)
{
    const struct base *base = mount->data;
    *out_error = -ENAMETOOLONG;
    if (SCHEME_ROOM + base->len + 1 + inside_len >= URI_ROOM)
        return NULL;
    char *uri = spare_take(&g_spare);
    if (!uri)
        uri = heap_alloc(URI_ROOM);
    *out_error = -ENOMEM;
    if (!uri)
        return NULL;
    char *end = uri;
    while (*scheme)
        *end++ = *scheme++;
    memcpy(end, base->path, base->len);
    end += base->len;
    if (inside_len > 0 || base->len == 0)
        *end++ = '/';
    memcpy(end, inside, inside_len);
    end[inside_len] = '\0';
    return uri;
}

char *chroot_uri(const char *scheme, const struct place *place, int *out_error)
{
    const size_t inside_len = (size_t)(place->path + place->len - place->inside);
    return uri_of(scheme, place->mount, place->inside, inside_len, out_error);
}

char *chroot_path_uri(const char *scheme, const struct mount *mount, const char *path, int *out_error)
{
    const char *inside = path + mount->path_len;
    if (*inside == '/')
        inside++;
    return uri_of(scheme, mount, inside, strlen(inside), out_error);
}

void chroot_uri_free(char *uri)
{
    spare_give(&g_spare, uri);
}

/* A handle for a name; *out_error is set if there is none. */
PAL_HANDLE chroot_open_name(const char *scheme, const struct place *place, PAL_FLG create, PAL_FLG options,
                            int *out_error)
{
    char *uri = chroot_uri(scheme, place, out_error);
    if (!uri)
        return NULL;
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, create, options);
    *out_error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    return handle;
}

/***** Looking *****/

/* Where something is mounted below there is a directory, whether the host has it or not. */
static void virtual_directory(const struct place *place, struct file_attr *out)
{
    *out = (struct file_attr){
        .device = place->mount->device, .inode = 1, .mode = S_IFDIR | 0755, .links = 2, .block_size = PAGE_SIZE};
}

int chroot_attributes(const struct place *place, struct file_attr *out)
{
    PAL_STREAM_ATTR attr;
    int error;
    /* What is mounted is meant even if its name on the host is a link. */
    char *uri = chroot_uri(place->inside[0] ? "link:" : "file:", place, &error);
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
    PAL_HANDLE handle = chroot_open_name("link:", place, 0, 0, &error);
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
    PAL_HANDLE handle = chroot_open_name("link:", place, 0, 0, &error);
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
    .link_file = chroot_link_file,
    .change = chroot_change,
    .space = chroot_space,
};
