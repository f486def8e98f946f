/* SPDX-License-Identifier: MIT */
/* Files of /proc that tell of the whole system, as far as the Host ABI knows it. */
#include "proc_system.h"

#include <linux/time.h>
#include <linux/utsname.h>

#include "clock.h"
#include "mm.h"
#include "proc.h"
#include "process.h"

int proc_show_kernel_cmdline(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "\n");
    return 0;
}

int proc_show_devices(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out,
             "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n");
    return 0;
}

int proc_show_filesystems(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\nnodev\tdevpts\n\text4\n");
    return 0;
}

int proc_show_swaps(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    return 0;
}

/* Averages would have to be taken all the time. How many threads there are, and processes that do something, is as it is now. */
int proc_show_loadavg(struct text *out, const struct pseudo_key *key)
{
    unsigned running = 1, threads = g_process.thread_count;
    struct process_facts facts;
    (void)key;
    for (int32_t pid = 0; (pid = process_next(pid)) != 0;) {
        if (pid == g_process.pid || !process_find(pid, &facts))
            continue;
        running += facts.state == 'R';
        threads++;
        for (int32_t tid = 0; (tid = process_next_thread(pid, tid)) != 0;)
            threads++;
    }
    text_add(out, "0.00 0.00 0.00 %u/%u %d\n", running, threads, g_process.pid);
    return 0;
}

int proc_show_meminfo(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    uint64_t total = pal_control.mem_info.mem_total / 1024;
    uint64_t used = mm_total() / 1024;
    uint64_t left = used < total ? total - used : 0;
    text_add(out, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n", total, left, left);
    static const char *const zero[] = {"Buffers", "Cached",    "SwapCached", "Active", "Inactive", "Unevictable",
                                       "Mlocked", "SwapTotal", "SwapFree",   "Dirty",  "Writeback"};
    for (size_t i = 0; i < array_count(zero); i++)
        text_add(out, "%s:%*s%8u kB\n", zero[i], (int)(15 - strlen(zero[i])), "", 0);
    text_add(out, "AnonPages:      %8lu kB\n", used);
    static const char *const more[] = {"Mapped",     "Shmem",       "Slab",      "SReclaimable",
                                       "SUnreclaim", "KernelStack", "PageTables"};
    for (size_t i = 0; i < array_count(more); i++)
        text_add(out, "%s:%*s%8u kB\n", more[i], (int)(15 - strlen(more[i])), "", 0);
    text_add(out, "CommitLimit:    %8lu kB\nCommitted_AS:   %8lu kB\n", total / 2, used);
    text_add(out, "VmallocTotal:   34359738367 kB\nVmallocUsed:           0 kB\nVmallocChunk:          0 kB\n");
    text_add(out, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\n");
    text_add(out, "HugePages_Surp:        0\nHugepagesize:       2048 kB\n");
    return 0;
}

static int64_t uptime_ns(void)
{
    int64_t ns;
    return clock_read(CLOCK_BOOTTIME, &ns) < 0 ? clock_monotonic_ns() : ns;
}

int proc_show_system_stat(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    uint64_t count = pal_control.cpu_info.cpu_num;
    int64_t now = uptime_ns();
    int64_t ticks = now / TICK_NS;
    text_add(out, "cpu  0 0 0 %ld 0 0 0 0 0 0\n", ticks * (int64_t)count);
    for (uint64_t i = 0; i < count; i++)
        text_add(out, "cpu%lu 0 0 0 %ld 0 0 0 0 0 0\n", i, ticks);
    text_add(out, "intr 0\nctxt 0\nbtime %ld\nprocesses %d\nprocs_running 1\nprocs_blocked 0\n",
             (int64_t)((clock_realtime_ns() - now) / NS_PER_SECOND), g_process.pid);
    text_add(out, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
    return 0;
}

/***** Interrupts, which are the host's *****/

static void add_processors(struct text *out, int indent)
{
    text_add(out, "%*s", indent, "");
    for (uint64_t i = 0; i < pal_control.cpu_info.cpu_num; i++)
        text_add(out, "CPU%-8lu", i);
    text_add(out, "\n");
}

int proc_show_interrupts(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    add_processors(out, 11);
    return 0;
}

int proc_show_softirqs(struct text *out, const struct pseudo_key *key)
{
    static const char *const names[] = {"HI",       "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
                                        "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU"};
    (void)key;
    add_processors(out, 20);
    for (size_t i = 0; i < array_count(names); i++) {
        text_add(out, "%12s:", names[i]);
        for (uint64_t processor = 0; processor < pal_control.cpu_info.cpu_num; processor++)
            text_add(out, " %10u", 0u);
        text_add(out, "\n");
    }
    return 0;
}

int proc_show_uptime(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    int64_t ticks = uptime_ns() / TICK_NS;
    int64_t idle = ticks * (int64_t)pal_control.cpu_info.cpu_num;
    text_add(out, "%ld.%02ld %ld.%02ld\n", ticks / 100, ticks % 100, idle / 100, idle % 100);
    return 0;
}

int proc_show_version(struct text *out, const struct pseudo_key *key)
{
    struct new_utsname name;
    (void)key;
    system_name(&name);
    text_add(out, "%s version %s (libos@pal) (gcc) %s\n", name.sysname, name.release, name.version);
    return 0;
}

/* The disks are the host's. */
int proc_show_partitions(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "major minor  #blocks  name\n\n");
    return 0;
}

int proc_show_nothing(struct text *out, const struct pseudo_key *key)
{
    (void)out, (void)key;
    return 0;
}

/* What is not counted has not happened. */
int proc_show_vmstat(struct text *out, const struct pseudo_key *key)
{
    static const char *const zero[] = {"pgpgin",  "pgpgout",    "pswpin",   "pswpout",  "pgfree",
                                       "pgfault", "pgmajfault", "oom_kill", "nr_dirty", "nr_writeback"};
    (void)key;
    const uint64_t total = pal_control.mem_info.mem_total / PAGE_SIZE, used = mm_total() / PAGE_SIZE;
    text_add(out, "nr_free_pages %lu\nnr_anon_pages %lu\n", used < total ? total - used : 0, used);
    for (size_t i = 0; i < array_count(zero); i++)
        text_add(out, "%s 0\n", zero[i]);
    return 0;
}
