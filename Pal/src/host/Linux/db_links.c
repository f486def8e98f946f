/* SPDX-License-Identifier: MIT */
/* Linux: names. A handle is a path; each operation is one host call that does not follow a symbolic link there. */
#include "pal_host.h"
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include "linux_error.h"
#include "linux_stat.h"
#include "pal_string.h"
#include "pal_user.h"
#include "sys_linux.h"

#define SHARE_FLAGS (PAL_FLG)0777
#define TARGET_MAX  4095      /* symlink(2): PATH_MAX without the NUL */
#define READ_MAX    INT32_MAX /* of readlinkat */

static int link_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    (void)access, (void)share;
    PAL_HANDLE handle;
    char *path = linux_path(uri);
    const int error = path ? pal_handle_new(PAL_TYPE_LINK, &handle) : -PAL_ERROR_NOMEM;
    if (error < 0) {
        pal_free(path);
        return error;
    }
    handle->link.name.path = path;
    handle->link.flags = options & PAL_OPTION_EXCHANGE ? RENAME_EXCHANGE
                         : create & PAL_CREAT_ALWAYS   ? RENAME_NOREPLACE
                                                       : 0;
    handle->link.further = options & PAL_OPTION_FURTHER;
    *out = handle;
    return 0;
}

static void link_close(PAL_HANDLE handle)
{
    pal_free(handle->link.name.path);
}

/* Opening a path takes no right on what is there; asking for the space by path would be one call more in the filter. */
static int64_t read_space(const char *path, size_t count, void *buffer)
{
    struct statfs what;
    if (count < sizeof(struct pal_space))
        return -PAL_ERROR_OVERFLOW;
    const int fd = sys_openat(AT_FDCWD, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return linux_error(fd);
    const int result = sys_fstatfs(fd, &what);
    sys_close(fd);
    if (result < 0)
        return linux_error(result);
    const struct pal_space space = {
        .block_size = (PAL_NUM)what.f_bsize,
        .blocks = (PAL_NUM)what.f_blocks,
        .free = (PAL_NUM)what.f_bfree,
        .available = (PAL_NUM)what.f_bavail,
        .files = (PAL_NUM)what.f_files,
        .files_free = (PAL_NUM)what.f_ffree,
        .name_max = (PAL_NUM)what.f_namelen,
    };
    const int error = pal_user_write(buffer, &space, sizeof(space));
    return error < 0 ? error : (int64_t)sizeof(space);
}

static int64_t link_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    char *path = linux_name_copy(&handle->link.name);
    int64_t result = -PAL_ERROR_NOMEM;
    if (path && offset == PAL_LINK_SPACE)
        result = read_space(path, count, buffer);
    else if (path)
        result = linux_error(sys_readlinkat(AT_FDCWD, path, buffer, count < READ_MAX ? count : READ_MAX));
    pal_free(path);
    return result;
}

/* Copy what a new link is to stand for; pal_free it. */
static int take_target(size_t count, const void *buffer, char **out)
{
    if (count > TARGET_MAX)
        return -PAL_ERROR_TOOLONG;
    char *target = pal_malloc(count + 1);
    if (!target)
        return -PAL_ERROR_NOMEM;
    int error = pal_user_read(target, buffer, count);
    if (error == 0 && memchr(target, '\0', count))
        error = -PAL_ERROR_INVAL;
    target[count] = '\0';
    if (error < 0)
        pal_free(target);
    else
        *out = target;
    return error;
}

/* kind  S_IFx */
static int64_t make_node(PAL_HANDLE handle, unsigned kind, size_t count, const void *buffer)
{
    PAL_FLG share;
    if (count != sizeof(share))
        return -PAL_ERROR_INVAL;
    const int error = pal_user_read(&share, buffer, sizeof(share));
    if (error < 0)
        return error;
    if (share & ~SHARE_FLAGS)
        return -PAL_ERROR_INVAL;
    char *path = linux_name_copy(&handle->link.name);
    int64_t result = -PAL_ERROR_NOMEM;
    if (path) {
        result = linux_error(sys_mknodat(AT_FDCWD, path, kind | share, 0));
        if (result == 0)
            result = (int64_t)count;
    }
    pal_free(path);
    return result;
}

static int64_t make_link(PAL_HANDLE handle, size_t count, const void *buffer)
{
    char *target = NULL;
    const int error = take_target(count, buffer, &target);
    if (error < 0)
        return error;
    char *path = linux_name_copy(&handle->link.name);
    int64_t result = -PAL_ERROR_NOMEM;
    if (path) {
        result = linux_error(sys_symlinkat(target, AT_FDCWD, path));
        if (result == 0)
            result = (int64_t)count;
    }
    pal_free(path);
    pal_free(target);
    return result;
}

static int64_t link_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    switch (offset) {
    case PAL_LINK_TARGET:
        return make_link(handle, count, buffer);
    case PAL_LINK_FIFO:
        return make_node(handle, S_IFIFO, count, buffer);
    case PAL_LINK_SOCKET:
        return make_node(handle, S_IFSOCK, count, buffer);
    default:
        return -PAL_ERROR_INVAL;
    }
}

static int link_delete(PAL_HANDLE handle, PAL_FLG access)
{
    if (access)
        return -PAL_ERROR_INVAL;
    pal_lock(&handle->link.name.lock);
    const char *path = handle->link.name.path;
    const bool is_directory = path[strlen(path) - 1] == '/';
    pal_unlock(&handle->link.name.lock);
    return linux_name_remove(&handle->link.name, is_directory ? AT_REMOVEDIR : 0);
}

static int link_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    return linux_stat_name(uri->text, out);
}

static int link_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    char *path = linux_name_copy(&handle->link.name);
    const int error = path ? linux_stat_name(path, out) : -PAL_ERROR_NOMEM;
    pal_free(path);
    return error;
}

static int link_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    char *path = linux_name_copy(&handle->link.name);
    const int error = path ? linux_set_name_attributes(path, attr) : -PAL_ERROR_NOMEM;
    pal_free(path);
    return error;
}

static int64_t link_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return linux_name_print(&handle->link.name, URI_LINK, buffer, size);
}

static int link_rename(PAL_HANDLE handle, const struct uri *to)
{
    if (handle->link.further)
        return linux_name_add(&handle->link.name, to);
    return linux_name_change(&handle->link.name, to, handle->link.flags);
}

const struct handle_ops linux_link_ops = {
    .open = link_open,
    .read = link_read,
    .write = link_write,
    .close = link_close,
    .delete = link_delete,
    .attrquery = link_attrquery,
    .attrquerybyhdl = link_attrquerybyhdl,
    .attrsetbyhdl = link_attrsetbyhdl,
    .getname = link_getname,
    .rename = link_rename,
};
