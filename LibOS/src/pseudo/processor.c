/* SPDX-License-Identifier: MIT */
#include "processor.h"

#include "clock.h"
#include "cpuid.h"

#define LEAF_HIGHEST    0u
#define LEAF_FEATURES   1u
#define LEAF_CACHES     4u
#define LEAF_LONG       0x80000000u
#define LEAF_ADDRESSES  0x80000008u
#define LEAF_AMD_CACHES 0x8000001du
#define MEASURE_NS      200000

struct processor_facts processor_facts(void)
{
    const struct cpuid addresses = cpuid(LEAF_ADDRESSES, 0);
    return (struct processor_facts){
        .level = cpuid(LEAF_HIGHEST, 0).eax,
        .flush_bytes = (cpuid(LEAF_FEATURES, 0).ebx >> 8 & 255) * 8,
        .physical_bits = addresses.eax & 255,
        .virtual_bits = addresses.eax >> 8 & 255,
    };
}

/* A level, or 0 behind the last. */
static struct processor_cache read_cache(uint32_t leaf, uint32_t number)
{
    static const char *const types[] = {NULL, "Data", "Instruction", "Unified"};
    const struct cpuid r = cpuid(leaf, number);
    const uint32_t type = r.eax & 31;
    if (type == 0 || type >= array_count(types))
        return (struct processor_cache){.level = 0};
    const uint32_t sharing = r.eax >> 14 & 4095;
    return (struct processor_cache){
        .level = r.eax >> 5 & 7,
        .type = types[type],
        .line_bytes = (r.ebx & 4095) + 1,
        .partitions = (r.ebx >> 12 & 1023) + 1,
        .ways = (r.ebx >> 22) + 1,
        .sets = r.ecx + 1,
        .sharing = sharing ? 2u << (31 - __builtin_clz(sharing)) : 1,
    };
}

static uint32_t read_caches(uint32_t leaf, struct processor_cache out[PROCESSOR_CACHES_MAX])
{
    uint32_t count = 0;
    while (count < PROCESSOR_CACHES_MAX && (out[count] = read_cache(leaf, count)).level != 0)
        count++;
    return count;
}

uint32_t processor_caches(struct processor_cache out[PROCESSOR_CACHES_MAX])
{
    const uint32_t count = cpuid(LEAF_HIGHEST, 0).eax >= LEAF_CACHES ? read_caches(LEAF_CACHES, out) : 0;
    if (count > 0)
        return count;
    return cpuid(LEAF_LONG, 0).eax >= LEAF_AMD_CACHES ? read_caches(LEAF_AMD_CACHES, out) : 0;
}

uint32_t processor_cache_kib(const struct processor_cache *cache)
{
    return (uint32_t)((uint64_t)cache->line_bytes * cache->partitions * cache->ways * cache->sets / 1024);
}

static uint64_t time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

uint64_t processor_khz(void)
{
    const int64_t start_ns = clock_monotonic_ns();
    const uint64_t start = time_stamp();
    int64_t ns;
    do {
        ns = clock_monotonic_ns() - start_ns;
    } while (ns < MEASURE_NS);
    return (time_stamp() - start) * 1000000 / (uint64_t)ns;
}
