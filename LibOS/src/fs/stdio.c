/* SPDX-License-Identifier: MIT */
/* Descriptors 0, 1 and 2: the standard streams of the host, whatever they are there. What they are is asked for only when it
 * matters. If one is a file, its position is the host's, which programs outside share. */
#include <linux/fs.h>

#include "base.h"
#include "checkpoint.h"
#include "fs_core.h"
#include "parcel.h"
#include "poll.h"
#include "process.h"
#include "terminal.h"

/* In file->state: S_IFx, 0 = not known yet; and which stream it is. */
#define STREAM_SHIFT 32
#define STREAMS      3

static unsigned stream_of(const struct file *file)
{
    return (unsigned)(file->state >> STREAM_SHIFT);
}

/* A terminal is the one that /dev/tty is, so that programs find its name. */
static int terminal_attributes(struct file *file, struct file_attr *out)
{
    static const char name[] = "/dev/tty";
    const char *inside;
    if (!file->path)
        file_set_path(file, mount_of(name, sizeof(name) - 1, &inside), name, sizeof(name) - 1);
    return name_attributes(AT_FDCWD, name, WALK_TRUE, out);
}

static int standard_attributes(struct file *file, struct file_attr *out)
{
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
        return pal_failure();
    host_attributes(&attr, out);
    file->state |= out->mode & S_IFMT;
    if (S_ISCHR(out->mode) && host_terminal_exists(stream_of(file)))
        return terminal_attributes(file, out);
    return 0;
}

static uint32_t kind_of(struct file *file)
{
    struct file_attr attr;
    if (!(file->state & S_IFMT) && standard_attributes(file, &attr) < 0)
        return 0;
    return file->state & S_IFMT;
}

static bool standard_seekable(struct file *file)
{
    return kind_of(file) == S_IFREG;
}

static PAL_FLG access_of(const struct file *file)
{
    return !file_writable(file) ? PAL_ACCESS_RDONLY : file_readable(file) ? PAL_ACCESS_RDWR : PAL_ACCESS_WRONLY;
}

/***** What only files can do: by a handle of the file, in file->data, which is made when it is needed *****/

static PAL_HANDLE whole(struct file *file)
{
    static const char *const uris[] = {"dev:stdin.file", "dev:stdout.file", "dev:stderr.file"};
    void *known = __atomic_load_n(&file->data, __ATOMIC_ACQUIRE);
    if (known || !standard_seekable(file))
        return known;
    PAL_HANDLE handle = DkStreamOpen(uris[stream_of(file)], access_of(file), 0, 0, 0);
    if (!handle || __atomic_compare_exchange_n(&file->data, &known, handle, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return handle;
    DkObjectClose(handle);
    return known;
}

static int64_t standard_seek(struct file *file, int64_t offset, int whence)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE handle = whole(file);
    if (!handle)
        return -ESPIPE;
    if (!DkStreamAttributesQuerybyHandle(handle, &attr))
        return pal_failure();
    file->position = (int64_t)attr.place;
    const int64_t position = seek_to(file, offset, whence, (int64_t)attr.size);
    if (position < 0 || (PAL_NUM)position == attr.place)
        return position;
    attr.place = (PAL_NUM)position;
    attr.share_flags = PAL_SET_PLACE;
    return DkStreamAttributesSetbyHandle(handle, &attr) ? position : pal_failure();
}

static int standard_change(struct file *file, const struct attr_change *change)
{
    PAL_HANDLE handle = whole(file);
    return handle ? host_change(handle, change) : change->which & CHANGE_SIZE ? -EINVAL : -EPERM;
}

static int standard_map(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    PAL_HANDLE handle = whole(file);
    return handle ? host_map(file, handle, address, size, prot, flags, offset) : -ENODEV;
}

static int standard_flush(struct file *file, bool data_only)
{
    (void)data_only;
    PAL_HANDLE handle = whole(file);
    if (!handle)
        return -EINVAL;
    return DkStreamFlush(handle) ? 0 : pal_failure();
}

static void standard_close(struct file *file)
{
    if (file->data)
        DkObjectClose(file->data);
}

/***** What all of them can do *****/

/* The handle whose place an offset means: the stream goes on where it is. */
static PAL_HANDLE handle_for(struct file *file, const int64_t *position)
{
    return position == &file->position ? file->handle : whole(file);
}

/* What the host would not do, in the program's terms; one that was closed at the start keeps its number and refuses. */
static int64_t explain(int64_t result)
{
    return result == -EINTR ? -ERESTARTSYS : result == -EACCES ? -EBADF : result;
}

static int64_t standard_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    const int stopped = host_terminal_check(stream_of(file), SIGTTIN);
    if (stopped < 0)
        return stopped;
    PAL_HANDLE handle = handle_for(file, position);
    if (__builtin_expect(g_checkpoint_at_input, false) && stream_of(file) == 0)
        checkpoint_before_input(file);
    const int64_t result = handle ? stream_read(handle, (uint64_t)*position, count, buffer) : -ESPIPE;
    if (result == -EINTR && kind_of(file) == S_IFREG)
        return stream_read_through(handle, (uint64_t)*position, count, buffer);
    return explain(result);
}

static int64_t standard_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    const int stopped = host_terminal_check(stream_of(file), SIGTTOU);
    if (stopped < 0)
        return stopped;
    PAL_HANDLE handle = handle_for(file, position);
    const int64_t result = handle ? stream_write(handle, (uint64_t)*position, count, buffer) : -ESPIPE;
    if (result == -ECONNRESET)
        return io_broken_pipe();
    if (result == -EINTR && kind_of(file) == S_IFREG)
        return stream_write_through(handle, (uint64_t)*position, count, buffer);
    return explain(result);
}

static int64_t standard_control(struct file *file, uint32_t request, uint64_t argument)
{
    if (kind_of(file) != S_IFCHR)
        return -ENOTTY;
    return host_terminal_control(stream_of(file), request, argument);
}

static uint32_t standard_poll(struct file *file, struct poll_table *table)
{
    const uint32_t events = (file_readable(file) ? POLL_READABLE : 0u) | (file_writable(file) ? POLL_WRITABLE : 0u);
    if (standard_seekable(file))
        return POLL_READABLE | POLL_WRITABLE;
    if (!table)
        return poll_stream_now(file->handle, events);
    poll_on_stream(table, file->handle);
    return 0;
}

static void standard_flags_changed(struct file *file)
{
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
        return;
    attr.nonblocking = file->flags & O_NONBLOCK;
    (void)DkStreamAttributesSetbyHandle(file->handle, &attr);
}

/***** Checkpoints: the streams are those of whoever goes on *****/

static int standard_keep(struct file *file)
{
    (void)file;
    return 0;
}

static int standard_resume(struct file *file)
{
    const unsigned stream = stream_of(file);
    file->handle = host_stream_open(stream, access_of(file), 0);
    file->data = NULL;
    file->position = 0;
    file->state &= ~(uint64_t)S_IFMT;
    heap_free(file->path); /* of a terminal */
    file->path = NULL;
    file->mount = NULL;
    if (file->handle && file->flags & O_NONBLOCK)
        standard_flags_changed(file);
    return file->handle ? 0 : pal_failure();
}

/***** On the way to another process, which has the same streams *****/

static const struct file_ops standard_ops;

static int standard_pack(struct file *file, struct file_parcel *parcel, PAL_HANDLE *out_handle)
{
    (void)out_handle;
    parcel->data[0] = stream_of(file);
    return 0;
}

static int standard_unpack(const struct file_parcel *parcel, PAL_HANDLE handle, struct file **out)
{
    if (handle)
        DkObjectClose(handle);
    if (parcel->data[0] >= STREAMS)
        return -EBADMSG;
    struct file *file = file_new(&standard_ops, parcel->flags, NULL);
    if (!file)
        return -ENOMEM;
    file->state = parcel->data[0] << STREAM_SHIFT;
    const int error = standard_resume(file);
    if (error < 0)
        file_put(file);
    *out = file;
    return error;
}

const struct parcel_kind standard_parcels = {.pack = standard_pack, .unpack = standard_unpack};

static const struct file_ops standard_ops = {
    .kind = "pipe",
    .read = standard_read,
    .write = standard_write,
    .seek = standard_seek,
    .attributes = standard_attributes,
    .change = standard_change,
    .map = standard_map,
    .control = standard_control,
    .flush = standard_flush,
    .poll = standard_poll,
    .tells_owner = true,
    .flags_changed = standard_flags_changed,
    .close = standard_close,
    .seekable = standard_seekable,
    .keep = standard_keep,
    .resume = standard_resume,
    .parcel = &standard_parcels,
};

/* As whoever started the program has opened it, or as it is meant. */
static PAL_FLG found_as(int fd)
{
    const PAL_STARTER *starter = &pal_control.starter;
    return starter->told ? starter->streams[fd] : fd == 0 ? PAL_ACCESS_RDONLY : PAL_ACCESS_WRONLY;
}

static uint32_t flags_of(PAL_FLG found)
{
    static const uint32_t accesses[] = {
        [PAL_ACCESS_RDONLY] = O_RDONLY, [PAL_ACCESS_WRONLY] = O_WRONLY, [PAL_ACCESS_RDWR] = O_RDWR};
    return accesses[found & (PAL_ACCESS_WRONLY | PAL_ACCESS_RDWR)] | (found & PAL_OPTION_APPEND ? O_APPEND : 0) |
           (found & PAL_OPTION_NONBLOCK ? O_NONBLOCK : 0);
}

static void install(int fd)
{
    const PAL_FLG found = found_as(fd);
    PAL_HANDLE handle =
        host_stream_open((unsigned)fd, found & (PAL_ACCESS_WRONLY | PAL_ACCESS_RDWR), found & PAL_OPTION_NONBLOCK);
    if (!handle)
        die("standard stream %d: error %d", fd, -pal_failure());
    struct file *file = file_new(&standard_ops, flags_of(found), NULL);
    if (!file)
        die("no memory for descriptor %d", fd);
    file->handle = handle;
    file->state = (uint64_t)fd << STREAM_SHIFT;
    if (fd_install(file, fd, false) != fd)
        die("no descriptor %d", fd);
}

void stdio_init(void)
{
    for (int fd = 0; fd < STREAMS; fd++)
        install(fd);
}
