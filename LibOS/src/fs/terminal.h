/* SPDX-License-Identifier: MIT */
/* Terminals: what ioctl(2) can do with them, whether they are the host's or pairs in memory. */
#ifndef LIBOS_SRC_FS_TERMINAL_H
#define LIBOS_SRC_FS_TERMINAL_H

#include "libos.h"

/* A terminal, as terminal_control sees it: settings and size are read and set by its kind. when is PAL_TERMINAL_x. */
struct terminal {
    int (*get)(struct terminal *terminal, struct pal_terminal *out);
    int (*set)(struct terminal *terminal, const struct pal_terminal *settings, uint32_t when);
    int (*flush)(struct terminal *terminal, uint32_t queue); /* TCIFLUSH, TCOFLUSH, TCIOFLUSH; may be NULL */
    int32_t foreground;                                      /* process group, 0 = the caller's own */
    int32_t session;                                         /* 0 = the caller's own */
    bool is_console; /* of the host: process_terminal_group counts instead of these two */
};

/* What all terminals can do by ioctl. -ENOTTY = something else, or the terminal is none. */
int64_t terminal_control(struct terminal *terminal, uint32_t request, uint64_t argument);

/* Terminals of the host: behind the descriptors 0, 1 and 2, and both directions of the console (dev:tty). */
#define TERMINAL_TTY 3
int64_t host_terminal_control(unsigned stream, uint32_t request, uint64_t argument);
bool host_terminal_exists(unsigned stream);

/* A checkpoint is about to be written; the process goes on from one. */
void terminals_keep(void);
void terminals_resumed(void);

#endif
