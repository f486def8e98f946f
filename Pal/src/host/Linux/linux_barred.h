/* SPDX-License-Identifier: MIT */
/* Files and directories whose owner has barred himself from opening them (chmod 000): they are kept open, for their
 * permissions can be changed again only by a descriptor. The kernel would take a path as well, or a descriptor that tells
 * only a place, but asks for no grant then. Knows no handle.
 *
 * A process that is alone keeps them itself; where there is a broker, that does, for all processes of the instance. */
#ifndef PAL_HOST_LINUX_LINUX_BARRED_H
#define PAL_HOST_LINUX_LINUX_BARRED_H

#include <stdbool.h>
#include "pal_attributes.h"

/* Whether what is open is a file or directory that has a name and that its owner may not read. */
bool linux_is_barred(int fd);

/* Keep a duplicate of the descriptor if what is open is barred to this process, which owns it. */
void linux_barred_keep(int fd);

/* A descriptor of what has this path, if it is kept; the caller's.
 * errors  DENIED: it is not; STREAMNOTEXIST and others of the path */
PAL_MUST_CHECK int linux_barred_open(const char *path);

/* Some file has lost a name: close those that have none any more. */
void linux_barred_review(void);

/* Let the broker keep them; to be called once g_linux.hub has been set. */
void linux_barred_hand_over(void);

/* This process is another instance from here on, which has been granted less: close all. */
void linux_barred_forget(void);

#endif
