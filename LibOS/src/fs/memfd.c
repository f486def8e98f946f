/* SPDX-License-Identifier: MIT */
/* memfd_create(2): files without a name, in memory of the host, and their seals. What is sealed is refused here; the host
 * knows nothing of it. */
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>

#include "checkpoint.h"
#include "format.h"
#include "mm.h"
#include "owner.h"
#include "parcel.h"
#include "syscalls.h"

#define NAME_MAX_MEMFD 249 /* with "memfd:" a name of a file */
#define SHOWN_SIZE     (NAME_MAX_MEMFD + 32)
#define NO_WRITES      (uint32_t)(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* Newer than some kernel headers. */
#define NOEXEC_SEAL   8u
#define EXEC          16u
#define SEAL_EXEC     0x20u /* F_SEAL_EXEC */

#define CONTENT_SEALS (uint32_t)(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define ALL_SEALS     (uint32_t)(F_SEAL_SEAL | CONTENT_SEALS | SEAL_EXEC)
#define EXECUTABLE    0111u

/* file->data: what all that have opened one have in common, with the handle. */
struct memfd {
    uint32_t references;
    uint32_t seals;
};

static struct memfd *memfd_of(const struct file *file)
{
    return file->data;
}

static int64_t size_of(struct file *file)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    return error < 0 ? error : (int64_t)attr.size;
}

static int64_t memfd_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    const uint32_t seals = memfd_of(file)->seals;
    if (count == 0)
        return 0;
    if (seals & NO_WRITES)
        return -EPERM;
    const int64_t size = seals & F_SEAL_GROW || file->flags & O_APPEND ? size_of(file) : 0;
    if (size < 0)
        return size;
    /* The host's handle is not for appending: others may have it, too. */
    if (file->flags & O_APPEND)
        *position = size;
    if (seals & F_SEAL_GROW) {
        if (*position >= size)
            return -EPERM;
        count = (size_t)smaller((int64_t)count, size - *position);
    }
    return host_file_ops.write(file, buffer, count, position);
}

static int check_size(struct file *file, int64_t wanted)
{
    const uint32_t seals = memfd_of(file)->seals;
    if (!(seals & (F_SEAL_SHRINK | F_SEAL_GROW)))
        return 0;
    const int64_t size = size_of(file);
    return (wanted < size && seals & F_SEAL_SHRINK) || (wanted > size && seals & F_SEAL_GROW) ? -EPERM : 0;
}

static int64_t mode_of(struct file *file)
{
    struct file_attr attr;
    const int error = file_attributes(file, &attr);
    return error < 0 ? error : (int64_t)attr.mode;
}

/* Whether it can be executed stays as it is under F_SEAL_EXEC. */
static int check_mode(struct file *file, uint32_t wanted)
{
    if (!(memfd_of(file)->seals & SEAL_EXEC))
        return 0;
    const int64_t mode = mode_of(file);
    return mode < 0 ? (int)mode : ((uint32_t)mode ^ wanted) & EXECUTABLE ? -EPERM : 0;
}

static int memfd_change(struct file *file, const struct attr_change *change)
{
    int error = change->which & CHANGE_SIZE ? check_size(file, (int64_t)change->size) : 0;
    if (error == 0 && change->which & CHANGE_MODE)
        error = check_mode(file, change->mode);
    return error < 0 ? error : host_file_ops.change(file, change);
}

static int memfd_allocate(struct file *file, int mode, int64_t offset, int64_t length)
{
    if (offset > INT64_MAX - length)
        return -EFBIG;
    if (mode & FALLOC_FL_ZERO_RANGE)
        return -EOPNOTSUPP; /* as in a tmpfs */
    if (mode && memfd_of(file)->seals & NO_WRITES)
        return -EPERM;
    const int64_t size = size_of(file);
    const int error = offset + length > size ? check_size(file, offset + length) : 0;
    return error < 0 ? error : host_file_ops.allocate(file, mode, offset, length);
}

static bool memfd_is_sealed(struct file *file)
{
    return memfd_of(file)->seals & NO_WRITES;
}

static struct file_ops g_memfd_ops;

/* With an access of its own: who is given what was opened for reading cannot write. */
static int memfd_open_again(struct file *file, uint32_t flags, struct file **out)
{
    struct memfd *memfd = memfd_of(file);
    const struct attr_change empty = {.which = CHANGE_SIZE, .size = 0};
    if (flags & O_DIRECTORY)
        return -ENOTDIR;
    const int error = flags & O_TRUNC && flags & O_ACCMODE ? memfd_change(file, &empty) : 0;
    if (error < 0)
        return error;
    *out = file_new(&g_memfd_ops, flags, memfd);
    if (!*out)
        return -ENOMEM;
    __atomic_add_fetch(&memfd->references, 1, __ATOMIC_RELAXED);
    (*out)->handle = file->handle;
    (*out)->state = S_IFREG;
    (*out)->inode = file->inode;
    if (file->path)
        file_set_path(*out, NULL, file->path, strlen(file->path));
    return 0;
}

static void memfd_close(struct file *file)
{
    struct memfd *memfd = memfd_of(file);
    if (__atomic_sub_fetch(&memfd->references, 1, __ATOMIC_ACQ_REL) == 0)
        heap_free(memfd);
    else
        file->handle = NULL;
}

static int memfd_keep(struct file *file)
{
    if (memfd_of(file)->references > 1)
        return -EOPNOTSUPP;
    return checkpoint_keep_memory(&file->handle);
}

static int memfd_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    parcel->data[0] = memfd_of(file)->seals;
    parcel->state = file->state;
    *out_handle = file->handle;
    return 0;
}

/* The ordinary operations of host files, but for these. */
static const struct file_ops *memfd_ops(void)
{
    if (!g_memfd_ops.close) {
        g_memfd_ops = host_file_ops;
        g_memfd_ops.read_directory = NULL;
        g_memfd_ops.write = memfd_write;
        g_memfd_ops.change = memfd_change;
        g_memfd_ops.allocate = memfd_allocate;
        g_memfd_ops.is_sealed = memfd_is_sealed;
        g_memfd_ops.open_again = memfd_open_again;
        g_memfd_ops.flags_changed = NULL;
        g_memfd_ops.keep = memfd_keep;
        g_memfd_ops.resume = NULL;
        g_memfd_ops.parcel = &memfd_parcels;
        g_memfd_ops.close = memfd_close;
    }
    return &g_memfd_ops;
}

struct search {
    const struct memfd *memfd;
    bool found;
};

/* A shared mapping through which the memory is or could be made writable. */
static void look_at_mapping(const struct mapping *mapping, void *arg)
{
    struct search *search = arg;
    const struct file *file = mapping->file;
    search->found |= file && file->ops == &g_memfd_ops && memfd_of(file) == search->memfd && file_writable(file) &&
                     (mapping->flags & MAP_TYPE) != MAP_PRIVATE && !(mapping->flags & MM_SEALED);
}

/* In this process; others that have such a mapping keep it. */
static bool is_mapped_for_writing(const struct memfd *memfd)
{
    struct search search = {.memfd = memfd};
    mm_for_each(look_at_mapping, &search);
    return search.found;
}

int64_t seal_control(struct file *file, int command, uint32_t seals)
{
    const bool sealable = file->ops == &g_memfd_ops && file->ops->close;
    if (command == F_GET_SEALS)
        return sealable ? (int64_t)memfd_of(file)->seals : -EINVAL;
    if (!file_writable(file))
        return -EPERM;
    if (seals & ~ALL_SEALS || !sealable)
        return -EINVAL;
    struct memfd *memfd = memfd_of(file);
    if (memfd->seals & F_SEAL_SEAL)
        return -EPERM;
    if (seals & SEAL_EXEC) {
        /* What can be executed is not to become something else. */
        const int64_t mode = mode_of(file);
        if (mode < 0)
            return mode;
        seals |= mode & EXECUTABLE ? CONTENT_SEALS : 0;
    }
    if (seals & F_SEAL_WRITE && is_mapped_for_writing(memfd))
        return -EBUSY;
    memfd->seals |= seals;
    return 0;
}

/***** Making one *****/

/* A file of a handle, which belongs to it also if there is no memory. */
static struct file *new_memfd(PAL_HANDLE handle, uint32_t flags, uint32_t seals)
{
    struct memfd *memfd = heap_zalloc(sizeof(*memfd));
    struct file *file = handle && memfd ? host_file_new(handle, flags, S_IFREG) : NULL;
    if (!file) {
        heap_free(memfd);
        if (handle && !memfd)
            DkObjectClose(handle);
        return NULL;
    }
    memfd->references = 1;
    memfd->seals = seals;
    file->data = memfd;
    file->ops = memfd_ops();
    return file;
}

static int memfd_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    *out = new_memfd(handle, parcel->flags, (uint32_t)parcel->data[0] & ALL_SEALS);
    if (!*out)
        return -ENOMEM;
    (*out)->state = parcel->state;
    return 0;
}

const struct parcel_kind memfd_parcels = {.pack = memfd_pack, .unpack = memfd_unpack};

static struct file *make(uint32_t flags, const char *shown)
{
    PAL_HANDLE handle = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    struct file *file = new_memfd(handle, O_RDWR, flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL);
    if (!file)
        return NULL;
    /* A path without a mount is only shown. */
    file_set_path(file, NULL, shown, strlen(shown));
    return file;
}

int64_t sys_memfd_create(const char *name, unsigned flags)
{
    char text[NAME_MAX_MEMFD + 1], shown[SHOWN_SIZE];
    if (flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING | NOEXEC_SEAL | EXEC) ||
        (flags & EXEC && flags & NOEXEC_SEAL))
        return -EINVAL;
    const int64_t len = user_range_ok((uint64_t)name, 1) ? user_read_string(text, sizeof(text), name) : -EFAULT;
    if (len < 0)
        return len == -ENAMETOOLONG ? -EINVAL : len;
    format_string(shown, sizeof(shown), "/memfd:%s (deleted)", text);
    struct file *file = make(flags & NOEXEC_SEAL ? flags | MFD_ALLOW_SEALING : flags, shown);
    if (file && flags & NOEXEC_SEAL) {
        const struct attr_change plain = {.which = CHANGE_MODE, .mode = 0666};
        const int error = memfd_change(file, &plain);
        memfd_of(file)->seals |= SEAL_EXEC;
        if (error < 0) {
            file_put(file);
            return error;
        }
    }
    return file ? fd_install(file, 0, flags & MFD_CLOEXEC) : -ENOMEM;
}
