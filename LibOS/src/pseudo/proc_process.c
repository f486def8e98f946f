/* SPDX-License-Identifier: MIT */
/* /proc/PID: the table of its files, and those that are few lines. */
#include "clock.h"
#include "exec.h"
#include "format.h"
#include "proc.h"
#include "process.h"

/***** Links *****/

/* As the program's root has it. */
static void add_path(struct text *out, const char *path)
{
    const char *seen = root_name(path);
    text_add(out, "%s", seen ? seen : path);
}

static int link_exe(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    if (g_program.path == NULL)
        return -ENOENT;
    add_path(out, g_program.path);
    return 0;
}

static int link_cwd(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    char *path = heap_alloc(PATH_SIZE);
    if (path == NULL)
        return -ENOMEM;
    int64_t result = cwd_get(path, PATH_SIZE);
    if (result >= 0)
        add_path(out, path);
    heap_free(path);
    return result < 0 ? (int)result : 0;
}

int proc_link_root(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "/");
    return 0;
}

/***** Memory of the program *****/

static int show_range(struct text *out, uint64_t start, uint64_t end)
{
    char piece[512];
    while (start < end) {
        size_t size = end - start < sizeof(piece) ? end - start : sizeof(piece);
        if (user_read(piece, (const void *)start, size) < 0)
            return 0; /* the program has unmapped it */
        text_add_bytes(out, piece, size);
        start += size;
    }
    return 0;
}

static int show_cmdline(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return show_range(out, g_program.args_start, program_args_end());
}

static int show_environ(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return show_range(out, g_program.env_start, g_program.env_end);
}

static int show_auxv(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return show_range(out, g_program.auxv_start, g_program.auxv_end);
}

/***** Files of one line *****/

static int show_comm(struct text *out, const struct pseudo_key *key)
{
    struct thread *thread = proc_thread(key);
    if (thread == NULL)
        return -ESRCH;
    text_add(out, "%.16s\n", thread->name);
    thread_put(thread);
    return 0;
}

static int store_comm(const struct pseudo_key *key, const char *text, size_t len)
{
    struct thread *thread = proc_thread(key);
    if (thread == NULL)
        return -ESRCH;
    size_t room = sizeof(thread->name) - 1;
    size_t kept = len < room ? len : room;
    memset(thread->name, 0, sizeof(thread->name));
    memcpy(thread->name, text, kept);
    thread_put(thread);
    process_changed();
    return 0;
}

/* How much the host should like to end this process is not ours to say; the value is kept for who reads it back. */
static int32_t g_oom_score_adj;

static int show_oom_score(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%d\n", 666 + g_oom_score_adj * 2 / 3);
    return 0;
}

static int show_oom_score_adj(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%d\n", g_oom_score_adj);
    return 0;
}

static int store_oom_score_adj(const struct pseudo_key *key, const char *text, size_t len)
{
    (void)key;
    bool negative = len > 0 && text[0] == '-';
    int32_t value = pseudo_number(text + negative, len - negative);
    if (value < 0 || value > 1000)
        return -EINVAL;
    if (negative && value != 0 && !identity_has(CAP_SYS_RESOURCE))
        return -EACCES;
    g_oom_score_adj = negative ? -value : value;
    return 0;
}

/* Kept and told: nobody writes a core here. */
static uint32_t g_core_filter = 0x33; /* core(5): the default */

static int show_core_filter(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%08x\n", g_core_filter);
    return 0;
}

static int store_core_filter(const struct pseudo_key *key, const char *text, size_t len)
{
    uint64_t value;
    const bool hexadecimal = len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
    (void)key;
    const size_t digits = hexadecimal ? 2 : 0;
    if (format_parse_u64(text + digits, len - digits, hexadecimal ? 16 : 10, &value) < 0 || value > UINT32_MAX)
        return -EINVAL;
    g_core_filter = (uint32_t)value & 0x1ff;
    return 0;
}

static int show_timer_slack(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%lu\n", self()->task.timer_slack_ns);
    return 0;
}

static int show_schedule(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%ld 0 0\n", clock_process_cpu_ns());
    return 0;
}

static int show_personality(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%08x\n", g_process.personality);
    return 0;
}

static int show_id_map(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%10u %10u %10u\n", 0, 0, UINT32_MAX);
    return 0;
}

static int show_setgroups(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "allow\n");
    return 0;
}

int proc_show_cgroup(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "0::/\n");
    return 0;
}

int proc_show_cpuset(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "/\n");
    return 0;
}

int proc_show_zero(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "0");
    return 0;
}

int proc_show_unset_id(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%u", UINT32_MAX);
    return 0;
}

/* Who has logged in, as pam_loginuid(8) writes it down for all that is started from there. */
static uint32_t g_login = UINT32_MAX;

static int show_login(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "%u", g_login);
    return 0;
}

static int store_login(const struct pseudo_key *key, const char *text, size_t len)
{
    uint64_t value;
    (void)key;
    if (format_parse_u64(text, len, 10, &value) < 0 || value > UINT32_MAX)
        return -EINVAL;
    if (g_login != UINT32_MAX && !identity_has(CAP_AUDIT_CONTROL))
        return -EPERM;
    g_login = (uint32_t)value;
    return 0;
}

static int show_io(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
    return 0;
}

/***** /proc/PID/task *****/

/* Whose threads they are: this process's, or a companion, which has no others. */
static int32_t process_of(const struct pseudo_key *key)
{
    struct thread *thread = thread_find(key->tid);
    const int32_t pid = thread ? thread_pid(thread) : key->pid;
    if (thread)
        thread_put(thread);
    return pid;
}

static bool is_task(const char *name, size_t len, struct pseudo_key *key)
{
    int32_t tid = pseudo_number(name, len);
    struct pseudo_key task = {.pid = key->pid, .tid = tid};
    struct thread *thread = tid > 0 ? proc_thread(&task) : NULL;
    if (thread == NULL)
        return false;
    const bool found = tid == key->pid || thread_pid(thread) == process_of(key);
    thread_put(thread);
    if (found)
        key->tid = tid;
    return found;
}

static bool next_task(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    uint32_t lowest = UINT32_MAX;
    const int32_t pid = process_of(directory);
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        const struct thread *thread = list_entry(node, struct thread, peers);
        uint32_t tid = (uint32_t)thread->tid;
        if (thread_pid(thread) == pid && tid >= *cursor && tid < lowest)
            lowest = tid;
    }
    lock_release(&g_process.lock);
    if (lowest == UINT32_MAX)
        return false;
    *cursor = lowest;
    pseudo_name(name, "", lowest);
    return true;
}

/***** The tables *****/

/* What processes and threads both have; stat is about all threads or one. */
#define COMMON_NODES(show_stat)                                                                                        \
    {.name = "auxv", .mode = S_IFREG | 0400, .show = show_auxv},                                                       \
        {.name = "cgroup", .mode = S_IFREG | 0444, .show = proc_show_cgroup},                                          \
        {.name = "cmdline", .mode = S_IFREG | 0444, .show = show_cmdline},                                             \
        {.name = "comm", .mode = S_IFREG | 0644, .show = show_comm, .store = store_comm},                              \
        {.name = "coredump_filter", .mode = S_IFREG | 0644, .show = show_core_filter, .store = store_core_filter},     \
        {.name = "cpuset", .mode = S_IFREG | 0444, .show = proc_show_cpuset},                                          \
        {.name = "cwd", .mode = S_IFLNK | 0777, .read_link = link_cwd},                                                \
        {.name = "environ", .mode = S_IFREG | 0400, .show = show_environ},                                             \
        {.name = "exe", .mode = S_IFLNK | 0777, .read_link = link_exe},                                                \
        {.name = "fd", .mode = S_IFDIR | 0500, .children = proc_fd_nodes},                                             \
        {.name = "fdinfo", .mode = S_IFDIR | 0555, .children = proc_fdinfo_nodes},                                     \
        {.name = "gid_map", .mode = S_IFREG | 0444, .show = show_id_map},                                              \
        {.name = "io", .mode = S_IFREG | 0400, .show = show_io},                                                       \
        {.name = "limits", .mode = S_IFREG | 0444, .show = proc_show_limits},                                          \
        {.name = "loginuid", .mode = S_IFREG | 0644, .show = show_login, .store = store_login},                        \
        {.name = "maps", .mode = S_IFREG | 0444, .show = proc_show_maps},                                              \
        {.name = "mem", .mode = S_IFREG | 0600, .open = proc_open_memory},                                             \
        {.name = "mountinfo", .mode = S_IFREG | 0444, .show = proc_show_mountinfo},                                    \
        {.name = "mounts", .mode = S_IFREG | 0444, .show = proc_show_mounts},                                          \
        {.name = "net", .mode = S_IFDIR | 0555, .children = proc_net_nodes},                                           \
        {.name = "ns", .mode = S_IFDIR | 0511, .children = proc_ns_nodes},                                             \
        {.name = "oom_score", .mode = S_IFREG | 0444, .show = show_oom_score},                                         \
        {.name = "oom_score_adj", .mode = S_IFREG | 0644, .show = show_oom_score_adj, .store = store_oom_score_adj},   \
        {.name = "personality", .mode = S_IFREG | 0400, .show = show_personality},                                     \
        {.name = "root", .mode = S_IFLNK | 0777, .read_link = proc_link_root},                                         \
        {.name = "schedstat", .mode = S_IFREG | 0444, .show = show_schedule},                                          \
        {.name = "sessionid", .mode = S_IFREG | 0444, .show = proc_show_unset_id},                                     \
        {.name = "setgroups", .mode = S_IFREG | 0644, .show = show_setgroups},                                         \
        {.name = "smaps", .mode = S_IFREG | 0444, .show = proc_show_smaps},                                            \
        {.name = "smaps_rollup", .mode = S_IFREG | 0444, .show = proc_show_smaps_rollup},                              \
        {.name = "stat", .mode = S_IFREG | 0444, .show = (show_stat)},                                                 \
        {.name = "statm", .mode = S_IFREG | 0444, .show = proc_show_statm},                                            \
        {.name = "status", .mode = S_IFREG | 0444, .show = proc_show_status},                                          \
        {.name = "timerslack_ns", .mode = S_IFREG | 0666, .show = show_timer_slack},                                   \
        {.name = "uid_map", .mode = S_IFREG | 0444, .show = show_id_map},                                              \
    {                                                                                                                  \
        .name = "wchan", .mode = S_IFREG | 0444, .show = proc_show_zero                                                \
    }

static const struct pseudo_node task_nodes[] = {
    COMMON_NODES(proc_show_task_stat), {.name = "children", .mode = S_IFREG | 0444, .show = proc_show_children}, {0}};

static const struct pseudo_node tasks_nodes[] = {
    {.mode = S_IFDIR | 0555, .match = is_task, .next = next_task, .children = task_nodes}, {0}};

const struct pseudo_node proc_process_nodes[] = {
    COMMON_NODES(proc_show_stat), {.name = "task", .mode = S_IFDIR | 0555, .children = tasks_nodes}, {0}};

/* Of this process: the text of one of its files, by name. 0 or -ENOENT. */
static int show_own(const char *name, struct text *out)
{
    if (strncmp(name, PROC_SOCKETS, strlen(PROC_SOCKETS)) == 0)
        return proc_show_sockets(name + strlen(PROC_SOCKETS), out);
    const struct pseudo_key key = {.pid = g_process.pid, .tid = self()->tid};
    for (const struct pseudo_node *node = task_nodes; node->mode; node++) {
        if (node->show && streq(node->name, name))
            return node->show(out, &key);
    }
    return -ENOENT;
}

int64_t proc_read_own(const char *name, uint64_t position, void *to, size_t size)
{
    struct text text = {0};
    int64_t result = show_own(name, &text);
    if (result == 0 && text.failed)
        result = -ENOMEM;
    if (result == 0 && position < text.used) {
        const size_t left = text.used - position;
        result = (int64_t)(left < size ? left : size);
        memcpy(to, text.data + position, (size_t)result);
    }
    text_free(&text);
    return result;
}
