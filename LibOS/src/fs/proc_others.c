/* SPDX-License-Identifier: MIT */
/* /proc/PID of other processes of the instance: what the table of processes says of them. */
#include "mm.h"
#include "proc.h"
#include "process.h"

bool proc_is_other(const char *name, size_t len, struct pseudo_key *key)
{
    struct process_facts facts;
    const int32_t number = pseudo_number(name, len);
    if (number <= 0 || number == g_process.pid || !process_find(number, &facts))
        return false;
    key->pid = key->tid = number;
    return true;
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
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    text_add(out, "%d (%.16s) %c %d %d %d 0 -1 4194304 0 0 0 0 %lu 0 0 0 20 0 1 0 %lu ", facts.pid, facts.name,
             facts.state, facts.ppid, facts.pgid, facts.sid, (unsigned long)(facts.cpu_ns / (uint64_t)TICK_NS),
             (unsigned long)((uint64_t)facts.start_ns / (uint64_t)TICK_NS));
    text_add(out, "%lu %lu 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
             (unsigned long)facts.resident, (unsigned long)(facts.resident / PAGE_SIZE));
    return 0;
}

static int show_statm(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    const unsigned long pages = facts.resident / PAGE_SIZE;
    text_add(out, "%lu %lu 0 0 0 %lu 0\n", pages, pages, pages);
    return 0;
}

static const char *state_of(char state)
{
    return state == 'Z' ? "Z (zombie)" : state == 'T' ? "T (stopped)" : "S (sleeping)";
}

static int show_status(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    text_add(out, "Name:\t%.16s\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", facts.name,
             state_of(facts.state), facts.pid, facts.pid, facts.ppid);
    text_add(out, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nThreads:\t1\n", facts.uid, facts.uid, facts.uid,
             facts.uid, facts.gid, facts.gid, facts.gid, facts.gid);
    return 0;
}

static int show_command(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    if (facts.state != 'Z')
        text_add_bytes(out, facts.command, facts.command_size);
    return 0;
}

static int show_name(struct text *out, const struct pseudo_key *key)
{
    struct process_facts facts;
    if (!process_find(key->pid, &facts))
        return -ESRCH;
    text_add(out, "%.16s\n", facts.name);
    return 0;
}

const struct pseudo_node proc_other_nodes[] = {{.name = "cmdline", .mode = S_IFREG | 0444, .show = show_command},
                                               {.name = "comm", .mode = S_IFREG | 0444, .show = show_name},
                                               {.name = "stat", .mode = S_IFREG | 0444, .show = show_stat},
                                               {.name = "statm", .mode = S_IFREG | 0444, .show = show_statm},
                                               {.name = "status", .mode = S_IFREG | 0444, .show = show_status},
                                               {0}};
