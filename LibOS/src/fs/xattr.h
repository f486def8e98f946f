/* SPDX-License-Identifier: MIT */
/* A call on extended attributes, as a file system gets it. */
#ifndef LIBOS_SRC_FS_XATTR_H
#define LIBOS_SRC_FS_XATTR_H

#include "fs.h"

#define XATTR_SIZE_LIMIT 65536

struct xattr_call {
    enum { XATTR_GET, XATTR_SET, XATTR_LIST, XATTR_REMOVE } what;
    const char *name; /* of all but XATTR_LIST */
    char *value;      /* memory of the library OS, to be read or filled; of XATTR_LIST names with their NULs */
    size_t size;      /* of value; 0 = only tell how much there is */
    int flags;        /* XATTR_CREATE, XATTR_REPLACE */
};

#endif
