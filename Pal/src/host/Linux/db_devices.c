/* SPDX-License-Identifier: MIT */
/* Linux: devices. dev:tty is the standard input and output, whatever they are; dev:stdin and the like are one of the
 * standard descriptors each, and if that is one, dev:stdin.terminal is the terminal itself and dev:stdin.file the file; the
 * others are the host's harmless ones. What is not in the table is not there. */
#include "pal_host.h"
#include <linux/fcntl.h>
#include "linux_device.h"
#include "linux_error.h"
#include "linux_sock.h"
#include "linux_stat.h"
#include "linux_terminal.h"
#include "pal_string.h"
#include "sys_linux.h"

/* What is read and written: what the device has; the state of a terminal; or a file, and the handle is one. */
enum { KIND_DATA, KIND_TERMINAL, KIND_FILE };

static const struct device {
    char name[16];
    char path[15]; /* "" = standard descriptors */
    char kind;     /* KIND_x */
    int input, output;
} devices[] = {
    {"tty", "", KIND_DATA, 0, 1},
    {"stdin", "", KIND_DATA, 0, 0},
    {"stdout", "", KIND_DATA, 1, 1},
    {"stderr", "", KIND_DATA, 2, 2},
    {"null", "/dev/null", KIND_DATA, -1, -1},
    {"zero", "/dev/zero", KIND_DATA, -1, -1},
    {"full", "/dev/full", KIND_DATA, -1, -1},
    {"random", "/dev/random", KIND_DATA, -1, -1},
    {"urandom", "/dev/urandom", KIND_DATA, -1, -1},
    {"tty.terminal", "", KIND_TERMINAL, 0, 0},
    {"stdin.terminal", "", KIND_TERMINAL, 0, 0},
    {"stdout.terminal", "", KIND_TERMINAL, 1, 1},
    {"stderr.terminal", "", KIND_TERMINAL, 2, 2},
    {"stdin.file", "", KIND_FILE, 0, 0},
    {"stdout.file", "", KIND_FILE, 1, 1},
    {"stderr.file", "", KIND_FILE, 2, 2},
};

/* As much as POSIX lets a pipe take at once when it is writable at all. */
#define PIPE_ROOM 4096

enum { DEVICE_COUNT = sizeof(devices) / sizeof(devices[0]) };

int linux_device_find(const char *name, size_t len)
{
    for (int i = 0; i < DEVICE_COUNT; i++) {
        if (strlen(devices[i].name) == len && memcmp(devices[i].name, name, len) == 0)
            return i;
    }
    return -PAL_ERROR_STREAMNOTEXIST;
}

const char *linux_device_name(PAL_HANDLE handle)
{
    return devices[handle->dev.device].name;
}

static void open_standard(PAL_HANDLE handle, const struct device *device, PAL_FLG access)
{
    handle->dev.borrowed = true;
    handle->dev.input = access == PAL_ACCESS_WRONLY ? -1 : device->input;
    handle->dev.output = access == PAL_ACCESS_RDONLY ? -1 : device->output;
}

static int open_path(PAL_HANDLE handle, const char *path, PAL_FLG access)
{
    static const int flags[] = {
        [PAL_ACCESS_RDONLY] = O_RDONLY, [PAL_ACCESS_WRONLY] = O_WRONLY, [PAL_ACCESS_RDWR] = O_RDWR};
    const int fd = sys_openat(AT_FDCWD, path, flags[access] | O_CLOEXEC | O_NOCTTY, 0);
    handle->dev.input = access == PAL_ACCESS_WRONLY ? -1 : fd;
    handle->dev.output = access == PAL_ACCESS_RDONLY ? -1 : fd;
    return fd < 0 ? (int)linux_error(fd) : 0;
}

static int dev_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    (void)share;
    const int device = linux_device_find(uri->text, uri->len);
    if (device < 0)
        return device;
    if (create & PAL_CREAT_ALWAYS)
        return -PAL_ERROR_STREAMEXIST;
    if (devices[device].kind == KIND_FILE)
        return linux_standard_file(out, devices[device].input, access);
    PAL_HANDLE handle;
    int error = pal_handle_new(PAL_TYPE_DEV, &handle);
    if (error < 0)
        return error;
    handle->dev.device = (uint8_t)device;
    handle->dev.nonblocking = options & PAL_OPTION_NONBLOCK;
    if (devices[device].path[0])
        error = open_path(handle, devices[device].path, access);
    else
        open_standard(handle, &devices[device], access);
    if (error < 0) {
        pal_handle_discard(handle);
        return error;
    }
    *out = handle;
    return 0;
}

static void dev_close(PAL_HANDLE handle)
{
    if (handle->dev.borrowed)
        return;
    if (handle->dev.input >= 0)
        sys_close(handle->dev.input);
    if (handle->dev.output >= 0 && handle->dev.output != handle->dev.input)
        sys_close(handle->dev.output);
}

/* Whether a read or write would sleep. The descriptors' own flag is not used: other programs share it. */
__attribute__((noinline)) static bool no_room_or_data(int input, int output)
{
    PAL_STREAM_ATTR attr = {0};
    if (linux_poll_attributes(input, output, &attr) < 0)
        return false;
    return input >= 0 ? !attr.readable : !attr.writeable && !attr.disconnected;
}

static bool would_sleep(PAL_HANDLE handle, int input, int output)
{
    return handle->dev.nonblocking && no_room_or_data(input, output);
}

static int64_t dev_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    (void)offset;
    const int fd = handle->dev.input;
    if (fd < 0)
        return -PAL_ERROR_DENIED;
    if (devices[handle->dev.device].kind == KIND_TERMINAL)
        return linux_terminal_read(fd, count, buffer);
    return would_sleep(handle, fd, -1) ? -PAL_ERROR_TRYAGAIN : linux_error(sys_read(fd, buffer, count));
}

static int64_t dev_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    const int fd = handle->dev.output;
    if (fd < 0)
        return -PAL_ERROR_DENIED;
    if (devices[handle->dev.device].kind == KIND_TERMINAL)
        return linux_terminal_write(fd, offset, count, buffer);
    const bool full = would_sleep(handle, -1, fd);
    handle->dev.full = full;
    if (full)
        return -PAL_ERROR_TRYAGAIN;
    if (handle->dev.nonblocking && count > PIPE_ROOM)
        count = PIPE_ROOM;
    return linux_error(sys_write(fd, buffer, count));
}

/* What the file says, and what holds now: a standard descriptor may be a file, which is always ready, and its size is what
 * it is. dev:tty may be two. */
static int attributes(PAL_STREAM_ATTR *out, int input, int output)
{
    PAL_STREAM_ATTR attr;
    int error = linux_stat_open(input < 0 ? output : input, &attr);
    if (error < 0)
        return error;
    const bool two = input >= 0 && output >= 0 && input != output;
    if (attr.type == PAL_TYPE_FILE && !two) {
        attr.readable = input >= 0;
        attr.writeable = output >= 0;
    } else {
        error = linux_poll_attributes(input, output, &attr);
        attr.size = input < 0 ? 0 : linux_bytes_ready(input);
    }
    if (error < 0)
        return error;
    attr.type = PAL_TYPE_DEV;
    attr.runnable = false;
    *out = attr;
    return 0;
}

static int dev_attrquery(const struct uri *uri, PAL_STREAM_ATTR *out)
{
    const int device = linux_device_find(uri->text, uri->len);
    if (device < 0)
        return device;
    const struct device *known = &devices[device];
    return known->path[0] ? linux_stat(known->path, out) : attributes(out, known->input, known->output);
}

static int dev_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    const int error = attributes(out, handle->dev.input, handle->dev.output);
    if (error == 0)
        out->nonblocking = handle->dev.nonblocking;
    return error;
}

static int dev_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    handle->dev.nonblocking = attr->nonblocking;
    return 0;
}

static int64_t dev_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    const char *name = linux_device_name(handle);
    const struct uri uri = {.scheme = URI_DEV, .text = name, .len = strlen(name)};
    return uri_print(&uri, buffer, size);
}

const struct handle_ops linux_dev_ops = {
    .open = dev_open,
    .read = dev_read,
    .write = dev_write,
    .close = dev_close,
    .attrquery = dev_attrquery,
    .attrquerybyhdl = dev_attrquerybyhdl,
    .attrsetbyhdl = dev_attrsetbyhdl,
    .getname = dev_getname,
};
