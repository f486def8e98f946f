/* SPDX-License-Identifier: MIT */
/* Processes: fork, vfork and waiting for children. There is only one process so far. */
#include "task/process.h"
#include <asm/fcntl.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "syscalls.h"
#include "task.h"

#define WAIT4_OPTIONS  (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS (WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)

int64_t process_create(const struct clone_request *request)
{
    log_print(LOG_WARNING, "a new process (flags 0x%lx) is not possible yet", (unsigned long)request->flags);
    return -ENOSYS;
}

int64_t sys_fork(void)
{
    const struct clone_request request = {.exit_signal = SIGCHLD};
    return process_create(&request);
}

int64_t sys_vfork(void)
{
    const struct clone_request request = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    return process_create(&request);
}

int64_t sys_wait4(int pid, void *status, int options, void *usage)
{
    (void)status;
    (void)usage;
    if (options & ~(int)WAIT4_OPTIONS)
        return -EINVAL;
    return pid == INT32_MIN ? -ESRCH : -ECHILD;
}

int64_t sys_waitid(int which, int pid, void *info, int options, void *usage)
{
    (void)info;
    (void)usage;
    if (options & ~(int)WAITID_OPTIONS || !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    if ((which != P_ALL && which != P_PID && which != P_PGID && which != P_PIDFD) ||
        (which == P_PID && pid <= 0) || (which == P_PGID && pid < 0) || (which == P_PIDFD && pid < 0))
        return -EINVAL;
    return which == P_PIDFD ? -EBADF : -ECHILD;
}

int64_t sys_pidfd_open(int pid, unsigned flags)
{
    if (flags & ~(unsigned)O_NONBLOCK || pid <= 0)
        return -EINVAL;
    return pid == g_process.pid ? -ENOSYS : -ESRCH;
}
