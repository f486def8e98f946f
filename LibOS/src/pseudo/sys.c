/* SPDX-License-Identifier: MIT */
/* /sys: the processors, memory nodes and little else, which is what programs look for there. */
#include "sys.h"

static uint32_t processor_count(void)
{
    return (uint32_t)pal_control.cpu_info.cpu_num;
}

static int show_processors(struct text *out, const struct pseudo_key *key)
{
    uint32_t count = processor_count();
    (void)key;
    text_add(out, count > 1 ? "0-%u\n" : "0\n", count - 1);
    return 0;
}

static int show_nothing(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "\n");
    return 0;
}

static int show_zero(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "0\n");
    return 0;
}

static int show_one(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "1\n");
    return 0;
}

static int show_number(struct text *out, const struct pseudo_key *key)
{
    text_add(out, "%u\n", key->number);
    return 0;
}

static int show_number_mask(struct text *out, const struct pseudo_key *key)
{
    text_add(out, "%lx\n", 1ul << (key->number & 63));
    return 0;
}

static int show_processor_mask(struct text *out, const struct pseudo_key *key)
{
    uint32_t count = processor_count();
    (void)key;
    text_add(out, "%lx\n", count >= 64 ? UINT64_MAX : (1ul << count) - 1);
    return 0;
}

static int show_kernel_max(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "8191\n");
    return 0;
}

static int show_distance(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "10\n");
    return 0;
}

static int show_memory(struct text *out, const struct pseudo_key *key)
{
    uint64_t total = pal_control.mem_info.mem_total / 1024;
    (void)key;
    text_add(out, "Node 0 MemTotal:       %8lu kB\nNode 0 MemFree:        %8lu kB\nNode 0 MemUsed:        %8u kB\n",
             total, total, 0);
    return 0;
}

static int show_never(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "always madvise [never]\n");
    return 0;
}

static int show_huge_size(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "2097152\n");
    return 0;
}

/***** Processors *****/

static bool is_processor(const char *name, size_t len, struct pseudo_key *key)
{
    int32_t number = len > 3 && strncmp(name, "cpu", 3) == 0 ? pseudo_number(name + 3, len - 3) : -1;
    if (number < 0 || (uint32_t)number >= processor_count())
        return false;
    key->number = (uint32_t)number;
    return true;
}

static bool next_processor(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    (void)directory;
    if (*cursor >= processor_count())
        return false;
    pseudo_name(name, "cpu", *cursor);
    return true;
}

#define FILE(file, function)                                                                                           \
    {                                                                                                                  \
        .name = (file), .mode = S_IFREG | 0444, .show = show_##function                                                \
    }
#define DIRECTORY(file, table)                                                                                         \
    {                                                                                                                  \
        .name = (file), .mode = S_IFDIR | 0755, .children = (table)                                                    \
    }

static const struct pseudo_node topology_nodes[] = {FILE("core_cpus", number_mask),
                                                    FILE("core_cpus_list", number),
                                                    FILE("core_id", number),
                                                    FILE("core_siblings", processor_mask),
                                                    FILE("core_siblings_list", processors),
                                                    FILE("package_cpus_list", processors),
                                                    FILE("physical_package_id", zero),
                                                    FILE("thread_siblings", number_mask),
                                                    FILE("thread_siblings_list", number),
                                                    {0}};

static const struct pseudo_node processor_nodes[] = {FILE("online", one), DIRECTORY("topology", topology_nodes), {0}};

static const struct pseudo_node cpu_nodes[] = {
    {.mode = S_IFDIR | 0755, .match = is_processor, .next = next_processor, .children = processor_nodes},
    FILE("isolated", nothing),
    FILE("kernel_max", kernel_max),
    FILE("offline", nothing),
    FILE("online", processors),
    FILE("possible", processors),
    FILE("present", processors),
    {0}};

/***** Memory *****/

static const struct pseudo_node node0_nodes[] = {FILE("cpulist", processors),
                                                 FILE("cpumap", processor_mask),
                                                 FILE("distance", distance),
                                                 FILE("meminfo", memory),
                                                 {0}};

static const struct pseudo_node node_nodes[] = {FILE("has_cpu", zero),
                                                FILE("has_memory", zero),
                                                FILE("has_normal_memory", zero),
                                                DIRECTORY("node0", node0_nodes),
                                                FILE("online", zero),
                                                FILE("possible", zero),
                                                {0}};

static const struct pseudo_node huge_nodes[] = {FILE("enabled", never), FILE("hpage_pmd_size", huge_size), {0}};

static const struct pseudo_node mm_nodes[] = {DIRECTORY("transparent_hugepage", huge_nodes), {0}};

/***** The rest *****/

static const struct pseudo_node no_nodes[] = {{0}};
static const struct pseudo_node devices_system_nodes[] = {
    DIRECTORY("cpu", cpu_nodes), DIRECTORY("node", node_nodes), {0}};
static const struct pseudo_node devices_nodes[] = {DIRECTORY("system", devices_system_nodes), {0}};
static const struct pseudo_node fs_nodes[] = {DIRECTORY("cgroup", no_nodes), {0}};
static const struct pseudo_node kernel_nodes[] = {DIRECTORY("mm", mm_nodes), {0}};
static const struct pseudo_node class_nodes[] = {DIRECTORY("net", sys_net_nodes), {0}};
static const struct pseudo_node root_nodes[] = {
    DIRECTORY("block", no_nodes),      DIRECTORY("bus", no_nodes),          DIRECTORY("class", class_nodes),
    DIRECTORY("dev", no_nodes),        DIRECTORY("devices", devices_nodes), DIRECTORY("fs", fs_nodes),
    DIRECTORY("kernel", kernel_nodes), DIRECTORY("module", no_nodes),       {0}};

const struct pseudo_node sys_root = {.mode = S_IFDIR | 0555, .children = root_nodes};
