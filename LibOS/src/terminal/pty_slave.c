/* SPDX-License-Identifier: MIT */
/* The side of a pseudo terminal that programs take for a terminal. */
#include <asm/ioctls.h>
#include <asm/termbits.h>

#include "clock.h"
#include "copy.h"
#include "poll.h"
#include "parcel.h"
#include "pseudo/pseudo.h"
#include "pty.h"

#define TENTH_NS (NS_PER_SECOND / 10)

/* How long a read that is not of lines waits for how many bytes: VMIN and VTIME, termios(3). */
static uint32_t bytes_wanted(const struct line *line, size_t count)
{
    if (line->state.local & ICANON)
        return 1;
    uint32_t least = line->state.cc[VMIN];
    return least < count ? least : (uint32_t)count;
}

/* With the lock held. 0: there is enough, or the time is over; 1: the end; or -E... */
static int wait_locked(struct file *file, struct pty *pty, size_t count)
{
    const struct line *line = &pty->line;
    int64_t deadline_ns = INT64_MAX;
    uint32_t before = UINT32_MAX;
    for (;;) {
        const uint32_t ready = line_readable(line), wanted = bytes_wanted(line, count);
        const bool timed = !(line->state.local & ICANON) && (wanted == 0 || ready != 0);
        if (pty_file_is_hung_up(file))
            return 1;
        if (ready >= wanted && (ready != 0 || line->state.cc[VTIME] == 0))
            return 0;
        if ((file->flags & O_NONBLOCK) != 0)
            return -EAGAIN;
        /* The time counts from each byte on. */
        if (!timed || line->state.cc[VTIME] == 0)
            deadline_ns = INT64_MAX;
        else if (ready != before)
            deadline_ns = clock_monotonic_ns() + line->state.cc[VTIME] * TENTH_NS;
        before = ready;
        const int error = joint_sleep(&pty->joint, deadline_ns);
        if (error < 0)
            return error == -EAGAIN ? 0 : error;
    }
}

static int wait_input(struct file *file, size_t count)
{
    struct pty *pty = pty_of(file);
    pty_lock(pty);
    const struct job job = pty->job;
    pty_unlock(pty);
    int result = process_check_job(job, SIGTTIN);
    if (result < 0)
        return result;
    pty_lock(pty);
    result = wait_locked(file, pty, count);
    pty_unlock(pty);
    return result;
}

static int64_t slave_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    const struct line *line = &pty_of(file)->line;
    int64_t done = 0;
    (void)position;
    if (count == 0)
        return 0;
    const int error = wait_input(file, count);
    if (error != 0)
        return error > 0 ? 0 : error;
    for (;;) {
        const bool canonical = line->state.local & ICANON;
        const int64_t size = pty_get_bytes(file, (char *)buffer + done, count - (size_t)done, line_read);
        if (size < 0)
            return done != 0 ? done : size;
        done += size;
        /* A line ends a read; a piece of one that is full does not. */
        if (size < PTY_PIECE || done == (int64_t)count || (canonical && line_has_ended(line)))
            return done;
    }
}

static int64_t slave_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    struct pty *pty = pty_of(file);
    (void)position;
    if (pty->line.state.local & TOSTOP) {
        const int error = process_check_job(pty->job, SIGTTOU);
        if (error < 0)
            return error;
    }
    return pty_put_bytes(file, buffer, count, line_print);
}

static uint32_t slave_poll(struct file *file, struct poll_table *table)
{
    struct pty *pty = pty_of(file);
    joint_lock_to_poll(&pty_file_of(file)->held, table);
    uint32_t ready = line_readable(&pty->line) != 0 ? POLL_READABLE : 0u;
    ready |= line_can_print(&pty->line, PTY_PIECE) ? POLL_WRITABLE : 0u;
    if (pty_file_is_hung_up(file))
        ready = POLL_READABLE | POLL_WRITABLE | POLLERR | POLLHUP;
    pty_unlock(pty);
    return ready;
}

static int64_t slave_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct pty *pty = pty_of(file);
    if (pty_file_is_hung_up(file))
        return request == TIOCSPGRP ? -ENOTTY : -EIO;
    if (request != FIONREAD)
        return terminal_control(&pty_file_of(file)->terminal, request, argument);
    pty_lock(pty);
    const uint32_t ready = line_waiting(&pty->line);
    pty_unlock(pty);
    return copy_out((void *)argument, &ready, sizeof(ready));
}

static int slave_attributes(struct file *file, struct file_attr *out)
{
    pty_fill(file, 0, DEVICE_NUMBER(MAJOR_PTS, pty_of(file)->number), out);
    pty_describe(pty_of(file), out);
    return 0;
}

static int slave_change(struct file *file, const struct attr_change *change)
{
    return change->which & CHANGE_SIZE ? -EINVAL : pty_change(pty_of(file), change);
}

const struct file_ops pty_slave_ops = {.read = slave_read,
                                       .write = slave_write,
                                       .attributes = slave_attributes,
                                       .change = slave_change,
                                       .control = slave_control,
                                       .poll = slave_poll,
                                       .tells_owner = true,
                                       .close = pty_close,
                                       .parcel = &pty_slave_parcels};
