/* SPDX-License-Identifier: MIT */
/* /proc/PID/stat, statm, status and limits. */
#include <linux/resource.h>
#include <linux/time.h>

#include "clock.h"
#include "exec.h"
#include "mm.h"
#include "proc.h"
#include "process.h"
#include "terminal.h"

#define LOW_SIGNALS 0x7fffffff /* stat knows no others */

struct stat_priorities proc_priorities(const struct task_traits *traits)
{
    const bool realtime = traits->priority > 0;
    return (struct stat_priorities){.priority = realtime ? -1 - traits->priority : 20 + traits->nice,
                                    .nice = traits->nice,
                                    .realtime = (uint32_t)traits->priority,
                                    .policy = (uint32_t)traits->policy};
}

/* Of the process of a thread: its parent, and how many threads it has. */
static int32_t parent_of(const struct thread *thread)
{
    struct process_facts facts;
    return process_find(thread_pid(thread), &facts) ? facts.ppid : process_parent();
}

static uint32_t thread_count_of(const struct thread *thread)
{
    return thread->is_companion ? 1 : g_process.thread_count - g_process.companions;
}

/* cpu_ns: what the thread has used, or all of them. */
static int show_stat(struct text *out, const struct pseudo_key *key, int64_t cpu_ns)
{
    struct thread *thread = proc_thread(key);
    if (thread == NULL)
        return -ESRCH;
    struct signal_status signals;
    signal_get_status(thread, &signals);
    uint64_t memory = mm_total();
    uint32_t terminal;
    int32_t foreground;
    (void)pty_find_session(process_session(), &terminal, &foreground);
    text_add(out, "%d (%.16s) %c %d %d %d %u %d 4194304 ", key->tid, thread->name, thread_state(thread),
             parent_of(thread), process_group(), process_session(), terminal, foreground);
    const struct stat_priorities priorities = proc_priorities(&thread->task.traits);
    text_add(out, "0 0 0 0 %ld 0 0 0 %d %d %u 0 %lu ", cpu_ns / TICK_NS, priorities.priority, priorities.nice,
             thread_count_of(thread), g_process.start_ns / (uint64_t)TICK_NS);
    text_add(out, "%lu %lu %lu %lu %lu %lu 0 0 ", memory, memory / PAGE_SIZE, limit_get(RLIMIT_RSS),
             g_program.code_start, g_program.code_end, g_program.stack_top);
    text_add(out, "%lu %lu %lu %lu 0 0 0 17 0 %u %u 0 0 0 ", signals.pending & LOW_SIGNALS,
             signals.blocked & LOW_SIGNALS, signals.ignored & LOW_SIGNALS, signals.caught & LOW_SIGNALS,
             priorities.realtime, priorities.policy);
    text_add(out, "%lu %lu %lu %lu %lu %lu %lu 0\n", g_program.data_start, g_program.data_end, g_program.data_end,
             g_program.args_start, g_program.args_end, g_program.env_start, g_program.env_end);
    thread_put(thread);
    return 0;
}

int proc_show_stat(struct text *out, const struct pseudo_key *key)
{
    return show_stat(out, key, clock_process_cpu_ns());
}

int proc_show_task_stat(struct text *out, const struct pseudo_key *key)
{
    int64_t cpu_ns;
    return clock_read(clock_of_thread(key->tid), &cpu_ns) < 0 ? -ESRCH : show_stat(out, key, cpu_ns);
}

int proc_show_statm(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    uint64_t pages = mm_total() / PAGE_SIZE;
    uint64_t code = page_up(g_program.code_end - g_program.code_start) / PAGE_SIZE;
    text_add(out, "%lu %lu %lu %lu 0 %lu 0\n", pages, pages, code, code, pages - code);
    return 0;
}

static void add_ids(struct text *out, const struct thread *thread)
{
    text_add(out, "Uid:\t%u\t%u\t%u\t%u\n", g_process.uid, g_process.euid, g_process.suid, g_process.fsuid);
    text_add(out, "Gid:\t%u\t%u\t%u\t%u\n", g_process.gid, g_process.egid, g_process.sgid, g_process.fsgid);
    text_add(out, "FDSize:\t256\nGroups:\t");
    for (uint32_t i = 0; i < g_process.group_count; i++)
        text_add(out, "%u ", g_process.groups[i]);
    text_add(out, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\nKthread:\t0\n", thread_pid(thread), thread->tid,
             process_group(), process_session());
}

static void add_memory(struct text *out)
{
    uint64_t total = mm_total() / 1024, most = mm_most() / 1024;
    uint64_t code = page_up(g_program.code_end - g_program.code_start) / 1024;
    text_add(out, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8u kB\nVmPin:\t%8u kB\n", most, total, 0, 0);
    text_add(out, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nRssAnon:\t%8lu kB\n", most, total, total - code);
    text_add(out, "RssFile:\t%8lu kB\nRssShmem:\t%8u kB\nVmData:\t%8lu kB\n", code, 0, total - code);
    text_add(out, "VmStk:\t%8u kB\nVmExe:\t%8lu kB\nVmLib:\t%8u kB\nVmPTE:\t%8u kB\nVmSwap:\t%8u kB\n", 132, code, 0, 0,
             0);
}

static void add_signals(struct text *out, const struct thread *thread)
{
    struct signal_status status;
    signal_get_status(thread, &status);
    text_add(out, "Threads:\t%u\nSigQ:\t%u/%lu\n", thread_count_of(thread), status.queued,
             limit_get(RLIMIT_SIGPENDING));
    text_add(out, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
             status.pending, status.shared, status.blocked, status.ignored, status.caught);
}

static void add_capabilities(struct text *out)
{
    const struct capability_sets *sets = &g_process.capabilities;
    text_add(out, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
             sets->inheritable, sets->permitted, sets->effective, sets->bounding, sets->ambient);
}

static void add_processors(struct text *out)
{
    uint64_t count = pal_control.cpu_info.cpu_num;
    uint64_t last = count > 0 ? count - 1 : 0;
    text_add(out, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t0", last >= 63 ? UINT64_MAX : (2ul << last) - 1);
    if (last > 0)
        text_add(out, "-%lu", last);
    text_add(out, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

static const char *state_text(char state)
{
    return state == 'R' ? "R (running)" : state == 't' ? "t (tracing stop)" : "S (sleeping)";
}

int proc_show_status(struct text *out, const struct pseudo_key *key)
{
    struct thread *thread = proc_thread(key);
    if (thread == NULL)
        return -ESRCH;
    text_add(out, "Name:\t%.16s\nUmask:\t%04o\nState:\t%s\n", thread->name, g_umask, state_text(thread_state(thread)));
    bool stopped;
    text_add(out, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", thread_pid(thread), key->tid,
             parent_of(thread), trace_get_tracer(key->tid, &stopped));
    add_ids(out, thread);
    add_memory(out);
    add_signals(out, thread);
    add_capabilities(out);
    text_add(out, "NoNewPrivs:\t%d\nSeccomp:\t%u\nSeccomp_filters:\t%u\n", thread->filters.no_new_privs,
             thread->filters.mode, filters_count(&thread->filters));
    add_processors(out);
    text_add(out, "voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n");
    thread_put(thread);
    return 0;
}

static const struct {
    const char *name, *unit;
    uint32_t resource;
} limits[] = {{"Max cpu time", "seconds", RLIMIT_CPU},         {"Max file size", "bytes", RLIMIT_FSIZE},
              {"Max data size", "bytes", RLIMIT_DATA},         {"Max stack size", "bytes", RLIMIT_STACK},
              {"Max core file size", "bytes", RLIMIT_CORE},    {"Max resident set", "bytes", RLIMIT_RSS},
              {"Max processes", "processes", RLIMIT_NPROC},    {"Max open files", "files", RLIMIT_NOFILE},
              {"Max locked memory", "bytes", RLIMIT_MEMLOCK},  {"Max address space", "bytes", RLIMIT_AS},
              {"Max file locks", "locks", RLIMIT_LOCKS},       {"Max pending signals", "signals", RLIMIT_SIGPENDING},
              {"Max msgqueue size", "bytes", RLIMIT_MSGQUEUE}, {"Max nice priority", "", RLIMIT_NICE},
              {"Max realtime priority", "", RLIMIT_RTPRIO},    {"Max realtime timeout", "us", RLIMIT_RTTIME}};

static void add_limit(struct text *out, uint64_t value)
{
    if (value == UINT64_MAX)
        text_add(out, "%-20s ", "unlimited");
    else
        text_add(out, "%-20lu ", value);
}

static int get_limit(const struct pseudo_key *key, unsigned resource, struct limit *out)
{
    if (key->pid != g_process.pid)
        return process_get_limit(key->pid, resource, out) ? 0 : -ESRCH;
    *out = (struct limit){limit_get(resource), limit_get_hard(resource)};
    return 0;
}

int proc_show_limits(struct text *out, const struct pseudo_key *key)
{
    struct limit limit;
    text_add(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (size_t i = 0; i < array_count(limits); i++) {
        text_add(out, "%-25s ", limits[i].name);
        if (get_limit(key, limits[i].resource, &limit) < 0)
            return -ESRCH;
        add_limit(out, limit.soft);
        add_limit(out, limit.hard);
        text_add(out, limits[i].unit[0] ? "%-10s\n" : "%s\n", limits[i].unit);
    }
    return 0;
}
