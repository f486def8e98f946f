/* SPDX-License-Identifier: MIT */
/* Pipes as files: reading, writing, waiting. Knows nothing of how they are made. */
#include "pipe.h"
#include <asm/ioctls.h>
#include "copy.h"
#include "parcel.h"

struct pipe *pipe_of(const struct file *file)
{
    struct pipe *pipe = file->ops == &pipe_ops ? file->data : NULL;
    return pipe != NULL && pipe->stream == NULL ? pipe : NULL;
}

bool pipe_is(const struct file *file)
{
    return file->ops == &pipe_ops || file->ops == &fifo_ops;
}

int64_t pipe_broken(void)
{
    signal_send_self(SIGPIPE);
    return -EPIPE;
}

int64_t pipe_check_readers(struct file *file)
{
    return pipe_is(file) && (file_poll_now(file) & POLLERR) != 0 ? pipe_broken() : 0;
}

/* Sleep in a queue of the pipe, whose lock is held before and after, until somebody has done something to it. */
static int wait_in(struct pipe *pipe, struct wait_queue *queue)
{
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(queue, &waiter);
    lock_release(&pipe->lock);
    int result = thread_sleep(NO_TIMEOUT);
    wait_queue_remove(queue, &waiter);
    if (result < 0)
        result = signal_interrupts() ? -ERESTARTSYS : 0;
    lock_acquire(&pipe->lock);
    return result;
}

/***** Reading *****/

/* Take what is there, with the lock held. */
static int64_t read_now(struct pipe *pipe, void *buffer, size_t count)
{
    const uint64_t readable = pipe_readable(pipe);
    const size_t size = count < readable ? count : readable;
    if (pipe_get_bytes(pipe, buffer, size, 0) < 0)
        return -EFAULT;
    pipe_consume(pipe, size);
    return (int64_t)size;
}

static int64_t pipe_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct pipe *pipe = file->data;
    int64_t result = 0;
    (void)position;
    if (count == 0)
        return 0;
    if (pipe->stream != NULL)
        return pipe_stream_read(file, buffer, count);
    lock_acquire(&pipe->lock);
    while (pipe->stream == NULL && pipe_used(pipe) == 0 && pipe->writers != 0 && result == 0)
        result = (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : wait_in(pipe, &pipe->read_queue);
    const bool was_full = pipe_space(pipe) < PIPE_ATOMIC;
    if (pipe_used(pipe) != 0)
        result = read_now(pipe, buffer, count);
    const bool has_room = was_full && pipe_space(pipe) >= PIPE_ATOMIC;
    const bool moved = pipe->stream != NULL;
    lock_release(&pipe->lock);
    if (moved)
        return pipe_stream_read(file, buffer, count);
    if (has_room)
        wait_queue_wake(&pipe->write_queue);
    return result;
}

/***** Writing *****/

/* Put in as much as there is room for, or all of a small piece, or nothing; with the lock held. Who finds no room waits until
 * there is room for any small piece.
 * returns  bytes, 0 = no room, -EFAULT, -ENOMEM */
static int64_t write_now(struct file *file, const char *buffer, size_t count)
{
    struct pipe *pipe = file->data;
    const bool packet = (file->flags & O_DIRECT) != 0;
    const uint64_t space = pipe_space(pipe);
    size_t size = packet && count > PIPE_ATOMIC ? PIPE_ATOMIC : count;
    if (size > space)
        size = packet || count <= PIPE_ATOMIC || space < PIPE_ATOMIC ? 0 : space;
    if (size == 0)
        return 0;
    const uint64_t used = pipe_used(pipe);
    const int error = pipe_put_bytes(pipe, buffer, size);
    if (error < 0)
        return error;
    if (packet)
        pipe_mark_packet(pipe, pipe->tail + used);
    return (int64_t)size;
}

static int64_t pipe_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    struct pipe *pipe = file->data;
    size_t done = 0, piece = count;
    int64_t result = 0;
    (void)position;
    if (count == 0)
        return 0;
    if (pipe->stream != NULL)
        return pipe_stream_write(file, buffer, count);
    lock_acquire(&pipe->lock);
    while (done < count && result >= 0 && pipe->stream == NULL) {
        const size_t wanted = count - done < piece ? count - done : piece;
        result = pipe->readers != 0 ? write_now(file, (const char *)buffer + done, wanted) : -EPIPE;
        if (result > 0) {
            done += (size_t)result;
        } else if (result == -EFAULT && wanted > PAGE_SIZE) {
            piece = PAGE_SIZE; /* what can be read goes in, page by page */
            result = 0;
        } else if (result == 0 && (file->flags & O_NONBLOCK) != 0) {
            result = -EAGAIN;
        } else if (result == 0) {
            /* Readers have to hear of what is there before this thread sleeps. */
            wait_queue_wake(&pipe->read_queue);
            result = wait_in(pipe, &pipe->write_queue);
        }
    }
    const bool moved = pipe->stream != NULL && done < count && result >= 0;
    lock_release(&pipe->lock);
    if (moved) {
        result = pipe_stream_write(file, (const char *)buffer + done, count - done);
        done += result > 0 ? (size_t)result : 0;
        return done > 0 ? (int64_t)done : result;
    }
    if (done > 0)
        wait_queue_wake(&pipe->read_queue);
    if (result == -EPIPE)
        (void)pipe_broken();
    return done > 0 ? (int64_t)done : result;
}

/***** The rest *****/

/* Without the lock, for poll asks many: what changes meanwhile wakes the queue afterwards. The tail is read first, for then
 * the head is not behind it. */
static uint32_t pipe_poll(struct file *file, struct poll_table *table)
{
    struct pipe *pipe = file->data;
    const bool reads = file_readable(file), writes = file_writable(file);
    uint32_t ready = 0;
    if (pipe->stream != NULL)
        return pipe_stream_poll(file, table);
    if (reads)
        poll_on_queue(table, &pipe->read_queue);
    if (writes)
        poll_on_queue(table, &pipe->write_queue);
    const uint64_t tail = __atomic_load_n(&pipe->tail, __ATOMIC_ACQUIRE);
    const uint64_t used = __atomic_load_n(&pipe->head, __ATOMIC_ACQUIRE) - tail;
    if (reads) {
        ready |= used != 0 ? POLL_READABLE : 0;
        ready |= __atomic_load_n(&pipe->writers, __ATOMIC_ACQUIRE) == 0 ? POLLHUP : 0;
    }
    if (writes) {
        ready |= used + PIPE_ATOMIC <= pipe->capacity ? POLL_WRITABLE : 0;
        ready |= __atomic_load_n(&pipe->readers, __ATOMIC_ACQUIRE) == 0 ? POLLERR : 0;
    }
    return ready;
}

static int64_t pipe_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct pipe *pipe = file->data;
    if (request != FIONREAD)
        return -ENOTTY;
    lock_acquire(&pipe->lock);
    const int size = pipe->stream != NULL ? pipe_stream_size(pipe) : (int)pipe_used(pipe);
    lock_release(&pipe->lock);
    return copy_out((void *)argument, &size, sizeof(size));
}

static int pipe_attributes(struct file *file, struct file_attr *out)
{
    const struct pipe *pipe = file->data;
    right_attributes(file, S_IFIFO, &pipe->right, out);
    return 0;
}

static int pipe_change(struct file *file, const struct attr_change *change)
{
    struct pipe *pipe = file->data;
    return right_change(&pipe->right, change);
}

static void pipe_close(struct file *file)
{
    struct pipe *pipe = file->data;
    lock_acquire(&pipe->lock);
    pipe->readers -= file_readable(file);
    pipe->writers -= file_writable(file);
    if (pipe->stream != NULL)
        pipe_stream_closed(pipe, file_readable(file), file_writable(file));
    lock_release(&pipe->lock);
    wait_queue_wake(&pipe->read_queue);
    wait_queue_wake(&pipe->write_queue);
    pipe_put(pipe);
}

/* What other processes had is in the host's pipe. */
static int pipe_keep(struct file *file)
{
    const struct pipe *pipe = file->data;
    return pipe->stream == NULL ? 0 : -EOPNOTSUPP;
}

const struct file_ops pipe_ops = {
    .one_way = true,
    .kind = "pipe",
    .read = pipe_read,
    .write = pipe_write,
    .attributes = pipe_attributes,
    .change = pipe_change,
    .control = pipe_control,
    .poll = pipe_poll,
    .tells_owner = true,
    .close = pipe_close,
    .share = pipe_share,
    .parcel = &pipe_parcels,
    .keep = pipe_keep,
};
