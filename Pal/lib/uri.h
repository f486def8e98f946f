/* SPDX-License-Identifier: MIT */
/* The URIs of the PAL Host ABI as one tagged structure, and back to text.
 * Knows the syntax only: no stream, no file system, no socket, and no rule on who may open what. */
#ifndef PAL_LIB_URI_H
#define PAL_LIB_URI_H

#include "inet.h"
#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* len of the longest URI: a path of 4096 and room for any scheme. */
enum { URI_LEN_MAX = 4096 + 16 };

enum uri_scheme {
    URI_FILE,     /* file:PATH */
    URI_DIR,      /* dir:PATH */
    URI_DEV,      /* dev:NAME, as in dev:tty */
    URI_PIPE_SRV, /* pipe.srv:ID */
    URI_PIPE,     /* pipe:ID, or pipe: for an anonymous one */
    URI_TCP_SRV,  /* tcp.srv:LOCAL */
    URI_TCP,      /* tcp:PEER, or tcp:LOCAL:PEER to connect from a chosen address */
    URI_UDP_SRV,  /* udp.srv:LOCAL */
    URI_UDP,      /* udp:PEER, udp:LOCAL:PEER, or udp: for a socket that takes its peer from each write */
    URI_GIPC,     /* gipc:KEY */
    URI_LINK,     /* link:PATH, the name itself and not what it stands for */
    URI_MEM,      /* mem: */
    URI_POLL,     /* poll:NAME */
    URI_PROCESS   /* process:ID */
};

struct uri {
    enum uri_scheme scheme;
    const char *text; /* what follows the scheme's colon, as written; borrowed from the parsed text, no NUL */
    size_t len;       /* of text */
    uint64_t id;      /* URI_PIPE_SRV, URI_PIPE, URI_GIPC, URI_PROCESS: the number */
    bool anonymous;   /* URI_PIPE: without an id */
    bool has_local;   /* the sockets: local is given */
    bool has_peer;    /* the sockets: peer is given */
    struct inet_endpoint local;
    struct inet_endpoint peer;
};

/* Parse a URI. What follows the scheme is
 *   a path or a name   any bytes but NUL, at least one, taken as they stand
 *   an id or a key     decimal, 0 to 2^64 - 1; no sign, blank or leading zero, so that each number has one spelling
 *   an endpoint        `a.b.c.d:port` or `[IPv6]:port`, see inet.h; port 0, by which the host chooses one, is only for
 *                      local ones; local and peer are of one family
 * text     need not end in NUL; must outlive *out_uri
 * returns  0, with the parts in *out_uri, which is left alone on failure; fields that a scheme does not use are 0
 * errors   TOOLONG     more than URI_LEN_MAX
 *          NOTSUPPORT  no such scheme; it is compared exactly, case included
 *          INVAL       no scheme at all, an embedded NUL, or a fault in what follows the scheme
 * source   Host ABI "DkStreamOpen"; LOCAL:PEER and the empty udp: are choices (docs/choices.md) */
PAL_MUST_CHECK int uri_parse(const char *text, size_t len, struct uri *out_uri);

/* The same for text that is known to have no NUL in it; *out_uri is unspecified on failure. */
PAL_MUST_CHECK int uri_parse_string(const char *text, size_t len, struct uri *out_uri);

/* Print a URI from its parts: uri_parse gives back an equal one, but for the spelling of addresses in its text.
 * uri      as uri_parse makes it, or put together by hand; text and len matter for paths and names only
 * buf      receives the text and a NUL, must not overlap uri->text; URI_LEN_MAX + 1 is always enough. Unspecified on
 *          failure
 * size     bytes at buf
 * returns  len of the text
 * errors   INVAL     no such scheme, or an endpoint, path or name that the scheme needs is missing
 *          TOOLONG   longer than URI_LEN_MAX
 *          OVERFLOW  buf is too small */
PAL_MUST_CHECK int64_t uri_print(const struct uri *uri, char *buf, size_t size);

#endif
