/* SPDX-License-Identifier: MIT */
/* Open files of the host, with names or without, each behind one handle. What kind of file it is, is asked for only when it
 * matters: an open is one host call. Knows no name. */
#include <asm/ioctls.h>
#include <linux/fs.h>
#include <linux/mman.h>

#include "copy.h"
#include "fs/fs_core.h"
#include "parcel.h"
#include "poll.h"

/* In file->state: S_IFx, 0 = not known yet; HOST_LINKABLE; and */
#define AT_END 0x10000u /* the position is the end, wherever that is: something has been appended */

struct file *host_file_new(PAL_HANDLE handle, uint32_t flags, uint32_t kind)
{
    struct file *file = file_new(kind == S_IFDIR ? &host_directory_ops : &host_file_ops, flags, NULL);
    if (!file) {
        if (handle)
            DkObjectClose(handle);
        return NULL;
    }
    file->handle = handle;
    file->state = kind;
    return file;
}

/***** Attributes *****/

/* As the kernel gives it to programs: new_encode_dev. */
static uint64_t encode_device(PAL_NUM device)
{
    const uint64_t major = device >> 32, minor = device & UINT32_MAX;
    return (minor & 0xff) | major << 8 | (minor & ~0xffull) << 12;
}

void host_attributes(const PAL_STREAM_ATTR *from, struct file_attr *out)
{
    *out = (struct file_attr){
        .device = encode_device(from->device_id),
        .inode = from->file_id,
        .rdev = encode_device(from->rdev_id),
        .mode = from->mode,
        .links = (uint32_t)from->link_count,
        .uid = (uint32_t)from->owner_id,
        .gid = (uint32_t)from->group_id,
        .block_size = (uint32_t)from->block_size,
        .size = S_ISFIFO(from->mode) ? 0 : from->size, /* what it holds is no size */
        .blocks = from->allocated / 512,
        .access_ns = (int64_t)from->access_time,
        .modify_ns = (int64_t)from->modify_time,
        .change_ns = (int64_t)from->change_time,
        .birth_ns = (int64_t)from->create_time,
    };
}

static int host_file_attributes(struct file *file, struct file_attr *out)
{
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
        return pal_failure();
    host_attributes(&attr, out);
    file->state |= attr.mode & S_IFMT;
    return 0;
}

PAL_APART static void ask_kind(struct file *file)
{
    struct file_attr attr;
    (void)host_file_attributes(file, &attr);
}

/* S_IFx; asks the host if it has to. 0 = it does not tell. */
static uint32_t kind_of(struct file *file)
{
    if (!(file->state & S_IFMT))
        ask_kind(file);
    return file->state & S_IFMT;
}

static bool is_regular(struct file *file)
{
    return kind_of(file) == S_IFREG;
}

static int64_t size_of(struct file *file)
{
    PAL_STREAM_ATTR attr;
    return DkStreamAttributesQuerybyHandle(file->handle, &attr) ? (int64_t)attr.size : pal_failure();
}

static int change_size(PAL_HANDLE handle, uint64_t size)
{
    pal_failure_clear();
    return DkStreamSetLength(handle, size) != size || pal_failed() ? pal_failure() : 0;
}

#define SET_ID (PAL_FLG)(PAL_MODE_SETUID | PAL_MODE_SETGID)

int host_change(PAL_HANDLE handle, const struct attr_change *change)
{
    const uint32_t which = change->which;
    PAL_STREAM_ATTR attr = {
        .owner_id = PAL_ID_KEEP, .group_id = PAL_ID_KEEP, .access_time = PAL_TIME_KEEP, .modify_time = PAL_TIME_KEEP};
    if (which & CHANGE_SIZE) {
        const int error = change_size(handle, change->size);
        if (error < 0)
            return error;
    }
    if (which & CHANGE_MODE) {
        attr.share_flags = PAL_SET_PERMISSIONS | (change->mode & 0777);
        attr.mode = change->mode & 07000;
    }
    if (which & CHANGE_UID)
        attr.owner_id = change->uid;
    if (which & CHANGE_GID)
        attr.group_id = change->gid;
    if (which & (CHANGE_UID | CHANGE_GID))
        attr.share_flags |= PAL_SET_OWNER;
    if (which & CHANGE_ACCESS)
        attr.access_time = (PAL_NUM)change->access_ns;
    if (which & CHANGE_MODIFY)
        attr.modify_time = (PAL_NUM)change->modify_ns;
    if (which & (CHANGE_ACCESS | CHANGE_MODIFY))
        attr.share_flags |= PAL_SET_TIMES;
    if (!attr.share_flags)
        return 0;
    int error = DkStreamAttributesSetbyHandle(handle, &attr) ? 0 : pal_failure();
    if ((error == -EACCES || error == -EPERM) && which & CHANGE_MODE && attr.mode & SET_ID) {
        attr.mode &= ~SET_ID; /* a confining host gives nobody these bits; the others are wanted all the same */
        error = DkStreamAttributesSetbyHandle(handle, &attr) ? 0 : pal_failure();
    }
    /* For the owner of a file and its times the host's refusal is one of rights, not of access. */
    return error == -EACCES && !(which & (CHANGE_ACCESS | CHANGE_MODIFY)) ? -EPERM : error;
}

static int host_file_change(struct file *file, const struct attr_change *change)
{
    return host_change(file->handle, change);
}

/***** Data *****/

/* Find out where the position is after something was appended. */
PAL_APART static void settle(struct file *file)
{
    const int64_t size = size_of(file);
    if (size >= 0)
        file->position = size;
    file->state &= ~(uint64_t)AT_END;
}

static int64_t host_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    if (file->state & AT_END && position == &file->position)
        settle(file);
    int64_t result = stream_read(file->handle, (uint64_t)*position, count, buffer);
    if (result == -EINTR)
        result =
            is_regular(file) ? stream_read_through(file->handle, (uint64_t)*position, count, buffer) : -ERESTARTSYS;
    if (result > 0)
        *position += result;
    return result;
}

static int64_t host_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    if (io_is_limited() && is_regular(file)) {
        const int error = io_limit_write(file->flags & O_APPEND ? size_of(file) : *position, &count);
        if (error < 0)
            return error;
    }
    /* What goes to the end without moving the position must not move it afterwards either. */
    if (file->state & AT_END && position != &file->position)
        settle(file);
    int64_t result = stream_write(file->handle, (uint64_t)*position, count, buffer);
    if (result == -EINTR)
        result =
            is_regular(file) ? stream_write_through(file->handle, (uint64_t)*position, count, buffer) : -ERESTARTSYS;
    if (result > 0) {
        *position += result;
        if (file->flags & O_APPEND && position == &file->position)
            file->state |= AT_END;
        if (file->flags & O_DSYNC && !DkStreamFlush(file->handle))
            return pal_failure();
    }
    if (result == -ECONNRESET)
        return io_broken_pipe();
    return result;
}

static int64_t host_seek(struct file *file, int64_t offset, int whence)
{
    int64_t size = 0;
    if (file->state & AT_END)
        settle(file);
    if (whence >= SEEK_END && is_regular(file)) {
        size = size_of(file);
        if (size < 0)
            return size;
    }
    return seek_to(file, offset, whence, size);
}

static bool host_seekable(struct file *file)
{
    const uint32_t kind = kind_of(file);
    return kind == S_IFREG || kind == S_IFDIR || kind == S_IFBLK || kind == 0;
}

/***** Other operations *****/

/* What is mapped for reading only, but could be made writable, must reach the file from the beginning. */
static int map_shared(struct file *file, PAL_HANDLE handle, uint64_t address, size_t size, int prot, uint64_t offset)
{
    PAL_FLG flags = (PAL_FLG)prot & (PAL_PROT_READ | PAL_PROT_WRITE | PAL_PROT_EXEC);
    const bool narrow = file_writable(file) && !(prot & PROT_WRITE);
    if (!DkStreamMap(handle, (void *)address, narrow ? flags | PAL_PROT_WRITE : flags, offset, size))
        return pal_failure();
    if (narrow && !DkVirtualMemoryProtect((void *)address, size, flags))
        return pal_failure();
    return 0;
}

int host_map(struct file *file, PAL_HANDLE handle, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    int error;
    if (!file_readable(file))
        return -EACCES;
    if ((flags & MAP_TYPE) != MAP_PRIVATE) {
        if (prot & PROT_WRITE && !file_writable(file))
            return -EACCES;
        error = map_shared(file, handle, address, size, prot, offset);
    } else {
        PAL_FLG protection = (PAL_FLG)prot & (PAL_PROT_READ | PAL_PROT_WRITE | PAL_PROT_EXEC);
        if (prot & PROT_WRITE)
            protection |= PAL_PROT_WRITECOPY;
        error = DkStreamMap(handle, (void *)address, protection, offset, size) ? 0 : pal_failure();
    }
    return error == -EOPNOTSUPP ? -ENODEV : error;
}

static int host_file_map(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    return host_map(file, file->handle, address, size, prot, flags, offset);
}

static int host_flush(struct file *file, bool data_only)
{
    (void)data_only;
    const int error = DkStreamFlush(file->handle) ? 0 : pal_failure();
    return error == -EOPNOTSUPP ? -EINVAL : error;
}

static uint32_t host_poll(struct file *file, struct poll_table *table)
{
    const uint32_t always = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
    if (host_seekable(file))
        return always;
    if (!table)
        return poll_stream_now(file->handle, always);
    poll_on_stream(table, file->handle);
    return 0;
}

static void host_flags_changed(struct file *file)
{
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
        return;
    attr.nonblocking = file->flags & O_NONBLOCK;
    attr.appending = file->flags & O_APPEND;
    (void)DkStreamAttributesSetbyHandle(file->handle, &attr);
}

/* It was opened as a file, since nobody had said that it is a directory. */
static int64_t host_read_directory(struct file *file, void *buffer, size_t size)
{
    int error;
    if (kind_of(file) != S_IFDIR || !file->path)
        return -ENOTDIR;
    char *uri = chroot_path_uri("dir:", file->mount, file->path, &error);
    if (!uri)
        return error;
    PAL_HANDLE handle = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, PAL_OPTION_ENTRIES | PAL_OPTION_NOFOLLOW);
    error = handle ? 0 : pal_failure();
    chroot_uri_free(uri);
    if (error < 0)
        return error;
    struct file *directory = host_file_new(handle, O_RDONLY, S_IFDIR);
    if (!directory)
        return -ENOMEM;
    file->ops = &host_directory_ops; /* before it has a stream that is to be read in this way alone */
    file_become(file, directory);
    file->position = 0;
    return host_directory_read(file, buffer, size);
}

/***** On the way to another process *****/

static int host_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    parcel->state = file->state;
    *out_handle = file->handle;
    return 0;
}

static int host_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (!handle)
        return -EBADMSG;
    *out = host_file_new(handle, parcel->flags, 0);
    if (!*out)
        return -ENOMEM;
    (*out)->state = parcel->state & (S_IFMT | AT_END);
    return 0;
}

const struct parcel_kind host_parcels = {.pack = host_pack, .unpack = host_unpack};

/* How much waits in a FIFO. What else files can be asked is the same for all of them. */
static int64_t host_control(struct file *file, uint32_t request, uint64_t argument)
{
    if (request != FIONREAD || kind_of(file) != S_IFIFO)
        return -ENOTTY;
    const int64_t waiting = size_of(file);
    const int32_t told = (int32_t)waiting;
    return waiting < 0 ? waiting : copy_out((void *)argument, &told, sizeof(told));
}

const struct file_ops host_file_ops = {
    .read = host_read,
    .write = host_write,
    .seek = host_seek,
    .attributes = host_file_attributes,
    .change = host_file_change,
    .read_directory = host_read_directory,
    .map = host_file_map,
    .flush = host_flush,
    .allocate = host_allocate,
    .poll = host_poll,
    .control = host_control,
    .tells_owner = true,
    .flags_changed = host_flags_changed,
    .seekable = host_seekable,
    .keep = host_keep,
    .resume = host_resume,
    .parcel = &host_parcels,
};

static int host_directory_attributes(struct file *file, struct file_attr *out)
{
    if (file->handle)
        return host_file_attributes(file, out);
    *out = (struct file_attr){.device = file->mount ? file->mount->device : 0,
                              .inode = 1,
                              .mode = S_IFDIR | 0755,
                              .links = 2,
                              .block_size = PAGE_SIZE};
    return 0;
}

/* Where it has been read up to is forgotten. */
static int host_directory_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    *out = host_file_new(handle, parcel->flags, S_IFDIR);
    return *out ? 0 : -ENOMEM;
}

const struct parcel_kind directory_parcels = {.pack = host_pack, .unpack = host_directory_unpack};

const struct file_ops host_directory_ops = {
    .seek = host_directory_seek,
    .attributes = host_directory_attributes,
    .change = host_file_change,
    .read_directory = host_directory_read,
    .flush = host_flush,
    .close = host_directory_close,
    .keep = host_keep,
    .resume = host_directory_resume,
    .parcel = &directory_parcels,
};
