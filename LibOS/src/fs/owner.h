/* SPDX-License-Identifier: MIT */
/* Commands of fcntl that have files of their own. */
#ifndef LIBOS_SRC_FS_OWNER_H
#define LIBOS_SRC_FS_OWNER_H

#include "fs_core.h"

/* F_GETOWN, F_SETOWN, F_GETOWN_EX, F_SETOWN_EX, F_GETSIG, F_SETSIG. */
int64_t owner_control(struct file *file, int fd, int command, unsigned long argument);

/* Whether O_ASYNC means something for a file: regular ones are always ready. */
bool owner_is_told(struct file *file);

/* memfd.c: F_ADD_SEALS, F_GET_SEALS. */
int64_t seal_control(struct file *file, int command, uint32_t seals);

#endif
