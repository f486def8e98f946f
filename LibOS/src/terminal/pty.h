/* SPDX-License-Identifier: MIT */
/* Pseudo terminals: what their two sides share. A pair lies in shared memory (ipc/joint.h), so it is one for all processes. */
#ifndef LIBOS_SRC_TERMINAL_PTY_H
#define LIBOS_SRC_TERMINAL_PTY_H

#include "fs.h"
#include "ipc/joint.h"
#include "line.h"
#include "process.h"
#include "terminal.h"

#define MAJOR_TTY 5
#define MAJOR_PTS 136
#define PTY_PIECE 256 /* bytes that are copied at once */

/* Sides of the joint. */
enum { PTY_MASTER, PTY_SLAVE, PTY_HUNG_UP };

/* In shared memory. */
struct pty {
    struct joint joint;
    uint32_t number;
    bool slave_seen, locked, packet;
    uint32_t uid, gid, mode; /* of the terminal's name: owner and permissions */
    struct job job;
    struct line line;
};

/* What an open file's data is. */
struct pty_file {
    struct joint_file held;
    struct pty *pty; /* NULL = it could not be opened */
    struct terminal terminal;
};

static inline struct pty_file *pty_file_of(const struct file *file)
{
    return file->data;
}

static inline struct pty *pty_of(const struct file *file)
{
    return pty_file_of(file)->pty;
}

static inline void pty_lock(struct pty *pty)
{
    joint_lock(&pty->joint);
}

static inline void pty_unlock(struct pty *pty)
{
    joint_unlock(&pty->joint);
}

/* With the lock held: whether there is a process that types and watches; and whether the terminal had users, all of which have
 * closed it, for to be hung up is not enough. */
static inline bool pty_has_master(const struct pty *pty)
{
    return pty->joint.files[PTY_MASTER] != 0;
}

static inline bool pty_is_left(const struct pty *pty)
{
    return pty->slave_seen && pty->joint.files[PTY_SLAVE] == 0 && pty->joint.files[PTY_HUNG_UP] == 0;
}

static inline bool pty_file_is_hung_up(const struct file *file)
{
    return joint_is_lost(&pty_file_of(file)->held);
}

/***** pty.c *****/

/* Let go of the lock after a change: tell those who wait, and send the signal that a byte has raised. */
void pty_changed(struct pty *pty);
/* Copy from the program, give byte by byte to one direction of the line, and wait if there is no room. */
int64_t pty_put_bytes(struct file *file, const void *buffer, size_t count, bool (*give)(struct line *, unsigned char));
/* The same from one direction to the program: what there is now, at most PTY_PIECE bytes. Bytes, or -EFAULT. */
int64_t pty_get_bytes(struct file *file, char *buffer, size_t count, size_t (*take)(struct line *, char *, size_t));
/* Owner and permissions of the terminal, and another or others of them. 0 or -EPERM. */
void pty_describe(struct pty *pty, struct file_attr *attr);
PAL_MUST_CHECK int pty_change(struct pty *pty, const struct attr_change *change);
/* What both sides' attributes have in common. */
void pty_fill(const struct file *file, uint32_t mode, uint64_t rdev, struct file_attr *out);
void pty_close(struct file *file);

/***** pty_open.c *****/

/* Open the terminal that is a session's: -ENXIO = it has none of these. */
PAL_MUST_CHECK int pty_open_of_session(int32_t session, uint32_t flags, struct file **out);

extern const struct file_ops pty_slave_ops, pty_master_ops;

#endif
