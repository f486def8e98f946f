/* SPDX-License-Identifier: MIT */
/* Making pipes; their size, and that of FIFOs. */
#include "copy.h"
#include "pipe.h"
#include "syscalls.h"

/* An open file of a pipe; it takes a reference of its own. */
static struct file *open_end(struct pipe *pipe, uint32_t flags)
{
    struct file *file = file_new(&pipe_ops, flags, pipe);
    if (file == NULL)
        return NULL;
    __atomic_add_fetch(&pipe->references, 1, __ATOMIC_RELAXED);
    lock_acquire(&pipe->lock);
    pipe->readers += file_readable(file);
    pipe->writers += file_writable(file);
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

/***** Size *****/

int64_t pipe_get_size(struct file *file)
{
    const struct pipe *pipe = file->ops == &pipe_ops ? file->data : NULL;
    if (pipe == NULL)
        return fifo_get_size(file);
    return pipe->stream != NULL ? pipe_stream_room(pipe) : (int64_t)pipe->capacity;
}

int64_t pipe_set_size(struct file *file, uint64_t size)
{
    if (!pipe_is(file))
        return -EBADF;
    if (size > 1u << 31)
        return -EINVAL;
    uint32_t capacity = PAGE_SIZE;
    while (capacity < size)
        capacity *= 2;
    if (file->ops != &pipe_ops)
        return fifo_set_size(file, capacity);
    struct pipe *pipe = file->data;
    int64_t result = capacity;
    lock_acquire(&pipe->lock);
    if (capacity > pipe->capacity && capacity > PIPE_CAPACITY_MAX && !identity_has(CAP_SYS_RESOURCE))
        result = -EPERM;
    else if (pipe->stream != NULL)
        result = pipe_stream_set_room(pipe, capacity);
    else if (capacity < pipe_used(pipe))
        result = -EBUSY;
    else
        pipe->capacity = capacity;
    lock_release(&pipe->lock);
    if (result > 0)
        wait_queue_wake(&pipe->write_queue);
    return result;
}
