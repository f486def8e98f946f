/* SPDX-License-Identifier: MIT */
/* /proc: its root, and which processes and threads have directories. */
#include "proc.h"

#include "proc_system.h"

static int link_self(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%d", own_pid());
    return 0;
}

static int link_thread_self(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%d/task/%d", own_pid(), self()->tid);
    return 0;
}

static int link_mounts(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "self/mounts");
    return 0;
}

static int link_net(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "self/net");
    return 0;
}

static bool is_thread(int32_t tid)
{
    struct thread *thread = thread_find(tid);
    if (thread == NULL)
        return false;
    thread_put(thread);
    return true;
}

/* Threads have directories here, too, but only those of processes are listed. */
static bool is_process(const char *name, size_t len, struct pseudo_key *key)
{
    int32_t number = pseudo_number(name, len);
    if (number <= 0 || (number != g_process.pid && !is_thread(number)))
        return false;
    key->pid = g_process.pid;
    key->tid = number;
    return true;
}

struct thread *proc_thread(const struct pseudo_key *key)
{
    struct thread *thread = thread_find(key->tid);
    if (thread == NULL && key->tid == g_process.pid) {
        /* The first thread may have ended before the others. */
        thread = self();
        thread_get(thread);
    }
    return thread;
}

static const struct pseudo_node root_nodes[] = {
    {.name = "cmdline", .mode = S_IFREG | 0444, .show = proc_show_kernel_cmdline},
    {.name = "cpuinfo", .mode = S_IFREG | 0444, .show = proc_show_cpuinfo},
    {.name = "devices", .mode = S_IFREG | 0444, .show = proc_show_devices},
    {.name = "diskstats", .mode = S_IFREG | 0444, .show = proc_show_nothing},
    {.name = "filesystems", .mode = S_IFREG | 0444, .show = proc_show_filesystems},
    {.name = "interrupts", .mode = S_IFREG | 0444, .show = proc_show_interrupts},
    {.name = "loadavg", .mode = S_IFREG | 0444, .show = proc_show_loadavg},
    {.name = "locks", .mode = S_IFREG | 0444, .show = proc_show_locks},
    {.name = "meminfo", .mode = S_IFREG | 0444, .show = proc_show_meminfo},
    {.name = "mounts", .mode = S_IFLNK | 0777, .read_link = link_mounts},
    {.name = "net", .mode = S_IFLNK | 0777, .read_link = link_net},
    {.name = "partitions", .mode = S_IFREG | 0444, .show = proc_show_partitions},
    {.name = "self", .mode = S_IFLNK | 0777, .read_link = link_self},
    {.name = "softirqs", .mode = S_IFREG | 0444, .show = proc_show_softirqs},
    {.name = "stat", .mode = S_IFREG | 0444, .show = proc_show_system_stat},
    {.name = "swaps", .mode = S_IFREG | 0444, .show = proc_show_swaps},
    {.name = "sys", .mode = S_IFDIR | 0555, .children = proc_sys_nodes},
    {.name = "sysvipc", .mode = S_IFDIR | 0555, .children = proc_sysvipc_nodes},
    {.name = "thread-self", .mode = S_IFLNK | 0777, .read_link = link_thread_self},
    {.name = "uptime", .mode = S_IFREG | 0444, .show = proc_show_uptime},
    {.name = "version", .mode = S_IFREG | 0444, .show = proc_show_version},
    {.name = "vmstat", .mode = S_IFREG | 0444, .show = proc_show_vmstat},
    {.mode = S_IFDIR | 0555, .match = is_process, .next = proc_next_process, .children = proc_process_nodes},
    {.mode = S_IFDIR | 0555, .match = proc_is_other, .children = proc_other_nodes},
    {0}};

const struct pseudo_node proc_root = {.mode = S_IFDIR | 0555, .children = root_nodes};
