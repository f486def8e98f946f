/* SPDX-License-Identifier: MIT */
/* Inside room ipc: FIFOs of file systems in memory. What opening them and using them share. */
#ifndef LIBOS_SRC_IPC_FIFO_H
#define LIBOS_SRC_IPC_FIFO_H

#include "ipc/joint.h"
#include "ipc/pipe.h"

#define FIFO_SIZE PIPE_CAPACITY

enum { FIFO_READER = 1, FIFO_WRITER = 2 }; /* bits of sides; the sides are 0 and 1 */

/* In shared memory. */
struct fifo {
    struct joint joint;
    uint32_t opens[2]; /* how often each side was opened, for who waits in open */
    uint32_t capacity;
    uint64_t head, tail; /* bytes ever written and read */
    char *ring;          /* FIFO_SIZE bytes, while there are files */
};

struct fifo_file {
    struct joint_file held;
    struct fifo *fifo;
    struct file_attr attributes; /* of the inode, as it was opened */
    uint64_t before;             /* writers that there had been when a reader found none */
    uint32_t met;                /* how often the other side had been opened when this one was */
};

static inline struct fifo_file *fifo_data_of(const struct file *file)
{
    return file->data;
}

/* Bits of the sides that it is on. */
static inline uint32_t fifo_sides_of(const struct file *file)
{
    return (file_readable(file) ? FIFO_READER : 0u) | (file_writable(file) ? FIFO_WRITER : 0u);
}

/* The ring, NULL = there is none. */
static inline char *fifo_ring_of(const struct fifo *fifo)
{
    char *ring = __atomic_load_n(&fifo->ring, __ATOMIC_RELAXED);
    return ring != NULL && shared_has(ring, FIFO_SIZE) ? ring : NULL;
}

#endif
