/* SPDX-License-Identifier: MIT */
/* Mounts, as room fs itself needs them. */
#ifndef LIBOS_SRC_FS_MOUNT_H
#define LIBOS_SRC_FS_MOUNT_H

#include "fs_core.h"

void mount_init(void);

/* Whether something is mounted below a path. */
bool mount_is_above(const char *path, size_t len);

/* The name under a directory ("" is the root) that leads to the index-th mount below it; NULL = there are no more. Names can
 * come twice. */
const char *mount_child(const char *path, size_t len, unsigned index, size_t *out_len);

#endif
