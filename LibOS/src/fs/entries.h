/* SPDX-License-Identifier: MIT */
/* Records of a directory, as getdents64(2) gives them, put into the program's buffer one by one. */
#ifndef LIBOS_SRC_FS_ENTRIES_H
#define LIBOS_SRC_FS_ENTRIES_H

#include "libos.h"

struct entries {
    char *buffer; /* the program's, or ours */
    size_t size;
    size_t used;
    int error; /* -EFAULT: the buffer is bad */
};

/* Add a record.
 * position  where the directory is to be read from to go on behind it
 * mode      of the file; only its kind counts
 * returns   false: there is no room, or the buffer is bad */
bool entries_add(struct entries *entries, const char *name, size_t len, uint64_t inode, int64_t position,
                 uint32_t mode);

/* Result of read_directory: bytes; the error; or -EINVAL if there was an entry, but no room for it. */
int64_t entries_result(const struct entries *entries, bool at_end);

#endif
