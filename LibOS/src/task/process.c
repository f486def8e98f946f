/* SPDX-License-Identifier: MIT */
/* Descriptors that stand for processes. */
#include <asm/fcntl.h>
#include "syscalls.h"
#include "task.h"

int64_t sys_pidfd_open(int pid, unsigned flags)
{
    if (flags & ~(unsigned)O_NONBLOCK || pid <= 0)
        return -EINVAL;
    return pid == g_process.pid ? -ENOSYS : -ESRCH;
}
