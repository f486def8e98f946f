/* SPDX-License-Identifier: MIT */
/* The side of a pseudo terminal that types and watches. */
#include <asm/ioctls.h>

#include "copy.h"
#include "format.h"
#include "poll.h"
#include "parcel.h"
#include "pseudo/pseudo.h"
#include "pty.h"

/* Wait until something is shown. 0 = nothing will be, 1 = it is, or -E... */
static int wait_for_output(struct file *file)
{
    struct pty *pty = pty_of(file);
    int result = 0;
    pty_lock(pty);
    while (result == 0 && line_shown(&pty->line) == 0 && !pty_is_left(pty))
        result = (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : joint_sleep(&pty->joint, INT64_MAX);
    if (line_shown(&pty->line) != 0)
        result = 1;
    pty_unlock(pty);
    return result;
}

static int64_t master_read(struct file *file, void *buffer, size_t count, int64_t *position)
{
    static const char data_follows = TIOCPKT_DATA;
    struct pty *pty = pty_of(file);
    (void)position;
    const int ready = wait_for_output(file);
    if (ready <= 0)
        return ready < 0 ? ready : -EIO;
    size_t done = 0;
    int64_t size;
    if (pty->packet && count != 0) {
        if (user_write(buffer, &data_follows, 1) < 0)
            return -EFAULT;
        done = 1;
    }
    do {
        size = pty_get_bytes(file, (char *)buffer + done, count - done, line_take_shown);
        if (size < 0)
            return done != 0 ? (int64_t)done : size;
        done += (size_t)size;
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
    joint_lock_to_poll(&pty_file_of(file)->held, table);
    uint32_t ready = line_shown(&pty->line) != 0 ? POLL_READABLE : 0u;
    ready |= line_can_type(&pty->line) ? POLL_WRITABLE : 0u;
    ready |= pty_is_left(pty) ? POLLHUP : 0u;
    pty_unlock(pty);
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
    int error = file_open_path(name, (uint32_t)flags & (O_ACCMODE | O_NONBLOCK | O_NOCTTY), 0, &file);
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
        pty_lock(pty);
        value = (int)line_shown(&pty->line);
        pty_unlock(pty);
        return copy_out(to, &value, sizeof(value));
    case TIOCSIG:
        if (argument != SIGINT && argument != SIGQUIT && argument != SIGTSTP)
            return -EINVAL;
        process_signal_group(pty->job.group, (int)argument);
        return 0;
    default:
        return terminal_control(&pty_file_of(file)->terminal, request, argument);
    }
}

static int master_attributes(struct file *file, struct file_attr *out)
{
    pty_fill(file, 0666, DEVICE_NUMBER(MAJOR_TTY, 2), out);
    return 0;
}

const struct file_ops pty_master_ops = {.read = master_read,
                                        .write = master_write,
                                        .attributes = master_attributes,
                                        .control = master_control,
                                        .poll = master_poll,
                                        .tells_owner = true,
                                        .close = pty_close,
                                        .parcel = &pty_master_parcels};
