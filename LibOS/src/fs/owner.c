/* SPDX-License-Identifier: MIT */
/* Who is to be told that a file is ready, by which signal. It is kept and shown; nothing here sends SIGIO, as with files of
 * Linux that do not support it. */
#include "owner.h"

#define SIGNAL_LAST 64

static bool exists(int32_t id, bool group)
{
    if (id == 0 || id == (group ? g_process.pgid : g_process.pid))
        return true;
    struct thread *thread = group ? NULL : thread_find(id);
    if (thread)
        thread_put(thread);
    return thread != NULL;
}

/* Groups are negative, as F_GETOWN shows them. */
static int64_t set_owner(struct file *file, int32_t owner)
{
    if (owner == INT32_MIN)
        return -EINVAL;
    if (!exists(owner < 0 ? -owner : owner, owner < 0))
        return -ESRCH;
    file->owner = owner;
    return 0;
}

static int64_t set_owner_ex(struct file *file, const void *address)
{
    struct f_owner_ex owner;
    if (!user_range_ok((uint64_t)address, sizeof(owner)) || user_read(&owner, address, sizeof(owner)) < 0)
        return -EFAULT;
    if ((unsigned)owner.type > F_OWNER_PGRP || owner.pid < 0)
        return owner.pid < 0 && (unsigned)owner.type <= F_OWNER_PGRP ? -ESRCH : -EINVAL;
    return set_owner(file, owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid);
}

static int64_t get_owner_ex(const struct file *file, void *address)
{
    const bool group = file->owner < 0;
    const struct f_owner_ex owner = {.type = group ? F_OWNER_PGRP : F_OWNER_PID,
                                     .pid = group ? -file->owner : file->owner};
    return user_range_ok((uint64_t)address, sizeof(owner)) ? user_write(address, &owner, sizeof(owner)) : -EFAULT;
}

int64_t owner_control(struct file *file, int command, unsigned long argument)
{
    switch (command) {
    case F_GETOWN:
        return file->owner;
    case F_SETOWN:
        return set_owner(file, (int32_t)argument);
    case F_GETOWN_EX:
        return get_owner_ex(file, (void *)argument);
    case F_SETOWN_EX:
        return set_owner_ex(file, (const void *)argument);
    case F_GETSIG:
        return file->owner_signal;
    default:
        if (argument > SIGNAL_LAST)
            return -EINVAL;
        file->owner_signal = (int32_t)argument;
        return 0;
    }
}
