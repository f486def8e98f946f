/* SPDX-License-Identifier: MIT */
/* Ids of processes, their groups and sessions, and signals to them. */
#include "process/table.h"
#include "syscalls.h"

#define ALL_PROCESSES (-1)

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
    return process_parent();
}

int64_t sys_getpgrp(void)
{
    return process_group();
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
    if (is_here(pid))
        return process_group();
    const struct kin *kin = table_kin(pid);
    return kin ? kin->pgid : pid == OUTER_PID ? OUTER_PID : -ESRCH;
}

int64_t sys_getsid(int pid)
{
    if (is_here(pid))
        return process_session();
    const struct kin *kin = table_kin(pid);
    return kin ? kin->sid : pid == OUTER_PID ? OUTER_PID : -ESRCH;
}

/* The same where there is no table yet: the caller is the only process. */
static int64_t set_own_group(int pid, int group)
{
    int64_t result = 0;
    if (pid != 0 && pid != g_process.pid)
        return -ESRCH;
    lock_acquire(&g_process.lock);
    const bool is_own = group == 0 || group == g_process.pid;
    if (g_process.sid == g_process.pid || (!is_own && group != g_process.pgid))
        result = -EPERM;
    else if (is_own)
        g_process.pgid = g_process.pid;
    lock_release(&g_process.lock);
    return result;
}

/* Whether a group is in a session. With the table locked. */
static bool is_group_of(int32_t group, int32_t session)
{
    for (unsigned i = 0; i < PROCESS_SLOTS; i++) {
        const struct kin *kin = &g_table->kin[i];
        if (kin->pid != 0 && kin->pgid == group && kin->sid == session)
            return true;
    }
    return false;
}

static int64_t set_group(int32_t pid, int32_t group)
{
    struct kin *kin = table_kin(pid);
    if (!kin || (pid != g_process.pid && kin->ppid != g_process.pid))
        return -ESRCH;
    if (kin->sid != process_session())
        return -EPERM;
    if (pid != g_process.pid && table_entry(pid)->has_executed)
        return -EACCES;
    if (kin->sid == pid)
        return -EPERM;
    if (group != pid && !is_group_of(group, kin->sid))
        return -EPERM;
    kin->pgid = group;
    return 0;
}

int64_t sys_setpgid(int pid, int group)
{
    if (group < 0 || (group == 0 && pid < 0))
        return -EINVAL;
    if (!g_table)
        return set_own_group(pid, group);
    const int32_t target = pid == 0 ? g_process.pid : pid;
    table_lock();
    const int64_t result = set_group(target, group == 0 ? target : group);
    table_unlock();
    return result;
}

int64_t sys_setsid(void)
{
    int64_t result = -EPERM;
    struct kin *kin = table_kin(g_process.pid);
    if (g_table)
        table_lock();
    const bool leads = g_table ? is_group_of(g_process.pid, process_session()) : g_process.pgid == g_process.pid;
    if (!leads) {
        result = g_process.sid = g_process.pgid = g_process.pid;
        if (kin)
            kin->sid = kin->pgid = g_process.pid;
    }
    if (g_table)
        table_unlock();
    return result;
}

/***** Signals *****/

/* One process. Returns 0, -EPERM, -ESRCH. */
static int send_to(int32_t pid, const siginfo_t *info)
{
    const struct process_entry *entry = table_entry(pid);
    if (!entry)
        return pid == OUTER_PID ? -EPERM : -ESRCH;
    const bool same_session = info->si_signo == SIGCONT && table_kin(pid)->sid == process_session();
    if (!same_session && !table_permits(entry, info->si_signo))
        return -EPERM;
    if (info->si_signo > 0 && pid != g_process.pid)
        mail_send(pid, 0, info);
    return 0;
}

static int send_to_self(const siginfo_t *info)
{
    return info->si_signo == 0 ? 0 : signal_send_process(info);
}

/* Of a group or all; the caller itself comes last, for it may not survive it. */
static int send_to_many(int pid, const siginfo_t *info)
{
    const int32_t group = pid == 0 ? process_group() : -pid;
    bool self_too = pid != ALL_PROCESSES && group == process_group();
    int result = self_too ? 0 : -ESRCH;
    for (unsigned i = 0; g_table && i < PROCESS_SLOTS; i++) {
        const struct kin *kin = &g_table->kin[i];
        const int32_t target = kin->pid;
        if (target <= 0 || target == g_process.pid || (pid != ALL_PROCESSES && kin->pgid != group))
            continue;
        const int error = send_to(target, info);
        if (error == 0 || result == -ESRCH)
            result = error;
    }
    if (self_too)
        result = send_to_self(info);
    return result;
}

int process_kill(int pid, const siginfo_t *info)
{
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid <= 0)
        return send_to_many(pid, info);
    return is_here(pid) ? send_to_self(info) : send_to(pid, info);
}

int process_kill_thread(int32_t tgid, int32_t tid, const siginfo_t *info)
{
    const struct process_entry *entry = table_entry(tgid);
    if (!entry)
        return -ESRCH;
    if (!table_permits(entry, info->si_signo))
        return -EPERM;
    if (info->si_signo > 0)
        mail_send(tgid, tid, info);
    return 0;
}

/***** The console *****/

/* Before the first fork. */
static int32_t g_terminal_group, g_terminal_session;

int32_t process_terminal_group(void)
{
    return g_table ? g_table->terminal_group : g_terminal_group;
}

int32_t process_terminal_session(void)
{
    return g_table ? g_table->terminal_session : g_terminal_session;
}

void process_set_terminal(int32_t group, int32_t session)
{
    g_terminal_group = group;
    g_terminal_session = session;
    if (!g_table)
        return;
    g_table->terminal_group = group;
    g_table->terminal_session = session;
}

bool process_is_foreground(void)
{
    const int32_t group = process_terminal_group();
    return group == 0 || group == process_group();
}

int process_reads_terminal(void)
{
    siginfo_t info;
    if (process_is_foreground())
        return 0;
    if (signal_is_ignored(SIGTTIN) || self()->signals.blocked & signal_bit(SIGTTIN) ||
        process_group_is_orphan(process_group()))
        return -EIO;
    signal_info(&info, SIGTTIN, SI_KERNEL);
    const int error = process_kill(0, &info);
    return error < 0 ? -EIO : -ERESTARTSYS;
}
