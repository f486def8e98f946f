/* SPDX-License-Identifier: MIT */
/* Streams for the core itself: what the Dk calls do, with results instead of events. Knows no kind of stream. */
#ifndef PAL_SRC_PAL_STREAMS_H
#define PAL_SRC_PAL_STREAMS_H

#include "pal_host_api.h"

/* Open a stream; see DkStreamOpen. */
PAL_MUST_CHECK int pal_stream_open(PAL_HANDLE *out, PAL_STR uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                                   PAL_FLG options);

/* Read until count bytes or the end, also over interruptions.
 * returns  bytes read, or the error of the first read that failed */
PAL_MUST_CHECK int64_t pal_stream_read_all(PAL_HANDLE handle, uint64_t offset, size_t count, void *buffer);

/* Attributes of an open stream; see DkStreamAttributesQuerybyHandle. */
PAL_MUST_CHECK int pal_stream_attributes(PAL_HANDLE handle, PAL_STREAM_ATTR *out);

#endif
