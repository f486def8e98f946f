/* SPDX-License-Identifier: MIT */
/* Extended attributes of nodes of a tmpfs. */
#ifndef LIBOS_SRC_TMPFS_TMPFS_XATTR_H
#define LIBOS_SRC_TMPFS_TMPFS_XATTR_H

#include "tmpfs.h"

struct xattr_call;

/* See fs_ops. */
int64_t tmp_xattr(const struct place *place, struct file *file, const struct xattr_call *call);
void tmp_xattr_free(struct tmp_xattr *first);

#endif
