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

/* Copy the text, to the heap if it must be; returns its length. */
static int64_t copy_text(PAL_STR text, struct pal_uri *out)
{
    int64_t len = text ? pal_user_copy_string(out->few, sizeof(out->few), text) : -PAL_ERROR_BADADDR;
    out->copy = out->few;
    if (len < (int64_t)sizeof(out->few))
        return len;
    out->copy = pal_malloc(URI_LEN_MAX + 1);
    if (!out->copy)
        return -PAL_ERROR_NOMEM;
    len = pal_user_copy_string(out->copy, URI_LEN_MAX + 1, text);
    return len > URI_LEN_MAX ? -PAL_ERROR_TOOLONG : len;
}

int pal_uri_take(PAL_STR text, struct pal_uri *out)
{
    const int64_t len = copy_text(text, out);
    const int error = len < 0 ? (int)len : uri_parse_string(out->copy, (size_t)len, &out->parts);
    if (error < 0)
        pal_uri_drop(out);
    return error;
}

void pal_uri_drop(struct pal_uri *uri)
{
    if (uri->copy != uri->few)
        pal_free(uri->copy);
}

int pal_uri_find(PAL_STR text, struct pal_uri *out, const struct handle_ops **out_ops)
{
    const int error = pal_uri_take(text, out);
    if (error < 0)
        return error;
    *out_ops = pal_handle_ops[pal_uri_type(&out->parts)];
    if (*out_ops)
        return 0;
    pal_uri_drop(out);
    return -PAL_ERROR_NOTIMPLEMENTED;
}
