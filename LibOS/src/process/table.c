/* SPDX-License-Identifier: MIT */
/* The table of processes: who there is. Knows no signal and no way to make a process. */
#include "process/table.h"
#include "sync.h"
#include "clock.h"
#include "exec.h"
#include "fs.h"
#include "ipc.h"
#include "net.h"
#include "manifest.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "mm.h"
#include "notify.h"

#define PID_MAX       4194304
#define PROCESSES_MAX 1024 /* sys.processes.max */

struct process_table *g_table;
struct process_entry *g_own;

/***** Looking *****/

struct kin *table_kin(int32_t pid)
{
    struct kin *kin = pid > 0 && g_table ? &g_table->kin[slot_of(pid)] : NULL;
    return kin && __atomic_load_n(&kin->pid, __ATOMIC_ACQUIRE) == pid ? kin : NULL;
}

struct process_entry *table_entry(int32_t pid)
{
    return table_kin(pid) ? entry_at(slot_of(pid)) : NULL;
}

bool table_permits(const struct process_entry *target, int signal)
{
    (void)signal;
    return identity_has(CAP_KILL) || g_process.euid == target->uid || g_process.euid == target->suid ||
           g_process.uid == target->uid || g_process.uid == target->suid;
}

int32_t process_parent(void)
{
    const struct kin *kin = table_kin(own_pid());
    return kin ? kin->ppid : g_process.ppid;
}

int32_t process_group(void)
{
    const struct kin *kin = table_kin(own_pid());
    return kin ? kin->pgid : g_process.pgid;
}

int32_t process_session(void)
{
    const struct kin *kin = table_kin(own_pid());
    return kin ? kin->sid : g_process.sid;
}

bool process_find(int32_t pid, struct process_facts *out)
{
    const struct kin *kin = table_kin(pid);
    if (!kin)
        return false;
    const struct process_entry *entry = entry_at(slot_of(pid));
    bool traced;
    (void)trace_get_tracer(pid, &traced);
    *out = (struct process_facts){
        .pid = pid,
        .ppid = kin->ppid,
        .pgid = kin->pgid,
        .sid = kin->sid,
        .state = (char)(entry->state == STATE_ZOMBIE && !trace_awaits(pid) ? 'Z'
                        : traced                                           ? 't'
                        : entry->stopped                                   ? 'T'
                        : entry->rests                                     ? 'S'
                                                                           : 'R'),
        .uid = entry->uid,
        .euid = entry->euid,
        .suid = entry->suid,
        .gid = entry->gid,
        .egid = entry->egid,
        .sgid = entry->sgid,
        .start_ns = entry->start_ns,
        .cpu_ns = entry->used.cpu_ns,
        .resident = entry->resident,
    };
    memcpy(out->name, entry->name, sizeof(out->name));
    out->name[sizeof(out->name) - 1] = '\0';
    const uint32_t size = entry->command_size;
    out->command_size = size < PROCESS_COMMAND ? size : PROCESS_COMMAND;
    memcpy(out->command, entry->command, out->command_size);
    return true;
}

int32_t process_next(int32_t pid)
{
    int32_t best = 0;
    for (unsigned i = 0; g_table && i < PROCESS_SLOTS; i++) {
        const int32_t other = g_table->kin[i].pid;
        if (other > 0 && other > pid && (best == 0 || other < best))
            best = other;
    }
    return best;
}

/***** Ids *****/

/* An id must be that of no process, group or session. The first 4 million are new ones. */
static bool is_in_use(int32_t pid)
{
    if (g_table->kin[slot_of(pid)].pid != 0)
        return true;
    for (unsigned i = 0; g_table->last_pid >= PID_MAX && i < PROCESS_SLOTS; i++) {
        if (g_table->kin[i].pgid == pid || g_table->kin[i].sid == pid)
            return true;
    }
    return false;
}

static int32_t next_id(void)
{
    const int32_t count = __atomic_add_fetch(&g_table->last_pid, 1, __ATOMIC_RELAXED) & INT32_MAX;
    return count < PID_MAX ? count : 300 + count % (PID_MAX - 300);
}

int32_t table_new_id(void)
{
    return next_id();
}

/***** Adding *****/

static void describe_self(struct process_entry *entry)
{
    entry->uid = g_process.uid;
    entry->euid = g_process.euid;
    entry->suid = g_process.suid;
    entry->gid = g_process.gid;
    entry->egid = g_process.egid;
    entry->sgid = g_process.sgid;
    entry->is_subreaper = g_process.subreaper;
    entry->death_signal = (int32_t)self()->task.death_signal;
    memcpy(entry->name, self()->name, sizeof(entry->name));
}

void table_describe_command(void)
{
    struct process_entry *entry = g_own;
    const uint64_t size = program_args_end() - g_program.args_start;
    const uint32_t kept = size < PROCESS_COMMAND ? (uint32_t)size : PROCESS_COMMAND;
    entry->command_size = user_read(entry->command, (const void *)g_program.args_start, kept) == 0 ? kept : 0;
}

void table_describe_usage(void)
{
    g_own->used.cpu_ns = (uint64_t)clock_process_cpu_ns();
    g_own->resident = mm_total();
}

void table_describe_program(void)
{
    struct process_entry *entry = g_own;
    table_describe_command();
    memcpy(entry->name, self()->name, sizeof(entry->name));
    process_path_changed(PROCESS_PROGRAM, g_program.path);
}

void process_changed(void)
{
    if (g_own && self()->tid == own_pid())
        describe_self(entry_at(slot_of(own_pid())));
}

static int32_t take_slot(void)
{
    if (g_table->count >= g_table->limit || g_table->count >= PROCESS_SLOTS)
        return -EAGAIN;
    for (unsigned tries = 0; tries < 2 * PROCESS_SLOTS; tries++) {
        const int32_t pid = next_id();
        if (pid > 0 && !is_in_use(pid))
            return pid;
    }
    return -EAGAIN;
}

int32_t table_add(int32_t parent, int exit_signal)
{
    table_lock();
    const int32_t pid = take_slot();
    const struct kin *own = table_kin(g_process.pid);
    if (pid > 0) {
        struct process_entry *entry = entry_at(slot_of(pid));
        memset(entry, 0, sizeof(*entry));
        describe_self(entry);
        entry->traits = traits_inherited(&self()->task.traits);
        limits_read(entry->limits);
        entry->is_subreaper = false;
        entry->death_signal = 0;
        entry->command_size = g_own->command_size;
        memcpy(entry->command, g_own->command, sizeof(entry->command));
        shared_lock(&g_own->lock);
        memcpy(entry->paths, g_own->paths, sizeof(entry->paths));
        entry->has_moved = g_own->has_moved;
        shared_unlock(&g_own->lock);
        entry->state = STATE_LIVE;
        entry->exit_signal = exit_signal;
        entry->start_ns = clock_monotonic_ns();
        g_table->kin[slot_of(pid)] =
            (struct kin){.pid = pid, .ppid = parent, .pgid = own ? own->pgid : pid, .sid = own ? own->sid : pid};
        g_table->count++;
        struct process_entry *kept_by = entry_at(slot_of(parent));
        kept_by->is_parent = true;
        if (parent != g_process.pid)
            kept_by->adopts = true;
    }
    table_unlock();
    return pid;
}

static uint32_t read_limit(void)
{
    struct manifest_fault fault;
    uint64_t limit = PROCESSES_MAX;
    const struct manifest_entry *entry = manifest_find(g_manifest, "sys.processes.max");
    /* The start has read it, too, and refused what is wrong. */
    (void)!manifest_get_uint(g_manifest, entry, UINT64_MAX, &limit, &fault);
    return limit < PROCESS_SLOTS ? (uint32_t)limit : PROCESS_SLOTS;
}

int table_begin(void)
{
    if (g_table)
        return 0;
    int error = shared_begin();
    if (error < 0)
        return error;
    struct process_table *table = shared_place(sizeof(*table));
    table->last_pid = pid_allocate();
    table->limit = read_limit();
    table->console = process_console_job();
    table->count = 1;
    table->kin[slot_of(g_process.pid)] = (struct kin){g_process.pid, g_process.ppid, g_process.pgid, g_process.sid};
    g_own = &table->entries[slot_of(g_process.pid)];
    g_process.is_seen = true;
    describe_self(g_own);
    g_own->traits = self()->task.traits;
    limits_read(g_own->limits);
    g_own->state = STATE_LIVE;
    g_own->host_id = shared_own_id();
    g_own->start_ns = g_clock_start_ns;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        const int32_t tid = list_entry(node, struct thread, peers)->tid;
        if (tid != g_process.pid)
            process_thread_begins(tid);
    }
    lock_release(&g_process.lock);
    table_describe_program();
    char directory[PROCESS_PATH];
    process_path_changed(PROCESS_DIRECTORY, cwd_get(directory, sizeof(directory)) < 0 ? NULL : directory);
    g_table = table;
    process_child_signal_changed();
    trace_begin();
    error = system_share();
    if (error == 0)
        error = far_begin();
    if (error == 0)
        error = notify_begin();
    if (error == 0)
        error = locks_begin();
    if (error == 0)
        error = net_begin();
    return error < 0 ? error : ipc_begin();
}

/***** Ends; with the table locked *****/

void table_free(int32_t pid)
{
    struct kin *kin = table_kin(pid);
    if (!kin)
        return;
    entry_at(slot_of(pid))->state = STATE_FREE;
    *kin = (struct kin){0};
    if (g_table->count > 0)
        g_table->count--;
}

/* Who takes over the children of a process: the next above it that wants to (PR_SET_CHILD_SUBREAPER), or nobody. */
static int32_t find_reaper(int32_t pid)
{
    const struct kin *kin = table_kin(pid);
    for (unsigned depth = 0; kin && depth < PROCESS_SLOTS; depth++) {
        kin = table_kin(kin->ppid);
        if (kin && entry_at(slot_of(kin->pid))->is_subreaper && entry_at(slot_of(kin->pid))->state == STATE_LIVE)
            return kin->pid;
    }
    return OUTER_PID;
}

void table_orphan(int32_t pid)
{
    if (!entry_at(slot_of(pid))->is_parent)
        return;
    const int32_t reaper = find_reaper(pid);
    struct process_entry *keeper = entry_at(slot_of(reaper));
    keeper->is_parent = keeper->adopts = true;
    for (unsigned i = 0; i < PROCESS_SLOTS; i++) {
        struct kin *kin = &g_table->kin[i];
        struct process_entry *entry = &g_table->entries[i];
        if (kin->pid == 0 || kin->ppid != pid)
            continue;
        kin->ppid = reaper;
        if (entry->state == STATE_ZOMBIE && reaper == OUTER_PID) {
            table_free(kin->pid);
        } else if (entry->death_signal > 0 && entry->death_signal < SIGNAL_LIMIT) {
            siginfo_t info;
            signal_info(&info, entry->death_signal, SI_USER);
            mail_send(kin->pid, 0, &info);
        }
    }
    if (reaper != OUTER_PID)
        mail_nudge(reaper);
}
