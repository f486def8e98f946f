/* SPDX-License-Identifier: MIT */
/* /sys: the processors, memory nodes and little else, which is what programs look for there. */
#include "sys.h"

SHOWS(show_zero, "0\n")
SHOWS(show_distance, "10\n")
SHOWS(show_never, "always madvise [never]\n")
SHOWS(show_huge_size, "2097152\n")

static int show_memory(struct text *out, const struct pseudo_key *key)
{
    uint64_t total = pal_control.mem_info.mem_total / 1024;
    (void)key;
    text_add(out, "Node 0 MemTotal:       %8lu kB\nNode 0 MemFree:        %8lu kB\nNode 0 MemUsed:        %8u kB\n",
             total, total, 0);
    return 0;
}

/***** Memory *****/

static const struct pseudo_node node0_nodes[] = {SYS_FILE("cpulist", sys_show_processors),
                                                 SYS_FILE("cpumap", sys_show_processor_mask),
                                                 SYS_FILE("distance", show_distance),
                                                 SYS_FILE("meminfo", show_memory),
                                                 {0}};

static const struct pseudo_node node_nodes[] = {SYS_FILE("has_cpu", show_zero),
                                                SYS_FILE("has_memory", show_zero),
                                                SYS_FILE("has_normal_memory", show_zero),
                                                SYS_DIRECTORY("node0", node0_nodes),
                                                SYS_FILE("online", show_zero),
                                                SYS_FILE("possible", show_zero),
                                                {0}};

static const struct pseudo_node huge_nodes[] = {
    SYS_FILE("enabled", show_never), SYS_FILE("hpage_pmd_size", show_huge_size), {0}};

static const struct pseudo_node mm_nodes[] = {SYS_DIRECTORY("transparent_hugepage", huge_nodes), {0}};

/***** The rest *****/

static const struct pseudo_node no_nodes[] = {{0}};
static const struct pseudo_node devices_system_nodes[] = {
    SYS_DIRECTORY("cpu", sys_cpu_nodes), SYS_DIRECTORY("node", node_nodes), {0}};
static const struct pseudo_node devices_nodes[] = {SYS_DIRECTORY("system", devices_system_nodes), {0}};
static const struct pseudo_node fs_nodes[] = {SYS_DIRECTORY("cgroup", no_nodes), {0}};
static const struct pseudo_node kernel_nodes[] = {SYS_DIRECTORY("mm", mm_nodes), {0}};
static const struct pseudo_node class_nodes[] = {SYS_DIRECTORY("net", sys_net_nodes), {0}};
static const struct pseudo_node root_nodes[] = {
    SYS_DIRECTORY("block", no_nodes),      SYS_DIRECTORY("bus", no_nodes),          SYS_DIRECTORY("class", class_nodes),
    SYS_DIRECTORY("dev", no_nodes),        SYS_DIRECTORY("devices", devices_nodes), SYS_DIRECTORY("fs", fs_nodes),
    SYS_DIRECTORY("kernel", kernel_nodes), SYS_DIRECTORY("module", no_nodes),       {0}};

const struct pseudo_node sys_root = {.mode = S_IFDIR | 0555, .children = root_nodes};
