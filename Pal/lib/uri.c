/* SPDX-License-Identifier: MIT */
/* The URIs of the PAL Host ABI: text to parts and back.
 * Decides nothing about what a URI names. */
#include "uri.h"

#include "format.h"
#include "pal_error.h"
#include "pal_string.h"

enum { SCHEME_LEN_MAX = sizeof("pipe.srv") - 1 };

/* Arrays rather than pointers: the table then needs no relocation. */
static const char scheme_names[][SCHEME_LEN_MAX + 1] = {
    [URI_FILE] = "file", [URI_DIR] = "dir",         [URI_DEV] = "dev",   [URI_PIPE_SRV] = "pipe.srv",
    [URI_PIPE] = "pipe", [URI_TCP_SRV] = "tcp.srv", [URI_TCP] = "tcp",   [URI_UDP_SRV] = "udp.srv",
    [URI_UDP] = "udp",   [URI_GIPC] = "gipc",       [URI_LINK] = "link", [URI_MEM] = "mem",
    [URI_POLL] = "poll", [URI_PROCESS] = "process",
};

enum { SCHEME_COUNT = sizeof(scheme_names) / sizeof(scheme_names[0]) };

/* Where a name ends zeros begin. The first letter tells most of them apart. */
static bool is_name(const char name[SCHEME_LEN_MAX + 1], const char *text, size_t len)
{
    return name[0] == text[0] && name[len - 1] != '\0' && name[len] == '\0' && memcmp(name, text, len) == 0;
}

/* Find the scheme that a text starts with; returns its len. */
static int parse_scheme(const char *text, size_t len, enum uri_scheme *out_scheme)
{
    size_t name_len = 0;
    while (name_len < len && text[name_len] != ':')
        name_len++;
    if (name_len == 0 || name_len == len)
        return -PAL_ERROR_INVAL;
    for (size_t i = 0; name_len <= SCHEME_LEN_MAX && i < SCHEME_COUNT; i++) {
        if (is_name(scheme_names[i], text, name_len)) {
            *out_scheme = (enum uri_scheme)i;
            return (int)name_len;
        }
    }
    return -PAL_ERROR_NOTSUPPORT;
}

static int parse_id(struct uri *uri)
{
    if (uri->len > 1 && uri->text[0] == '0')
        return -PAL_ERROR_INVAL;
    return format_parse_u64(uri->text, uri->len, 10, &uri->id) < 0 ? -PAL_ERROR_INVAL : 0;
}

static int parse_local(struct uri *uri)
{
    uri->has_local = true;
    return inet_parse_endpoint(uri->text, uri->len, &uri->local);
}

/* The len of the endpoint that the text starts with: up to the second colon that is not in brackets. */
static size_t first_endpoint_len(const char *text, size_t len)
{
    unsigned colons = 0;
    bool bracketed = false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '[' || text[i] == ']')
            bracketed = text[i] == '[';
        else if (text[i] == ':' && !bracketed && ++colons == 2)
            return i;
    }
    return len;
}

static int parse_connection(struct uri *uri)
{
    const char *peer = uri->text;
    size_t len = uri->len;
    size_t local_len = first_endpoint_len(peer, len);
    if (local_len < len) {
        if (inet_parse_endpoint(peer, local_len, &uri->local) < 0)
            return -PAL_ERROR_INVAL;
        uri->has_local = true;
        peer += local_len + 1;
        len -= local_len + 1;
    }
    if (inet_parse_endpoint(peer, len, &uri->peer) < 0 || uri->peer.port == 0)
        return -PAL_ERROR_INVAL;
    uri->has_peer = true;
    /* One socket has one family. */
    if (uri->has_local && uri->local.address.family != uri->peer.address.family)
        return -PAL_ERROR_INVAL;
    return 0;
}

static int parse_rest(struct uri *uri)
{
    switch (uri->scheme) {
    case URI_FILE:
    case URI_DIR:
    case URI_DEV:
    case URI_LINK:
    case URI_POLL:
        return uri->len > 0 ? 0 : -PAL_ERROR_INVAL;
    case URI_MEM:
        return uri->len == 0 ? 0 : -PAL_ERROR_INVAL;
    case URI_PIPE:
        uri->anonymous = uri->len == 0;
        return uri->anonymous ? 0 : parse_id(uri);
    case URI_PIPE_SRV:
    case URI_GIPC:
    case URI_PROCESS:
        return parse_id(uri);
    case URI_TCP_SRV:
    case URI_UDP_SRV:
        return parse_local(uri);
    case URI_UDP:
        return uri->len > 0 ? parse_connection(uri) : 0;
    case URI_TCP:
        return parse_connection(uri);
    }
    return -PAL_ERROR_NOTSUPPORT;
}

int uri_parse_string(const char *text, size_t len, struct uri *out_uri)
{
    enum uri_scheme scheme;
    if (len > URI_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    const int scheme_len = parse_scheme(text, len, &scheme);
    if (scheme_len < 0)
        return scheme_len;
    *out_uri = (struct uri){.scheme = scheme, .text = text + scheme_len + 1, .len = len - (size_t)scheme_len - 1};
    return parse_rest(out_uri);
}

int uri_parse(const char *text, size_t len, struct uri *out_uri)
{
    struct uri uri;
    if (len <= URI_LEN_MAX && len > 0 && memchr(text, '\0', len))
        return -PAL_ERROR_INVAL;
    const int ret = uri_parse_string(text, len, &uri);
    if (ret == 0)
        *out_uri = uri;
    return ret;
}

static int64_t print_endpoints(const struct uri *uri, char *buf, size_t size)
{
    int64_t local_len = 0;
    int64_t peer_len = 0;
    if (uri->has_local) {
        local_len = inet_print_endpoint(&uri->local, buf, size);
        if (local_len < 0)
            return local_len;
    }
    if (uri->has_local && uri->has_peer)
        buf[local_len++] = ':';
    if (uri->has_peer)
        peer_len = inet_print_endpoint(&uri->peer, buf + local_len, size - (size_t)local_len);
    return peer_len < 0 ? peer_len : local_len + peer_len;
}

int64_t uri_print(const struct uri *uri, char *buf, size_t size)
{
    char rest[2 * INET_ENDPOINT_TEXT_SIZE]; /* the colon between two takes the place of the first's NUL */
    const char *text = rest;
    int64_t len = 0;
    switch (uri->scheme) {
    case URI_FILE:
    case URI_DIR:
    case URI_DEV:
    case URI_LINK:
    case URI_POLL:
        if (uri->len > URI_LEN_MAX)
            return -PAL_ERROR_TOOLONG;
        text = uri->text;
        len = (int64_t)uri->len;
        break;
    case URI_PIPE_SRV:
    case URI_PIPE:
    case URI_GIPC:
    case URI_PROCESS:
        if (!uri->anonymous)
            len = format_string(rest, sizeof(rest), "%llu", (unsigned long long)uri->id);
        break;
    case URI_TCP_SRV:
    case URI_TCP:
    case URI_UDP_SRV:
    case URI_UDP:
        len = print_endpoints(uri, rest, sizeof(rest));
        if (len < 0)
            return len;
        break;
    case URI_MEM:
        break;
    default:
        return -PAL_ERROR_INVAL;
    }

    size_t scheme_len = (size_t)format_string(buf, size, "%s:", scheme_names[uri->scheme]);
    size_t uri_len = scheme_len + (size_t)len;
    if (uri_len >= size)
        return -PAL_ERROR_OVERFLOW;
    if (len > 0)
        memcpy(buf + scheme_len, text, (size_t)len);
    buf[uri_len] = '\0';

    /* The grammar is written once, in the parser: what it would not read back as it was is refused. */
    struct uri parsed;
    int ret = uri_parse(buf, uri_len, &parsed);
    if (ret != 0)
        return ret;
    if (parsed.has_local != uri->has_local || parsed.has_peer != uri->has_peer)
        return -PAL_ERROR_INVAL;
    return (int64_t)uri_len;
}
