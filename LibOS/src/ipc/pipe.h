/* SPDX-License-Identifier: MIT */
/* Inside room ipc: a pipe is a ring of bytes that grows up to its capacity.
 *
 * For a child that inherits one: the two ends are files whose data is this structure, so a pipe moves to a stream of the
 * host by giving its files other operations, with its lock held. */
#ifndef LIBOS_SRC_IPC_PIPE_H
#define LIBOS_SRC_IPC_PIPE_H

#include "fs.h"
#include "ipc.h"
#include "poll.h"

#define PIPE_ATOMIC       4096ul /* PIPE_BUF: writes of so many bytes are not divided */
#define PIPE_CAPACITY     65536u
#define PIPE_CAPACITY_MAX 1048576u /* for those who are not root */

/* What one write with O_DIRECT has put in: read by one read, or what is left of it thrown away. */
struct pipe_packet {
    struct list_node node;
    uint64_t start, end; /* as pipe->head counts */
};

struct pipe {
    struct lock lock;
    uint32_t references;       /* open files, and who makes them */
    uint32_t readers, writers; /* open files */
    uint32_t capacity;         /* bytes, a power of two */
    uint32_t size;             /* of ring, a power of two or 0 */
    uint8_t *ring;
    uint64_t head, tail; /* bytes ever written and read; looked at without the lock, too */
    /* Of the host, if other processes have the pipe, too; never goes back. The ring has what tee has looked at then. */
    PAL_HANDLE stream;
    int32_t looker; /* the process whose those bytes are */
    struct list packets;
    struct wait_queue read_queue, write_queue;
    struct file_right right; /* of both ends; of each process, after a fork */
};

static inline uint64_t pipe_used(const struct pipe *pipe)
{
    return pipe->head - pipe->tail;
}

static inline uint64_t pipe_space(const struct pipe *pipe)
{
    return pipe->capacity - pipe_used(pipe);
}

/* NULL = no memory. One reference. */
struct pipe *pipe_new(void);
void pipe_put(struct pipe *pipe);

/* The pipe of a file, NULL = it is none, or one that other processes have, too. */
struct pipe *pipe_of(const struct file *file);
/* Whether it is one, wherever its bytes are. */
bool pipe_is(const struct file *file);

/* With the lock held: copy bytes in or out, of which there is room or which are there. Buffers may be wild.
 * returns  0, -EFAULT, -ENOMEM; then nothing has changed */
PAL_MUST_CHECK int pipe_put_bytes(struct pipe *pipe, const void *buffer, size_t count);
PAL_MUST_CHECK int pipe_get_bytes(struct pipe *pipe, void *buffer, size_t count, uint64_t offset);
/* With the lock held: bytes at the end of the pipe are gone. */
void pipe_consume(struct pipe *pipe, size_t count);
/* With the lock held: where bytes lie one after the other, at most count: those at the tail, or free ones at the head, which
 * are part of the pipe when pipe_filled says so. *out_size may be less than count; pipe_free gives 0 or -ENOMEM. */
uint8_t *pipe_front(const struct pipe *pipe, size_t count, size_t *out_size);
PAL_MUST_CHECK int pipe_free(struct pipe *pipe, size_t count, uint8_t **out, size_t *out_size);
void pipe_filled(struct pipe *pipe, size_t count);
/* Bytes that one read may give: up to the end of a packet. */
uint64_t pipe_readable(const struct pipe *pipe);
/* With the lock held: the bytes that were put in last are a packet. Without memory they are none. */
void pipe_mark_packet(struct pipe *pipe, uint64_t start);

/***** pipe_host.c: with pipe->stream *****/

/* A file's share operation: give its pipe a stream. */
int pipe_share(struct file *file);
int64_t pipe_stream_read(struct file *file, void *buffer, size_t count);
int64_t pipe_stream_write(struct file *file, const void *buffer, size_t count);
uint32_t pipe_stream_poll(struct file *file, struct poll_table *table);
int pipe_stream_size(const struct pipe *pipe);
/* How much it holds, and changing that: bytes, -EPERM = more than the host allows, -EBUSY = there is more in it, or it cannot
 * change. */
int64_t pipe_stream_room(const struct pipe *pipe);
int64_t pipe_stream_set_room(const struct pipe *pipe, uint32_t capacity);
/* A file has been closed, and pipe->readers and pipe->writers say so; with the lock held. */
void pipe_stream_closed(struct pipe *pipe, bool reader, bool writer);

/***** pipe_look.c: with pipe->stream *****/

/* Bytes that have been looked at, and are the next to be read. */
uint64_t pipe_looked(const struct pipe *pipe);
/* Look at the next bytes, at most a page, without waiting.
 * returns  how many; 0 = the end; -EAGAIN, -ENOMEM, or what the host says */
int64_t pipe_look(struct pipe *pipe, void *bytes, size_t count);
/* Read them: how many, -EFAULT. 0 = there are none. */
int64_t pipe_take_looked(struct pipe *pipe, void *buffer, size_t count);

/* A write into a pipe that nobody reads. */
int64_t pipe_broken(void);

/***** fifo.c *****/

/* As pipe_get_size and pipe_set_size, of a file that is no anonymous pipe. */
int64_t fifo_get_size(const struct file *file);
int64_t fifo_set_size(struct file *file, uint32_t capacity);

extern const struct file_ops fifo_ops; /* of those in memory */

extern const struct file_ops pipe_ops;

#endif
