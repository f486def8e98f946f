/* SPDX-License-Identifier: MIT */
/* O_PATH: open files that only stand for a name. Knows no file system. */
#include "path_file.h"
#include "parcel.h"

#include "attributes.h"

/* The place whose name the file has kept. */
static int find_place(struct file *file, struct place **out)
{
    return file->path ? place_find(AT_FDCWD, file->path, WALK_TRUE, out) : -ENOENT;
}

static int path_attributes(struct file *file, struct file_attr *out)
{
    struct place *place;
    int error = find_place(file, &place);
    if (error < 0)
        return error;
    error = place_look(place);
    if (error == 0)
        *out = place->attr;
    place_free(place);
    return error;
}

/* By way of /proc/self/fd. */
static int path_change(struct file *file, const struct attr_change *change)
{
    struct place *place;
    int error = find_place(file, &place);
    if (error < 0)
        return error;
    const struct fs_ops *ops = place->mount->ops;
    error = place_look(place);
    if (error == 0 && change->which & CHANGE_MODE && S_ISLNK(place->attr.mode))
        error = -EOPNOTSUPP;
    if (error == 0)
        error = place->mount->read_only ? -EROFS : ops->change ? ops->change(place, change) : -EPERM;
    place_free(place);
    return error;
}

/* The receiver looks the name up. */
static int path_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    (void)parcel, (void)out_handle;
    return file->path && file->mount ? 0 : -EOPNOTSUPP;
}

static int path_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (handle)
        DkObjectClose(handle);
    const int error = parcel->path ? file_open(parcel->path, O_PATH | O_NOFOLLOW, 0, out) : -EBADMSG;
    if (error == 0)
        (*out)->flags = O_PATH | (parcel->flags & (O_DIRECTORY | O_NOFOLLOW));
    return error;
}

const struct parcel_kind path_parcels = {.pack = path_pack, .unpack = path_unpack};

static const struct file_ops path_file_ops = {
    .attributes = path_attributes,
    .change = path_change,
    .parcel = &path_parcels,
};

int path_file_new(struct place *place, uint32_t flags, struct file **out)
{
    int error = place->must_be_dir ? place_look_kind(place) : 0;
    if (error < 0)
        return error;
    if (place->magic) { /* of an open file only its name is kept */
        struct file *meant = place->magic;
        if (!meant->path || !meant->mount) {
            file_get(meant);
            *out = meant;
            return 0;
        }
        *out = file_new(&path_file_ops, flags, NULL);
        if (*out)
            file_set_path(*out, meant->mount, meant->path, strlen(meant->path));
        return *out ? 0 : -ENOMEM;
    }
    error = place_look(place);
    if (error < 0)
        return error;
    if (flags & O_DIRECTORY && !S_ISDIR(place->attr.mode))
        return -ENOTDIR;
    *out = file_new(&path_file_ops, flags, NULL);
    if (!*out)
        return -ENOMEM;
    file_set_path(*out, place->mount, place->path, place->len);
    return 0;
}
