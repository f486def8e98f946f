/* SPDX-License-Identifier: MIT */
/* Terminals: what ioctl(2) can do with them, whether they are the host's or pairs in memory. */
#ifndef LIBOS_INCLUDE_TERMINAL_H
#define LIBOS_INCLUDE_TERMINAL_H

#include "libos.h"
#include "process.h"

/* A terminal, as terminal_control sees it; what it is and whose it is, is asked for and set by its kind. when is PAL_TERMINAL_x.
 * Results are 0 or -E... */
struct terminal {
    int (*get)(struct terminal *terminal, struct pal_terminal *out);
    int (*set)(struct terminal *terminal, const struct pal_terminal *settings, uint32_t when);
    int (*flush)(struct terminal *terminal, uint32_t queue); /* TCIFLUSH, TCOFLUSH, TCIOFLUSH; may be NULL */
    int (*flow)(struct terminal *terminal, uint32_t action); /* TCOOFF, TCOON, TCIOFF, TCION; may be NULL */
    struct job (*job)(struct terminal *terminal);
    void (*set_job)(struct terminal *terminal, struct job job);
    bool is_master; /* the side that types: whoever has it may ask whose the terminal is */
};

/* What all terminals can do by ioctl. -ENOTTY = something else, or the terminal is none. */
int64_t terminal_control(struct terminal *terminal, uint32_t request, uint64_t argument);

/***** job.c *****/

/* TIOCGPGRP and its kin, of a terminal that is one. -ENOTTY = something else. */
int64_t job_control(struct terminal *terminal, uint32_t request, uint64_t argument);
/* Whether an ioctl is one that only the foreground may make, and it may not: 0, -ERESTARTSYS, -EIO. */
PAL_MUST_CHECK int job_check_request(struct terminal *terminal, uint32_t request);

/* Terminals of the host: behind the descriptors 0, 1 and 2, and both directions of the console (dev:tty). */
#define TERMINAL_TTY 3
int64_t host_terminal_control(unsigned stream, uint32_t request, uint64_t argument);
bool host_terminal_exists(unsigned stream);
/* Before a read (SIGTTIN) or a write (SIGTTOU), whatever the stream is: what process_check_job returns, if the terminal cares. */
PAL_MUST_CHECK int host_terminal_check(unsigned stream, int signal);

/* Whether a session has a pseudo terminal; its device and the group in the foreground, else 0 and -1, as /proc shows them. */
bool pty_find_session(int32_t session, uint32_t *out_device, int32_t *out_group);

/* A checkpoint is about to be written; the process goes on from one. */
void terminals_keep(void);
void terminals_resumed(void);

#endif
