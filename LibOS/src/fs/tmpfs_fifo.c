/* SPDX-License-Identifier: MIT */
/* FIFOs of tmpfs: each process has pipes of its own for them, found by their inodes. */
#include "fs_core.h"
#include "tmpfs.h"

struct fifo {
    struct fifo *next;
    uint64_t device, inode;
    struct pipe *pipe; /* made when it is opened */
};

static struct {
    struct lock lock;
    struct fifo *first;
} g_fifos;

/* The link that leads to a FIFO, or the last one. */
static struct fifo **find(const struct tmp_node *node)
{
    struct fifo **link = &g_fifos.first;
    while (*link != NULL && ((*link)->inode != node->inode || (*link)->device != node->fs->device))
        link = &(*link)->next;
    return link;
}

int tmp_fifo_open(const struct tmp_node *node, uint32_t flags, struct file **out)
{
    lock_acquire(&g_fifos.lock);
    struct fifo *fifo = *find(node);
    if (fifo == NULL && (fifo = heap_zalloc(sizeof(*fifo))) != NULL) {
        *fifo = (struct fifo){.next = g_fifos.first, .device = node->fs->device, .inode = node->inode};
        g_fifos.first = fifo;
    }
    lock_release(&g_fifos.lock);
    /* It stays, for the caller has the node. */
    return fifo != NULL ? fifo_open(&fifo->pipe, flags, out) : -ENOMEM;
}

void tmp_fifo_forget(const struct tmp_node *node)
{
    lock_acquire(&g_fifos.lock);
    struct fifo **link = find(node);
    struct fifo *fifo = *link;
    if (fifo != NULL)
        *link = fifo->next;
    lock_release(&g_fifos.lock);
    if (fifo != NULL)
        fifo_release(fifo->pipe);
    heap_free(fifo);
}
