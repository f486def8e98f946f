/* SPDX-License-Identifier: MIT */
/* URIs that the program hands over. Knows no kind of stream. */
#include "pal_uri.h"
#include "pal_user.h"

enum pal_handle_type pal_uri_type(const struct uri *uri)
{
    switch (uri->scheme) {
    case URI_FILE:
    case URI_MEM:
        return PAL_TYPE_FILE;
    case URI_DIR:
        return PAL_TYPE_DIR;
    case URI_DEV:
        return PAL_TYPE_DEV;
    case URI_PIPE_SRV:
        return PAL_TYPE_PIPESRV;
    case URI_PIPE:
        return PAL_TYPE_PIPE;
    case URI_TCP_SRV:
        return PAL_TYPE_TCPSRV;
    case URI_TCP:
        return PAL_TYPE_TCP;
    case URI_UDP_SRV:
        return PAL_TYPE_UDPSRV;
    case URI_UDP:
        return PAL_TYPE_UDP;
    case URI_GIPC:
        return PAL_TYPE_GIPC;
    case URI_LINK:
        return PAL_TYPE_LINK;
    case URI_POLL:
        return PAL_TYPE_POLL;
    case URI_PROCESS:
        return PAL_TYPE_PROCESS;
    }
    return PAL_TYPE_NONE;
}

int pal_uri_take(PAL_STR text, char **out_copy, struct uri *out)
{
    const int64_t len = text ? pal_user_strnlen(text, URI_LEN_MAX + 1) : -PAL_ERROR_BADADDR;
    if (len < 0)
        return (int)len;
    if (len > URI_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    char *copy = pal_malloc((size_t)len + 1);
    if (!copy)
        return -PAL_ERROR_NOMEM;
    int error = pal_user_read(copy, text, (size_t)len);
    if (error == 0)
        error = uri_parse(copy, (size_t)len, out);
    if (error < 0) {
        pal_free(copy);
        return error;
    }
    *out_copy = copy;
    return 0;
}

int pal_uri_find(PAL_STR text, char **out_copy, struct uri *out, const struct handle_ops **out_ops)
{
    const int error = pal_uri_take(text, out_copy, out);
    if (error < 0)
        return error;
    *out_ops = pal_handle_ops[pal_uri_type(out)];
    if (*out_ops)
        return 0;
    pal_free(*out_copy);
    return -PAL_ERROR_NOTIMPLEMENTED;
}
