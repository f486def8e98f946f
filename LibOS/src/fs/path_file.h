/* SPDX-License-Identifier: MIT */
/* Open files that only stand for a name: O_PATH. */
#ifndef LIBOS_SRC_FS_PATH_FILE_H
#define LIBOS_SRC_FS_PATH_FILE_H

#include "fs_core.h"

/* place has been looked at, or is to be, if links are not followed. 0 or -E... */
PAL_MUST_CHECK int path_file_new(struct place *place, uint32_t flags, struct file **out);

#endif
