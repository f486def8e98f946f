/* SPDX-License-Identifier: MIT */
/* Reading and writing sockets, of either kind, with or without an address and flags. The plain calls are the fastest, and
 * sendmsg(2) and recvmsg(2) are needed for descriptors anyway, so that the guard need not let others pass. */
#include "linux_message.h"
#include "linux_socket.h"
#include "sys_linux.h"

long linux_receive(int fd, void *buffer, size_t count, int flags, void *out_address, int *size)
{
    /* A plain read of nothing does not look at the socket, and so consumes no datagram. */
    if (flags == 0 && !out_address && count > 0)
        return sys_read(fd, buffer, count);
    struct iovec data = {buffer, count};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    if (out_address) {
        header.msg_name = out_address;
        header.msg_namelen = *size;
    }
    const long result = sys_recvmsg(fd, &header, flags);
    if (out_address)
        *size = header.msg_namelen;
    return result;
}

long linux_send(int fd, const void *buffer, size_t count, int flags, const void *address, size_t size)
{
    if (flags == 0 && !address)
        return sys_write(fd, buffer, count); /* SIGPIPE is ignored (db_exception.c) */
    struct iovec data = {(void *)(uintptr_t)buffer, count};
    const struct msghdr header = {
        .msg_name = (void *)(uintptr_t)address, .msg_namelen = (int)size, .msg_iov = &data, .msg_iovlen = 1};
    return sys_sendmsg(fd, &header, flags | MSG_NOSIGNAL);
}
