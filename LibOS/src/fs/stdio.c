/* SPDX-License-Identifier: MIT */
/* Descriptors 0, 1 and 2: the standard streams of the host, whatever they are there. What they are is asked for only when it
 * matters. */
#include "fs_core.h"
#include "poll.h"
#include "terminal.h"
#include "terminal.h"

/* In file->state: S_IFx, 0 = not known yet; and which stream it is. */
#define STREAM_SHIFT 32

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
    return name_attributes(AT_FDCWD, name, WALK_KERNEL, out);
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
    /* A file that can only be read on from where it is shall be taken for what behaves like that: a pipe. */
    if (S_ISREG(out->mode)) {
        out->mode = (out->mode & ~(uint32_t)S_IFMT) | S_IFIFO;
        out->size = 0;
    }
    return 0;
}

static uint32_t kind_of(struct file *file)
{
    struct file_attr attr;
    if (!(file->state & S_IFMT) && standard_attributes(file, &attr) < 0)
        return 0;
    return file->state & S_IFMT;
}

static int64_t standard_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    (void)position;
    const int64_t result = stream_read(file->handle, 0, count, buffer);
    return result == -EINTR ? -ERESTARTSYS : result;
}

static int64_t standard_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)position;
    const int64_t result = stream_write(file->handle, 0, count, buffer);
    if (result == -ECONNRESET)
        return io_broken_pipe();
    return result == -EINTR ? -ERESTARTSYS : result;
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

static const struct file_ops standard_ops = {
    .kind = "pipe",
    .read = standard_read,
    .write = standard_write,
    .attributes = standard_attributes,
    .control = standard_control,
    .poll = standard_poll,
    .flags_changed = standard_flags_changed,
};

static void install(int fd, const char *uri, PAL_FLG access, uint32_t flags)
{
    PAL_HANDLE handle = DkStreamOpen(uri, access, 0, 0, 0);
    if (!handle)
        die("%s: error %d", uri, -pal_failure());
    struct file *file = file_new(&standard_ops, flags, NULL);
    if (!file)
        die("no memory for descriptor %d", fd);
    file->handle = handle;
    file->state = (uint64_t)fd << STREAM_SHIFT;
    if (fd_install(file, fd, false) != fd)
        die("no descriptor %d", fd);
}

void stdio_init(void)
{
    install(0, "dev:stdin", PAL_ACCESS_RDONLY, O_RDONLY);
    install(1, "dev:stdout", PAL_ACCESS_WRONLY, O_WRONLY);
    install(2, "dev:stderr", PAL_ACCESS_WRONLY, O_WRONLY);
}
