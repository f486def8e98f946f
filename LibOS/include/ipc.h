/* SPDX-License-Identifier: MIT */
/* Pipes, for the rooms that open FIFOs and answer fcntl. */
#ifndef LIBOS_INCLUDE_IPC_H
#define LIBOS_INCLUDE_IPC_H

#include "fs.h"

struct pipe;

/* Open a FIFO of a file system that is in memory: O_RDONLY and O_WRONLY wait for the other side, as fifo(7) says.
 * slot  a member of the FIFO's inode, NULL at first; the pipe is made at the first open, and holds on to by the inode
 *       until fifo_release
 * lock  held by nobody during the call; slot is protected in here
 * flags O_x of open(2)
 * returns 0, -ENXIO, -ENOMEM, -ERESTARTSYS */
PAL_MUST_CHECK int fifo_open(struct pipe **slot, uint32_t flags, struct file **out);
/* The inode goes; files that are open live on. NULL = it was never opened. */
void fifo_release(struct pipe *pipe);

/* F_GETPIPE_SZ and F_SETPIPE_SZ: bytes, or -EBADF: not a pipe, -EBUSY, -EINVAL, -EPERM, -ENOMEM. */
int64_t pipe_get_size(struct file *file);
int64_t pipe_set_size(struct file *file, uint64_t size);

/***** System V's objects and POSIX message queues: in memory that all processes share *****/

/* Make what they have in common; once, before the first fork. 0 or -E... */
PAL_MUST_CHECK int ipc_begin(void);
/* Have it made, for a process that is alone. */
PAL_MUST_CHECK int ipc_need(void);
/* Another process has rung: it may have been for somebody who sleeps for such an object. */
void ipc_rung(void);
/* A process has ended: this one, or a child. And this one has begun as a copy of another. */
void ipc_process_ends(int32_t pid);
void ipc_forked(void);

/* The program's contexts of io_setup(2) are gone with its memory: a new program, or a copy of the process. Nobody else runs. */
void aio_forget(void);

#endif
