/* SPDX-License-Identifier: MIT */
/* /proc/cpuinfo: what the host says of the processors, and what they say themselves. */
#include "proc_system.h"
#include "processor.h"

static const char *known(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

static void add_identity(struct text *out, const PAL_CPU_INFO *info, uint64_t number)
{
    text_add(out, "processor\t: %lu\nvendor_id\t: %s\ncpu family\t: %lu\nmodel\t\t: %lu\n", number,
             known(info->cpu_vendor, "unknown"), info->cpu_family, info->cpu_model);
    text_add(out, "model name\t: %s\nstepping\t: %lu\n", known(info->cpu_brand, "unknown"), info->cpu_stepping);
}

static void add_place(struct text *out, uint64_t number, uint64_t count)
{
    text_add(out, "physical id\t: 0\nsiblings\t: %lu\ncore id\t\t: %lu\ncpu cores\t: %lu\n", count, number, count);
    text_add(out, "apicid\t\t: %lu\ninitial apicid\t: %lu\n", number, number);
}

int proc_show_cpuinfo(struct text *out, const struct pseudo_key *key)
{
    const PAL_CPU_INFO *info = &pal_control_addr()->cpu_info;
    const struct processor_facts facts = processor_facts();
    struct processor_cache caches[PROCESSOR_CACHES_MAX];
    const uint32_t cache_count = processor_caches(caches);
    const uint64_t khz = processor_khz();
    (void)key;
    for (uint64_t i = 0; i < info->cpu_num; i++) {
        add_identity(out, info, i);
        text_add(out, "cpu MHz\t\t: %lu.%03lu\n", khz / 1000, khz % 1000);
        if (cache_count > 0)
            text_add(out, "cache size\t: %u KB\n", processor_cache_kib(&caches[cache_count - 1]));
        add_place(out, i, info->cpu_num);
        text_add(out, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n", facts.level);
        text_add(out, "flags\t\t: %s\nbogomips\t: %lu.%02lu\n", known(info->cpu_flags, ""), khz / 500, khz / 5 % 100);
        text_add(out, "clflush size\t: %u\ncache_alignment\t: %u\n", facts.flush_bytes, facts.flush_bytes);
        text_add(out, "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n", facts.physical_bits,
                 facts.virtual_bits);
    }
    return 0;
}
