/* SPDX-License-Identifier: MIT */
/* Pipes and FIFOs, for the rooms that open them and answer fcntl; objects that processes share. */
#ifndef LIBOS_INCLUDE_IPC_H
#define LIBOS_INCLUDE_IPC_H

#include "fs.h"

struct fifo;

/* Open a FIFO of a file system that is in memory, as fifo(7) says: O_RDONLY and O_WRONLY wait for the other side.
 * slot        a member of the FIFO's inode in shared memory, NULL at first; what is in the FIFO is made at the first open,
 *             and stays until fifo_release, or as long as there are open files
 * attributes  what fstat(2) tells
 * flags       O_x of open(2)
 * returns     0, -ENXIO, -ENOMEM, -ERESTARTSYS */
PAL_MUST_CHECK int fifo_open(struct fifo **slot, const struct file_attr *attributes, uint32_t flags, struct file **out);
/* The inode goes; files that are open live on. */
void fifo_release(struct fifo **slot);

/* F_GETPIPE_SZ and F_SETPIPE_SZ: bytes, or -EBADF: not a pipe, -EBUSY, -EINVAL, -EPERM, -ENOMEM. */
int64_t pipe_get_size(struct file *file);
int64_t pipe_set_size(struct file *file, uint64_t size);
/* Of a pipe or FIFO that nobody reads, before anything is written to it: SIGPIPE and -EPIPE; else 0. */
int64_t pipe_check_readers(struct file *file);

/***** System V's objects and POSIX message queues: in memory that all processes share *****/

/* Make what they have in common; once, before the first fork. 0 or -E... */
PAL_MUST_CHECK int ipc_begin(void);
/* Have it made, for a process that is alone. */
PAL_MUST_CHECK int ipc_need(void);
/* Another process has rung: it may have been for somebody who sleeps for such an object. */
void ipc_rung(void);
/* A process is about to be made that will have this one's open files. 0 or -ENOMEM. */
PAL_MUST_CHECK int ipc_share(int32_t pid);
/* A process has ended: this one, or a child. And this one has begun as a copy of another. */
void ipc_process_ends(int32_t pid);
void ipc_forked(void);

/* What /proc/sysvipc has in shm, sem and msg. */
void ipc_list_segments(struct text *out);
void ipc_list_semaphores(struct text *out);
void ipc_list_queues(struct text *out);

/* The program's contexts of io_setup(2) are gone with its memory: a new program, or a copy of the process. Nobody else runs. */
void aio_forget(void);

#endif
