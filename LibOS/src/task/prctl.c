/* SPDX-License-Identifier: MIT */
/* prctl(2) and personality(2): properties of the process and its threads, most of which are only kept. */
#include <linux/capability.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include "copy.h"
#include "process.h"
#include "syscalls.h"
#include "task/task_room.h"

#define NAME_SIZE sizeof(((struct thread *)NULL)->name)
#define VMA_NAME  80 /* bytes, with the NUL */

#define NAMESPACES                                                                                                     \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |       \
     CLONE_NEWTIME)
#define UNSHARED (CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM)

static int64_t set_name(const void *from)
{
    char name[NAME_SIZE] = {0};
    if (!user_range_ok((uintptr_t)from, 1))
        return -EFAULT;
    const int64_t len = user_read_string(name, sizeof(name), from);
    if (len < 0 && len != -ENAMETOOLONG)
        return len;
    /* What has been read behind the end is not the program's to see again. */
    const size_t end = len < 0 ? NAME_SIZE - 1 : (size_t)len;
    memset(name + end, 0, NAME_SIZE - end);
    memcpy(self()->name, name, sizeof(name));
    process_changed();
    return 0;
}

static int64_t set_flag(bool *flag, unsigned long value)
{
    if (value > 1)
        return -EINVAL;
    *flag = value;
    return 0;
}

static int64_t put_int(void *to, int value)
{
    return copy_out(to, &value, sizeof(value));
}

/* Names of anonymous memory are for people who look at /proc; they are checked and not kept. */
static int64_t name_memory(unsigned long what, unsigned long start, unsigned long size, const void *from)
{
    char name[VMA_NAME];
    if (what != PR_SET_VMA_ANON_NAME)
        return -EINVAL;
    if (!user_range_ok((uintptr_t)from, 1))
        return -EFAULT;
    const int64_t len = from ? user_read_string(name, sizeof(name), from) : 0;
    if (len < 0)
        return len == -ENAMETOOLONG ? -EINVAL : len;
    for (int64_t i = 0; i < len; i++) {
        const char c = name[i];
        if (c < ' ' || c > '~' || strchr("\\`$[]", c))
            return -EINVAL;
    }
    if (start % PAGE_SIZE)
        return -EINVAL;
    return user_range_ok(start, size) ? 0 : -ENOMEM;
}

/* Options that concern the calling thread. */
static int64_t control_thread(struct thread *thread, int option, unsigned long value)
{
    struct thread_private *task = &thread->task;
    switch (option) {
    case PR_SET_NAME:
        return set_name((const void *)value);
    case PR_GET_NAME:
        return copy_out((void *)value, thread->name, NAME_SIZE);
    case PR_SET_PDEATHSIG:
        if (value >= SIGNAL_LIMIT)
            return -EINVAL;
        task->death_signal = (uint32_t)value;
        process_changed();
        return 0;
    case PR_GET_PDEATHSIG:
        return put_int((void *)value, (int)task->death_signal);
    case PR_SET_TIMERSLACK:
        task->timer_slack_ns = value > 0 && value <= INT64_MAX ? value : TIMER_SLACK_DEFAULT;
        return 0;
    case PR_GET_TIMERSLACK:
        return task->timer_slack_ns > INT32_MAX ? INT32_MAX : (int64_t)task->timer_slack_ns;
    case PR_SET_KEEPCAPS:
        if (value > 1)
            return -EINVAL;
        task->secure_bits = (task->secure_bits & ~(uint32_t)SECBIT_KEEP_CAPS) | (value ? SECBIT_KEEP_CAPS : 0);
        return 0;
    case PR_GET_KEEPCAPS:
        return (task->secure_bits & SECBIT_KEEP_CAPS) != 0;
    case PR_GET_SECUREBITS:
        return task->secure_bits;
    case PR_SET_SECUREBITS:
        if (value & ~(unsigned long)(SECURE_ALL_BITS | SECURE_ALL_LOCKS) || !identity_has(CAP_SETPCAP))
            return -EPERM;
        task->secure_bits = (uint32_t)value;
        return 0;
    case PR_GET_TID_ADDRESS:
        return copy_out((void *)value, &thread->clear_tid, sizeof(thread->clear_tid));
    default:
        return -EINVAL;
    }
}

int64_t sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct process *process = &g_process;
    switch (option) {
    case PR_SET_DUMPABLE:
        return set_flag(&process->dumpable, a2);
    case PR_GET_DUMPABLE:
        return process->dumpable;
    case PR_SET_NO_NEW_PRIVS:
        if (a2 != 1 || a3 || a4 || a5)
            return -EINVAL;
        self()->filters.no_new_privs = true;
        return 0;
    case PR_GET_NO_NEW_PRIVS:
        return a2 || a3 || a4 || a5 ? -EINVAL : self()->filters.no_new_privs;
    case PR_SET_CHILD_SUBREAPER:
        process->subreaper = a2 != 0;
        process_changed();
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return put_int((void *)a2, process->subreaper);
    case PR_SET_THP_DISABLE:
        if (a3 || a4 || a5)
            return -EINVAL;
        process->no_huge_pages = a2 != 0;
        return 0;
    case PR_GET_THP_DISABLE:
        return a2 || a3 || a4 || a5 ? -EINVAL : process->no_huge_pages;
    case PR_SET_SECCOMP:
        return filter_set(a2, (const void *)a3);
    case PR_GET_SECCOMP:
        return self()->filters.mode;
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
        return capabilities_bounding(option, a2);
    case PR_CAP_AMBIENT:
        return a4 || a5 ? -EINVAL : capabilities_ambient(a2, a3);
    case PR_SET_VMA:
        return name_memory(a2, a3, a4, (const void *)a5);
    case PR_GET_TIMING:
        return PR_TIMING_STATISTICAL;
    case PR_SET_TIMING:
        return a2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
    case PR_GET_TSC:
        return put_int((void *)a2, PR_TSC_ENABLE);
    case PR_SET_TSC:
        return a2 == PR_TSC_ENABLE ? 0 : -EINVAL;
    case PR_SET_PTRACER:
        return 0;
    case PR_MCE_KILL_GET:
        return a2 || a3 || a4 || a5 ? -EINVAL : PR_MCE_KILL_DEFAULT;
    case PR_TASK_PERF_EVENTS_DISABLE:
    case PR_TASK_PERF_EVENTS_ENABLE:
        return 0;
    default:
        return control_thread(self(), option, a2);
    }
}

int64_t sys_personality(unsigned persona)
{
    const uint32_t old = g_process.personality;
    if (persona != UINT32_MAX)
        g_process.personality = persona;
    return old;
}

/* What would become the process's own is its own already; namespaces need a privilege that nobody has here. */
int64_t sys_unshare(unsigned flags)
{
    if (flags & ~(unsigned)(NAMESPACES | UNSHARED))
        return -EINVAL;
    if (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM) && g_process.thread_count > 1)
        return -EINVAL;
    if (flags & NAMESPACES)
        return -EPERM;
    return flags & (CLONE_FS | CLONE_FILES) && g_process.thread_count > 1 ? -ENOSYS : 0;
}

/* Only signals make a call begin again here, and that call itself. */
int64_t sys_restart_syscall(void)
{
    return -EINTR;
}
