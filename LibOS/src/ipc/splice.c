/* SPDX-License-Identifier: MIT */
/* splice, tee and vmsplice: between pipes and files. Nothing is shared, everything is copied, but only once; twice with a pipe
 * that other processes have, too, and with FIFOs. What tee leaves where it is must be in a pipe: a FIFO's bytes cannot be looked at.
 *
 * Of two pipes the one at the lower address is locked first. A pipe stays locked while its bytes go to a file or come from
 * one, as on Linux. */
#include <linux/uio.h>
#include "copy.h"
#include "pipe.h"
#include "syscalls.h"

/* As <fcntl.h> has them. */
#define SPLICE_F_MOVE     1u
#define SPLICE_F_NONBLOCK 2u
#define SPLICE_F_MORE     4u
#define SPLICE_F_GIFT     8u
#define SPLICE_F_ALL      15u

#define VECTOR_LIMIT      1024

/***** Waiting *****/

#define MOVED (-ESTALE) /* from here to there: one of the pipes has become a stream, since another thread has forked */

/* Sleep in the queue of one of the pipes, whose locks are held before and after. second may be NULL. */
static int wait_in(struct pipe *first, struct pipe *second, struct wait_queue *queue)
{
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(queue, &waiter);
    if (second != NULL)
        lock_release(&second->lock);
    lock_release(&first->lock);
    int result = thread_sleep(NO_TIMEOUT);
    wait_queue_remove(queue, &waiter);
    if (result < 0)
        result = signal_interrupts() ? -ERESTARTSYS : 0;
    lock_acquire(&first->lock);
    if (second != NULL)
        lock_acquire(&second->lock);
    if (result == 0 && (first->stream != NULL || (second != NULL && second->stream != NULL)))
        result = MOVED;
    return result;
}

static bool never_waits(const struct file *file, unsigned flags)
{
    return (flags & SPLICE_F_NONBLOCK) != 0 || (file->flags & O_NONBLOCK) != 0;
}

/***** From pipe to pipe *****/

/* Copy what there is, as far as there is room; the locks are held. */
static int64_t copy_pipe(struct pipe *from, struct pipe *to, size_t count)
{
    uint64_t size = pipe_readable(from) < pipe_space(to) ? pipe_readable(from) : pipe_space(to);
    if (size > count)
        size = count;
    size_t first, done = 0;
    const uint8_t *bytes = pipe_front(from, size, &first);
    int result = pipe_put_bytes(to, bytes, first);
    if (result == 0)
        done = first;
    if (result == 0 && first < size) {
        result = pipe_put_bytes(to, from->ring, size - first);
        done = result == 0 ? size : done;
    }
    return done > 0 ? (int64_t)done : result;
}

static int64_t pipe_to_pipe(struct file *in, struct file *out, size_t count, unsigned flags, bool keep)
{
    struct pipe *from = in->data, *to = out->data;
    if (from == to)
        return -EINVAL;
    struct pipe *first = from < to ? from : to, *second = from < to ? to : from;
    int64_t result = 0;
    lock_acquire(&first->lock);
    lock_acquire(&second->lock);
    while (result == 0) {
        const bool empty = pipe_used(from) == 0;
        if (empty && from->writers != 0) {
            result = never_waits(in, flags) ? -EAGAIN : wait_in(first, second, &from->read_queue);
        } else if (to->readers == 0) {
            result = -EPIPE;
        } else if (empty) {
            break;
        } else if (pipe_space(to) == 0) {
            result = never_waits(out, flags) ? -EAGAIN : wait_in(first, second, &to->write_queue);
        } else {
            result = copy_pipe(from, to, count);
            if (result > 0 && !keep)
                pipe_consume(from, (size_t)result);
        }
    }
    lock_release(&second->lock);
    lock_release(&first->lock);
    if (result > 0) {
        wait_queue_wake(&to->read_queue);
        if (!keep)
            wait_queue_wake(&from->write_queue);
    }
    return result == -EPIPE ? pipe_broken() : result;
}

/***** Between a pipe and a file *****/

/* The file's end: at a position, or at its own (NULL). */
static int64_t take_from_file(struct file *file, uint8_t *bytes, size_t count, int64_t *position)
{
    return file->ops->read != NULL && !file_is_anonymous(file) ? io_read(file, bytes, count, position) : -EINVAL;
}

static int64_t give_to_file(struct file *file, const uint8_t *bytes, size_t count, int64_t *position)
{
    return file->ops->write != NULL ? io_write(file, bytes, count, position) : -EINVAL;
}

static int64_t pipe_to_file(struct file *in, struct file *out, int64_t *position, size_t count, unsigned flags)
{
    struct pipe *pipe = in->data;
    int64_t done = 0, result = 0;
    lock_acquire(&pipe->lock);
    while (result == 0 && pipe_used(pipe) == 0 && pipe->writers != 0)
        result = never_waits(in, flags) ? -EAGAIN : wait_in(pipe, NULL, &pipe->read_queue);
    while (result >= 0 && (size_t)done < count && pipe_used(pipe) != 0) {
        const uint64_t readable = pipe_readable(pipe);
        size_t size = count - (size_t)done < readable ? count - (size_t)done : readable;
        uint8_t *bytes = pipe_front(pipe, size, &size);
        result = give_to_file(out, bytes, size, position);
        if (result <= 0)
            break;
        pipe_consume(pipe, (size_t)result);
        done += result;
        if ((size_t)result < size)
            break;
    }
    lock_release(&pipe->lock);
    if (done > 0)
        wait_queue_wake(&pipe->write_queue);
    return done > 0 ? done : result;
}

static int64_t file_to_pipe(struct file *in, int64_t *position, struct file *out, size_t count, unsigned flags)
{
    struct pipe *pipe = out->data;
    int64_t done = 0, result = 0;
    lock_acquire(&pipe->lock);
    while (result == 0 && pipe->readers != 0 && pipe_space(pipe) == 0)
        result = never_waits(out, flags) ? -EAGAIN : wait_in(pipe, NULL, &pipe->write_queue);
    if (result == 0 && pipe->readers == 0)
        result = -EPIPE;
    while (result >= 0 && (size_t)done < count && pipe_space(pipe) != 0) {
        size_t size = count - (size_t)done < pipe_space(pipe) ? count - (size_t)done : pipe_space(pipe);
        uint8_t *bytes;
        result = pipe_free(pipe, size, &bytes, &size);
        if (result == 0)
            result = take_from_file(in, bytes, size, position);
        if (result <= 0)
            break;
        pipe_filled(pipe, (size_t)result);
        done += result;
        if ((size_t)result < size)
            break;
    }
    lock_release(&pipe->lock);
    if (done > 0)
        wait_queue_wake(&pipe->read_queue);
    if (result == -EPIPE && done == 0)
        return pipe_broken();
    return done > 0 ? done : result;
}

/***** With a pipe that other processes have, too, which is a stream of the host *****/

#define BY_HAND_MAX (16 * PAGE_SIZE)

static int wait_for(struct file *file, uint32_t events, bool wait)
{
    if (wait && (file->flags & O_NONBLOCK) == 0)
        return file_wait(file, events);
    return (file_poll_now(file) & (events | POLLERR | POLLHUP)) != 0 ? 0 : -EAGAIN;
}

/* Write what has been read and cannot be put back. Its taker was ready for it, so this takes no time, and what the thread should
 * look after waits until it is done; but for another who was faster, and the end of the process. */
static int64_t write_taken(struct file *file, uint8_t *bytes, size_t count, int64_t *position)
{
    struct thread *thread = self();
    uint32_t put_off = 0;
    size_t done = 0;
    int64_t result = 1;
    while (done < count && (put_off & ATTENTION_EXIT) == 0) {
        put_off |= __atomic_exchange_n(&thread->attention, 0, __ATOMIC_ACQ_REL);
        result = give_to_file(file, bytes + done, count - done, position);
        if (result > 0)
            done += (size_t)result;
        else if (result == -EAGAIN)
            DkThreadDelayExecution(100);
        else if (result != -EINTR && result != -ERESTARTSYS)
            break;
    }
    __atomic_or_fetch(&thread->attention, put_off, __ATOMIC_ACQ_REL);
    return done > 0 ? (int64_t)done : result;
}

/* Copy what is there and has room, in pieces; wait for the first only. */
static int64_t copy_by_hand(struct file *in, int64_t *in_at, struct file *out, int64_t *out_at, size_t count,
                            unsigned flags)
{
    const size_t piece = io_has_positions(out) ? BY_HAND_MAX : PAGE_SIZE;
    uint8_t *bytes = heap_alloc(count < piece ? count : piece);
    int64_t result = bytes != NULL ? 0 : -ENOMEM;
    size_t done = 0;
    while (result >= 0 && done < count) {
        const bool wait = done == 0 && (flags & SPLICE_F_NONBLOCK) == 0;
        size_t size = count - done < piece ? count - done : piece;
        result = wait_for(out, POLL_WRITABLE, wait);
        if (result == 0 && (in->flags & O_NONBLOCK) == 0) /* who never waits says himself what there is, or the end */
            result = wait_for(in, POLL_READABLE, wait);
        if (result == 0)
            result = take_from_file(in, bytes, size, in_at);
        if (result <= 0)
            break;
        size = (size_t)result;
        result = write_taken(out, bytes, size, out_at);
        const size_t taken = result > 0 ? (size_t)result : 0;
        done += taken;
        if (taken < size) {
            io_give_back(in, in_at, size - taken);
            break;
        }
    }
    heap_free(bytes);
    return done > 0 ? (int64_t)done : result;
}

/* The same without taking anything out of a pipe, which becomes a stream for that. */
static int64_t tee_by_hand(struct file *in, struct file *out, size_t count, unsigned flags)
{
    const bool wait = (flags & SPLICE_F_NONBLOCK) == 0;
    const size_t size = count < PAGE_SIZE ? count : PAGE_SIZE;
    if (in->ops != &pipe_ops || !pipe_is(out) || in->data == out->data)
        return -EINVAL;
    int64_t result = pipe_share(in);
    uint8_t *bytes = result == 0 ? heap_alloc(size) : NULL;
    if (result == 0 && bytes == NULL)
        result = -ENOMEM;
    if (result == 0)
        result = wait_for(out, POLL_WRITABLE, wait);
    if (result == 0)
        result = wait_for(in, POLL_READABLE, wait);
    if (result == 0)
        result = pipe_look(in->data, bytes, size);
    if (result > 0)
        result = write_taken(out, bytes, (size_t)result, NULL);
    heap_free(bytes);
    return result;
}

/***** splice and tee *****/

/* Where a file that is not a pipe is to be used, if the program says so. */
static int check_offset(struct file *file, const void *user, int64_t offset)
{
    return user == NULL || (io_has_positions(file) && offset >= 0) ? 0 : -EINVAL;
}

static int64_t splice_files(struct file *in, void *in_offset, struct file *out, void *out_offset, size_t count,
                            unsigned flags)
{
    int64_t position = 0, unused, result;
    const bool from_pipe = pipe_is(in), to_pipe = pipe_is(out);
    const bool by_hand = (from_pipe && pipe_of(in) == NULL) || (to_pipe && pipe_of(out) == NULL);
    void *user = from_pipe ? out_offset : in_offset;
    if ((from_pipe && in_offset != NULL) || (to_pipe && out_offset != NULL))
        return -ESPIPE;
    if ((user != NULL && copy_in(&position, user, sizeof(position)) < 0) ||
        (!from_pipe && out_offset != NULL && copy_in(&unused, out_offset, sizeof(unused)) < 0))
        return -EFAULT;
    if (!file_readable(in) || !file_writable(out))
        return -EBADF;
    if (from_pipe && to_pipe && by_hand)
        return in->data == out->data ? -EINVAL : copy_by_hand(in, NULL, out, NULL, count, flags);
    if (from_pipe && to_pipe)
        return pipe_to_pipe(in, out, count, flags, false);
    if (!from_pipe && !to_pipe)
        return -EINVAL;

    result = check_offset(from_pipe ? out : in, user, position);
    if (result < 0)
        return result;
    if (from_pipe ? file_is_anonymous(out) : by_hand && file_is_anonymous(in))
        return -EINVAL;
    int64_t *at = user != NULL ? &position : NULL;
    if (from_pipe && (out->flags & O_APPEND) != 0)
        return -EINVAL;
    if (by_hand)
        result = copy_by_hand(in, from_pipe ? NULL : at, out, from_pipe ? at : NULL, count, flags);
    else
        result = from_pipe ? pipe_to_file(in, out, at, count, flags) : file_to_pipe(in, at, out, count, flags);
    if (result > 0 && user != NULL && copy_out(user, &position, sizeof(position)) < 0)
        return -EFAULT;
    return result;
}

int64_t sys_splice(int in, void *in_offset, int out, void *out_offset, unsigned long count, unsigned flags)
{
    if (count == 0)
        return 0;
    if ((flags & ~SPLICE_F_ALL) != 0)
        return -EINVAL;
    struct file *in_file = fd_get(in);
    struct file *out_file = fd_get(out);
    int64_t result = in_file != NULL && out_file != NULL ? MOVED : -EBADF;
    while (result == MOVED)
        result = splice_files(in_file, in_offset, out_file, out_offset, count, flags);
    if (in_file != NULL)
        file_put(in_file);
    if (out_file != NULL)
        file_put(out_file);
    return result;
}

int64_t sys_tee(int in, int out, unsigned long count, unsigned flags)
{
    if ((flags & ~SPLICE_F_ALL) != 0)
        return -EINVAL;
    if (count == 0)
        return 0;
    struct file *in_file = fd_get(in);
    struct file *out_file = fd_get(out);
    int64_t result = -EBADF;
    if (in_file != NULL && out_file != NULL && file_readable(in_file) && file_writable(out_file))
        result = MOVED;
    while (result == MOVED)
        result = pipe_of(in_file) != NULL && pipe_of(out_file) != NULL
                     ? pipe_to_pipe(in_file, out_file, count, flags, true)
                     : tee_by_hand(in_file, out_file, count, flags);
    if (in_file != NULL)
        file_put(in_file);
    if (out_file != NULL)
        file_put(out_file);
    return result;
}

/***** vmsplice *****/

static int64_t move_pieces(struct file *file, const struct iovec *user, size_t count)
{
    int64_t done = 0;
    for (size_t i = 0; i < count; i++) {
        struct iovec piece;
        int64_t result = -EFAULT;
        if (copy_in(&piece, &user[i], sizeof(piece)) == 0 && user_range_ok((uintptr_t)piece.iov_base, piece.iov_len))
            result = piece.iov_len == 0    ? 0
                     : !pipe_is(file)      ? -EBADF
                     : file_writable(file) ? file->ops->write(file, piece.iov_base, piece.iov_len, NULL)
                                           : file->ops->read(file, piece.iov_base, piece.iov_len, NULL);
        if (result < 0)
            return done > 0 ? done : result;
        done += result;
        if ((size_t)result < piece.iov_len)
            break;
    }
    return done;
}

int64_t sys_vmsplice(int fd, void *vector, unsigned long count, unsigned flags)
{
    struct iovec first;
    if ((flags & ~SPLICE_F_ALL) != 0)
        return -EINVAL;
    struct file *file = fd_get(fd);
    if (file == NULL)
        return -EBADF;
    const bool usable = file_readable(file) || file_writable(file);
    int64_t result = -EBADF;
    if (usable && count > VECTOR_LIMIT)
        result = -EINVAL;
    else if (usable && (!user_range_ok((uintptr_t)vector, count * sizeof(struct iovec)) ||
                        (count > 0 && user_read(&first, vector, sizeof(first)) < 0)))
        result = -EFAULT;
    else if (usable)
        result = move_pieces(file, vector, count);
    file_put(file);
    return result;
}
