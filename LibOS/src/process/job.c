/* SPDX-License-Identifier: MIT */
/* Job control: the session and the foreground group of a terminal, and what they mean for those who use it. Knows no terminal
 * but the console, whose job is kept here. */
#include "process/table.h"

/***** The console *****/

/* Before the first fork. */
static struct job g_console = {.session = FIRST_PID};

struct job process_console_job(void)
{
    return g_table ? g_table->console : g_console;
}

void process_set_console_job(struct job job)
{
    g_console = job;
    if (g_table)
        g_table->console = job;
}

bool process_is_foreground(void)
{
    const struct job job = process_console_job();
    return job.group == 0 || (job.group == process_group() && job.session == process_session());
}

/***** All terminals *****/

int process_check_job(struct job job, int signal)
{
    siginfo_t info;
    const int32_t own = process_group();
    if (job.session != process_session() || job.group == 0 || job.group == own)
        return 0;
    if (signal_is_ignored(signal) || self()->signals.blocked & signal_bit(signal))
        return signal == SIGTTIN ? -EIO : 0;
    if (process_group_is_orphan(own))
        return -EIO;
    signal_info(&info, signal, SI_KERNEL);
    return process_kill(0, &info) < 0 ? -EIO : -ERESTARTSYS;
}

void process_signal_group(int32_t group, int signal)
{
    siginfo_t info;
    if (group <= 1 || signal <= 0 || signal >= SIGNAL_LIMIT)
        return;
    signal_info(&info, signal, SI_KERNEL);
    (void)!process_kill(-group, &info);
}

void process_hang_up(struct job job)
{
    siginfo_t info;
    struct process_entry *leader = table_entry(job.session);
    /* First, for it may be about to end. */
    if (leader)
        __atomic_store_n(&leader->hung_up_group, job.group, __ATOMIC_SEQ_CST);
    if (!leader || __atomic_load_n(&leader->state, __ATOMIC_SEQ_CST) != STATE_LIVE) {
        process_signal_group(job.group, SIGHUP);
        process_signal_group(job.group, SIGCONT);
        return;
    }
    signal_info(&info, SIGHUP, SI_KERNEL);
    (void)!process_kill(job.session, &info);
    signal_info(&info, SIGCONT, SI_KERNEL);
    (void)!process_kill(job.session, &info);
}
