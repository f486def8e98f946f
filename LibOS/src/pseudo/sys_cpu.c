/* SPDX-License-Identifier: MIT */
/* /sys/devices/system/cpu: the processors and their caches. Each processor is a core of its own; all are in one package. */
#include "processor.h"
#include "sys.h"

uint32_t sys_processor_count(void)
{
    return (uint32_t)pal_control.cpu_info.cpu_num;
}

/* Processors as a list, "0-3" or "2". */
static int add_list(struct text *out, uint32_t first, uint32_t last)
{
    if (first < last)
        text_add(out, "%u-%u\n", first, last);
    else
        text_add(out, "%u\n", first);
    return 0;
}

/* Processors as a mask: words of 32 bits, the highest first, of which the first has as many digits as it needs. */
static int add_mask(struct text *out, uint32_t first, uint32_t last)
{
    const uint32_t count = sys_processor_count();
    for (uint32_t word = (count - 1) / 32 + 1; word-- > 0;) {
        const uint32_t bits = word == (count - 1) / 32 ? (count - 1) % 32 + 1 : 32;
        uint32_t mask = 0;
        for (uint32_t bit = 0; bit < 32; bit++)
            mask |= (uint32_t)(word * 32 + bit >= first && word * 32 + bit <= last) << bit;
        text_add(out, "%0*x%s", (int)(bits + 3) / 4, mask, word > 0 ? "," : "\n");
    }
    return 0;
}

int sys_show_processors(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return add_list(out, 0, sys_processor_count() - 1);
}

int sys_show_processor_mask(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    return add_mask(out, 0, sys_processor_count() - 1);
}

static int show_number(struct text *out, const struct pseudo_key *key)
{
    return add_list(out, key->number, key->number);
}

static int show_number_mask(struct text *out, const struct pseudo_key *key)
{
    return add_mask(out, key->number, key->number);
}

SHOWS(show_nothing, "\n")
SHOWS(show_zero, "0\n")
SHOWS(show_one, "1\n")
SHOWS(show_kernel_max, "8191\n")

/***** Caches *****/

static struct processor_cache cache_of(const struct pseudo_key *key)
{
    struct processor_cache caches[PROCESSOR_CACHES_MAX];
    const uint32_t count = processor_caches(caches);
    return key->index < count ? caches[key->index] : (struct processor_cache){.sharing = 1};
}

/* The first and the last processor that have a cache together with the key's. */
static uint32_t first_with(const struct pseudo_key *key)
{
    return key->number & ~(cache_of(key).sharing - 1);
}

static uint32_t last_with(const struct pseudo_key *key)
{
    const uint32_t last = key->number | (cache_of(key).sharing - 1);
    return last < sys_processor_count() ? last : sys_processor_count() - 1;
}

#define SHOWS_CACHE(member, format, value)                                                                             \
    static int show_cache_##member(struct text *out, const struct pseudo_key *key)                                     \
    {                                                                                                                  \
        const struct processor_cache cache = cache_of(key);                                                            \
        text_add(out, format "\n", value);                                                                             \
        return 0;                                                                                                      \
    }
SHOWS_CACHE(level, "%u", cache.level)
SHOWS_CACHE(type, "%s", cache.type)
SHOWS_CACHE(size, "%uK", processor_cache_kib(&cache))
SHOWS_CACHE(line, "%u", cache.line_bytes)
SHOWS_CACHE(partitions, "%u", cache.partitions)
SHOWS_CACHE(ways, "%u", cache.ways)
SHOWS_CACHE(sets, "%u", cache.sets)
SHOWS_CACHE(id, "%u", key->number / cache.sharing)

static int show_shared_list(struct text *out, const struct pseudo_key *key)
{
    return add_list(out, first_with(key), last_with(key));
}

static int show_shared_mask(struct text *out, const struct pseudo_key *key)
{
    return add_mask(out, first_with(key), last_with(key));
}

static bool is_cache(const char *name, size_t len, struct pseudo_key *key)
{
    struct processor_cache caches[PROCESSOR_CACHES_MAX];
    const int32_t number = len > 5 && strncmp(name, "index", 5) == 0 ? pseudo_number(name + 5, len - 5) : -1;
    if (number < 0 || (uint32_t)number >= processor_caches(caches))
        return false;
    key->index = (uint32_t)number;
    return true;
}

static bool next_cache(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    struct processor_cache caches[PROCESSOR_CACHES_MAX];
    (void)directory;
    if (*cursor >= processor_caches(caches))
        return false;
    pseudo_name(name, "index", *cursor);
    return true;
}

/***** Processors *****/

static bool is_processor(const char *name, size_t len, struct pseudo_key *key)
{
    int32_t number = len > 3 && strncmp(name, "cpu", 3) == 0 ? pseudo_number(name + 3, len - 3) : -1;
    if (number < 0 || (uint32_t)number >= sys_processor_count())
        return false;
    key->number = (uint32_t)number;
    return true;
}

static bool next_processor(const struct pseudo_key *directory, uint32_t *cursor, char name[16])
{
    (void)directory;
    if (*cursor >= sys_processor_count())
        return false;
    pseudo_name(name, "cpu", *cursor);
    return true;
}

static const struct pseudo_node topology_nodes[] = {SYS_FILE("core_cpus", show_number_mask),
                                                    SYS_FILE("core_cpus_list", show_number),
                                                    SYS_FILE("core_id", show_number),
                                                    SYS_FILE("core_siblings", sys_show_processor_mask),
                                                    SYS_FILE("core_siblings_list", sys_show_processors),
                                                    SYS_FILE("package_cpus_list", sys_show_processors),
                                                    SYS_FILE("physical_package_id", show_zero),
                                                    SYS_FILE("thread_siblings", show_number_mask),
                                                    SYS_FILE("thread_siblings_list", show_number),
                                                    {0}};

static const struct pseudo_node cache_nodes[] = {SYS_FILE("coherency_line_size", show_cache_line),
                                                 SYS_FILE("id", show_cache_id),
                                                 SYS_FILE("level", show_cache_level),
                                                 SYS_FILE("number_of_sets", show_cache_sets),
                                                 SYS_FILE("physical_line_partition", show_cache_partitions),
                                                 SYS_FILE("shared_cpu_list", show_shared_list),
                                                 SYS_FILE("shared_cpu_map", show_shared_mask),
                                                 SYS_FILE("size", show_cache_size),
                                                 SYS_FILE("type", show_cache_type),
                                                 SYS_FILE("ways_of_associativity", show_cache_ways),
                                                 {0}};

static const struct pseudo_node caches_nodes[] = {
    {.mode = S_IFDIR | 0755, .match = is_cache, .next = next_cache, .children = cache_nodes}, {0}};

static const struct pseudo_node processor_nodes[] = {
    SYS_DIRECTORY("cache", caches_nodes), SYS_FILE("online", show_one), SYS_DIRECTORY("topology", topology_nodes), {0}};

const struct pseudo_node sys_cpu_nodes[] = {
    {.mode = S_IFDIR | 0755, .match = is_processor, .next = next_processor, .children = processor_nodes},
    SYS_FILE("isolated", show_nothing),
    SYS_FILE("kernel_max", show_kernel_max),
    SYS_FILE("offline", show_nothing),
    SYS_FILE("online", sys_show_processors),
    SYS_FILE("possible", sys_show_processors),
    SYS_FILE("present", sys_show_processors),
    {0}};
