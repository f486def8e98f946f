/* SPDX-License-Identifier: MIT */
/* The paths by which files and directories were opened, and what is done by path. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_PATH_H
#define PAL_HOST_LINUX_LINUX_PATH_H

#include <stdint.h>
#include "pal_attributes.h"
#include "pal_lock.h"
#include "uri.h"

/* A path that a rename changes while other threads use it. */
struct linux_name {
    char *path; /* of pal_malloc */
    struct pal_lock lock;
};

/* Make a NUL-terminated path of a URI's text; pal_free it. NULL: no memory. */
char *linux_path(const struct uri *uri);

/* A copy of the path as it is now; pal_free it. NULL: no memory. */
char *linux_name_copy(struct linux_name *name);

/* Print the path as a URI of this scheme; as uri_print. */
PAL_MUST_CHECK int64_t linux_name_print(struct linux_name *name, enum uri_scheme scheme, char *buffer, size_t size);

/* Remove what the path names; flags of unlinkat(2). */
PAL_MUST_CHECK int linux_name_remove(struct linux_name *name, int flags);

/* Rename what the path names, and note its new path; flags of renameat2(2). */
PAL_MUST_CHECK int linux_name_change(struct linux_name *name, const struct uri *to, unsigned flags);

/* Give what the path names another name besides; a symbolic link is not followed. */
PAL_MUST_CHECK int linux_name_add(struct linux_name *name, const struct uri *to);

#endif
