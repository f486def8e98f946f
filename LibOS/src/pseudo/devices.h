/* SPDX-License-Identifier: MIT */
/* Devices with files of their own, for the table of /dev. */
#ifndef LIBOS_SRC_PSEUDO_DEVICES_H
#define LIBOS_SRC_PSEUDO_DEVICES_H

#include "pseudo.h"
#include "task.h"

/* /dev/console, the host's terminal; /dev/tty, that of the caller's session. */
int console_open(const struct pseudo_key *key, uint32_t flags, struct file **out);
int tty_open(const struct pseudo_key *key, uint32_t flags, struct file **out);

/* /dev/checkpoint, of room checkpoint. */
extern const struct file_ops checkpoint_device_ops;

/* /dev/pts: pseudo terminals and the device that makes them. */
extern const struct pseudo_node pts_nodes[];

#endif
