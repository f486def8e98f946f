/* SPDX-License-Identifier: MIT */
/* Host ABI, what streams are and what they are called. Hosts see copies of the program's structures and names. */
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_streams.h"
#include "pal_uri.h"
#include "pal_user.h"

#define NAME_SIZE (URI_LEN_MAX + 1)

static int query_name(PAL_STR text, PAL_STREAM_ATTR *out)
{
    struct pal_uri uri;
    const struct handle_ops *ops;
    int error = pal_uri_find(text, &uri, &ops);
    if (error < 0)
        return error;
    error = ops->attrquery && uri.parts.scheme != URI_MEM ? ops->attrquery(&uri.parts, out) : -PAL_ERROR_NOTSUPPORT;
    pal_uri_drop(&uri);
    return error;
}

PAL_BOL DkStreamAttributesQuery(PAL_STR uri, PAL_STREAM_ATTR *attr)
{
    PAL_STREAM_ATTR found;
    int error = attr ? query_name(uri, &found) : -PAL_ERROR_BADADDR;
    if (error == 0)
        error = pal_user_write(attr, &found, sizeof(found));
    return pal_return_bool(error);
}

int pal_stream_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out)
{
    const struct handle_ops *ops = pal_ops(handle);
    return ops->attrquerybyhdl ? ops->attrquerybyhdl(handle, out) : -PAL_ERROR_NOTSUPPORT;
}

PAL_BOL DkStreamAttributesQuerybyHandle(PAL_HANDLE handle, PAL_STREAM_ATTR *attr)
{
    PAL_STREAM_ATTR found;
    int error = pal_handle_get(handle);
    if (error == 0) {
        error = attr ? pal_stream_attributes(handle, &found) : -PAL_ERROR_BADADDR;
        if (error == 0)
            error = pal_user_write(attr, &found, sizeof(found));
        pal_handle_put(handle);
    }
    return pal_return_bool(error);
}

/* In the program's memory a boolean is any byte; to the compiler it is 0 or 1, and it reckons with that. */
static void make_boolean(PAL_BOL *flag)
{
    *flag = *(const unsigned char *)flag != 0;
}

/* Take attributes that are to be set from the program. */
static int take_attributes(const PAL_STREAM_ATTR *from, PAL_STREAM_ATTR *to)
{
    const int error = from ? pal_user_read(to, from, sizeof(*to)) : -PAL_ERROR_BADADDR;
    if (error < 0)
        return error;
    make_boolean(&to->nonblocking);
    make_boolean(&to->reuseaddr);
    make_boolean(&to->tcp_cork);
    make_boolean(&to->tcp_keepalive);
    make_boolean(&to->tcp_nodelay);
    make_boolean(&to->appending);
    return 0;
}

PAL_BOL DkStreamAttributesSetbyHandle(PAL_HANDLE handle, PAL_STREAM_ATTR *attr)
{
    PAL_STREAM_ATTR wanted;
    int error = pal_handle_get(handle);
    if (error == 0) {
        const struct handle_ops *ops = pal_ops(handle);
        error = take_attributes(attr, &wanted);
        if (error == 0)
            error = ops->attrsetbyhdl ? ops->attrsetbyhdl(handle, &wanted) : -PAL_ERROR_NOTSUPPORT;
        pal_handle_put(handle);
    }
    return pal_return_bool(error);
}

static int64_t get_name(const struct handle_ops *ops, PAL_HANDLE handle, void *buffer, size_t size)
{
    if (!ops->getname)
        return -PAL_ERROR_NOTSUPPORT;
    if (size == 0)
        return -PAL_ERROR_ZEROSIZE;
    if (!buffer)
        return -PAL_ERROR_BADADDR;
    char *name = pal_malloc(NAME_SIZE);
    if (!name)
        return -PAL_ERROR_NOMEM;
    int64_t result = ops->getname(handle, name, NAME_SIZE);
    if (result >= 0 && (size_t)result >= size)
        result = -PAL_ERROR_OVERFLOW;
    if (result >= 0) {
        const int error = pal_user_write(buffer, name, (size_t)result + 1);
        if (error < 0)
            result = error;
    }
    pal_free(name);
    return result;
}

PAL_NUM DkStreamGetName(PAL_HANDLE handle, PAL_PTR buffer, PAL_NUM size)
{
    int64_t result = pal_handle_get(handle);
    if (result < 0)
        return pal_return_count(result);
    result = get_name(pal_ops(handle), handle, buffer, size);
    pal_handle_put(handle);
    return pal_return_count(result);
}

/* A file becomes a file, a directory a directory, and the name of anything that of the same; a file can have several. What
 * has an address can be given a peer. */
static bool fits(PAL_HANDLE handle, const struct uri *to)
{
    const PAL_IDX type = pal_hdr(handle)->type;
    if (to->scheme == URI_MEM)
        return false;
    if (type == PAL_TYPE_TCPSRV || type == PAL_TYPE_UDPSRV)
        return to->scheme == (type == PAL_TYPE_TCPSRV ? URI_TCP : URI_UDP) && to->has_peer && !to->has_local;
    return pal_uri_type(to) == type || (to->scheme == URI_LINK && type == PAL_TYPE_FILE);
}

static int stream_rename(PAL_HANDLE handle, PAL_STR text)
{
    struct pal_uri uri;
    const struct handle_ops *ops = pal_ops(handle);
    int error = pal_uri_take(text, &uri);
    if (error < 0)
        return error;
    if (!ops->rename || !fits(handle, &uri.parts))
        error = -PAL_ERROR_NOTSUPPORT;
    else
        error = ops->rename(handle, &uri.parts);
    pal_uri_drop(&uri);
    return error;
}

PAL_BOL DkStreamChangeName(PAL_HANDLE handle, PAL_STR uri)
{
    int error = pal_handle_get(handle);
    if (error == 0) {
        error = stream_rename(handle, uri);
        pal_handle_put(handle);
    }
    return pal_return_bool(error);
}
