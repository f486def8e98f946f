/* SPDX-License-Identifier: MIT */
/* Pipes: byte streams between the processes of an instance, all of it for step 4. Their numbers mean something within
 * the instance only; no process outside of it can connect. */
#include "pal_host.h"

/***** Pipes: pipe:ID and the anonymous pipe: *****/

/* Step 4. Connect to the server of uri->id, STREAMNOTEXIST if there is none. If uri->anonymous: one handle on both ends,
 * what is written can be read back; with PAL_OPTION_FIFO as in a POSIX pipe, if the host has such, else as without. With
 * PAL_OPTION_HANDLES both ends carry handles, too (_DkSendHandle). */
static int pipe_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. 0 = the peer has closed or shut down; TRYAGAIN and INTERRUPTED as pal.h says on blocking. */
static int64_t pipe_read(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. CONNFAILED if nobody can read any more; an error, never a signal that ends the process. */
static int64_t pipe_write(PAL_HANDLE handle, uint64_t offset, size_t count, const void *buffer)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The peer reads what was written, then the end. */
static void pipe_close(PAL_HANDLE handle)
{
}

/* Step 4. Shut down reading, writing, or both for 0. */
static int pipe_delete(PAL_HANDLE handle, PAL_FLG access)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. size = bytes that can be read now; readable, writeable, disconnected as they are now, not as last seen. */
static int pipe_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. nonblocking: of this end alone. */
static int pipe_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. pipe:ID or pipe:, as opened; of a client that was waited for, the ID of its server. */
static int64_t pipe_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops pipe_ops = {
    .open = pipe_open,
    .read = pipe_read,
    .write = pipe_write,
    .close = pipe_close,
    .delete = pipe_delete,
    .attrquerybyhdl = pipe_attrquerybyhdl,
    .attrsetbyhdl = pipe_attrsetbyhdl,
    .getname = pipe_getname,
};

/***** Pipe servers: pipe.srv:ID *****/

/* Step 4. ADDRINUSE if the instance has a server of this number. */
static int pipesrv_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                        PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The number is free again. */
static void pipesrv_close(PAL_HANDLE handle)
{
}

/* Step 4. A PAL_TYPE_PIPE, any number of times. */
static int pipesrv_waitforclient(PAL_HANDLE handle, PAL_HANDLE *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. readable: a client waits. */
static int pipesrv_attrquerybyhdl(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. nonblocking: with no client waiting, waitforclient is TRYAGAIN. */
static int pipesrv_attrsetbyhdl(PAL_HANDLE handle, const PAL_STREAM_ATTR *attr)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. pipe.srv:ID. */
static int64_t pipesrv_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops pipesrv_ops = {
    .open = pipesrv_open,
    .close = pipesrv_close,
    .waitforclient = pipesrv_waitforclient,
    .attrquerybyhdl = pipesrv_attrquerybyhdl,
    .attrsetbyhdl = pipesrv_attrsetbyhdl,
    .getname = pipesrv_getname,
};
