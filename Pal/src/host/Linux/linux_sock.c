/* SPDX-License-Identifier: MIT */
/* What pipes, sockets and their servers have in common: the handles that pal_host.h calls sock. Knows no protocol. */
#include "linux_sock.h"
#include <asm/errno.h>
#include "linux_error.h"
#include "linux_message.h"
#include "linux_poll.h"
#include "pal_host.h"
#include "sys_linux.h"

int linux_sock_new(enum pal_handle_type type, int fd, PAL_FLG options, PAL_HANDLE *out)
{
    PAL_HANDLE handle;
    const int error = pal_handle_new(type, &handle);
    if (error < 0) {
        sys_close(fd);
        return error;
    }
    handle->sock.fd = fd;
    handle->sock.write_fd = fd;
    handle->sock.cargo = -1;
    handle->sock.nonblocking = options & PAL_OPTION_NONBLOCK;
    *out = handle;
    return 0;
}

int linux_sock_flags(PAL_HANDLE handle)
{
    return handle->sock.nonblocking ? MSG_DONTWAIT : 0;
}

int linux_sock_write_flags(PAL_HANDLE handle, uint64_t offset)
{
    const bool waits = offset & PAL_SOCKET_WAIT || !handle->sock.nonblocking;
    return offset & PAL_SOCKET_NOW || !waits ? MSG_DONTWAIT : 0;
}

int linux_sock_read_flags(PAL_HANDLE handle, uint64_t offset)
{
    const PAL_IDX type = pal_hdr(handle)->type;
    const bool whole = offset & PAL_SOCKET_WHOLE && (type == PAL_TYPE_UDP || type == PAL_TYPE_UDPSRV);
    return linux_sock_write_flags(handle, offset) | (offset & PAL_SOCKET_PEEK ? MSG_PEEK : 0) | (whole ? MSG_TRUNC : 0);
}

int64_t linux_sock_written(PAL_HANDLE handle, size_t count, long result)
{
    const bool full = result == -EAGAIN || (result >= 0 && (size_t)result < count);
    if (__atomic_load_n(&handle->sock.full, __ATOMIC_RELAXED) != full)
        __atomic_store_n(&handle->sock.full, full, __ATOMIC_RELAXED);
    return linux_error(result);
}

int64_t linux_sock_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    const int flags = linux_sock_read_flags(handle, offset);
    return linux_error(linux_receive(handle->sock.fd, buffer, count, flags, NULL, NULL));
}

int64_t linux_sock_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    const int flags = linux_sock_write_flags(handle, offset);
    return linux_sock_written(handle, count, linux_send(handle->sock.write_fd, buffer, count, flags, NULL, 0));
}

void linux_sock_close(PAL_HANDLE handle)
{
    if (handle->sock.fd >= 0)
        sys_close(handle->sock.fd);
    if (handle->sock.write_fd >= 0 && handle->sock.write_fd != handle->sock.fd)
        sys_close(handle->sock.write_fd);
    if (handle->sock.cargo >= 0)
        sys_close(handle->sock.cargo);
}

static int give_up(PAL_HANDLE handle, int *fd)
{
    if (!handle->sock.anonymous)
        return -PAL_ERROR_NOTSUPPORT;
    const int own = __atomic_exchange_n(fd, -1, __ATOMIC_ACQ_REL);
    if (own < 0)
        return -PAL_ERROR_NOTCONNECTION;
    linux_poll_forget(own);
    sys_close(own);
    return 0;
}

int linux_sock_delete(PAL_HANDLE handle, PAL_FLG access)
{
    if (access & PAL_DELETE_OWN)
        return give_up(handle, access & PAL_DELETE_RD ? &handle->sock.fd : &handle->sock.write_fd);
    if (handle->sock.fifo)
        return -PAL_ERROR_NOTSUPPORT; /* others may be in the middle of using it */
    const bool both = access == 0;
    int result = 0;
    if (handle->sock.write_fd == handle->sock.fd && both)
        return (int)linux_error(sys_shutdown(handle->sock.fd, SHUT_RDWR));
    if (both || access == PAL_DELETE_RD)
        result = sys_shutdown(handle->sock.fd, SHUT_RD);
    if (result == 0 && (both || access == PAL_DELETE_WR))
        result = sys_shutdown(handle->sock.write_fd, SHUT_WR);
    return (int)linux_error(result);
}
