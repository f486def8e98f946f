/* SPDX-License-Identifier: MIT */
/* Open files of the host and checkpoints: the process that goes on opens them anew, by their names. Knows no other kind. */
#include "fs/fs_core.h"

/* Open what a file's path names, as it was opened. *out_error is set if there is nothing. */
static PAL_HANDLE open_by_name(const struct file *file, const char *scheme, PAL_FLG options, int *out_error)
{
    static const PAL_FLG access[] = {PAL_ACCESS_RDONLY, PAL_ACCESS_WRONLY, PAL_ACCESS_RDWR, PAL_ACCESS_RDWR};
    if (!file->path || !file->mount || !file->mount->host) {
        *out_error = -EOPNOTSUPP;
        return NULL;
    }
    char *uri = chroot_path_uri(scheme, file->mount, file->path, out_error);
    if (!uri)
        return NULL;
    PAL_HANDLE handle = DkStreamOpen(uri, access[file->flags & O_ACCMODE], 0, 0, options);
    *out_error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    return handle;
}

/* The name must lead to this file, and to one that can be opened again. */
int host_keep(struct file *file)
{
    PAL_STREAM_ATTR own, named;
    int error;
    if (!file->handle)
        return 0; /* a directory that only mounts make */
    PAL_HANDLE handle = open_by_name(file, "file:", PAL_OPTION_NONBLOCK, &error);
    if (!handle)
        return error;
    const bool same = DkStreamAttributesQuerybyHandle(handle, &named) &&
                      DkStreamAttributesQuerybyHandle(file->handle, &own) && named.file_id == own.file_id &&
                      named.device_id == own.device_id;
    const uint32_t kind = same ? PAL_MODE_KIND(own.mode) : PAL_KIND_UNKNOWN;
    DkObjectClose(handle);
    return kind == PAL_KIND_FILE || kind == PAL_KIND_DIRECTORY ? 0 : -EOPNOTSUPP;
}

int host_resume(struct file *file)
{
    const PAL_FLG options =
        (file->flags & O_NONBLOCK ? PAL_OPTION_NONBLOCK : 0u) | (file->flags & O_APPEND ? PAL_OPTION_APPEND : 0u);
    int error;
    file->handle = open_by_name(file, "file:", options, &error);
    return error;
}

/* What is read next is where reading stopped. */
int host_directory_resume(struct file *file)
{
    int error;
    file->handle = open_by_name(file, "dir:", PAL_OPTION_ENTRIES, &error);
    return error < 0 ? error : host_directory_go_on(file);
}
