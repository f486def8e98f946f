/* SPDX-License-Identifier: MIT */
/* What tells that a handle of each kind is ready. Knows no way to wait. */
#include "linux_ready.h"
#include <asm/errno.h>
#include <linux/fs.h>
#include "linux_broadcast.h"
#include "sys_linux.h"

struct waitable *linux_waitable_of(PAL_HANDLE handle)
{
    switch (pal_hdr(handle)->type) {
    case PAL_TYPE_EVENT:
        return &handle->event.set;
    case PAL_TYPE_SEMAPHORE:
        return &handle->semaphore.released;
    case PAL_TYPE_THREAD:
        return &handle->thread.ended;
    default:
        return NULL;
    }
}

/* Reads and writes find out without a further call (db_files.c), but who waits may have done neither yet. */
bool linux_file_waits(PAL_HANDLE handle)
{
    if (__atomic_load_n(&handle->file.stream, __ATOMIC_RELAXED))
        return true;
    const bool stream = sys_lseek(handle->file.fd, 0, SEEK_CUR) == -ESPIPE;
    if (stream)
        __atomic_store_n(&handle->file.stream, true, __ATOMIC_RELAXED);
    return stream;
}

bool linux_descriptors(PAL_HANDLE handle, int *out_input, int *out_output)
{
    int input = -1, output = -1;
    switch (pal_hdr(handle)->type) {
    case PAL_TYPE_FILE:
        if (linux_file_waits(handle)) {
            input = handle->file.access == PAL_ACCESS_WRONLY ? -1 : handle->file.fd;
            output = handle->file.access == PAL_ACCESS_RDONLY ? -1 : handle->file.fd;
        }
        break;
    case PAL_TYPE_DEV:
        input = handle->dev.input;
        output = handle->dev.output;
        break;
    case PAL_TYPE_PIPE:
    case PAL_TYPE_PIPESRV:
    case PAL_TYPE_TCP:
    case PAL_TYPE_TCPSRV:
    case PAL_TYPE_UDP:
    case PAL_TYPE_UDPSRV:
        input = handle->sock.fd;
        output = handle->sock.write_fd;
        break;
    case PAL_TYPE_BROADCAST:
        input = linux_broadcast_listen(handle);
        break;
    case PAL_TYPE_PROCESS:
        output = handle->process.stream;
        input = output >= 0 ? output : handle->process.pidfd;
        break;
    case PAL_TYPE_GIPC:
        input = handle->gipc.fd;
        break;
    case PAL_TYPE_POLL:
        input = handle->poll.fd;
        break;
    default:
        break;
    }
    *out_input = input;
    *out_output = output;
    return input >= 0 || output >= 0;
}

bool linux_has_input(PAL_HANDLE handle)
{
    return pal_hdr(handle)->type == PAL_TYPE_UDP && __atomic_load_n(&handle->sock.first, __ATOMIC_RELAXED) != NULL;
}
