/* SPDX-License-Identifier: MIT */
/* The side of a pseudo terminal that types and watches. */
#include <asm/ioctls.h>
#include <asm/poll.h>

#include "copy.h"
#include "format.h"
#include "poll.h"
#include "pseudo.h"
#include "pty.h"

#define MAJOR_TTY 5

static bool nothing_shown(struct pty *pty, bool *out_gone)
{
    lock_acquire(&pty->lock);
    bool nothing = line_shown(&pty->line) == 0;
    *out_gone = pty->slave_seen && pty->slaves == 0;
    lock_release(&pty->lock);
    return nothing;
}

static int64_t master_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    struct pty *pty = pty_of(file);
    char piece[PTY_PIECE];
    bool gone;
    (void)position;
    while (nothing_shown(pty, &gone)) {
        if (gone)
            return -EIO;
        int error = file_wait(file, POLLIN);
        if (error < 0)
            return error;
    }
    size_t done = 0, size;
    char *to = buffer;
    if (pty->packet && count != 0) {
        piece[0] = TIOCPKT_DATA;
        if (user_write(to, piece, 1) < 0)
            return -EFAULT;
        done = 1;
    }
    do {
        size_t room = count - done < PTY_PIECE ? count - done : PTY_PIECE;
        lock_acquire(&pty->lock);
        size = line_take_shown(&pty->line, piece, room);
        pty_changed(pty);
        if (user_write(to + done, piece, size) < 0)
            return done != 0 ? (int64_t)done : -EFAULT;
        done += size;
    } while (size == PTY_PIECE && done < count);
    return (int64_t)done;
}

static int64_t master_write(struct file *file, const void *buffer, size_t count, int64_t *position)
{
    (void)position;
    return pty_put_bytes(file, buffer, count, line_type);
}

static uint32_t master_poll(struct file *file, struct poll_table *table)
{
    struct pty *pty = pty_of(file);
    poll_on_queue(table, &pty->changed);
    lock_acquire(&pty->lock);
    const struct line *line = &pty->line;
    uint32_t ready = line_shown(line) != 0 ? POLLIN | POLLRDNORM : 0;
    if (line->tail - line->head < LINE_SIZE - 1)
        ready |= POLLOUT | POLLWRNORM;
    if (pty->slave_seen && pty->slaves == 0)
        ready |= POLLHUP;
    lock_release(&pty->lock);
    return ready;
}

/* TIOCGPTPEER: open the terminal by its other side, under the name that it has. */
static int64_t open_peer(const struct file *master, uint64_t flags)
{
    char name[64];
    struct file *file;
    if (master->mount == NULL)
        return -EIO;
    (void)format_string(name, sizeof(name), "%s/pts/%u", master->mount->path, pty_of(master)->number);
    int error = file_open(name, (uint32_t)flags & (O_ACCMODE | O_NONBLOCK | O_NOCTTY), 0, &file);
    return error < 0 ? error : fd_install(file, 0, flags & O_CLOEXEC);
}

static int64_t master_control(struct file *file, uint32_t request, uint64_t argument)
{
    struct pty *pty = pty_of(file);
    void *to = (void *)argument;
    int value = 0;
    switch (request) {
    case TIOCGPTN:
        return copy_out(to, &pty->number, sizeof(pty->number));
    case TIOCSPTLCK:
    case TIOCPKT:
        if (copy_in(&value, to, sizeof(value)) < 0)
            return -EFAULT;
        *(request == TIOCPKT ? &pty->packet : &pty->locked) = value != 0;
        return 0;
    case TIOCGPTLCK:
    case TIOCGPKT:
        value = request == TIOCGPKT ? pty->packet : pty->locked;
        return copy_out(to, &value, sizeof(value));
    case TIOCGPTPEER:
        return open_peer(file, argument);
    case FIONREAD:
        lock_acquire(&pty->lock);
        value = (int)line_shown(&pty->line);
        lock_release(&pty->lock);
        return copy_out(to, &value, sizeof(value));
    case TIOCSIG:
        pty_send(pty, (int)argument);
        return 0;
    default:
        return terminal_control(&pty->terminal, request, argument);
    }
}

static int master_attributes(struct file *file, struct file_attr *out)
{
    pty_fill(file, 0666, DEVICE_NUMBER(MAJOR_TTY, 2), out);
    return 0;
}

/* Who used the terminal is told that it has gone. */
static void master_close(struct file *file)
{
    struct pty *pty = pty_of(file);
    lock_acquire(&pty->lock);
    pty->master = false;
    if (pty->slaves != 0)
        pty->line.raised = SIGHUP;
    pty_changed(pty);
    pty_put(pty);
}

const struct file_ops pty_master_ops = {.read = master_read,
                                        .write = master_write,
                                        .attributes = master_attributes,
                                        .control = master_control,
                                        .poll = master_poll,
                                        .close = master_close};
