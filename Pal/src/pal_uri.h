/* SPDX-License-Identifier: MIT */
/* URIs that the program hands over. Knows no kind of stream. */
#ifndef PAL_SRC_PAL_URI_H
#define PAL_SRC_PAL_URI_H

#include "pal_host_api.h"

/* Bytes for which there is room without memory of the heap. */
#define PAL_URI_FEW 256

/* A URI that was taken: its copy, and the parts of that. */
struct pal_uri {
    struct uri parts; /* its text ends in NUL */
    char *copy;
    char few[PAL_URI_FEW]; /* the copy, unless it is too long */
};

/* Parse a copy of a URI, so that it neither changes nor goes while it is used.
 * text    of the program's, or of anybody's
 * out     to be given to pal_uri_drop
 * errors  BADADDR; NOMEM; as uri_parse */
PAL_MUST_CHECK int pal_uri_take(PAL_STR text, struct pal_uri *out);
void pal_uri_drop(struct pal_uri *uri);

/* The type of handle that a scheme opens. */
enum pal_handle_type pal_uri_type(const struct uri *uri);

/* Take a URI and find the operations of its type. Errors: as pal_uri_take; NOTIMPLEMENTED: the host has no such type. */
PAL_MUST_CHECK int pal_uri_find(PAL_STR text, struct pal_uri *out, const struct handle_ops **out_ops);

#endif
