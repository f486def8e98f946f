/* SPDX-License-Identifier: MIT */
/* Making and opening pipes and FIFOs; their size. */
#include "copy.h"
#include "pipe.h"
#include "syscalls.h"

static struct lock g_fifo_lock; /* the slots of all FIFOs */

/* An open file of a pipe; it takes a reference of its own. */
static struct file *open_end(struct pipe *pipe, uint32_t flags)
{
    struct file *file = file_new(&pipe_ops, flags, pipe);
    if (file == NULL)
        return NULL;
    __atomic_add_fetch(&pipe->references, 1, __ATOMIC_RELAXED);
    lock_acquire(&pipe->lock);
    file->state = UINT64_MAX;
    if (file_readable(file)) {
        pipe->readers++;
        pipe->reader_opens++;
    }
    if (file_writable(file)) {
        pipe->writers++;
        pipe->writer_opens++;
    }
    lock_release(&pipe->lock);
    return file;
}

/***** pipe *****/

static int64_t install_both(struct file *reader, struct file *writer, int *user, bool close_on_exec)
{
    int fds[2];
    fds[0] = fd_install(reader, 0, close_on_exec);
    if (fds[0] < 0) {
        file_put(writer);
        return fds[0];
    }
    fds[1] = fd_install(writer, 0, close_on_exec);
    if (fds[1] < 0) {
        (void)fd_close(fds[0]);
        return fds[1];
    }
    if (copy_out(user, fds, sizeof(fds)) == 0)
        return 0;
    (void)fd_close(fds[0]);
    (void)fd_close(fds[1]);
    return -EFAULT;
}

int64_t sys_pipe2(void *fds, int flags)
{
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0)
        return -EINVAL;
    const uint32_t kept = (uint32_t)flags & (O_NONBLOCK | O_DIRECT);
    struct pipe *pipe = pipe_new();
    if (pipe == NULL)
        return -ENFILE;
    struct file *reader = open_end(pipe, O_RDONLY | (kept & O_NONBLOCK));
    struct file *writer = open_end(pipe, O_WRONLY | kept);
    pipe_put(pipe);
    if (reader == NULL || writer == NULL) {
        if (reader != NULL)
            file_put(reader);
        if (writer != NULL)
            file_put(writer);
        return -ENFILE;
    }
    writer->inode = reader->inode;
    return install_both(reader, writer, fds, (flags & O_CLOEXEC) != 0);
}

int64_t sys_pipe(void *fds)
{
    return sys_pipe2(fds, 0);
}

/***** FIFOs *****/

/* The pipe of a FIFO, with a reference. */
static struct pipe *get_fifo(struct pipe **slot)
{
    lock_acquire(&g_fifo_lock);
    if (*slot == NULL)
        *slot = pipe_new();
    struct pipe *pipe = *slot;
    if (pipe != NULL)
        __atomic_add_fetch(&pipe->references, 1, __ATOMIC_RELAXED);
    lock_release(&g_fifo_lock);
    return pipe;
}

/* Wait until there is, or was, another opener than before: it may have closed its file already. */
static int wait_for_opener(struct wait_queue *queue, const uint32_t *opens, uint32_t before)
{
    struct waiter waiter = {.notify = NULL};
    int result = 0;
    wait_queue_add(queue, &waiter);
    while (__atomic_load_n(opens, __ATOMIC_ACQUIRE) == before && result == 0) {
        result = thread_sleep(NO_TIMEOUT);
        if (result < 0)
            result = signal_interrupts() ? -ERESTARTSYS : 0;
    }
    wait_queue_remove(queue, &waiter);
    return result;
}

/* What one side does about the other one's absence. */
static int meet_other_side(struct file *file)
{
    struct pipe *pipe = file->data;
    const bool reads = file_readable(file), writes = file_writable(file);
    wait_queue_wake(&pipe->read_queue);
    wait_queue_wake(&pipe->write_queue);
    if (reads && writes)
        return 0;
    lock_acquire(&pipe->lock);
    const uint32_t others = reads ? pipe->writers : pipe->readers;
    const uint32_t before = reads ? pipe->writer_opens : pipe->reader_opens;
    if (reads && others == 0)
        file->state = before;
    lock_release(&pipe->lock);
    if (others != 0)
        return 0;
    if ((file->flags & O_NONBLOCK) != 0)
        return reads ? 0 : -ENXIO;
    return reads ? wait_for_opener(&pipe->read_queue, &pipe->writer_opens, before)
                 : wait_for_opener(&pipe->write_queue, &pipe->reader_opens, before);
}

int fifo_open(struct pipe **slot, uint32_t flags, struct file **out)
{
    struct pipe *pipe = get_fifo(slot);
    if (pipe == NULL)
        return -ENOMEM;
    struct file *file = open_end(pipe, flags & (O_ACCMODE | O_NONBLOCK | O_DIRECT));
    pipe_put(pipe);
    if (file == NULL)
        return -ENOMEM;
    const int result = meet_other_side(file);
    if (result < 0)
        file_put(file);
    else
        *out = file;
    return result;
}

void fifo_release(struct pipe *pipe)
{
    if (pipe != NULL)
        pipe_put(pipe);
}

/***** Size *****/

int64_t pipe_get_size(struct file *file)
{
    const struct pipe *pipe = file->ops == &pipe_ops ? file->data : NULL;
    return pipe != NULL ? (int64_t)pipe->capacity : -EBADF;
}

int64_t pipe_set_size(struct file *file, uint64_t size)
{
    if (!pipe_is(file))
        return -EBADF;
    if (size > 1u << 31)
        return -EINVAL;
    struct pipe *pipe = file->data;
    uint32_t capacity = PAGE_SIZE;
    while (capacity < size)
        capacity *= 2;
    int64_t result = capacity;
    lock_acquire(&pipe->lock);
    if (capacity > pipe->capacity && capacity > PIPE_CAPACITY_MAX && !identity_is_root())
        result = -EPERM;
    else if (pipe->stream != NULL) /* of the host, which neither grows nor shrinks */
        result = capacity <= pipe->capacity ? (int64_t)pipe->capacity : -EBUSY;
    else if (capacity < pipe_used(pipe))
        result = -EBUSY;
    else
        pipe->capacity = capacity;
    lock_release(&pipe->lock);
    if (result > 0)
        wait_queue_wake(&pipe->write_queue);
    return result;
}
