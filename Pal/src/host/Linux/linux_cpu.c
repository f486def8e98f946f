/* SPDX-License-Identifier: MIT */
/* Linux: what the processors are. Each CPUID may cost microseconds under a hypervisor, so it is executed once for each
 * leaf that the control block shows. Knows no other use of CPUID. */
#include "pal_host.h"
#include "pal_string.h"
#include "sys_linux.h"

#define LEAF_VENDOR   0u
#define LEAF_FEATURES 1u
#define LEAF_EXTENDED 7u
#define LEAF_LONG     0x80000001u
#define LEAF_BRAND    0x80000002u

struct registers {
    uint32_t eax, ebx, ecx, edx;
};

static struct registers cpuid(uint32_t leaf)
{
    struct registers r;
    __asm__("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(0));
    return r;
}

/* Names of the bits of one register, as in the kernel's /proc/cpuinfo; NULL = not shown. */
static const char *const g_features_edx[32] = {
    "fpu",  "vme",  "de",   "pse", "tsc",  "msr", "pae",   "mce", "cx8",     "apic", NULL,
    "sep",  "mtrr", "pge",  "mca", "cmov", "pat", "pse36", "pn",  "clflush", NULL,   "dts",
    "acpi", "mmx",  "fxsr", "sse", "sse2", "ss",  "ht",    "tm",  "ia64",    "pbe",
};
static const char *const g_features_ecx[32] = {
    "pni",    "pclmulqdq",  "dtes64", "monitor", "ds_cpl",
    "vmx",    "smx",        "est",    "tm2",     "ssse3",
    NULL,     "sdbg",       "fma",    "cx16",    "xtpr",
    "pdcm",   NULL,         "pcid",   "dca",     "sse4_1",
    "sse4_2", "x2apic",     "movbe",  "popcnt",  "tsc_deadline_timer",
    "aes",    "xsave",      NULL,     "avx",     "f16c",
    "rdrand", "hypervisor",
};
static const char *const g_extended_ebx[32] = {
    "fsgsbase", "tsc_adjust", "sgx",      "bmi1",     "hle",      "avx2",       NULL,       "smep",
    "bmi2",     "erms",       "invpcid",  "rtm",      "cqm",      NULL,         "mpx",      "rdt_a",
    "avx512f",  "avx512dq",   "rdseed",   "adx",      "smap",     "avx512ifma", NULL,       "clflushopt",
    "clwb",     "intel_pt",   "avx512pf", "avx512er", "avx512cd", "sha_ni",     "avx512bw", "avx512vl",
};
static const char *const g_long_edx[32] = {
    [11] = "syscall", [20] = "nx", [26] = "pdpe1gb", [27] = "rdtscp", [29] = "lm",
};
static const char *const g_long_ecx[32] = {
    [0] = "lahf_lm",
    [5] = "abm",
    [6] = "sse4a",
    [8] = "3dnowprefetch",
};

/* Asked for once in an instance: each CPUID may trap to a hypervisor, which takes longer than all else of a start. */
LINUX_KEPT static struct {
    PAL_CPU_INFO info;
    uint64_t count; /* of processors; 0 = nobody has asked the kernel */
    char vendor[13];
    char brand[49];
    char flags[1024];
    size_t flags_len;
} g_cpu;

static void add_flags(uint32_t bits, const char *const *names)
{
    for (unsigned i = 0; i < 32; i++) {
        if (!(bits >> i & 1) || !names[i])
            continue;
        const size_t len = strlen(names[i]);
        if (g_cpu.flags_len + len + 2 > sizeof(g_cpu.flags))
            return;
        if (g_cpu.flags_len)
            g_cpu.flags[g_cpu.flags_len++] = ' ';
        memcpy(g_cpu.flags + g_cpu.flags_len, names[i], len + 1);
        g_cpu.flags_len += len;
    }
}

void linux_count_processors(void)
{
    unsigned long mask[1024 / 64];
    const int bytes = sys_sched_getaffinity(0, sizeof(mask), mask);
    uint64_t count = 0;
    for (int i = 0; i < bytes / (int)sizeof(mask[0]); i++) {
        for (unsigned long bits = mask[i]; bits; bits &= bits - 1)
            count++;
    }
    g_cpu.count = count ? count : 1;
}

static void describe(void)
{
    const struct registers vendor = cpuid(LEAF_VENDOR), features = cpuid(LEAF_FEATURES);
    memcpy(g_cpu.vendor, &vendor.ebx, 4);
    memcpy(g_cpu.vendor + 4, &vendor.edx, 4);
    memcpy(g_cpu.vendor + 8, &vendor.ecx, 4);
    for (uint32_t i = 0; i < 3; i++) {
        const struct registers brand = cpuid(LEAF_BRAND + i);
        memcpy(g_cpu.brand + sizeof(brand) * i, &brand, sizeof(brand));
    }
    g_cpu.flags_len = 0;
    add_flags(features.edx, g_features_edx);
    const struct registers extra = cpuid(LEAF_LONG);
    add_flags(extra.edx, g_long_edx);
    add_flags(features.ecx, g_features_ecx);
    add_flags(extra.ecx, g_long_ecx);
    if (vendor.eax >= LEAF_EXTENDED)
        add_flags(cpuid(LEAF_EXTENDED).ebx, g_extended_ebx);
    const uint32_t family = features.eax >> 8 & 15, model = features.eax >> 4 & 15;
    const bool extended_model = family == 6 || family == 15;
    g_cpu.info = (PAL_CPU_INFO){
        .cpu_vendor = g_cpu.vendor,
        .cpu_brand = g_cpu.brand,
        .cpu_family = family == 15 ? family + (features.eax >> 20 & 255) : family,
        .cpu_model = extended_model ? model + (features.eax >> 16 & 15) * 16 : model,
        .cpu_stepping = features.eax & 15,
        .cpu_flags = g_cpu.flags,
    };
}

int _DkGetCPUInfo(PAL_CPU_INFO *out)
{
    if (!g_cpu.info.cpu_vendor)
        describe();
    *out = g_cpu.info;
    out->cpu_num = _DkGetProcessorCount();
    return 0;
}

uint64_t _DkGetProcessorCount(void)
{
    if (g_cpu.count == 0)
        linux_count_processors();
    return g_cpu.count;
}
