/* SPDX-License-Identifier: MIT */
/* Linux: pipes. All but those of PAL_OPTION_FIFO are socket pairs, never sockets with a name of the host's: see
 * linux_pipenames.h. */
#include "pal_host.h"
#include <linux/fcntl.h>
#include "linux_error.h"
#include "linux_fifo.h"
#include "linux_pipenames.h"
#include "linux_rights.h"
#include "linux_sock.h"
#include "sys_linux.h"
#include "sys_pipe.h"

static int make_pair(int type, int *out_fds)
{
    return (int)linux_error(sys_socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, out_fds));
}

/* What is written into one socket of a pair is read from the other: a pipe that shutdown(2) can close on either side
 * while other threads use it. */
static int open_anonymous(PAL_HANDLE *out, PAL_FLG options)
{
    const bool fifo = options & PAL_OPTION_FIFO;
    int pair[2];
    PAL_HANDLE handle;
    int error = fifo ? (int)linux_error(sys_pipe2(pair, O_CLOEXEC)) : make_pair(SOCK_STREAM, pair);
    if (error < 0)
        return error;
    error = linux_sock_new(PAL_TYPE_PIPE, pair[0], options, &handle);
    if (error < 0) {
        sys_close(pair[1]);
        return error;
    }
    handle->sock.write_fd = pair[1];
    handle->sock.anonymous = true;
    handle->sock.fifo = fifo;
    *out = handle;
    return 0;
}

/* Access flags are not looked at: a pipe has both directions. */
static int pipe_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    const bool carries = options & PAL_OPTION_HANDLES;
    int stream[2], cargo[2] = {-1, -1};
    PAL_HANDLE handle;
    if (uri->anonymous ? carries : (options & PAL_OPTION_FIFO) != 0)
        return -PAL_ERROR_INVAL;
    if (uri->anonymous)
        return open_anonymous(out, options);
    int error = make_pair(SOCK_STREAM, stream);
    if (error < 0)
        return error;
    error = linux_sock_new(PAL_TYPE_PIPE, stream[0], options, &handle);
    if (error == 0) {
        error = carries ? make_pair(SOCK_SEQPACKET, cargo) : 0;
        handle->sock.id = uri->id;
        handle->sock.cargo = cargo[0];
        if (error == 0)
            error = linux_pipename_deliver(uri->id, (const int[]){stream[1], cargo[1]}, carries ? 2 : 1,
                                           linux_sock_flags(handle));
        if (error < 0) {
            linux_sock_close(handle);
            pal_handle_discard(handle);
        }
    }
    sys_close(stream[1]);
    if (cargo[1] >= 0)
        sys_close(cargo[1]);
    if (error == 0)
        *out = handle;
    return error;
}

static int64_t pipe_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return handle->sock.fifo ? linux_fifo_read(handle, offset, count, buffer)
                             : linux_sock_read(handle, offset, count, buffer);
}

static int64_t pipe_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return handle->sock.fifo ? linux_fifo_write(handle, offset, count, buffer)
                             : linux_sock_write(handle, offset, count, buffer);
}

static int pipe_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return handle->sock.fifo ? linux_fifo_attributes(handle, out) : linux_sock_attributes(handle, out);
}

static int pipe_set_attributes(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return handle->sock.fifo ? linux_fifo_set_attributes(handle, attr) : linux_sock_set_attributes(handle, attr);
}

static int64_t pipe_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    const struct uri uri = {.scheme = URI_PIPE, .id = handle->sock.id, .anonymous = handle->sock.anonymous};
    return uri_print(&uri, buffer, size);
}

const struct handle_ops linux_pipe_ops = {
    .open = pipe_open,
    .read = pipe_read,
    .write = pipe_write,
    .close = linux_sock_close,
    .delete = linux_sock_delete,
    .attrquerybyhdl = pipe_attributes,
    .attrsetbyhdl = pipe_set_attributes,
    .getname = pipe_getname,
};

static int pipesrv_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                        PAL_FLG options)
{
    (void)access, (void)share, (void)create;
    int pair[2];
    PAL_HANDLE handle;
    int error = make_pair(SOCK_SEQPACKET, pair);
    if (error < 0)
        return error;
    error = linux_sock_new(PAL_TYPE_PIPESRV, pair[0], options, &handle);
    if (error < 0) {
        sys_close(pair[1]);
        return error;
    }
    handle->sock.id = uri->id;
    error = linux_pipename_add(LINUX_NAME_PIPE, uri->id, pair[1], &handle->sock.server);
    if (error < 0) {
        linux_sock_close(handle);
        pal_handle_discard(handle);
        return error;
    }
    *out = handle;
    return 0;
}

static void pipesrv_close(PAL_HANDLE handle)
{
    /* The name first: who connects while this goes on is told that there is no server. */
    linux_pipename_remove(handle->sock.server);
    linux_sock_close(handle);
}

static int pipesrv_waitforclient(PAL_HANDLE handle, PAL_HANDLE *out)
{
    char mark;
    struct linux_message message = {.data = &mark, .size = 1};
    int error = linux_rights_receive(handle->sock.fd, &message, linux_sock_flags(handle));
    if (error < 0)
        return error;
    if (message.count < 1) {
        /* Some process of the instance has put nonsense into the server's socket. */
        linux_rights_close(&message);
        return -PAL_ERROR_CONNFAILED;
    }
    PAL_HANDLE client;
    error = linux_sock_new(PAL_TYPE_PIPE, message.descriptors[0], 0, &client);
    if (error < 0) {
        if (message.count > 1)
            sys_close(message.descriptors[1]);
        return error;
    }
    client->sock.cargo = message.count > 1 ? message.descriptors[1] : -1;
    client->sock.id = handle->sock.id;
    *out = client;
    return 0;
}

static int64_t pipesrv_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    const struct uri uri = {.scheme = URI_PIPE_SRV, .id = handle->sock.id};
    return uri_print(&uri, buffer, size);
}

const struct handle_ops linux_pipesrv_ops = {
    .open = pipesrv_open,
    .close = pipesrv_close,
    .waitforclient = pipesrv_waitforclient,
    .attrquerybyhdl = linux_sock_attributes,
    .attrsetbyhdl = linux_sock_set_attributes,
    .getname = pipesrv_getname,
};
