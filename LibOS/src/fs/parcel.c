/* SPDX-License-Identifier: MIT */
/* Open files on their way to another process: what all kinds have in common. Knows no way. */
#include "parcel.h"
#include "fs_core.h"
#include "shared.h"

/***** Kinds *****/

/* Files that have nothing but their names: devices, what /proc and /sys show. Each process opens them for itself. */
static int name_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    (void)parcel, (void)out_handle;
    return file->path && file->mount && !file->handle ? 0 : -EOPNOTSUPP;
}

static int name_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (handle)
        DkObjectClose(handle);
    return parcel->path ? file_open_path(parcel->path, parcel->flags | O_NOCTTY, 0, out) : -EBADMSG;
}

static const struct parcel_kind name_parcels = {.pack = name_pack, .unpack = name_unpack};

/* The number of a kind is its place. */
static const struct parcel_kind *const kinds[] = {
    &name_parcels,   &host_parcels,       &directory_parcels, &standard_parcels, &tmpfs_parcels,    &memfd_parcels,
    &pipe_parcels,   &socket_parcels,     &eventfd_parcels,   &timerfd_parcels,  &signalfd_parcels, &pidfd_parcels,
    &mqueue_parcels, &pty_master_parcels, &pty_slave_parcels, &fifo_parcels,     &path_parcels,
};

static uint32_t number_of(const struct parcel_kind *kind)
{
    uint32_t number = 0;
    while (kind && number < array_count(kinds) && kinds[number] != kind)
        number++;
    return kind ? number : 0;
}

/***** Paths *****/

static int pack_path(const struct file *file, struct file_parcel *out)
{
    if (!file->path)
        return 0;
    const size_t size = strlen(file->path) + 1;
    out->path = shared_alloc(size);
    if (!out->path)
        return -ENOMEM;
    memcpy(out->path, file->path, size);
    out->path_size = (uint32_t)size;
    out->has_mount = file->mount != NULL;
    return 0;
}

static void drop_path(const struct file_parcel *parcel)
{
    if (parcel->path && parcel->path_size <= PATH_SIZE)
        shared_free(parcel->path, parcel->path_size);
}

/* Have the path in memory of our own; NULL = none. */
static char *take_path(const struct file_parcel *parcel)
{
    const size_t size = parcel->path_size;
    char *path = NULL;
    if (size > 0 && size <= PATH_SIZE && parcel->path && shared_has(parcel->path, size))
        path = heap_strdup(parcel->path, size - 1);
    drop_path(parcel);
    if (path && parcel->has_mount && path[0] != '/') {
        heap_free(path);
        path = NULL;
    }
    return path;
}

static void give_path(struct file *file, const struct file_parcel *parcel)
{
    const char *inside;
    if (!parcel->path || file->path)
        return;
    const size_t len = strlen(parcel->path);
    file_set_path(file, parcel->has_mount ? mount_of(parcel->path, len, &inside) : NULL, parcel->path, len);
}

/***** Parcels *****/

int file_pack(struct file *file, struct file_parcel *out, PAL_HANDLE *out_handle)
{
    *out = (struct file_parcel){.kind = number_of(file->ops->parcel), .flags = file->flags, .inode = file->inode};
    *out_handle = NULL;
    int error = file_share(file);
    if (error < 0)
        return error;
    out->shared = file->shared;
    error = kinds[out->kind]->pack(file, out, out_handle);
    if (error == 0)
        error = pack_path(file, out);
    out->has_handle = *out_handle != NULL;
    if (error < 0)
        file_parcel_drop(out);
    return error;
}

int file_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    struct file_parcel own = *parcel;
    if (own.kind >= array_count(kinds)) {
        if (handle)
            DkObjectClose(handle);
        return -EBADMSG;
    }
    own.path = take_path(&own);
    int error = kinds[own.kind]->unpack(&own, handle, out);
    if (error == 0) {
        (*out)->inode = own.inode;
        give_path(*out, &own);
        file_give_shared(*out, own.shared);
    } else {
        shared_user_put(own.shared);
    }
    heap_free(own.path);
    return error;
}

void file_parcel_drop(const struct file_parcel *parcel)
{
    const struct file_parcel own = *parcel;
    drop_path(&own);
    shared_user_put(own.shared);
    if (own.kind < array_count(kinds) && kinds[own.kind]->drop)
        kinds[own.kind]->drop(&own);
}
