/* SPDX-License-Identifier: MIT */
/* /proc/sys: what programs ask of the kernel's settings. Nothing can be set. */
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
    X(pty_max, "4096")

#define CONSTANT_FILE(name, value)                                                                                     \
    static int show_##name(struct text *out, const struct pseudo_key *key)                                             \
    {                                                                                                                  \
        (void)key;                                                                                                     \
        text_add(out, value "\n");                                                                                     \
        return 0;                                                                                                      \
    }
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

/***** random *****/

static void add_uuid(struct text *out, const uint8_t *bytes)
{
    for (size_t i = 0; i < 16; i++)
        text_add(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes[i]);
    text_add(out, "\n");
}

static int make_uuid(uint8_t bytes[16])
{
    if (DkRandomBitsRead(bytes, 16) == 0)
        return pal_failure();
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* RFC 4122: version 4, of random numbers */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    return 0;
}

static int show_uuid(struct text *out, const struct pseudo_key *key)
{
    uint8_t bytes[16];
    (void)key;
    int error = make_uuid(bytes);
    if (error == 0)
        add_uuid(out, bytes);
    return error;
}

/* Made when it is asked for the first time, and the same from then on. */
static struct {
    struct lock lock;
    bool made;
    uint8_t bytes[16];
} g_boot;

static int show_boot_id(struct text *out, const struct pseudo_key *key)
{
    int error = 0;
    (void)key;
    lock_acquire(&g_boot.lock);
    if (!g_boot.made)
        error = make_uuid(g_boot.bytes);
    g_boot.made = error == 0;
    lock_release(&g_boot.lock);
    if (error == 0)
        add_uuid(out, g_boot.bytes);
    return error;
}

/***** The tables *****/

#define SETTING(file, function)                                                                                        \
    {                                                                                                                  \
        .name = (file), .mode = S_IFREG | 0444, .show = show_##function                                                \
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

static const struct pseudo_node fs_nodes[] = {GROUP("epoll", epoll_nodes),
                                              SETTING("file-max", file_max),
                                              GROUP("inotify", inotify_nodes),
                                              SETTING("nr_open", nr_open),
                                              SETTING("overflowgid", overflow_id),
                                              SETTING("overflowuid", overflow_id),
                                              SETTING("pipe-max-size", pipe_max_size),
                                              SETTING("protected_fifos", no),
                                              SETTING("protected_hardlinks", yes),
                                              SETTING("protected_regular", no),
                                              SETTING("protected_symlinks", yes),
                                              {0}};

static const struct pseudo_node random_nodes[] = {SETTING("boot_id", boot_id),
                                                  SETTING("entropy_avail", entropy),
                                                  SETTING("poolsize", entropy),
                                                  SETTING("uuid", uuid),
                                                  {0}};

static const struct pseudo_node pty_nodes[] = {SETTING("max", pty_max), SETTING("nr", no), {0}};

static const struct pseudo_node kernel_nodes[] = {SETTING("cap_last_cap", cap_last_cap),
                                                  SETTING("core_pattern", core_pattern),
                                                  SETTING("core_uses_pid", core_uses_pid),
                                                  SETTING("domainname", domainname),
                                                  SETTING("hostname", hostname),
                                                  SETTING("msgmax", msgmax),
                                                  SETTING("msgmnb", msgmnb),
                                                  SETTING("msgmni", msgmni),
                                                  SETTING("ngroups_max", ngroups_max),
                                                  SETTING("osrelease", osrelease),
                                                  SETTING("ostype", ostype),
                                                  SETTING("overflowgid", overflow_id),
                                                  SETTING("overflowuid", overflow_id),
                                                  SETTING("perf_event_paranoid", perf_event_paranoid),
                                                  SETTING("pid_max", pid_max),
                                                  GROUP("pty", pty_nodes),
                                                  GROUP("random", random_nodes),
                                                  SETTING("randomize_va_space", two),
                                                  SETTING("sem", sem),
                                                  SETTING("shmall", shmmax),
                                                  SETTING("shmmax", shmmax),
                                                  SETTING("shmmni", shmmni),
                                                  SETTING("threads-max", threads_max),
                                                  SETTING("version", version),
                                                  {0}};

static const struct pseudo_node core_nodes[] = {SETTING("somaxconn", somaxconn), {0}};
static const struct pseudo_node ipv4_nodes[] = {SETTING("ip_local_port_range", port_range), {0}};
static const struct pseudo_node net_nodes[] = {GROUP("core", core_nodes), GROUP("ipv4", ipv4_nodes), {0}};

static const struct pseudo_node vm_nodes[] = {SETTING("max_map_count", max_map_count),
                                              SETTING("mmap_min_addr", mmap_min_addr),
                                              SETTING("nr_hugepages", no),
                                              SETTING("overcommit_memory", no),
                                              SETTING("overcommit_ratio", overcommit_ratio),
                                              SETTING("swappiness", swappiness),
                                              {0}};

const struct pseudo_node proc_sys_nodes[] = {
    GROUP("fs", fs_nodes), GROUP("kernel", kernel_nodes), GROUP("net", net_nodes), GROUP("vm", vm_nodes), {0}};
