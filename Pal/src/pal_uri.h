/* SPDX-License-Identifier: MIT */
/* URIs that the program hands over. Knows no kind of stream. */
#ifndef PAL_SRC_PAL_URI_H
#define PAL_SRC_PAL_URI_H

#include "pal_host_api.h"

/* Parse a copy of a URI, so that it neither changes nor goes while it is used.
 * text      of the program's, or of anybody's
 * out_copy  what *out borrows from; pal_free it
 * errors    BADADDR; NOMEM; as uri_parse */
PAL_MUST_CHECK int pal_uri_take(PAL_STR text, char **out_copy, struct uri *out);

/* The type of handle that a scheme opens. */
enum pal_handle_type pal_uri_type(const struct uri *uri);

/* Take a URI and find the operations of its type. Errors: as pal_uri_take; NOTIMPLEMENTED: the host has no such type. */
PAL_MUST_CHECK int pal_uri_find(PAL_STR text, char **out_copy, struct uri *out, const struct handle_ops **out_ops);

#endif
