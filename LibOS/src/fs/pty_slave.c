/* SPDX-License-Identifier: MIT */
/* The side of a pseudo terminal that programs take for a terminal. */
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/termbits.h>

#include "copy.h"
#include "poll.h"
#include "pseudo.h"
#include "pty.h"

#define MAJOR_PTS 136
#define TENTH_US  100000ull

/* How long a read that is not of lines waits for how many bytes: VMIN and VTIME, termios(3). */
static uint32_t bytes_wanted(const struct line *line, size_t count)
{
    if (line->state.local & ICANON)
        return 1;
    uint32_t least = line->state.cc[VMIN];
    return least < count ? least : (uint32_t)count;
}

/* What a reader finds: 0: enough, 1: the end, -EAGAIN: not yet; *out_tenths is how long to wait at most, 0 = for ever. */
static int look(struct pty *pty, size_t count, uint32_t *out_tenths)
{
    lock_acquire(&pty->lock);
    const struct line *line = &pty->line;
    uint32_t ready = line_readable(line), wanted = bytes_wanted(line, count);
    bool gone = !pty->master;
    bool timed = !(line->state.local & ICANON) && (wanted == 0 || ready != 0);
    *out_tenths = timed ? line->state.cc[VTIME] : 0;
    lock_release(&pty->lock);
    if (ready != 0 && ready >= wanted)
        return 0;
    return gone ? 1 : wanted == 0 && *out_tenths == 0 ? 0 : -EAGAIN;
}

static int wait_input(struct file *file, size_t count)
{
    struct pty *pty = pty_of(file);
    struct waiter waiter = {.thread = self()};
    uint32_t tenths;
    int result;
    wait_queue_add(&pty->changed, &waiter);
    for (;;) {
        result = look(pty, count, &tenths);
        if (result >= 0 || (file->flags & O_NONBLOCK))
            break;
        int error = thread_sleep(tenths != 0 ? tenths * TENTH_US : NO_TIMEOUT);
        if (error == 0)
            continue;
        result = error == -ETIMEDOUT ? 0 : -ERESTARTSYS;
        break;
    }
    wait_queue_remove(&pty->changed, &waiter);
    return result;
}

static int64_t slave_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct pty *pty = pty_of(file);
    char piece[PTY_PIECE];
    int64_t done = 0;
    (void)position;
    if (count == 0)
        return 0;
    int error = wait_input(file, count);
    if (error != 0)
        return error > 0 ? 0 : error;
    for (;;) {
        size_t room = count - (size_t)done < PTY_PIECE ? count - (size_t)done : PTY_PIECE;
        lock_acquire(&pty->lock);
        bool canonical = pty->line.state.local & ICANON;
        size_t size = line_read(&pty->line, piece, room);
        pty_changed(pty);
        if (user_write((char *)buffer + done, piece, size) < 0)
            return done != 0 ? done : -EFAULT;
        done += (int64_t)size;
        /* A line ends a read; a piece of one that is full does not. */
        if (size < PTY_PIECE || done == (int64_t)count || (canonical && piece[size - 1] == '\n'))
            return done;
    }
}

static int64_t slave_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)position;
    return pty_put_bytes(file, buffer, count, line_print);
}

static uint32_t slave_poll(struct file *file, struct poll_table *table)
{
    struct pty *pty = pty_of(file);
    poll_on_queue(table, &pty->changed);
    lock_acquire(&pty->lock);
    const struct line *line = &pty->line;
    uint32_t ready = line_readable(line) != 0 ? POLLIN | POLLRDNORM : 0;
    if (!line->stopped && line_shown(line) < LINE_SIZE - PTY_PIECE)
        ready |= POLLOUT | POLLWRNORM;
    if (!pty->master)
        ready |= POLLHUP | POLLIN | POLLOUT;
    lock_release(&pty->lock);
    return ready;
}

static int64_t slave_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct pty *pty = pty_of(file);
    if (request == FIONREAD) {
        lock_acquire(&pty->lock);
        int ready = (int)(pty->line.commit - pty->line.head);
        lock_release(&pty->lock);
        return copy_out((void *)argument, &ready, sizeof(ready));
    }
    if (!pty->master)
        return -EIO;
    return terminal_control(&pty->terminal, request, argument);
}

static int slave_attributes(struct file *file, struct file_attr *out)
{
    pty_fill(file, 0620, DEVICE_NUMBER(MAJOR_PTS, pty_of(file)->number), out);
    return 0;
}

static void slave_close(struct file *file)
{
    struct pty *pty = pty_of(file);
    lock_acquire(&pty->lock);
    pty->slaves--;
    pty_changed(pty);
    pty_put(pty);
}

const struct file_ops pty_slave_ops = {.read = slave_read,
                                       .write = slave_write,
                                       .attributes = slave_attributes,
                                       .control = slave_control,
                                       .poll = slave_poll,
                                       .close = slave_close};
