/* SPDX-License-Identifier: MIT */
/* /proc/sys: what programs ask of the kernel's settings. Names of the system can be set, nothing else. */
#include <linux/utsname.h>

#include "proc.h"

/* One function for each name: the table below is made from the same list. */
#define CONSTANT_FILES(X)                                                                                              \
    X(cap_last_cap, "40")                                                                                              \
    X(core_pattern, "core")                                                                                            \
    X(core_uses_pid, "0")                                                                                              \
    X(ngroups_max, "65536")                                                                                            \
    X(ostype, "Linux")                                                                                                 \
    X(overflow_id, "65534")                                                                                            \
    X(pid_max, "4194304")                                                                                              \
    X(perf_event_paranoid, "3")                                                                                        \
    X(threads_max, "62000")                                                                                            \
    X(yes, "1")                                                                                                        \
    X(no, "0")                                                                                                         \
    X(two, "2")                                                                                                        \
    X(entropy, "256")                                                                                                  \
    X(msgmax, "8192")                                                                                                  \
    X(msgmnb, "16384")                                                                                                 \
    X(msgmni, "32000")                                                                                                 \
    X(sem, "32000\t1024000000\t500\t32000")                                                                            \
    X(shmmax, "18446744073692774399")                                                                                  \
    X(shmmni, "4096")                                                                                                  \
    X(max_map_count, "65530")                                                                                          \
    X(mmap_min_addr, "65536")                                                                                          \
    X(overcommit_ratio, "50")                                                                                          \
    X(swappiness, "60")                                                                                                \
    X(file_max, "9223372036854775807")                                                                                 \
    X(nr_open, "1048576")                                                                                              \
    X(pipe_max_size, "1048576")                                                                                        \
    X(max_user_watches, "1048576")                                                                                     \
    X(max_user_instances, "128")                                                                                       \
    X(max_queued_events, "16384")                                                                                      \
    X(somaxconn, "4096")                                                                                               \
    X(port_range, "32768\t60999")                                                                                      \
    X(pty_max, "4096")                                                                                                 \
    X(printk, "4\t4\t1\t7")                                                                                            \
    X(rt_period, "1000000")                                                                                            \
    X(rt_runtime, "950000")                                                                                            \
    X(rr_timeslice, "100")                                                                                             \
    X(arch, "x86_64")                                                                                                  \
    X(dirty_background_ratio, "10")                                                                                    \
    X(dirty_ratio, "20")                                                                                               \
    X(cache_pressure, "100")                                                                                           \
    X(min_free, "67584")                                                                                               \
    X(aio_max, "65536")                                                                                                \
    X(file_nr, "0\t0\t9223372036854775807")                                                                            \
    X(pages_soft, "16384")                                                                                             \
    X(queue_messages, "10")                                                                                            \
    X(queue_message_size, "8192")                                                                                      \
    X(queues, "256")                                                                                                   \
    X(buffer_size, "212992")                                                                                           \
    X(backlog, "1000")                                                                                                 \
    X(tcp_rmem, "4096\t131072\t6291456")                                                                               \
    X(tcp_wmem, "4096\t16384\t4194304")                                                                                \
    X(keepalive, "7200")                                                                                               \
    X(fin_timeout, "60")                                                                                               \
    X(port_start, "1024")                                                                                              \
    X(ttl, "64")

#define CONSTANT_FILE(name, value) SHOWS(show_##name, value "\n")
CONSTANT_FILES(CONSTANT_FILE)

static int show_osrelease(struct text *out, const struct pseudo_key *key)
{
    struct new_utsname name;
    (void)key;
    system_name(&name);
    text_add(out, "%s\n", name.release);
    return 0;
}

static int show_version(struct text *out, const struct pseudo_key *key)
{
    struct new_utsname name;
    (void)key;
    system_name(&name);
    text_add(out, "%s\n", name.version);
    return 0;
}

static int show_hostname(struct text *out, const struct pseudo_key *key)
{
    struct new_utsname name;
    (void)key;
    system_name(&name);
    text_add(out, "%s\n", name.nodename);
    return 0;
}

static int show_domainname(struct text *out, const struct pseudo_key *key)
{
    struct new_utsname name;
    (void)key;
    system_name(&name);
    text_add(out, "%s\n", name.domainname);
    return 0;
}

static int store_hostname(const struct pseudo_key *key, const char *text, size_t len)
{
    (void)key;
    system_set_name(SYSTEM_HOST, text, len);
    return 0;
}

static int store_domainname(const struct pseudo_key *key, const char *text, size_t len)
{
    (void)key;
    system_set_name(SYSTEM_DOMAIN, text, len);
    return 0;
}

/***** random *****/

static void add_uuid(struct text *out, const uint8_t *bytes)
{
    for (size_t i = 0; i < UUID_SIZE; i++)
        text_add(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes[i]);
    text_add(out, "\n");
}

static int show_uuid(struct text *out, const struct pseudo_key *key)
{
    uint8_t bytes[UUID_SIZE];
    (void)key;
    int error = uuid_make(bytes);
    if (error == 0)
        add_uuid(out, bytes);
    return error;
}

static int show_boot_id(struct text *out, const struct pseudo_key *key)
{
    uint8_t bytes[UUID_SIZE];
    (void)key;
    int error = system_boot_id(bytes);
    if (error == 0)
        add_uuid(out, bytes);
    return error;
}

/***** The tables *****/

#define SETTING(file, function)                                                                                        \
    {                                                                                                                  \
        .name = (file), .mode = S_IFREG | 0444, .show = show_##function                                                \
    }
#define SETTABLE(file, function)                                                                                       \
    {                                                                                                                  \
        .name = (file), .mode = S_IFREG | 0644, .show = show_##function, .store = store_##function                     \
    }
#define GROUP(file, table)                                                                                             \
    {                                                                                                                  \
        .name = (file), .mode = S_IFDIR | 0555, .children = (table)                                                    \
    }

static const struct pseudo_node inotify_nodes[] = {SETTING("max_queued_events", max_queued_events),
                                                   SETTING("max_user_instances", max_user_instances),
                                                   SETTING("max_user_watches", max_user_watches),
                                                   {0}};

static const struct pseudo_node epoll_nodes[] = {SETTING("max_user_watches", max_user_watches), {0}};

static const struct pseudo_node mqueue_nodes[] = {SETTING("msg_default", queue_messages),
                                                  SETTING("msg_max", queue_messages),
                                                  SETTING("msgsize_default", queue_message_size),
                                                  SETTING("msgsize_max", queue_message_size),
                                                  SETTING("queues_max", queues),
                                                  {0}};

static const struct pseudo_node fs_nodes[] = {SETTING("aio-max-nr", aio_max),
                                              SETTING("aio-nr", no),
                                              GROUP("epoll", epoll_nodes),
                                              SETTING("file-max", file_max),
                                              SETTING("file-nr", file_nr),
                                              GROUP("inotify", inotify_nodes),
                                              GROUP("mqueue", mqueue_nodes),
                                              SETTING("nr_open", nr_open),
                                              SETTING("overflowgid", overflow_id),
                                              SETTING("overflowuid", overflow_id),
                                              SETTING("pipe-max-size", pipe_max_size),
                                              SETTING("pipe-user-pages-soft", pages_soft),
                                              SETTING("protected_fifos", no),
                                              SETTING("protected_hardlinks", yes),
                                              SETTING("protected_regular", no),
                                              SETTING("protected_symlinks", yes),
                                              SETTING("suid_dumpable", no),
                                              {0}};

static const struct pseudo_node random_nodes[] = {SETTING("boot_id", boot_id),
                                                  SETTING("entropy_avail", entropy),
                                                  SETTING("poolsize", entropy),
                                                  SETTING("uuid", uuid),
                                                  {0}};

static const struct pseudo_node pty_nodes[] = {SETTING("max", pty_max), SETTING("nr", no), {0}};

static const struct pseudo_node kernel_nodes[] = {SETTING("arch", arch),
                                                  SETTING("cap_last_cap", cap_last_cap),
                                                  SETTING("core_pattern", core_pattern),
                                                  SETTING("core_uses_pid", core_uses_pid),
                                                  SETTABLE("domainname", domainname),
                                                  SETTABLE("hostname", hostname),
                                                  SETTING("msgmax", msgmax),
                                                  SETTING("msgmnb", msgmnb),
                                                  SETTING("msgmni", msgmni),
                                                  SETTING("ngroups_max", ngroups_max),
                                                  SETTING("osrelease", osrelease),
                                                  SETTING("ostype", ostype),
                                                  SETTING("overflowgid", overflow_id),
                                                  SETTING("overflowuid", overflow_id),
                                                  SETTING("panic", no),
                                                  SETTING("perf_event_paranoid", perf_event_paranoid),
                                                  SETTING("pid_max", pid_max),
                                                  SETTING("printk", printk),
                                                  GROUP("pty", pty_nodes),
                                                  GROUP("random", random_nodes),
                                                  SETTING("randomize_va_space", two),
                                                  SETTING("sched_rr_timeslice_ms", rr_timeslice),
                                                  SETTING("sched_rt_period_us", rt_period),
                                                  SETTING("sched_rt_runtime_us", rt_runtime),
                                                  SETTING("sem", sem),
                                                  SETTING("shmall", shmmax),
                                                  SETTING("shmmax", shmmax),
                                                  SETTING("shmmni", shmmni),
                                                  SETTING("tainted", no),
                                                  SETTING("threads-max", threads_max),
                                                  SETTING("version", version),
                                                  {0}};

static const struct pseudo_node core_nodes[] = {SETTING("netdev_max_backlog", backlog),
                                                SETTING("rmem_default", buffer_size),
                                                SETTING("rmem_max", buffer_size),
                                                SETTING("somaxconn", somaxconn),
                                                SETTING("wmem_default", buffer_size),
                                                SETTING("wmem_max", buffer_size),
                                                {0}};

static const struct pseudo_node ipv4_nodes[] = {SETTING("ip_default_ttl", ttl),
                                                SETTING("ip_forward", no),
                                                SETTING("ip_local_port_range", port_range),
                                                SETTING("ip_nonlocal_bind", no),
                                                SETTING("ip_unprivileged_port_start", port_start),
                                                SETTING("tcp_fin_timeout", fin_timeout),
                                                SETTING("tcp_keepalive_time", keepalive),
                                                SETTING("tcp_max_syn_backlog", somaxconn),
                                                SETTING("tcp_rmem", tcp_rmem),
                                                SETTING("tcp_syncookies", yes),
                                                SETTING("tcp_timestamps", yes),
                                                SETTING("tcp_wmem", tcp_wmem),
                                                {0}};

static const struct pseudo_node net_nodes[] = {GROUP("core", core_nodes), GROUP("ipv4", ipv4_nodes), {0}};

static const struct pseudo_node vm_nodes[] = {SETTING("dirty_background_ratio", dirty_background_ratio),
                                              SETTING("dirty_ratio", dirty_ratio),
                                              SETTING("max_map_count", max_map_count),
                                              SETTING("min_free_kbytes", min_free),
                                              SETTING("mmap_min_addr", mmap_min_addr),
                                              SETTING("nr_hugepages", no),
                                              SETTING("overcommit_memory", no),
                                              SETTING("overcommit_ratio", overcommit_ratio),
                                              SETTING("page-cluster", no),
                                              SETTING("swappiness", swappiness),
                                              SETTING("vfs_cache_pressure", cache_pressure),
                                              {0}};

const struct pseudo_node proc_sys_nodes[] = {
    GROUP("fs", fs_nodes), GROUP("kernel", kernel_nodes), GROUP("net", net_nodes), GROUP("vm", vm_nodes), {0}};
