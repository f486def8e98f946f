/* SPDX-License-Identifier: MIT */
/* A manifest's file, read and parsed. Knows no key and no host. */
#ifndef PAL_SRC_PAL_MANIFEST_H
#define PAL_SRC_PAL_MANIFEST_H

#include "manifest.h"
#include "pal_host_api.h"

struct pal_manifest {
    char *text; /* as in the file, not NUL-terminated */
    size_t size;
    size_t room; /* bytes of memory at text */
    struct manifest parsed;
};

/* Read the text of a manifest; on failure nothing is to be freed.
 * errors  TOOBIG; INCONSIST: it grows while it is read; those of reading */
PAL_MUST_CHECK int pal_manifest_read(struct pal_manifest *out, PAL_HANDLE handle);

/* Parse the text.
 * name    for messages, borrowed
 * errors  of manifest_parse; fault has the message */
PAL_MUST_CHECK int pal_manifest_parse(struct pal_manifest *manifest, const char *name, struct manifest_fault *fault);

/* Free what the two have taken, also after the second has failed. */
void pal_manifest_free(struct pal_manifest *manifest);

#endif
