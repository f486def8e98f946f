/* SPDX-License-Identifier: MIT */
/* Ends of processes, and what their parents hear of them. */
#include "clock.h"
#include "fd.h"
#include "ipc.h"
#include "process/table.h"
#include "sync.h"

#define CORE_FLAG 0x80

void process_child_signal_changed(void)
{
    if (g_own)
        g_own->buries_itself = signal_is_ignored(SIGCHLD) || signal_flags(SIGCHLD) & SA_NOCLDWAIT;
}

/* What the parent's SIGCHLD says. */
static void describe(int32_t pid, const struct process_entry *entry, int status, siginfo_t *out)
{
    memset(out, 0, sizeof(*out));
    out->si_signo = entry->exit_signal;
    out->si_pid = pid;
    out->si_uid = entry->uid;
    out->si_utime = (long)(entry->used.cpu_ns / 10000000);
    if (status & 0x7f) {
        out->si_code = status & CORE_FLAG ? CLD_DUMPED : CLD_KILLED;
        out->si_status = status & 0x7f;
    } else {
        out->si_code = CLD_EXITED;
        out->si_status = status >> 8 & 0xff;
    }
}

/***** Groups that nobody is left to make go on *****/

#define ORPHANS_MAX 16 /* groups that one end can leave in that state; more are not told */

bool process_group_is_orphan(int32_t group)
{
    if (!g_table)
        return true;
    for (unsigned i = 0; i < PROCESS_SLOTS; i++) {
        const struct kin *kin = &g_table->kin[i];
        const bool counts = kin->pid != 0 && kin->pgid == group && g_table->entries[i].state == STATE_LIVE;
        const struct kin *parent = counts ? table_kin(kin->ppid) : NULL;
        if (parent && parent->pgid != group && parent->sid == kin->sid)
            return false;
    }
    return true;
}

/* Groups with somebody who is stopped. */
struct stopped_groups {
    unsigned count;
    int32_t ids[ORPHANS_MAX];
};

static void add_group(struct stopped_groups *groups, int32_t id)
{
    for (unsigned i = 0; i < groups->count; i++) {
        if (groups->ids[i] == id)
            return;
    }
    if (groups->count < ORPHANS_MAX && !process_group_is_orphan(id))
        groups->ids[groups->count++] = id;
}

/* Those in a session that are no orphans yet. */
static void find_stopped(int32_t session, struct stopped_groups *out)
{
    out->count = 0;
    for (unsigned i = 0; g_table->has_stopped && i < PROCESS_SLOTS; i++) {
        const struct kin *kin = &g_table->kin[i];
        const struct process_entry *entry = &g_table->entries[i];
        if (kin->pid != 0 && kin->sid == session && entry->state == STATE_LIVE && entry->stopped)
            add_group(out, kin->pgid);
    }
}

/* POSIX has them hear of it: nobody else can wake them. */
static void tell_orphans(const struct stopped_groups *groups)
{
    for (unsigned i = 0; i < groups->count; i++) {
        if (!process_group_is_orphan(groups->ids[i]))
            continue;
        process_signal_group(groups->ids[i], SIGHUP);
        process_signal_group(groups->ids[i], SIGCONT);
    }
}

/***** The end *****/

/* What the parent of a process that has ended is told. */
struct telling {
    int32_t parent; /* 0 = nobody is there */
    bool waits;     /* for room in the mailbox: a real-time signal */
    siginfo_t info;
};

/* With the table locked, so that who waits for the process has its signal already. If nobody waits for it it is gone now. */
static void prepare(int32_t pid, const struct kin *kin, const struct process_entry *entry, struct telling *out)
{
    const struct process_entry *parent = table_entry(kin->ppid);
    const bool has_parent = parent && parent->state == STATE_LIVE;
    describe(pid, entry, entry->status, &out->info);
    const int signal = out->info.si_signo;
    out->parent = has_parent ? kin->ppid : 0;
    out->waits = signal >= SIGRTMIN && signal < SIGNAL_LIMIT;
    if (has_parent && signal > 0 && signal < SIGRTMIN)
        mail_post(kin->ppid, &out->info);
    if (!has_parent || (parent->buries_itself && entry->exit_signal == SIGCHLD))
        table_free(pid);
}

static void tell(const struct telling *telling)
{
    if (telling->parent && telling->waits)
        mail_send(telling->parent, 0, &telling->info);
    else if (telling->parent)
        mail_nudge(telling->parent);
}

void process_tell_end(int32_t pid, uint32_t slot)
{
    struct telling telling = {.parent = 0};
    table_lock();
    const struct kin *kin = table_kin(pid);
    const struct process_entry *entry = table_entry(pid);
    trace_free(slot);
    if (kin && entry->state == STATE_ZOMBIE && !trace_awaits(pid))
        prepare(pid, kin, entry, &telling);
    table_unlock();
    tell(&telling);
}

static void post_one(int32_t pid, int status)
{
    struct telling telling = {.parent = 0};
    struct stopped_groups stopped;
    trace_process_ended(pid, status);
    /* Who hears of the end may count on it that this is over. */
    ipc_process_ends(pid);
    locks_process_ends(pid);
    table_lock();
    const struct kin *kin = table_kin(pid);
    struct process_entry *entry = table_entry(pid);
    if (!kin || entry->state != STATE_LIVE) {
        table_unlock();
        return;
    }
    find_stopped(kin->sid, &stopped);
    entry->status = status;
    entry->host_id = 0;
    __atomic_store_n(&entry->state, STATE_ZOMBIE, __ATOMIC_SEQ_CST);
    const int32_t hung_up = __atomic_load_n(&entry->hung_up_group, __ATOMIC_SEQ_CST);
    table_orphan(pid);
    if (!trace_awaits(pid))
        prepare(pid, kin, entry, &telling);
    table_unlock();
    process_signal_group(hung_up, SIGHUP);
    process_signal_group(hung_up, SIGCONT);
    tell_orphans(&stopped);
    tell(&telling);
}

/* Companions of a process end before it, whatever ends it. */
static void post_companions(int32_t maker)
{
    for (unsigned i = 0; i < PROCESS_SLOTS; i++) {
        const int32_t pid = g_table->kin[i].pid;
        if (pid > 0 && g_table->entries[i].maker == maker)
            post_one(pid, SIGKILL);
    }
}

void post_end(int32_t pid, int status)
{
    const struct process_entry *entry = table_entry(pid);
    if (entry && entry->has_companions)
        post_companions(pid);
    post_one(pid, status);
}

void process_ends(int status)
{
    if (vfork_is_lent())
        vfork_end(status);
    if (!g_own)
        return;
    fork_give_frame();
    /* Who hears of the end may count on it that files are closed. */
    fd_close_range(0, UINT32_MAX);
    tmpfs_process_ends();
    far_forget();
    process_own_usage(&g_own->used);
    post_end(g_process.pid, status);
}

void process_executes(void)
{
    if (g_own)
        g_own->has_executed = true;
}

void process_executed(void)
{
    if (!g_own)
        return;
    table_describe_program();
}

/***** Stops *****/

void process_stopped(int signal)
{
    siginfo_t info;
    if (!g_own)
        return;
    struct process_entry *own = entry_at(slot_of(own_pid()));
    own->stop_signal = (uint32_t)signal;
    own->stopped = signal != 0;
    if (signal)
        g_table->has_stopped = true;
    process_own_usage(&own->used);
    __atomic_store_n(&own->changes, signal ? CHANGE_STOPPED : CHANGE_CONTINUED, __ATOMIC_SEQ_CST);
    memset(&info, 0, sizeof(info));
    info.si_signo = SIGCHLD;
    info.si_code = signal ? CLD_STOPPED : CLD_CONTINUED;
    info.si_pid = own_pid();
    info.si_uid = g_process.uid;
    info.si_status = signal ? signal : SIGCONT;
    mail_send(process_parent(), 0, &info);
}
