/* SPDX-License-Identifier: MIT */
/* The table of descriptors, as the system calls that change it need it. */
#ifndef LIBOS_INCLUDE_FD_H
#define LIBOS_INCLUDE_FD_H

#include "fs.h"

#define FD_LIMIT 1048576u /* descriptors, whatever RLIMIT_NOFILE says; as fs.nr_open */

void fd_init(void);

/* Descriptors are below this: RLIMIT_NOFILE. */
uint32_t fd_limit(void);

/* How many descriptors the table has room for: select(2) ignores others. */
uint32_t fd_span(void);
/* In a new process: as Linux does, leave the room that is not needed. */
void fd_forked(void);

/* Give a file this descriptor, which is below the limit, and close what had it. Takes over the caller's reference.
 * returns  the descriptor, -ENOMEM */
int fd_replace(int fd, struct file *file, bool close_on_exec);

/* Close-on-exec of a descriptor: 0, 1 or -EBADF; and set it. */
int fd_flag(int fd);
int fd_set_flag(int fd, bool close_on_exec);

/* close_range(2); both ends are included. */
void fd_close_range(uint32_t first, uint32_t last);
void fd_mark_range(uint32_t first, uint32_t last);

/* A descriptor of the file has gone: its record locks and a reference go with it. */
void fd_release(struct file *file);

#endif
