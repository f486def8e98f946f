/* SPDX-License-Identifier: MIT */
/* Pseudo terminals: what their two sides share. */
#ifndef LIBOS_SRC_FS_PTY_H
#define LIBOS_SRC_FS_PTY_H

#include "fs.h"
#include "line.h"
#include "task.h"
#include "terminal.h"

#define PTY_PIECE 256 /* bytes that are copied at once */

struct pty {
    struct lock lock;
    uint32_t number;
    uint32_t references; /* open files of both sides */
    uint32_t slaves;
    bool master, slave_seen, locked, packet;
    struct terminal terminal;
    struct line line;
    struct wait_queue changed; /* anything that somebody could wait for */
};

static inline struct pty *pty_of(const struct file *file)
{
    return file->data;
}

/***** pty.c *****/

/* Open the terminal of this number. -ENXIO, -EIO: it is locked, -ENOMEM. */
PAL_MUST_CHECK int pty_open_slave(uint32_t number, uint32_t flags, struct file **out);
void pty_put(struct pty *pty);
/* Let go of the lock, tell those who wait, and send the signal that a byte has raised. */
void pty_changed(struct pty *pty);
/* Signals go to the process group in the foreground, if it is the caller's. 0 = none. */
void pty_send(const struct pty *pty, int signal);
/* Copy from the program, give byte by byte to one direction of the line, and wait if there is no room. */
int64_t pty_put_bytes(struct file *file, const void *buffer, size_t count, bool (*give)(struct line *, unsigned char));
/* What both sides' attributes have in common. */
void pty_fill(const struct file *file, uint32_t mode, uint64_t rdev, struct file_attr *out);

extern const struct file_ops pty_slave_ops, pty_master_ops;

#endif
