/* SPDX-License-Identifier: MIT */
/* Linux: TCP, and what it has in common with UDP (linux_udp.c). Access and create flags are not looked at: a connection
 * has both directions, and nothing is created that stays. */
#include "linux_inet_socket.h"
#include <asm/errno.h>
#include "linux_error.h"
#include "linux_inet.h"
#include "linux_sock.h"
#include "pal_host.h"
#include "sys_linux.h"

/* More than the kernel allows unless an administrator raises it (net.core.somaxconn). */
#define BACKLOG 4096

int linux_inet_bind(int fd, const struct inet_endpoint *local)
{
    union socket_address address;
    const size_t size = linux_inet_to(local, false, &address);
    return (int)linux_error(sys_bind(fd, &address, size));
}

int linux_inet_prepare(int fd, const struct inet_endpoint *local, PAL_FLG options, bool shares)
{
    const int on = 1;
    long result = shares ? sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) : 0;
    if (result == 0 && options & PAL_OPTION_SPREAD)
        result = sys_setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (result == 0 && options & PAL_OPTION_ONLY6 && local->address.family == INET_V6)
        result = sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    return (int)linux_error(result);
}

int linux_inet_connect(int fd, const struct inet_endpoint *peer, bool waits)
{
    union socket_address address;
    const size_t size = linux_inet_to(peer, false, &address);
    const int result = sys_connect(fd, &address, size, waits);
    /* Of a socket that does not block: how it ends, reads, writes and waits tell. */
    return result == -EINPROGRESS ? 0 : (int)linux_error(result);
}

int linux_inet_local(int fd, bool mapped, struct inet_endpoint *out)
{
    union socket_address address;
    int size = sizeof(address);
    const int result = sys_getsockname(fd, &address, &size);
    return result < 0 ? (int)linux_error(result) : linux_inet_from(&address, mapped, out);
}

int64_t linux_inet_getname(PAL_HANDLE handle, enum uri_scheme scheme, char *buffer, size_t size)
{
    struct uri uri = {
        .scheme = scheme, .has_local = true, .has_peer = handle->sock.has_peer, .peer = handle->sock.peer};
    const int error = linux_inet_local(handle->sock.fd, handle->sock.both_families, &uri.local);
    return error < 0 ? error : uri_print(&uri, buffer, size);
}

static int tcp_socket(const struct inet_endpoint *like, PAL_FLG options)
{
    const int type = SOCK_STREAM | SOCK_CLOEXEC | (options & PAL_OPTION_NONBLOCK ? SOCK_NONBLOCK : 0);
    return (int)linux_error(sys_socket(linux_inet_family(like), type, IPPROTO_TCP));
}

static int tcp_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    const int fd = tcp_socket(&uri->peer, options);
    if (fd < 0)
        return fd;
    int error = uri->has_local ? linux_inet_bind(fd, &uri->local) : 0;
    if (error == 0)
        error = linux_inet_connect(fd, &uri->peer, !(options & PAL_OPTION_NONBLOCK));
    /* Only connect(2) needs the descriptor's own flag; reads and writes are told each time. */
    if (error == 0 && options & PAL_OPTION_NONBLOCK)
        error = (int)linux_error(sys_fcntl(fd, F_SETFL, 0));
    if (error < 0) {
        sys_close(fd);
        return error;
    }
    PAL_HANDLE handle;
    error = linux_sock_new(PAL_TYPE_TCP, fd, options, &handle);
    if (error < 0)
        return error;
    handle->sock.has_peer = true;
    handle->sock.peer = uri->peer;
    *out = handle;
    return 0;
}

/* Connect what is bound, or has failed to connect: then the kernel tells of that first. */
static int tcp_rename(PAL_HANDLE handle, const struct uri *to)
{
    union socket_address address;
    const int fd = handle->sock.fd;
    const size_t size = linux_inet_to(&to->peer, false, &address);
    if (to->has_local || !to->has_peer)
        return -PAL_ERROR_NOTSUPPORT;
    /* As in tcp_open. */
    long result = handle->sock.nonblocking ? sys_fcntl(fd, F_SETFL, O_NONBLOCK) : 0;
    if (result == 0)
        result = sys_connect(fd, &address, size, !handle->sock.nonblocking);
    if (result == -ECONNABORTED)
        result = sys_connect(fd, &address, size, !handle->sock.nonblocking);
    const long restored = handle->sock.nonblocking ? sys_fcntl(fd, F_SETFL, 0) : 0;
    if (result < 0 && result != -EINPROGRESS)
        return (int)linux_error(result);
    handle->sock.has_peer = true;
    handle->sock.peer = to->peer;
    __atomic_store_n(&pal_hdr(handle)->type, PAL_TYPE_TCP, __ATOMIC_RELEASE);
    return (int)linux_error(restored);
}

static int64_t tcp_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return linux_inet_getname(handle, URI_TCP, buffer, size);
}

const struct handle_ops linux_tcp_ops = {
    .open = tcp_open,
    .read = linux_sock_read,
    .write = linux_sock_write,
    .close = linux_sock_close,
    .delete = linux_sock_delete,
    .attrquerybyhdl = linux_sock_attributes,
    .attrsetbyhdl = linux_sock_set_attributes,
    .getname = tcp_getname,
    .rename = tcp_rename,
};

/* A server may take its port again at once, although connections of its predecessor are still dying away. What is only
 * bound says itself whether it wants that. */
static int tcpsrv_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                       PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    const int fd = tcp_socket(&uri->local, options);
    if (fd < 0)
        return fd;
    const bool serves = !(options & PAL_OPTION_BOUND);
    int error = linux_inet_prepare(fd, &uri->local, options, serves || options & PAL_OPTION_REUSE);
    if (error == 0)
        error = linux_inet_bind(fd, &uri->local);
    if (error == 0 && serves)
        error = (int)linux_error(sys_listen(fd, BACKLOG));
    if (error < 0) {
        sys_close(fd);
        return error;
    }
    return linux_sock_new(PAL_TYPE_TCPSRV, fd, options, out);
}

static int tcpsrv_setlength(PAL_HANDLE handle, uint64_t length)
{
    return (int)linux_error(sys_listen(handle->sock.fd, length < BACKLOG ? (int)length : BACKLOG));
}

static int tcpsrv_waitforclient(PAL_HANDLE handle, PAL_HANDLE *out)
{
    union socket_address address;
    int size = sizeof(address);
    const int fd = sys_accept4(handle->sock.fd, &address, &size, SOCK_CLOEXEC);
    if (fd < 0)
        return (int)linux_error(fd);
    PAL_HANDLE client;
    int error = linux_sock_new(PAL_TYPE_TCP, fd, 0, &client);
    if (error < 0)
        return error;
    error = linux_inet_from(&address, false, &client->sock.peer);
    if (error < 0) {
        linux_sock_close(client);
        pal_handle_discard(client);
        return error;
    }
    client->sock.has_peer = true;
    *out = client;
    return 0;
}

static int64_t tcpsrv_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return linux_inet_getname(handle, URI_TCP_SRV, buffer, size);
}

const struct handle_ops linux_tcpsrv_ops = {
    .open = tcpsrv_open,
    .close = linux_sock_close,
    .setlength = tcpsrv_setlength,
    .waitforclient = tcpsrv_waitforclient,
    .attrquerybyhdl = linux_sock_attributes,
    .attrsetbyhdl = linux_sock_set_attributes,
    .getname = tcpsrv_getname,
    .rename = tcp_rename,
};
