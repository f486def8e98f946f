/* SPDX-License-Identifier: MIT */
/* /proc/PID of other processes of the instance: what the table of processes says of them. */
#include "mm.h"
#include "proc.h"
#include "process.h"
#include "terminal.h"

/* Threads have directories here, too, as those of this process do. */
bool proc_is_other(const char *name, size_t len, struct pseudo_key *key)
{
    struct process_facts facts;
    const int32_t number = pseudo_number(name, len);
    if (number <= 0 || number == g_process.pid)
        return false;
    key->pid = process_find(number, &facts) ? number : process_of_thread(number);
    key->tid = number;
    return key->pid > 0;
}

bool proc_next_process(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    (void)directory;
    int32_t next = process_next((int32_t)*cursor - 1);
    if (next == 0 && *cursor <= (uint32_t)g_process.pid)
        next = g_process.pid; /* the only one */
    if (next == 0)
        return false;
    *cursor = (uint32_t)next;
    pseudo_name(name, "", *cursor);
    return true;
}

static int show_stat(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    struct task_traits traits;
    uint32_t terminal;
    int32_t foreground;
    process_ask_usage(key->pid);
    if (!process_find(key->pid, &facts) || !process_get_traits(key->pid, &traits))
        return -ESRCH;
    const struct stat_priorities priorities = proc_priorities(&traits);
    (void)pty_find_session(facts.sid, &terminal, &foreground);
    text_add(out, "%d (%.16s) %c %d %d %d %u %d 4194304 0 0 0 0 %lu 0 0 0 %d %d 1 0 %lu ", key->tid, facts.name,
             facts.state, facts.ppid, facts.pgid, facts.sid, terminal, foreground,
             (unsigned long)(facts.cpu_ns / (uint64_t)TICK_NS), priorities.priority, priorities.nice,
             (unsigned long)((uint64_t)facts.start_ns / (uint64_t)TICK_NS));
    text_add(out, "%lu %lu 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 %u %u 0 0 0 0 0 0 0 0 0 0 0\n",
             (unsigned long)facts.resident, (unsigned long)(facts.resident / PAGE_SIZE), priorities.realtime,
             priorities.policy);
    return 0;
}

static int show_statm(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    process_ask_usage(key->pid);
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    const unsigned long pages = facts.resident / PAGE_SIZE;
    text_add(out, "%lu %lu 0 0 0 %lu 0\n", pages, pages, pages);
    return 0;
}

static int show_login(struct text *out, const struct pseudo_key *key)
{
    char number[16];
    const int64_t size = process_read_text(key->pid, "loginuid", 0, number, sizeof(number));
    if (size <= 0)
        return proc_show_unset_id(out, key);
    text_add_bytes(out, number, (size_t)size);
    return 0;
}

int proc_show_children(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    /* All are the first thread's, whichever has made them. */
    for (int32_t pid = 0; key->tid == key->pid && (pid = process_next(pid)) != 0;)
        if (process_find(pid, &facts) && facts.ppid == key->pid)
            text_add(out, "%d ", pid);
    return 0;
}

static const char *state_of(char state)
{
    switch (state) {
    case 'Z':
        return "Z (zombie)";
    case 'T':
        return "T (stopped)";
    case 't':
        return "t (tracing stop)";
    case 'R':
        return "R (running)";
    default:
        return "S (sleeping)";
    }
}

static int show_status(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    bool traced;
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    const int32_t tracer = trace_get_tracer(key->tid, &traced);
    text_add(out, "Name:\t%.16s\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", facts.name,
             traced ? "t (tracing stop)" : state_of(facts.state), facts.pid, key->tid, facts.ppid, tracer);
    text_add(out, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nThreads:\t1\n", facts.uid, facts.euid, facts.suid,
             facts.euid, facts.gid, facts.egid, facts.sgid, facts.egid);
    return 0;
}

static int show_command(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    process_ask_command(key->pid);
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    if (facts.state != 'Z')
        text_add_bytes(out, facts.command, facts.command_size);
    return 0;
}

static int show_name(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    char name[32];
    const int64_t size = key->tid != key->pid ? tracer_read_text(key->tid, "comm", 0, name, sizeof(name)) : 0;
    if (size > 0) {
        text_add_bytes(out, name, (size_t)size);
        return 0;
    }
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    text_add(out, "%.16s\n", facts.name);
    return 0;
}

/***** Paths *****/

static int link_path(struct text *out, const struct pseudo_key *key, enum process_path which)
{
    char path[PROCESS_PATH];
    const int error = process_get_path(key->pid, which, path);
    if (error == 0)
        text_add(out, "%s", path);
    return error == -ESRCH ? -ENOENT : error;
}

static int link_exe(struct text *out, const struct pseudo_key *key)
{
    return link_path(out, key, PROCESS_PROGRAM);
}

static int link_cwd(struct text *out, const struct pseudo_key *key)
{
    return link_path(out, key, PROCESS_DIRECTORY);
}

/* What only the process itself could tell: as if it were somebody else's. */
static int refuse(const struct pseudo_key *key, uint32_t flags, struct file **out)
{
    (void)key, (void)flags, (void)out;
    return -EACCES;
}

/***** Threads *****/

static bool is_task(const char *name, size_t len, struct pseudo_key *key)
{
    const int32_t tid = pseudo_number(name, len);
    if (tid != key->pid && (tid <= 0 || process_next_thread(key->pid, tid - 1) != tid))
        return false;
    key->tid = tid;
    return true;
}

static bool next_task(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    /* Those that are no processes have higher ids than theirs, until there have been four million. */
    const uint32_t first = (uint32_t)directory->pid;
    if (*cursor > first)
        *cursor = (uint32_t)process_next_thread(directory->pid, (int32_t)*cursor - 1);
    else
        *cursor = first;
    if (*cursor == 0)
        return false;
    pseudo_name(name, "", *cursor);
    return true;
}

/***** The tables *****/

#define COMMON_NODES                                                                                                   \
    {.name = "auxv", .mode = S_IFREG | 0400, .open = proc_open_auxv},                                                  \
        {.name = "cgroup", .mode = S_IFREG | 0444, .show = proc_show_cgroup},                                          \
        {.name = "cmdline", .mode = S_IFREG | 0444, .show = show_command},                                             \
        {.name = "comm", .mode = S_IFREG | 0444, .show = show_name},                                                   \
        {.name = "cpuset", .mode = S_IFREG | 0444, .show = proc_show_cpuset},                                          \
        {.name = "cwd", .mode = S_IFLNK | 0777, .read_link = link_cwd},                                                \
        {.name = "environ", .mode = S_IFREG | 0400, .open = proc_open_environ},                                        \
        {.name = "exe", .mode = S_IFLNK | 0777, .read_link = link_exe},                                                \
        {.name = "fd", .mode = S_IFDIR | 0500, .open = proc_open_fd, .children = proc_other_fd_nodes},                 \
        {.name = "fdinfo", .mode = S_IFDIR | 0555, .open = refuse, .children = no_nodes},                              \
        {.name = "io", .mode = S_IFREG | 0400, .open = proc_open_io},                                                  \
        {.name = "limits", .mode = S_IFREG | 0444, .show = proc_show_limits},                                          \
        {.name = "loginuid", .mode = S_IFREG | 0444, .show = show_login},                                              \
        {.name = "maps", .mode = S_IFREG | 0444, .open = proc_open_maps},                                              \
        {.name = "mem", .mode = S_IFREG | 0600, .open = proc_open_memory},                                             \
        {.name = "mountinfo", .mode = S_IFREG | 0444, .show = proc_show_mountinfo},                                    \
        {.name = "mounts", .mode = S_IFREG | 0444, .show = proc_show_mounts},                                          \
        {.name = "net", .mode = S_IFDIR | 0555, .children = proc_net_nodes},                                           \
        {.name = "ns", .mode = S_IFDIR | 0511, .children = proc_ns_nodes},                                             \
        {.name = "root", .mode = S_IFLNK | 0777, .read_link = proc_link_root},                                         \
        {.name = "sessionid", .mode = S_IFREG | 0444, .show = proc_show_unset_id},                                     \
        {.name = "smaps", .mode = S_IFREG | 0444, .open = proc_open_smaps},                                            \
        {.name = "smaps_rollup", .mode = S_IFREG | 0444, .open = proc_open_smaps_rollup},                              \
        {.name = "stat", .mode = S_IFREG | 0444, .show = show_stat},                                                   \
        {.name = "statm", .mode = S_IFREG | 0444, .show = show_statm},                                                 \
        {.name = "status", .mode = S_IFREG | 0444, .show = show_status},                                               \
    {                                                                                                                  \
        .name = "wchan", .mode = S_IFREG | 0444, .show = proc_show_zero                                                \
    }

static const struct pseudo_node no_nodes[] = {{0}};
static const struct pseudo_node task_nodes[] = {
    COMMON_NODES, {.name = "children", .mode = S_IFREG | 0444, .show = proc_show_children}, {0}};
static const struct pseudo_node tasks_nodes[] = {
    {.mode = S_IFDIR | 0555, .match = is_task, .next = next_task, .children = task_nodes}, {0}};

const struct pseudo_node proc_other_nodes[] = {
    COMMON_NODES, {.name = "task", .mode = S_IFDIR | 0555, .children = tasks_nodes}, {0}};
