/* SPDX-License-Identifier: MIT */
/* Pipes as pipe(7) has them. Knows no socket.
 *
 * Whether a call sleeps is not the call's to say here, as it is with sockets, but a flag of the side, and all processes that
 * have it share that (O_NONBLOCK). So a side sleeps until somebody wants it not to, and never again from then on: who wants
 * to sleep waits for it then. */
#include "linux_fifo.h"
#include <asm/errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include "linux_error.h"
#include "linux_sock.h"
#include "pal_host.h"
#include "sys_linux.h"
#include "sys_pipe.h"

/* Before a call on a side: if it is not to sleep, no call of this side does any more. 0 or an error of the kernel. */
static int prepare(int fd, bool sleeps, bool *awake)
{
    if (sleeps || __atomic_load_n(awake, __ATOMIC_RELAXED))
        return 0;
    const int result = sys_fcntl(fd, F_SETFL, O_NONBLOCK);
    if (result == 0)
        __atomic_store_n(awake, true, __ATOMIC_RELAXED);
    return result;
}

/* After one that was to sleep and did not. 0 = it can be made again, else an error of the kernel. */
static int sleep_for(int fd, short events)
{
    struct pollfd entry = {.fd = fd, .events = events};
    const int result = sys_ppoll(&entry, 1, NULL, NULL);
    return result < 0 ? result : 0;
}

int64_t linux_fifo_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    const int fd = handle->sock.fd, flags = linux_sock_read_flags(handle, offset);
    const bool sleeps = !(flags & MSG_DONTWAIT);
    if (flags & MSG_PEEK)
        return -PAL_ERROR_NOTSUPPORT;
    long result = prepare(fd, sleeps, &handle->sock.input_awake);
    while (result == 0) {
        result = sys_read(fd, buffer, count);
        if (!sleeps || result != -EAGAIN)
            break;
        result = sleep_for(fd, POLLIN);
    }
    return linux_error(result);
}

int64_t linux_fifo_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    const int fd = handle->sock.write_fd;
    const bool sleeps = !linux_sock_write_flags(handle, offset);
    long result = prepare(fd, sleeps, &handle->sock.output_awake);
    while (result == 0) {
        result = sys_write(fd, buffer, count); /* SIGPIPE is ignored (db_exception.c) */
        if (!sleeps || result != -EAGAIN)
            break;
        result = sleep_for(fd, POLLOUT);
    }
    return linux_sock_written(handle, count, result);
}

/* Either side tells and sets it. */
static int any_side(PAL_HANDLE handle)
{
    return handle->sock.fd >= 0 ? handle->sock.fd : handle->sock.write_fd;
}

int linux_fifo_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    PAL_STREAM_ATTR attr = {.type = PAL_TYPE_PIPE, .nonblocking = handle->sock.nonblocking};
    const int error = linux_poll_attributes(handle->sock.fd, handle->sock.write_fd, &attr);
    const int room = sys_fcntl(any_side(handle), F_GETPIPE_SZ, 0);
    if (error < 0 || room < 0)
        return error < 0 ? error : (int)linux_error(room);
    attr.receivebuf = (PAL_NUM)room;
    attr.size = linux_bytes_ready(any_side(handle));
    *out = attr;
    return 0;
}

static int set_room(PAL_HANDLE handle, PAL_NUM bytes)
{
    if (bytes > INT32_MAX)
        return -PAL_ERROR_INVAL;
    const int result = sys_fcntl(any_side(handle), F_SETPIPE_SZ, (long)bytes);
    return result < 0 ? (int)linux_error(result) : 0;
}

int linux_fifo_set_attributes(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    if (attr->share_flags != 0)
        return attr->share_flags == PAL_SET_RECEIVEBUF ? set_room(handle, attr->receivebuf) : -PAL_ERROR_INVAL;
    const int room = sys_fcntl(any_side(handle), F_GETPIPE_SZ, 0);
    handle->sock.nonblocking = attr->nonblocking;
    return attr->receivebuf == (PAL_NUM)room ? 0 : set_room(handle, attr->receivebuf);
}
