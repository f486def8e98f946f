/* SPDX-License-Identifier: MIT */
/* Linux: files. Positions are the caller's, so that two threads on one handle do not disturb each other. */
#include "pal_host.h"
#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include "linux_barred.h"
#include "linux_device.h"
#include "linux_error.h"
#include "linux_sock.h"
#include "linux_stat.h"
#include "sys_linux.h"

/* lseek(2) */
enum { FROM_START, FROM_HERE }; /* SEEK_SET, SEEK_CUR */

static int open_flags(PAL_FLG access, PAL_FLG create, PAL_FLG options)
{
    static const int access_flags[] = {
        [PAL_ACCESS_RDONLY] = O_RDONLY, [PAL_ACCESS_WRONLY] = O_WRONLY, [PAL_ACCESS_RDWR] = O_RDWR};
    int flags = access_flags[access] | O_CLOEXEC | O_NOCTTY | O_LARGEFILE;
    if (create & PAL_CREAT_TRY)
        flags |= O_CREAT;
    if (create & PAL_CREAT_ALWAYS)
        flags |= O_EXCL;
    if (options & PAL_OPTION_NONBLOCK)
        flags |= O_NONBLOCK;
    if (options & PAL_OPTION_NOFOLLOW)
        flags |= O_NOFOLLOW;
    if (options & PAL_OPTION_APPEND)
        flags |= O_APPEND;
    if (options & PAL_OPTION_TRUNCATE)
        flags |= O_TRUNC;
    return flags;
}

/* mem: has the flags of a memory channel's memory, since the kernel is asked for no others. */
static int memory_open(PAL_HANDLE *out, PAL_FLG options)
{
    PAL_HANDLE handle;
    int error = pal_handle_new(PAL_TYPE_FILE, &handle);
    if (error < 0)
        return error;
    const int fd = sys_memfd_create("", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        pal_handle_discard(handle);
        return (int)linux_error(fd);
    }
    handle->file.fd = fd;
    handle->file.access = PAL_ACCESS_RDWR;
    handle->file.nonblocking = options & PAL_OPTION_NONBLOCK;
    *out = handle;
    return 0;
}

int linux_standard_file(PAL_HANDLE *out, int fd, PAL_FLG access)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE handle;
    int error = linux_stat_open(fd, &attr);
    if (error == 0 && attr.type != PAL_TYPE_FILE)
        error = -PAL_ERROR_STREAMISDEVICE;
    if (error == 0)
        error = pal_handle_new(PAL_TYPE_FILE, &handle);
    if (error != 0)
        return error;
    const int copy = sys_dup(fd);
    if (copy < 0) {
        pal_handle_discard(handle);
        return (int)linux_error(copy);
    }
    handle->file.fd = copy;
    handle->file.access = access;
    handle->file.standard = true;
    *out = handle;
    return 0;
}

static int file_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    PAL_HANDLE handle = NULL;
    int fd = -1;
    if (uri->scheme == URI_MEM)
        return memory_open(out, options);
    char *path = linux_path(uri);
    int error = path ? pal_handle_new(PAL_TYPE_FILE, &handle) : -PAL_ERROR_NOMEM;
    if (error < 0)
        goto out;
    /* Only who may wait, for the other side of a FIFO, can be interrupted. */
    const int flags = open_flags(access, create, options);
    fd = options & PAL_OPTION_NONBLOCK ? sys_openat(AT_FDCWD, path, flags, share)
                                       : sys_openat_blocking(AT_FDCWD, path, flags, share);
    if (fd < 0) {
        error = fd == -ENXIO ? -PAL_ERROR_STREAMISDEVICE : (int)linux_error(fd);
        goto out;
    }
    if (create && !(share & PAL_SHARE_OWNER_R))
        linux_barred_keep(fd);
    handle->file.fd = fd;
    handle->file.access = access;
    handle->file.nonblocking = options & PAL_OPTION_NONBLOCK;
    handle->file.appending = options & PAL_OPTION_APPEND;
    handle->file.name.path = path;
    *out = handle;
    return 0;
out:
    if (handle)
        pal_handle_discard(handle);
    pal_free(path);
    return error;
}

static void file_close(PAL_HANDLE handle)
{
    sys_close(handle->file.fd);
    pal_free(handle->file.name.path);
}

/* FIFOs and terminals have no positions, which the first attempt tells. */
static bool is_stream(PAL_HANDLE handle)
{
    return __atomic_load_n(&handle->file.stream, __ATOMIC_RELAXED);
}

static bool found_stream(PAL_HANDLE handle, long result)
{
    if (result == -ESPIPE)
        __atomic_store_n(&handle->file.stream, true, __ATOMIC_RELAXED);
    return result == -ESPIPE;
}

static int64_t file_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    const int fd = handle->file.fd;
    if (!is_stream(handle)) {
        const long result = sys_pread64(fd, buffer, count, offset);
        if (!found_stream(handle, result))
            return linux_error(result);
    }
    return linux_error(sys_read(fd, buffer, count));
}

static int64_t file_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    const int fd = handle->file.fd;
    if (!is_stream(handle)) {
        const long result = sys_pwrite64(fd, buffer, count, offset);
        if (!found_stream(handle, result))
            return linux_error(result);
    }
    return linux_error(sys_write(fd, buffer, count));
}

/* Not so of mem: and standard descriptors, and that never changes. */
static bool has_name(PAL_HANDLE handle)
{
    return handle->file.name.path;
}

static int file_delete(PAL_HANDLE handle, PAL_FLG access)
{
    if (!has_name(handle))
        return -PAL_ERROR_NOTSUPPORT;
    return access ? -PAL_ERROR_INVAL : linux_name_remove(&handle->file.name, 0);
}

static int file_map(PAL_HANDLE handle, void **address, PAL_FLG prot, uint64_t offset, size_t size)
{
    const int flags = prot & PAL_PROT_WRITECOPY || !(prot & PAL_PROT_WRITE) ? MAP_PRIVATE : MAP_SHARED;
    const int protection = linux_protection(prot);
    const int fd = handle->file.fd;
    const long result = *address ? sys_mmap(*address, size, protection, flags | MAP_FIXED, fd, offset)
                                 : linux_map_anywhere(size, protection, flags, fd, offset);
    if (result < 0 && result > -4096)
        return (int)linux_error(result);
    *address = (void *)result;
    return 0;
}

static int file_setlength(PAL_HANDLE handle, uint64_t length)
{
    /* The kernel calls a descriptor that is not open for writing, and what is no file, invalid arguments. */
    if (handle->file.access == PAL_ACCESS_RDONLY)
        return -PAL_ERROR_DENIED;
    const int result = sys_ftruncate(handle->file.fd, length);
    return result == -EINVAL ? -PAL_ERROR_NOTSUPPORT : (int)linux_error(result);
}

static int file_flush(PAL_HANDLE handle)
{
    const int result = sys_fsync(handle->file.fd);
    return result == -EINVAL ? -PAL_ERROR_NOTSUPPORT : (int)linux_error(result);
}

static int file_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    return linux_stat(uri->text, out);
}

static int file_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    const int error = linux_stat_open(handle->file.fd, out);
    if (error < 0)
        return error;
    if (PAL_MODE_KIND(out->mode) == PAL_KIND_FIFO) /* a stream */
        out->size = linux_bytes_ready(handle->file.fd);
    out->nonblocking = handle->file.nonblocking;
    out->appending = handle->file.appending;
    if (!handle->file.standard)
        return 0;
    const long place = sys_lseek(handle->file.fd, 0, FROM_HERE);
    out->place = place < 0 ? 0 : (PAL_NUM)place;
    return (int)linux_error(place < 0 ? place : 0);
}

static int set_place(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    if (attr->share_flags != PAL_SET_PLACE)
        return -PAL_ERROR_INVAL;
    if (!handle->file.standard)
        return -PAL_ERROR_NOTSUPPORT;
    const long place = sys_lseek(handle->file.fd, attr->place, FROM_START);
    return (int)linux_error(place < 0 ? place : 0);
}

static int set_flags(PAL_HANDLE handle, bool nonblocking, bool appending)
{
    if (nonblocking == handle->file.nonblocking && appending == handle->file.appending)
        return 0;
    const int flags = (nonblocking ? O_NONBLOCK : 0) | (appending ? O_APPEND : 0);
    const int result = sys_fcntl(handle->file.fd, F_SETFL, flags);
    if (result < 0)
        return (int)linux_error(result);
    handle->file.nonblocking = nonblocking;
    handle->file.appending = appending;
    return 0;
}

static int file_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    if (attr->share_flags & PAL_SET_PLACE)
        return set_place(handle, attr);
    /* Who says what is to be set means the file, not the handle. */
    const bool chosen = attr->share_flags & (PAL_SET_PERMISSIONS | PAL_SET_OWNER | PAL_SET_TIMES);
    const int error = chosen ? 0 : set_flags(handle, attr->nonblocking, attr->appending);
    return error < 0 ? error : linux_set_attributes(handle->file.fd, attr);
}

static int64_t file_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    if (!has_name(handle))
        return -PAL_ERROR_NOTSUPPORT;
    return linux_name_print(&handle->file.name, URI_FILE, buffer, size);
}

static int file_rename(PAL_HANDLE handle, const struct uri *to)
{
    if (!has_name(handle))
        return -PAL_ERROR_NOTSUPPORT;
    return to->scheme == URI_LINK ? linux_name_add(&handle->file.name, to)
                                  : linux_name_change(&handle->file.name, to, 0);
}

const struct handle_ops linux_file_ops = {
    .open = file_open,
    .read = file_read,
    .write = file_write,
    .close = file_close,
    .delete = file_delete,
    .map = file_map,
    .setlength = file_setlength,
    .flush = file_flush,
    .attrquery = file_attrquery,
    .attrquerybyhdl = file_attrquerybyhdl,
    .attrsetbyhdl = file_attrsetbyhdl,
    .getname = file_getname,
    .rename = file_rename,
};
