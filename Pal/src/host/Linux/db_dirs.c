/* SPDX-License-Identifier: MIT */
/* Linux: directories, read as a sequence of names. */
#include "pal_host.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include "linux_error.h"
#include "linux_stat.h"
#include "pal_string.h"
#include "pal_user.h"
#include "sys_linux.h"

#define ENTRIES_SIZE 8192
#define ENTRIES_MAX  INT32_MAX /* of getdents64 */
#define SEEK_SET     0

/* A record of getdents64(2). */
struct dirent64 {
    uint64_t d_ino;
    int64_t d_off;
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[];
};
enum { DT_UNKNOWN = 0, DT_DIR = 4 };

static int dir_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    PAL_HANDLE handle = NULL;
    int fd = -1;
    const int nofollow = options & PAL_OPTION_NOFOLLOW ? O_NOFOLLOW : 0;
    char *path = linux_path(uri);
    int error = path ? pal_handle_new(PAL_TYPE_DIR, &handle) : -PAL_ERROR_NOMEM;
    if (error == 0 && create & PAL_CREAT_TRY) {
        error = (int)linux_error(sys_mkdirat(AT_FDCWD, path, share));
        if (error == -PAL_ERROR_STREAMEXIST && !(create & PAL_CREAT_ALWAYS))
            error = 0;
    }
    if (error < 0)
        goto out;
    fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | nofollow, 0);
    if (fd < 0) {
        error = (int)linux_error(fd);
        goto out;
    }
    handle->dir.fd = fd;
    handle->dir.access = access;
    handle->dir.whole = options & PAL_OPTION_ENTRIES;
    handle->dir.name.path = path;
    *out = handle;
    return 0;
out:
    if (handle)
        pal_handle_discard(handle);
    pal_free(path);
    return error;
}

static void dir_close(PAL_HANDLE handle)
{
    sys_close(handle->dir.fd);
    pal_free(handle->dir.name.path);
    pal_free(handle->dir.entries);
}

/* Have a record at next; returns 0 at the end of the directory. */
static int64_t fill(PAL_HANDLE handle)
{
    if (handle->dir.next < handle->dir.end)
        return 1;
    const long result = sys_getdents64(handle->dir.fd, handle->dir.entries, ENTRIES_SIZE);
    if (result > 0) {
        handle->dir.next = 0;
        handle->dir.end = (uint32_t)result;
    }
    return linux_error(result);
}

/* A link to a directory is none: who follows it may come round again. Some file systems do not tell with the name. */
static bool is_directory(PAL_HANDLE handle, const struct dirent64 *entry)
{
    struct statx st;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return sys_statx(handle->dir.fd, entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) == 0 &&
           (st.stx_mode & S_IFMT) == S_IFDIR;
}

/* Copy one name, with a slash if it is a directory's.
 * returns  bytes used of the buffer
 * errors   OVERFLOW: there is no room; BADADDR */
static int64_t copy_name(char *buffer, size_t room, const char *name, bool directory)
{
    const size_t len = strlen(name);
    const size_t size = len + directory + 1;
    if (size > room)
        return -PAL_ERROR_OVERFLOW;
    int error = pal_user_write(buffer, name, len);
    if (error == 0)
        error = directory ? pal_user_write(buffer + len, "/", 2) : pal_user_write(buffer + len, "", 1);
    return error < 0 ? error : (int64_t)size;
}

/* Copy names until the buffer is full; a name that cannot be copied stays for the next call. */
static int64_t read_names(PAL_HANDLE handle, size_t count, char *buffer)
{
    size_t used = 0;
    int64_t more;
    while ((more = fill(handle)) > 0) {
        const struct dirent64 *entry = (const void *)(handle->dir.entries + handle->dir.next);
        if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
            const bool directory = is_directory(handle, entry);
            const int64_t size = copy_name(buffer + used, count - used, entry->d_name, directory);
            if (size < 0)
                return used ? (int64_t)used : size;
            used += (size_t)size;
        }
        handle->dir.next += entry->d_reclen;
    }
    return used ? (int64_t)used : more;
}

/* Opening it once more would need the permission to search it. */
static int64_t start_again(PAL_HANDLE handle)
{
    const int64_t result = linux_error(sys_lseek(handle->dir.fd, 0, SEEK_SET));
    if (result == 0)
        handle->dir.next = handle->dir.end = 0;
    return result;
}

/* The kernel's records are the program's; they go to its buffer directly. */
static int64_t read_entries(PAL_HANDLE handle, size_t count, void *buffer)
{
    const long result = sys_getdents64(handle->dir.fd, buffer, count < ENTRIES_MAX ? count : ENTRIES_MAX);
    return result == -EINVAL ? -PAL_ERROR_OVERFLOW : linux_error(result);
}

static int64_t read_listing(PAL_HANDLE handle, size_t count, char *buffer)
{
    if (!handle->dir.entries)
        handle->dir.entries = pal_malloc(ENTRIES_SIZE);
    return handle->dir.entries ? read_names(handle, count, buffer) : -PAL_ERROR_NOMEM;
}

static int64_t dir_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    int64_t result = 0;
    if (handle->dir.access == PAL_ACCESS_WRONLY)
        return -PAL_ERROR_DENIED;
    linux_lock(&handle->dir.lock);
    if (offset == 0 && handle->dir.begun)
        result = start_again(handle);
    if (result == 0) {
        handle->dir.begun = true;
        result = handle->dir.whole ? read_entries(handle, count, buffer) : read_listing(handle, count, buffer);
    }
    linux_unlock(&handle->dir.lock);
    return result;
}

static int64_t dir_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    (void)handle, (void)offset, (void)count, (void)buffer;
    return -PAL_ERROR_STREAMISDIR;
}

static int dir_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return access ? -PAL_ERROR_INVAL : linux_name_remove(&handle->dir.name, AT_REMOVEDIR);
}

static int dir_flush(PAL_HANDLE handle)
{
    return (int)linux_error(sys_fsync(handle->dir.fd));
}

static int dir_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    PAL_STREAM_ATTR attr;
    int error = linux_stat(uri->text, &attr);
    if (error == 0 && attr.type != PAL_TYPE_DIR)
        error = -PAL_ERROR_STREAMISFILE;
    if (error == 0)
        *out = attr;
    return error;
}

static int dir_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return linux_stat_open(handle->dir.fd, out);
}

static int dir_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return linux_set_attributes(handle->dir.fd, attr);
}

static int64_t dir_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return linux_name_print(&handle->dir.name, URI_DIR, buffer, size);
}

static int dir_rename(PAL_HANDLE handle, const struct uri *to)
{
    return linux_name_change(&handle->dir.name, to, 0);
}

const struct handle_ops linux_dir_ops = {
    .open = dir_open,
    .read = dir_read,
    .write = dir_write,
    .close = dir_close,
    .delete = dir_delete,
    .flush = dir_flush,
    .attrquery = dir_attrquery,
    .attrquerybyhdl = dir_attrquerybyhdl,
    .attrsetbyhdl = dir_attrsetbyhdl,
    .getname = dir_getname,
    .rename = dir_rename,
};
