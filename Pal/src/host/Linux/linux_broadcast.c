/* SPDX-License-Identifier: MIT */
/* Linux: the broadcast stream. Knows the broker, and no other process. */
#include "linux_broadcast.h"
#include <asm/errno.h>
#include "linux_broker.h"
#include "linux_error.h"
#include "linux_pipenames.h"
#include "linux_sock.h"
#include "pal_host.h"
#include "sys_linux.h"

/* The stream, which is the one of this process. */
static struct {
    struct linux_lock lock; /* listening */
    PAL_HANDLE stream;
} g_broadcast;
LINUX_LOCK_AT_COPY(g_copied, &g_broadcast.lock);

int _DkBroadcastStreamOpen(PAL_HANDLE *out)
{
    const int error = linux_sock_new(PAL_TYPE_BROADCAST, -1, 0, out);
    if (error == 0)
        g_broadcast.stream = *out;
    return error;
}

/***** Listening *****/

/* Under the lock. */
static int begin(PAL_HANDLE stream)
{
    uint64_t id;
    int pair[2];
    int error = _DkRandomBitsRead(&id, sizeof(id));
    if (error < 0)
        return error;
    error = (int)linux_error(sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
    if (error < 0)
        return error;
    error = linux_pipename_add(LINUX_NAME_LISTENER, id, pair[1], &stream->sock.server);
    if (error < 0) {
        sys_close(pair[0]);
        return error;
    }
    stream->sock.id = id;
    __atomic_store_n(&stream->sock.write_fd, pair[0], __ATOMIC_RELAXED);
    __atomic_store_n(&stream->sock.fd, pair[0], __ATOMIC_RELEASE);
    return 0;
}

int linux_broadcast_listen(PAL_HANDLE stream)
{
    int fd = __atomic_load_n(&stream->sock.fd, __ATOMIC_ACQUIRE);
    if (fd >= 0)
        return fd;
    linux_lock(&g_broadcast.lock);
    const int error = stream->sock.fd < 0 ? begin(stream) : 0;
    fd = stream->sock.fd;
    linux_unlock(&g_broadcast.lock);
    return error < 0 ? error : fd;
}

static void end(PAL_HANDLE stream)
{
    if (stream->sock.fd < 0)
        return;
    linux_pipename_remove(stream->sock.server);
    linux_sock_close(stream);
    stream->sock.fd = stream->sock.write_fd = -1;
    stream->sock.id = 0;
}

void linux_broadcast_begin_copy(void)
{
    if (g_broadcast.stream)
        end(g_broadcast.stream);
}

/***** Operations *****/

/* A message of this instance, taken or (PAL_SOCKET_PEEK's flag) left; others are thrown away. Returns its bytes, of which
 * some may have found no room. */
static int64_t receive(int fd, size_t count, void *buffer, int flags)
{
    for (;;) {
        struct linux_broadcast head = {0};
        struct iovec parts[] = {{&head, sizeof(head)}, {buffer, count}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        const int64_t result = linux_error(sys_recvmsg(fd, &message, flags));
        if (result < 0)
            return result;
        if (result >= (int64_t)sizeof(head) && head.instance == __atomic_load_n(&g_linux.instance, __ATOMIC_RELAXED))
            return result - (int64_t)sizeof(head);
        if (flags & MSG_PEEK) {
            const long taken = sys_recvmsg(fd, &message, MSG_DONTWAIT);
            if (taken < 0 && taken != -EAGAIN)
                return linux_error(taken);
        }
    }
}

static int64_t broadcast_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    (void)offset;
    const int fd = linux_broadcast_listen(handle);
    return fd < 0 ? fd : receive(fd, count, buffer, linux_sock_flags(handle));
}

static int64_t broadcast_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    (void)offset;
    if (count > PAL_BROADCAST_MAX)
        return -PAL_ERROR_TOOBIG;
    /* Without a broker there is nobody else. */
    if (__atomic_load_n(&g_linux.hub, __ATOMIC_ACQUIRE) <= 0)
        return (int64_t)count;
    const struct linux_broadcast head = {__atomic_load_n(&g_linux.instance, __ATOMIC_RELAXED)};
    const uint64_t listener = __atomic_load_n(&handle->sock.id, __ATOMIC_RELAXED);
    const int error = linux_broker_broadcast(listener, &head, sizeof(head), buffer, count, linux_sock_flags(handle));
    return error < 0 ? error : (int64_t)count;
}

static void broadcast_close(PAL_HANDLE handle)
{
    g_broadcast.stream = NULL;
    end(handle);
}

/* A message has to be looked at: its size in the queue is not the one that is told, and it may not count. */
static int broadcast_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    char nothing;
    const int fd = linux_broadcast_listen(handle);
    if (fd < 0)
        return fd;
    const int64_t size = receive(fd, 0, &nothing, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (size < 0 && size != -PAL_ERROR_TRYAGAIN)
        return (int)size;
    *out = (PAL_STREAM_ATTR){.type = PAL_TYPE_BROADCAST,
                             .nonblocking = handle->sock.nonblocking,
                             .readable = size >= 0,
                             .writeable = true,
                             .size = size > 0 ? (PAL_NUM)size : 0};
    return 0;
}

const struct handle_ops linux_broadcast_ops = {
    .read = broadcast_read,
    .write = broadcast_write,
    .close = broadcast_close,
    .attrquerybyhdl = broadcast_attrquerybyhdl,
    .attrsetbyhdl = linux_sock_set_attributes,
};
