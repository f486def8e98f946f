/* SPDX-License-Identifier: MIT */
/* What the files of the chroot file system need of each other. */
#ifndef LIBOS_FS_CHROOT_H
#define LIBOS_FS_CHROOT_H

#include "fs_core.h"

int chroot_attributes(const struct place *place, struct file_attr *out);
int chroot_open(const struct place *place, uint32_t flags, uint32_t mode, struct file **out);

#endif
