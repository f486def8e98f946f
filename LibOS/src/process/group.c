/* SPDX-License-Identifier: MIT */
/* Ids of processes, their groups and sessions, and signals to them. */
#include "process/table.h"
#include "syscalls.h"

#define ALL_PROCESSES (-1)

int64_t sys_getpid(void)
{
    return own_pid();
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
    if (pid == 0 || pid == own_pid())
        return true;
    struct thread *thread = pid > 0 ? thread_find(pid) : NULL;
    const bool here = thread && thread_pid(thread) == own_pid();
    if (thread)
        thread_put(thread);
    return here;
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

int32_t process_group_session(int32_t group)
{
    if (!g_table)
        return group == g_process.pgid ? g_process.sid : -ESRCH;
    for (unsigned i = 0; i < PROCESS_SLOTS; i++) {
        const struct kin *kin = &g_table->kin[i];
        if (kin->pid != 0 && kin->pgid == group)
            return kin->sid;
    }
    return -ESRCH;
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
    return process_group_session(group) == session;
}

static int64_t set_group(int32_t pid, int32_t group)
{
    struct kin *kin = table_kin(pid);
    if (!kin || (pid != own_pid() && kin->ppid != own_pid()))
        return -ESRCH;
    if (kin->sid != process_session())
        return -EPERM;
    if (pid != own_pid() && table_entry(pid)->has_executed)
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
    const int32_t target = pid == 0 ? own_pid() : pid;
    table_lock();
    const int64_t result = set_group(target, group == 0 ? target : group);
    table_unlock();
    return result;
}

int64_t sys_setsid(void)
{
    int64_t result = -EPERM;
    struct kin *kin = table_kin(own_pid());
    if (g_table)
        table_lock();
    const bool leads = g_table ? is_group_of(own_pid(), process_session()) : g_process.pgid == own_pid();
    if (!leads) {
        result = own_pid();
        if (kin)
            kin->sid = kin->pgid = own_pid();
        else
            g_process.sid = g_process.pgid = own_pid();
    }
    if (g_table)
        table_unlock();
    return result;
}

/***** Signals *****/

/* Whether it may be sent to one process: 0, -EPERM, -ESRCH. */
static int may_send(int32_t pid, const siginfo_t *info)
{
    const struct process_entry *entry = table_entry(pid);
    if (!entry)
        return pid == OUTER_PID ? -EPERM : -ESRCH;
    const bool same_session = info->si_signo == SIGCONT && table_kin(pid)->sid == process_session();
    return same_session || info->si_code == SI_KERNEL || table_permits(entry, info->si_signo) ? 0 : -EPERM;
}

/* The id of a thread will do. */
static int send_to(int32_t id, const siginfo_t *info)
{
    const int32_t of_thread = table_entry(id) ? 0 : process_of_thread(id);
    const int32_t pid = of_thread ? of_thread : id;
    const int error = may_send(pid, info);
    if (error == 0 && info->si_signo > 0 && pid != own_pid())
        mail_send(pid, 0, info);
    return error;
}

static int send_to_self(const siginfo_t *info)
{
    if (info->si_signo == 0)
        return 0;
    return self()->is_companion ? signal_send_thread(self(), info) : signal_send_process(info);
}

/* The next process of a group, or of all, that is not the caller; 0 = no more. */
static int32_t next_target(int32_t group, unsigned *cursor)
{
    while (g_table && *cursor < PROCESS_SLOTS) {
        const struct kin *kin = &g_table->kin[(*cursor)++];
        const int32_t pid = kin->pid;
        if (pid > 0 && pid != own_pid() && (group == ALL_PROCESSES || kin->pgid == group))
            return pid;
    }
    return 0;
}

/* Of a group or all. Each has got it before the first one hears of it, whose end others may notice. The caller itself comes last,
 * for it may not survive it. */
static int send_to_many(int pid, const siginfo_t *info)
{
    const int32_t group = pid == 0 ? process_group() : pid == ALL_PROCESSES ? ALL_PROCESSES : -pid;
    const bool posts = info->si_signo > 0 && info->si_signo < SIGRTMIN;
    const bool self_too = group == process_group();
    int32_t target;
    int result = self_too ? 0 : -ESRCH;
    for (unsigned cursor = 0; (target = next_target(group, &cursor)) != 0;) {
        const int error = posts ? may_send(target, info) : send_to(target, info);
        if (error == 0 && posts)
            mail_post(target, info);
        if (error == 0 || result == -ESRCH)
            result = error;
    }
    for (unsigned cursor = 0; posts && (target = next_target(group, &cursor)) != 0;) {
        if (may_send(target, info) == 0)
            mail_nudge(target);
    }
    return self_too ? send_to_self(info) : result;
}

int process_kill(int pid, const siginfo_t *info)
{
    if (pid == INT32_MIN)
        return -ESRCH;
    if (pid <= 0)
        return send_to_many(pid, info);
    return is_here(pid) ? send_to_self(info) : send_to(pid, info);
}

/* Of those beside the first as many are known as there is room for; if that is taken any other may be one. */
static bool may_have_thread(const struct process_entry *entry, int32_t tgid, int32_t tid)
{
    bool has_room = false;
    for (unsigned i = 0; i < array_count(entry->threads); i++) {
        const int32_t known = __atomic_load_n(&entry->threads[i], __ATOMIC_RELAXED);
        if (known == tid)
            return true;
        has_room = has_room || known == 0;
    }
    return tid == tgid || !has_room;
}

int process_kill_thread(int32_t tgid, int32_t tid, const siginfo_t *info)
{
    if (tgid == 0)
        tgid = table_entry(tid) ? tid : process_of_thread(tid);
    const struct process_entry *entry = table_entry(tgid);
    if (!entry || !may_have_thread(entry, tgid, tid))
        return -ESRCH;
    if (!table_permits(entry, info->si_signo))
        return -EPERM;
    if (info->si_signo > 0)
        mail_send(tgid, tid, info);
    return 0;
}
