/* SPDX-License-Identifier: MIT */
/* Pseudo terminals: a pair, of which one side is a terminal with a line discipline (line.h) and the other types and watches.
 * What both sides have in common; knows no name. */
#include "pty.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>

#include "poll.h"

/***** Ends *****/

/* Files of the terminal are of no use any more; with the lock held. */
static void hang_up(struct pty *pty)
{
    joint_hang_up(&pty->joint);
    pty->job = (struct job){0};
}

/* When its leader ends a session loses its terminal. When nobody types any more the leader is told. */
static void pty_left(struct joint *joint, int32_t pid)
{
    struct pty *pty = container_of(joint, struct pty, joint);
    const struct job job = pty->job;
    if (pid != 0 && job.session == pid) {
        pty->job = (struct job){0};
        process_signal_group(job.group, SIGHUP);
    } else if (!pty_has_master(pty) && (job.session != 0 || joint->files[PTY_SLAVE] != 0)) {
        hang_up(pty);
        if (job.session != 0)
            process_hang_up(job);
    }
}

const struct joint_ops pty_joint = {.size = sizeof(struct pty), .left = pty_left};

void pty_close(struct file *file)
{
    struct pty_file *data = pty_file_of(file);
    if (data->pty != NULL)
        joint_close(&data->held);
    heap_free(data);
}

/***** Bytes *****/

void pty_changed(struct pty *pty)
{
    const int signal = pty->line.raised;
    const int32_t group = pty->job.group;
    pty->line.raised = 0;
    joint_changed(&pty->joint);
    if (signal != 0)
        process_signal_group(group, signal);
}

static void unlock_after(struct pty *pty, bool changed)
{
    if (changed)
        pty_changed(pty);
    else
        pty_unlock(pty);
}

int64_t pty_put_bytes(struct file *file, const void *buffer, size_t count, bool (*give)(struct line *, unsigned char))
{
    struct pty *pty = pty_of(file);
    const bool prints = file->ops == &pty_slave_ops;
    char piece[PTY_PIECE];
    size_t done = 0;
    while (done < count) {
        size_t size = count - done < PTY_PIECE ? count - done : PTY_PIECE, given = 0;
        if (user_read(piece, (const char *)buffer + done, size) < 0)
            return done != 0 ? (int64_t)done : -EFAULT;
        pty_lock(pty);
        if (prints && pty_file_is_hung_up(file)) {
            pty_unlock(pty);
            return -EIO;
        }
        while (given < size && pty->line.raised == 0 && give(&pty->line, (unsigned char)piece[given]))
            given++;
        const bool raised = pty->line.raised != 0;
        unlock_after(pty, raised || given != 0);
        done += given;
        if (given == size || raised)
            continue;
        int error = file_wait(file, POLLOUT);
        if (error < 0)
            return done != 0 ? (int64_t)done : error;
    }
    return (int64_t)done;
}

int64_t pty_get_bytes(struct file *file, char *buffer, size_t count, size_t (*take)(struct line *, char *, size_t))
{
    struct pty *pty = pty_of(file);
    char piece[PTY_PIECE];
    const size_t room = count < PTY_PIECE ? count : PTY_PIECE;
    pty_lock(pty);
    const uint32_t before = pty->line.head + pty->line.out_head;
    const size_t size = take(&pty->line, piece, room);
    unlock_after(pty, pty->line.head + pty->line.out_head != before);
    return user_write(buffer, piece, size) < 0 ? -EFAULT : (int64_t)size;
}

static void describe(const struct pty *pty, struct file_attr *attr)
{
    attr->uid = pty->uid;
    attr->gid = pty->gid;
    attr->mode = S_IFCHR | (pty->mode & 07777);
}

void pty_describe(struct pty *pty, struct file_attr *attr)
{
    pty_lock(pty);
    describe(pty, attr);
    pty_unlock(pty);
}

int pty_change(struct pty *pty, const struct attr_change *change)
{
    struct file_attr attr = {0};
    pty_lock(pty);
    describe(pty, &attr);
    const int error = attributes_permit_change(&attr, change);
    if (error == 0 && change->which & CHANGE_UID)
        pty->uid = change->uid;
    if (error == 0 && change->which & CHANGE_GID)
        pty->gid = change->gid;
    if (error == 0 && change->which & CHANGE_MODE)
        pty->mode = change->mode;
    pty_unlock(pty);
    return error;
}

void pty_fill(const struct file *file, uint32_t mode, uint64_t rdev, struct file_attr *out)
{
    *out = (struct file_attr){.device = file->mount != NULL ? file->mount->device : 0,
                              .inode = file->inode,
                              .rdev = rdev,
                              .mode = S_IFCHR | mode,
                              .links = 1,
                              .block_size = 1024};
}
