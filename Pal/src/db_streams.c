/* SPDX-License-Identifier: MIT */
/* Host ABI, streams: parses URIs, checks flags, finds the operation. Knows no kind of stream. */
#include "pal_streams.h"
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_memory.h"
#include "pal_uri.h"
#include "pal_user.h"

#define SHARE_FLAGS  ((PAL_FLG)0777)
#define CREATE_FLAGS ((PAL_FLG)(PAL_CREAT_TRY | PAL_CREAT_ALWAYS))
#define DELETE_FLAGS ((PAL_FLG)(PAL_DELETE_RD | PAL_DELETE_WR))

/* The options that a scheme has. */
static PAL_FLG known_options(enum uri_scheme scheme)
{
    if (scheme == URI_FILE)
        return PAL_OPTION_NONBLOCK | PAL_OPTION_NOFOLLOW | PAL_OPTION_APPEND | PAL_OPTION_TRUNCATE;
    if (scheme == URI_DIR)
        return PAL_OPTION_NONBLOCK | PAL_OPTION_NOFOLLOW | PAL_OPTION_ENTRIES;
    if (scheme == URI_TCP_SRV)
        return PAL_OPTION_NONBLOCK | PAL_OPTION_BOUND | PAL_OPTION_REUSE | PAL_OPTION_SPREAD | PAL_OPTION_ONLY6;
    if (scheme == URI_UDP_SRV)
        return PAL_OPTION_NONBLOCK | PAL_OPTION_REUSE | PAL_OPTION_SPREAD | PAL_OPTION_ONLY6;
    if (scheme == URI_LINK)
        return PAL_OPTION_NONBLOCK | PAL_OPTION_EXCHANGE | PAL_OPTION_FURTHER;
    if (scheme == URI_PIPE)
        return PAL_OPTION_NONBLOCK | PAL_OPTION_HANDLES | PAL_OPTION_FIFO;
    return PAL_OPTION_NONBLOCK;
}

int pal_stream_open(PAL_HANDLE *out, PAL_STR text, PAL_FLG access, PAL_FLG share, PAL_FLG create, PAL_FLG options)
{
    struct pal_uri uri;
    const struct handle_ops *ops;
    int error = pal_uri_find(text, &uri, &ops);
    if (error < 0)
        return error;
    if (create & PAL_CREAT_ALWAYS)
        create |= PAL_CREAT_TRY;
    if (access > PAL_ACCESS_RDWR || share & ~SHARE_FLAGS || create & ~CREATE_FLAGS ||
        options & ~known_options(uri.parts.scheme) || (options & PAL_OPTION_TRUNCATE && access == PAL_ACCESS_RDONLY))
        error = -PAL_ERROR_INVAL;
    else
        error = ops->open ? ops->open(out, &uri.parts, access, share, create, options) : -PAL_ERROR_NOTSUPPORT;
    if (error == 0)
        pal_handle_publish(*out);
    pal_uri_drop(&uri);
    return error;
}

PAL_HANDLE DkStreamOpen(PAL_STR uri, PAL_FLG access, PAL_FLG share_flags, PAL_FLG create, PAL_FLG options)
{
    PAL_HANDLE handle = NULL;
    const int error = pal_stream_open(&handle, uri, access, share_flags, create, options);
    return pal_return_bool(error) ? handle : NULL;
}

PAL_HANDLE DkStreamWaitForClient(PAL_HANDLE handle)
{
    PAL_HANDLE client = NULL;
    int error = pal_handle_get(handle);
    if (error == 0) {
        const struct handle_ops *ops = pal_ops(handle);
        error = ops->waitforclient ? ops->waitforclient(handle, &client) : -PAL_ERROR_NOTSERVER;
        pal_handle_put(handle);
    }
    return pal_return_handle(error, client);
}

/* Read a datagram and print its sender; that there is room for it is known before anything is consumed. */
PAL_APART static int64_t read_from(const struct handle_ops *ops, PAL_HANDLE handle, uint64_t offset, size_t count,
                                   void *buffer, char *source, size_t size)
{
    char name[] = "udp:[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535";
    struct uri sender = {.scheme = URI_UDP, .has_peer = true};
    if (size < sizeof(name))
        return -PAL_ERROR_OVERFLOW;
    int error = pal_user_write(source, name, sizeof(name));
    if (error < 0)
        return error;
    const int64_t result = ops->readbyaddr(handle, offset, count, buffer, &sender.peer);
    if (result < 0)
        return result;
    const int64_t len = uri_print(&sender, name, sizeof(name));
    if (len < 0)
        return len;
    error = pal_user_write(source, name, (size_t)len + 1);
    return error < 0 ? error : result;
}

/* Where a stream is read is a place in it, but for poll:, where it is a time, of which the largest is for ever. */
static bool is_place(PAL_HANDLE handle, PAL_NUM offset)
{
    return offset <= INT64_MAX || pal_hdr(handle)->type == PAL_TYPE_POLL;
}

PAL_NUM DkStreamRead(PAL_HANDLE handle, PAL_NUM offset, PAL_NUM count, PAL_PTR buffer, PAL_PTR source, PAL_NUM size)
{
    int64_t result = pal_handle_get(handle);
    if (result < 0)
        return pal_return_count(result);
    const struct handle_ops *ops = pal_ops(handle);
    if (!is_place(handle, offset) || count > INT64_MAX)
        result = -PAL_ERROR_INVAL;
    else if (!buffer && count > 0)
        result = -PAL_ERROR_BADADDR;
    else if (source && ops->readbyaddr)
        result = read_from(ops, handle, offset, count, buffer, source, size);
    else
        result = ops->read ? ops->read(handle, offset, count, buffer) : -PAL_ERROR_NOTCONNECTION;
    pal_handle_put(handle);
    return pal_return_count(result);
}

PAL_APART static int64_t write_to(const struct handle_ops *ops, PAL_HANDLE handle, uint64_t offset, size_t count,
                                  const void *buffer, PAL_STR dest)
{
    struct pal_uri uri;
    int64_t result = pal_uri_take(dest, &uri);
    if (result < 0)
        return result;
    if (uri.parts.scheme != URI_UDP || !uri.parts.has_peer || uri.parts.has_local)
        result = -PAL_ERROR_INVAL;
    else
        result =
            ops->writebyaddr ? ops->writebyaddr(handle, offset, count, buffer, &uri.parts.peer) : -PAL_ERROR_NOTSUPPORT;
    pal_uri_drop(&uri);
    return result;
}

PAL_NUM DkStreamWrite(PAL_HANDLE handle, PAL_NUM offset, PAL_NUM count, PAL_PTR buffer, PAL_STR dest)
{
    int64_t result = pal_handle_get(handle);
    if (result < 0)
        return pal_return_count(result);
    const struct handle_ops *ops = pal_ops(handle);
    if (offset > INT64_MAX || count > INT64_MAX)
        result = -PAL_ERROR_INVAL;
    else if (!buffer && count > 0)
        result = -PAL_ERROR_BADADDR;
    else if (dest)
        result = write_to(ops, handle, offset, count, buffer, dest);
    else
        result = ops->write ? ops->write(handle, offset, count, buffer) : -PAL_ERROR_NOTCONNECTION;
    pal_handle_put(handle);
    return pal_return_count(result);
}

void DkStreamDelete(PAL_HANDLE handle, PAL_FLG access)
{
    int error = pal_handle_get(handle);
    if (error == 0) {
        const struct handle_ops *ops = pal_ops(handle);
        const PAL_FLG sides = access & ~(PAL_FLG)PAL_DELETE_OWN;
        if (sides & ~DELETE_FLAGS || (access != sides && (sides == 0 || sides == DELETE_FLAGS)))
            error = -PAL_ERROR_INVAL;
        else if (access != sides && pal_hdr(handle)->type != PAL_TYPE_PIPE)
            error = -PAL_ERROR_NOTSUPPORT;
        else
            error = ops->delete ? ops->delete (handle, access == DELETE_FLAGS ? 0 : access) : -PAL_ERROR_NOTSUPPORT;
        pal_handle_put(handle);
    }
    (void)pal_return_bool(error);
}

static int stream_map(PAL_HANDLE handle, void **address, PAL_FLG prot, uint64_t offset, uint64_t size)
{
    const struct handle_ops *ops = pal_ops(handle);
    const int error = pal_check_range(*address, size);
    if (error < 0)
        return error;
    if (prot & ~PAL_PROT_FLAGS || offset & (pal_alignment() - 1))
        return -PAL_ERROR_INVAL;
    if (offset > INT64_MAX - size)
        return -PAL_ERROR_OVERFLOW;
    return ops->map ? ops->map(handle, address, prot, offset, size) : -PAL_ERROR_NOTSUPPORT;
}

PAL_PTR DkStreamMap(PAL_HANDLE handle, PAL_PTR address, PAL_FLG prot, PAL_NUM offset, PAL_NUM size)
{
    int error = pal_handle_get(handle);
    if (error == 0) {
        error = stream_map(handle, &address, prot, offset, size);
        pal_handle_put(handle);
    }
    return pal_return_bool(error) ? address : NULL;
}

PAL_NUM DkStreamSetLength(PAL_HANDLE handle, PAL_NUM length)
{
    int error = pal_handle_get(handle);
    if (error == 0) {
        const struct handle_ops *ops = pal_ops(handle);
        if (length > INT64_MAX)
            error = -PAL_ERROR_INVAL;
        else
            error = ops->setlength ? ops->setlength(handle, length) : -PAL_ERROR_NOTSUPPORT;
        pal_handle_put(handle);
    }
    return pal_return_bool(error) ? length : 0;
}

PAL_BOL DkStreamFlush(PAL_HANDLE handle)
{
    int error = pal_handle_get(handle);
    if (error == 0) {
        const struct handle_ops *ops = pal_ops(handle);
        error = ops->flush ? ops->flush(handle) : -PAL_ERROR_NOTSUPPORT;
        pal_handle_put(handle);
    }
    return pal_return_bool(error);
}

/* Of a process or a pipe, with a reference. */
static int get_carrier(PAL_HANDLE handle)
{
    const int error = pal_handle_get_typed(handle, PAL_TYPE_PROCESS);
    return error == 0 ? 0 : pal_handle_get_typed(handle, PAL_TYPE_PIPE);
}

PAL_BOL DkSendHandle(PAL_HANDLE handle, PAL_HANDLE cargo)
{
    int error = get_carrier(handle);
    if (error == 0) {
        error = pal_handle_get(cargo);
        if (error == 0) {
            error = _DkSendHandle(handle, cargo);
            pal_handle_put(cargo);
        }
        pal_handle_put(handle);
    }
    return pal_return_bool(error);
}

PAL_HANDLE DkReceiveHandle(PAL_HANDLE handle)
{
    PAL_HANDLE cargo = NULL;
    int error = get_carrier(handle);
    if (error == 0) {
        error = _DkReceiveHandle(handle, &cargo);
        pal_handle_put(handle);
    }
    return pal_return_handle(error, cargo);
}

int64_t pal_stream_read_all(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer)
{
    const struct handle_ops *ops = pal_ops(handle);
    size_t done = 0;
    if (!ops->read)
        return -PAL_ERROR_NOTSUPPORT;
    while (done < count) {
        const int64_t result = ops->read(handle, offset + done, count - done, (char *)buffer + done);
        if (result == 0)
            break;
        if (result > 0)
            done += (size_t)result;
        else if (result != -PAL_ERROR_INTERRUPTED)
            return result;
    }
    return (int64_t)done;
}
