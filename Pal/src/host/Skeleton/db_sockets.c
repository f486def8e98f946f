/* SPDX-License-Identifier: MIT */
/* Sockets and the broadcast stream, all of it for step 4. Knows no text of an address: endpoints come as bytes and
 * leave through uri_print. */
#include "pal_host.h"

/***** TCP connections: tcp:[LOCAL:]PEER *****/

/* Step 4. Bind to uri->local if uri->has_local, then connect to uri->peer: CONNFAILED, ADDRINUSE, ADDRNOTEXIST. A
 * connect that does not block and has not ended is TRYAGAIN, never success. */
static int tcp_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. 0 = the peer has shut down; CONNFAILED = reset. */
static int64_t tcp_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. CONNFAILED; an error, never a signal that ends the process. */
static int64_t tcp_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. What has been written still arrives, unless linger says otherwise. */
static void tcp_close(PAL_HANDLE handle)
{
}

/* Step 4. Shut down reading, writing, or both for 0. */
static int tcp_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. All of PAL_STREAM_ATTR from nonblocking to tcp_nodelay, and the state as it is now. */
static int tcp_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Set what differs from the present value; or exactly what PAL_SET_x in share_flags asks for. */
static int tcp_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. With the addresses that the connection really has. */
static int64_t tcp_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops tcp_ops = {
    .open = tcp_open,
    .read = tcp_read,
    .write = tcp_write,
    .close = tcp_close,
    .delete = tcp_delete,
    .attrquerybyhdl = tcp_attrquerybyhdl,
    .attrsetbyhdl = tcp_attrsetbyhdl,
    .getname = tcp_getname,
};

/***** TCP servers: tcp.srv:LOCAL *****/

/* Step 4. Bind and listen; port 0 = the host chooses one, and getname tells which. */
static int tcpsrv_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                       PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Connections that were accepted live on. */
static void tcpsrv_close(PAL_HANDLE handle)
{
}

/* Step 4. A PAL_TYPE_TCP; CONNFAILED if the client has gone again. */
static int tcpsrv_waitforclient(PAL_HANDLE handle, PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. readable: a client waits. */
static int tcpsrv_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. nonblocking and reuseaddr; the rest goes to the connections to come, where the host does that. */
static int tcpsrv_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. With the port that the socket really has. */
static int64_t tcpsrv_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops tcpsrv_ops = {
    .open = tcpsrv_open,
    .close = tcpsrv_close,
    .waitforclient = tcpsrv_waitforclient,
    .attrquerybyhdl = tcpsrv_attrquerybyhdl,
    .attrsetbyhdl = tcpsrv_attrsetbyhdl,
    .getname = tcpsrv_getname,
};

/***** UDP with a peer: udp:[LOCAL:]PEER, and udp: without *****/

/* Step 4. With a peer, datagrams from others do not arrive. */
static int udp_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                    PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. One datagram; what does not fit is lost. */
static int64_t udp_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. One datagram to the peer; NOTCONNECTION without one, TOOBIG beyond the host's limit. */
static int64_t udp_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. One datagram and its sender; the core has made sure that the program has room for both. */
static int64_t udp_readbyaddr(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer,
                              struct inet_endpoint *out_from)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. One datagram to this receiver, whoever the peer is. */
static int64_t udp_writebyaddr(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer,
                               const struct inet_endpoint *to)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Datagrams that have not been read are lost. */
static void udp_close(PAL_HANDLE handle)
{
}

/* Step 4. Shut down reading, writing, or both for 0; NOTCONNECTION without a peer. */
static int udp_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for TCP, without the members named tcp_. */
static int udp_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. As for TCP, without the members named tcp_. */
static int udp_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. With the addresses that the socket really has. */
static int64_t udp_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops udp_ops = {
    .open = udp_open,
    .read = udp_read,
    .write = udp_write,
    .readbyaddr = udp_readbyaddr,
    .writebyaddr = udp_writebyaddr,
    .close = udp_close,
    .delete = udp_delete,
    .attrquerybyhdl = udp_attrquerybyhdl,
    .attrsetbyhdl = udp_attrsetbyhdl,
    .getname = udp_getname,
};

/***** UDP servers: udp.srv:LOCAL; but for these three as udp: *****/

/* Step 4. Bind; port 0 = the host chooses one, and getname tells which. */
static int udpsrv_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                       PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. Blocks until a datagram has come from somebody new, and gives a PAL_TYPE_UDP with that peer. */
static int udpsrv_waitforclient(PAL_HANDLE handle, PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. With the port that the socket really has. */
static int64_t udpsrv_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops udpsrv_ops = {
    .open = udpsrv_open,
    .read = udp_read,
    .readbyaddr = udp_readbyaddr,
    .writebyaddr = udp_writebyaddr,
    .close = udp_close,
    .delete = udp_delete,
    .waitforclient = udpsrv_waitforclient,
    .attrquerybyhdl = udp_attrquerybyhdl,
    .attrsetbyhdl = udp_attrsetbyhdl,
    .getname = udpsrv_getname,
};

/***** The broadcast stream of an instance, where the host has one: see PAL_CONTROL *****/

/* Step 4, optional. Make the handle, of PAL_TYPE_BROADCAST. */
int _DkBroadcastStreamOpen(PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4, optional. The next message of another process of the instance. */
static int64_t broadcast_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4, optional. One message to all other processes of the instance, and to nobody else. */
static int64_t broadcast_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4, optional. Messages that have not been read are lost. */
static void broadcast_close(PAL_HANDLE handle)
{
}

/* Step 4, optional. readable: a message waits. */
static int broadcast_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4, optional. nonblocking. */
static int broadcast_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops broadcast_ops = {
    .read = broadcast_read,
    .write = broadcast_write,
    .close = broadcast_close,
    .attrquerybyhdl = broadcast_attrquerybyhdl,
    .attrsetbyhdl = broadcast_attrsetbyhdl,
};
