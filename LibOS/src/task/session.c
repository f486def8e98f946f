/* SPDX-License-Identifier: MIT */
/* Ids of processes, their groups and sessions. This process is the only one that it can see. */
#include "syscalls.h"
#include "task.h"

int64_t sys_getpid(void)
{
    return g_process.pid;
}

int64_t sys_gettid(void)
{
    return self()->tid;
}

int64_t sys_getppid(void)
{
    return g_process.ppid;
}

int64_t sys_getpgrp(void)
{
    return g_process.pgid;
}

/* Whether an id, 0 = the caller, is that of this process or one of its threads. */
static bool is_here(int pid)
{
    if (pid == 0 || pid == g_process.pid)
        return true;
    struct thread *thread = pid > 0 ? thread_find(pid) : NULL;
    if (thread)
        thread_put(thread);
    return thread != NULL;
}

int64_t sys_getpgid(int pid)
{
    return is_here(pid) ? g_process.pgid : -ESRCH;
}

int64_t sys_getsid(int pid)
{
    return is_here(pid) ? g_process.sid : -ESRCH;
}

/* The leader of a session cannot change its group; another process can only lead one, or be in that which it is in. */
int64_t sys_setpgid(int pid, int group)
{
    int64_t result = 0;
    if (group < 0)
        return -EINVAL;
    if (pid != 0 && pid != g_process.pid)
        return -ESRCH;
    lock_acquire(&g_process.lock);
    if (g_process.sid == g_process.pid)
        result = -EPERM;
    else if (group == 0 || group == g_process.pid)
        g_process.pgid = g_process.pid;
    else if (group != g_process.pgid)
        result = -EPERM;
    lock_release(&g_process.lock);
    return result;
}

int64_t sys_setsid(void)
{
    int64_t result = -EPERM;
    lock_acquire(&g_process.lock);
    if (g_process.pgid != g_process.pid)
        result = g_process.sid = g_process.pgid = g_process.pid;
    lock_release(&g_process.lock);
    return result;
}
