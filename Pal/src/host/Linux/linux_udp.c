/* SPDX-License-Identifier: MIT */
/* Linux: UDP. Flags of access and creation are not looked at, as for TCP. */
#include "pal_host.h"
#include <asm/errno.h>
#include "linux_error.h"
#include "linux_inet.h"
#include "linux_inet_socket.h"
#include "linux_lock.h"
#include "linux_sock.h"
#include "linux_message.h"
#include "pal_user.h"
#include "sys_linux.h"

/* No datagram is longer. */
#define DATAGRAM_MAX 65536

static int udp_socket(int family)
{
    return sys_socket(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
}

/* A socket that can send to receivers of either family, where the host has both. */
static int socket_of_both(bool *out_both)
{
    const int off = 0;
    const int fd = udp_socket(AF_INET6);
    *out_both = fd != -EAFNOSUPPORT;
    if (!*out_both)
        return (int)linux_error(udp_socket(AF_INET));
    if (fd < 0)
        return (int)linux_error(fd);
    const int result = sys_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (result == 0)
        return fd;
    sys_close(fd);
    return (int)linux_error(result);
}

static int udp_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    bool both = false;
    int error = 0;
    const int fd = uri->has_peer ? (int)linux_error(udp_socket(linux_inet_family(&uri->peer))) : socket_of_both(&both);
    if (fd < 0)
        return fd;
    if (uri->has_local)
        error = linux_inet_bind(fd, &uri->local);
    /* From then on the kernel drops what others send. */
    if (error == 0 && uri->has_peer)
        error = linux_inet_connect(fd, &uri->peer, false);
    if (error < 0) {
        sys_close(fd);
        return error;
    }
    PAL_HANDLE handle;
    error = linux_sock_new(PAL_TYPE_UDP, fd, options, &handle);
    if (error < 0)
        return error;
    handle->sock.has_peer = uri->has_peer;
    handle->sock.peer = uri->peer;
    handle->sock.both_families = both;
    *out = handle;
    return 0;
}

static void udp_close(PAL_HANDLE handle)
{
    if (handle->sock.first)
        _DkInternalFree(handle->sock.first, DATAGRAM_MAX);
    linux_sock_close(handle);
}

/* Read what a client of a server began with; TRYAGAIN if that has been read. */
static int64_t read_first(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    void *first = __atomic_exchange_n(&handle->sock.first, NULL, __ATOMIC_ACQUIRE);
    if (!first)
        return -PAL_ERROR_TRYAGAIN;
    const size_t whole = handle->sock.first_size;
    const size_t size = count < whole ? count : whole;
    const int error = pal_user_write(buffer, first, size);
    if (error < 0 || offset & PAL_SOCKET_PEEK)
        __atomic_store_n(&handle->sock.first, first, __ATOMIC_RELEASE);
    else
        _DkInternalFree(first, DATAGRAM_MAX);
    if (error < 0)
        return error;
    return (int64_t)(offset & PAL_SOCKET_WHOLE ? whole : size);
}

static int64_t receive(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer, struct inet_endpoint *out_from)
{
    union socket_address address = {0};
    int size = sizeof(address);
    const int flags = linux_sock_read_flags(handle, offset);
    const int64_t result = linux_error(linux_receive(handle->sock.fd, buffer, count, flags, &address, &size));
    if (result < 0)
        return result;
    /* Without a sender it is not a datagram but the end, after DkStreamDelete. */
    if (size == 0)
        return -PAL_ERROR_NOTCONNECTION;
    const int error = linux_inet_from(&address, handle->sock.both_families, out_from);
    return error < 0 ? error : result;
}

static int64_t udp_readbyaddr(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer,
                              struct inet_endpoint *out_from)
{
    int64_t result = -PAL_ERROR_TRYAGAIN;
    if (__atomic_load_n(&handle->sock.first, __ATOMIC_RELAXED)) {
        result = read_first(handle, offset, count, buffer);
        if (result != -PAL_ERROR_TRYAGAIN) {
            *out_from = handle->sock.peer;
            return result;
        }
    }
    do {
        result = receive(handle, offset, count, buffer, out_from);
    } while (result >= 0 && handle->sock.shares_port && !(offset & PAL_SOCKET_PEEK) &&
             !inet_endpoint_equal(out_from, &handle->sock.peer));
    return result;
}

/* A client's socket had its server's address for a moment before it knew the client: what others sent then is in it. */
static int64_t udp_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    struct inet_endpoint from;
    if (handle->sock.shares_port)
        return udp_readbyaddr(handle, offset, count, buffer, &from);
    return linux_sock_read(handle, offset, count, buffer);
}

static int64_t udp_writebyaddr(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer,
                               const struct inet_endpoint *to)
{
    union socket_address address;
    const size_t size = linux_inet_to(to, handle->sock.both_families, &address);
    const int flags = linux_sock_write_flags(handle, offset);
    return linux_sock_written(handle, count, linux_send(handle->sock.fd, buffer, count, flags, &address, size));
}

static int64_t udp_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    const struct uri without_peer = {.scheme = URI_UDP};
    return handle->sock.has_peer ? linux_inet_getname(handle, URI_UDP, buffer, size)
                                 : uri_print(&without_peer, buffer, size);
}

/* Connect, or be connected no more. What has an address of its own is a server whenever it has no peer. */
static int udp_rename(PAL_HANDLE handle, const struct uri *to)
{
    static const union socket_address nobody;
    const bool both = handle->sock.both_families;
    union socket_address address;
    if (handle->sock.shares_port || to->has_local)
        return -PAL_ERROR_NOTSUPPORT;
    const size_t size = to->has_peer ? linux_inet_to(&to->peer, both, &address) : sizeof(nobody.any);
    const long result = sys_connect(handle->sock.fd, to->has_peer ? &address : &nobody, size, false);
    if (result < 0)
        return (int)linux_error(result);
    handle->sock.has_peer = to->has_peer;
    handle->sock.peer = to->peer;
    const enum pal_handle_type type = to->has_peer || both ? PAL_TYPE_UDP : PAL_TYPE_UDPSRV;
    __atomic_store_n(&pal_hdr(handle)->type, type, __ATOMIC_RELEASE);
    return 0;
}

const struct handle_ops linux_udp_ops = {
    .open = udp_open,
    .read = udp_read,
    .write = linux_sock_write,
    .readbyaddr = udp_readbyaddr,
    .writebyaddr = udp_writebyaddr,
    .close = udp_close,
    .delete = linux_sock_delete,
    .attrquerybyhdl = linux_sock_attributes,
    .attrsetbyhdl = linux_sock_set_attributes,
    .getname = udp_getname,
    .rename = udp_rename,
};

static int udpsrv_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                       PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    const int fd = (int)linux_error(udp_socket(linux_inet_family(&uri->local)));
    if (fd < 0)
        return fd;
    int error = linux_inet_prepare(fd, &uri->local, options, options & PAL_OPTION_REUSE);
    if (error == 0)
        error = linux_inet_bind(fd, &uri->local);
    if (error < 0) {
        sys_close(fd);
        return error;
    }
    return linux_sock_new(PAL_TYPE_UDPSRV, fd, options, out);
}

/* Let others have a socket's address, too, or no longer. */
static int share_address(int fd, int on)
{
    return (int)linux_error(sys_setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
}

/* Clients of a server join it one by one. */
static struct linux_lock g_joining;
LINUX_LOCK_AT_COPY(g_copied, &g_joining);

/* Give a socket its server's address and a peer: the kernel prefers it for what this peer sends. The clients of a server
 * always share, for all of them have to agree with the next one; the server only while one joins, because another
 * program of the host could join as well. */
static int join_server(PAL_HANDLE server, const struct inet_endpoint *local, PAL_HANDLE client)
{
    int error = share_address(client->sock.fd, 1);
    if (error < 0)
        return error;
    linux_lock(&g_joining);
    error = share_address(server->sock.fd, 1);
    if (error == 0)
        error = linux_inet_bind(client->sock.fd, local);
    if (error == 0)
        error = linux_inet_connect(client->sock.fd, &client->sock.peer, false);
    const int restored = share_address(server->sock.fd, 0);
    linux_unlock(&g_joining);
    return error < 0 ? error : restored;
}

/* Take a datagram from the server's socket for a client that has not got its address yet. */
static int take_first(PAL_HANDLE server, PAL_HANDLE client)
{
    void *first;
    const int error = _DkInternalAlloc(&first, DATAGRAM_MAX);
    if (error < 0)
        return error;
    const int64_t size = receive(server, 0, DATAGRAM_MAX, first, &client->sock.peer);
    if (size < 0) {
        _DkInternalFree(first, DATAGRAM_MAX);
        return (int)size;
    }
    client->sock.first_size = (size_t)size;
    client->sock.first = first;
    client->sock.has_peer = true;
    client->sock.shares_port = true;
    return 0;
}

static int udpsrv_waitforclient(PAL_HANDLE handle, PAL_HANDLE *out)
{
    struct inet_endpoint local;
    PAL_HANDLE client;
    int error = linux_inet_local(handle->sock.fd, false, &local);
    if (error < 0)
        return error;
    const int fd = (int)linux_error(udp_socket(linux_inet_family(&local)));
    if (fd < 0)
        return fd;
    error = linux_sock_new(PAL_TYPE_UDP, fd, 0, &client);
    if (error < 0)
        return error;
    error = take_first(handle, client);
    if (error == 0)
        error = join_server(handle, &local, client);
    if (error < 0) {
        udp_close(client);
        pal_handle_discard(client);
        return error;
    }
    *out = client;
    return 0;
}

static int64_t udpsrv_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return linux_inet_getname(handle, URI_UDP_SRV, buffer, size);
}

const struct handle_ops linux_udpsrv_ops = {
    .open = udpsrv_open,
    .read = linux_sock_read,
    .readbyaddr = udp_readbyaddr,
    .writebyaddr = udp_writebyaddr,
    .close = linux_sock_close,
    .delete = linux_sock_delete,
    .waitforclient = udpsrv_waitforclient,
    .attrquerybyhdl = linux_sock_attributes,
    .attrsetbyhdl = linux_sock_set_attributes,
    .getname = udpsrv_getname,
    .rename = udp_rename,
};
