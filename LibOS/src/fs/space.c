/* SPDX-License-Identifier: MIT */
/* What statfs(2) and ustat(2) tell of file systems. Knows none of them. */
#include <asm/statfs.h>

#include "copy.h"
#include "fs.h"
#include "syscalls.h"

#define MAGIC_PIPE      0x50495045
#define MAGIC_ANONYMOUS 0x09041934
#define FLAG_READ_ONLY  0x0001
#define FLAG_VALID      0x0020
#define NAME_LEN_MAX    255

static int write_statfs(void *to, const struct mount *mount, const struct fs_space *space)
{
    struct statfs statfs = {.f_type = (long)space->type,
                            .f_bsize = (long)space->block_size,
                            .f_blocks = (long)space->blocks,
                            .f_bfree = (long)space->free,
                            .f_bavail = (long)space->available,
                            .f_files = (long)space->files,
                            .f_ffree = (long)space->files_free,
                            .f_namelen = (long)space->name_max,
                            .f_frsize = (long)space->block_size};
    statfs.f_flags = (long)(space->flags | FLAG_VALID | (mount != NULL && mount->read_only ? FLAG_READ_ONLY : 0));
    if (mount != NULL)
        statfs.f_fsid.val[0] = (int)mount->device;
    return copy_out(to, &statfs, sizeof(statfs));
}

static int space_of_place(const struct place *place, struct fs_space *out)
{
    struct file_attr attr;
    int error = place_attributes(place, &attr);
    if (error < 0)
        return error;
    *out = (struct fs_space){.block_size = PAGE_SIZE, .name_max = NAME_LEN_MAX};
    return place->mount->ops->space != NULL ? place->mount->ops->space(place, out) : 0;
}

static int space_of_name(const char *name, struct fs_space *out)
{
    struct place *place;
    int error = place_find(AT_FDCWD, name, WALK_TRUE, &place);
    if (error < 0)
        return error;
    error = space_of_place(place, out);
    place_free(place);
    return error;
}

/* An open file's space is that of the name under which it was opened, or of its mount point if that has gone. */
static int space_of_file(const struct file *file, struct fs_space *out)
{
    const struct mount *mount = file->mount;
    if (mount == NULL || file->path == NULL) {
        bool pipe = file->ops->kind != NULL && streq(file->ops->kind, "pipe");
        *out = (struct fs_space){
            .type = pipe ? MAGIC_PIPE : MAGIC_ANONYMOUS, .block_size = PAGE_SIZE, .name_max = NAME_LEN_MAX};
        return 0;
    }
    int error = space_of_name(file->path, out);
    if (error != -ENOENT && error != -ENOTDIR)
        return error;
    return space_of_name(mount->path_len != 0 ? mount->path : "/", out);
}

int64_t sys_statfs(const char *name, void *buf)
{
    struct place *place;
    struct fs_space space;
    int error = place_find(AT_FDCWD, name, WALK_FOLLOW, &place);
    if (error < 0)
        return error;
    bool open = place->magic != NULL;
    error = open ? space_of_file(place->magic, &space) : space_of_place(place, &space);
    if (error == 0)
        error = write_statfs(buf, open ? place->magic->mount : place->mount, &space);
    place_free(place);
    return error;
}

int64_t sys_fstatfs(int fd, void *buf)
{
    struct fs_space space;
    struct file *file = fd_get_path(fd);
    if (file == NULL)
        return -EBADF;
    int error = space_of_file(file, &space);
    if (error == 0)
        error = write_statfs(buf, file->mount, &space);
    file_put(file);
    return error;
}

/* No program can have learnt of a device of which this call knows. */
int64_t sys_ustat(unsigned device, void *buf)
{
    (void)device;
    (void)buf;
    return -EINVAL;
}
