/* SPDX-License-Identifier: MIT */
/* What walk.c needs of mounts, the working directory and what is known of the host. */
#ifndef LIBOS_FS_WALK_H
#define LIBOS_FS_WALK_H

#include "fs_core.h"

/* The hash of a whole path; "" is the root. */
uint64_t path_hash(const char *path, size_t len);

/* What is mounted at exactly this path; NULL = nothing. */
struct mount *mount_at(const char *path, size_t len);

/* Copy the working directory's path, "" for the root; returns its length. */
size_t cwd_read(char to[PATH_SIZE]);

#endif
