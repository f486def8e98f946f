/* SPDX-License-Identifier: MIT */
/* Who is to be told that a file is ready, by which signal. Knows nothing of how that is found out (poll/async.c). */
#include "owner.h"
#include "copy.h"
#include "poll.h"
#include "process.h"

#define SIGNAL_LAST 64

/* Groups are negative. */
static bool exists(int32_t id, bool is_thread)
{
    const siginfo_t nothing = {0};
    struct thread *thread = is_thread ? thread_find(id) : NULL;
    if (thread)
        thread_put(thread);
    if (thread || id == 0)
        return true;
    return (is_thread ? process_kill_thread(0, id, &nothing) : process_kill(id, &nothing)) != -ESRCH;
}

bool owner_is_told(struct file *file)
{
    return file->ops->tells_owner && !io_has_positions(file);
}

/* As F_GETOWN shows them. One that is told already may have been so by another process alone (fork), and is by this one, too. */
static int64_t set_owner(struct file *file, int fd, int32_t owner, uint32_t type)
{
    if (owner == INT32_MIN)
        return -EINVAL;
    if (!exists(owner, type == F_OWNER_TID))
        return -ESRCH;
    file->owner_type = type;
    file->owner = owner;
    return owner != 0 && file->flags & FASYNC && owner_is_told(file) ? async_begin(file, fd) : 0;
}

static int64_t set_owner_ex(struct file *file, int fd, const void *address)
{
    struct f_owner_ex owner;
    if (copy_in(&owner, address, sizeof(owner)) < 0)
        return -EFAULT;
    if ((unsigned)owner.type > F_OWNER_PGRP || owner.pid < 0)
        return owner.pid < 0 && (unsigned)owner.type <= F_OWNER_PGRP ? -ESRCH : -EINVAL;
    return set_owner(file, fd, owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid, (uint32_t)owner.type);
}

static int64_t get_owner_ex(const struct file *file, void *address)
{
    const struct f_owner_ex owner = {.type = (int)file->owner_type,
                                     .pid = file->owner < 0 ? -file->owner : file->owner};
    return copy_out(address, &owner, sizeof(owner));
}

int64_t owner_control(struct file *file, int fd, int command, unsigned long argument)
{
    switch (command) {
    case F_GETOWN:
        return file->owner;
    case F_SETOWN:
        return set_owner(file, fd, (int32_t)argument, (int32_t)argument < 0 ? F_OWNER_PGRP : F_OWNER_PID);
    case F_GETOWN_EX:
        return get_owner_ex(file, (void *)argument);
    case F_SETOWN_EX:
        return set_owner_ex(file, fd, (const void *)argument);
    case F_GETSIG:
        return file->owner_signal;
    default:
        if (argument > SIGNAL_LAST)
            return -EINVAL;
        file->owner_signal = (int32_t)argument;
        return 0;
    }
}
