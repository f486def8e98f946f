/* SPDX-License-Identifier: MIT */
/* Between the names of made-up file systems and what is open of them. */
#ifndef LIBOS_SRC_PSEUDO_PSEUDO_FILE_H
#define LIBOS_SRC_PSEUDO_PSEUDO_FILE_H

#include "pseudo.h"

/* Where a path leads. */
struct pseudo_spot {
    const struct pseudo_node *node;
    struct pseudo_key key;
    uint64_t inode;
    uint64_t device; /* of the mount */
};

/* Where the path of an open file leads now. */
PAL_MUST_CHECK int pseudo_find_again(const struct file *file, struct pseudo_spot *out);
void pseudo_fill(const struct pseudo_spot *spot, struct file_attr *out);

/* An open file, directory or device. NULL = no memory. */
struct file *pseudo_file_new(const struct pseudo_spot *spot, uint32_t flags);

#endif
