/* SPDX-License-Identifier: MIT */
/* What the files of the chroot file system need of each other. */
#ifndef LIBOS_SRC_CHROOT_CHROOT_H
#define LIBOS_SRC_CHROOT_CHROOT_H

#include "fs/fs_core.h"

int chroot_attributes(const struct place *place, struct file_attr *out);
int chroot_open(const struct place *place, uint32_t flags, uint32_t mode, struct file **out);

/* Permissions that may not survive the creation of a file or directory; and set all of them. That the host refuses some is
 * not told: they are missing then. */
#define MASKED_MODE 07022u
void chroot_set_mode(PAL_HANDLE handle, uint32_t mode);

/* A handle for a name; scheme is "link:" as a rule. NULL: *out_error says why. */
PAL_HANDLE chroot_open_name(const char *scheme, const struct place *place, PAL_FLG create, PAL_FLG options,
                            int *out_error);

/* A slash and a name that nobody guesses, for what is to have another one, or none, in a moment. */
#define CHROOT_HIDDEN_SIZE 48
void chroot_hidden_name(char out[CHROOT_HIDDEN_SIZE]);

/* Operations of fs_ops. */
int chroot_make_directory(const struct place *place, uint32_t mode);
int chroot_make_link(const struct place *place, const char *target);
int chroot_make_node(const struct place *place, uint32_t mode, uint64_t device);
int chroot_remove(const struct place *place);
int chroot_remove_directory(const struct place *place);
int chroot_rename(const struct place *from, const struct place *to, uint32_t flags);
int chroot_hard_link(const struct place *from, const struct place *to);
int chroot_change(const struct place *place, const struct attr_change *change);
int chroot_link_file(struct file *file, const struct place *to);

#endif
