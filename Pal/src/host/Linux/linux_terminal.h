/* SPDX-License-Identifier: MIT */
/* Terminals: their settings and size, and putting them back as they were found. Knows no handle. */
#ifndef PAL_HOST_LINUX_LINUX_TERMINAL_H
#define PAL_HOST_LINUX_LINUX_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include "pal_attributes.h"

/* Read struct pal_terminal, or only what is before its size if there is no room for more.
 * errors  OVERFLOW: not even for that; NOTSUPPORT: not a terminal; BADADDR */
PAL_MUST_CHECK int64_t linux_terminal_read(int fd, size_t count, void *buffer);

/* Set what the offset says: PAL_TERMINAL_x.
 * errors  INVAL: another offset, or too few bytes; NOTSUPPORT, BADADDR; INTERRUPTED */
PAL_MUST_CHECK int64_t linux_terminal_write(int fd, uint64_t offset, size_t count, const void *buffer);

/* In the first process of an instance, before it or its children could change the terminals among the standard
 * descriptors: keep their settings. */
void linux_terminal_remember(void);

/* At its end: put back what has changed. */
void linux_terminal_restore(void);

/* In a copy of a process: the first one puts them back. */
void linux_terminal_begin_copy(void);

#endif
