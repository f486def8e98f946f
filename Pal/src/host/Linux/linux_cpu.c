/* SPDX-License-Identifier: MIT */
/* Linux: what the processors are, as CPUID tells it. Knows no other use of CPUID. */
#include "cpuid.h"
#include "pal_host.h"
#include "pal_string.h"
#include "sys_linux.h"
#include "sys_start.h"

/* Leaves of cpuid. */
enum {
    LEAF_VENDOR = 0,
    LEAF_FEATURES = 1,
    LEAF_THERMAL = 6,
    LEAF_EXTENDED = 7,
    LEAF_XSAVE = 13,
};
#define FEATURE_OSXSAVE   (1u << 27) /* LEAF_FEATURES, ecx */
#define LEAF_LONG_HIGHEST 0x80000000u
#define LEAF_LONG         0x80000001u
#define LEAF_BRAND        0x80000002u
#define LEAF_POWER        0x80000007u
#define LEAF_SIZES        0x80000008u

/* The registers that tell of features, in the order of /proc/cpuinfo, and the names of their bits there: each is of the
 * bit behind the one before, or of the one whose number it has. What the kernel does not show, or shows for reasons of
 * its own, has none. No pointers, which would have to be relocated at each start. */
enum source { EAX, EBX, ECX, EDX };
static const struct {
    uint32_t leaf, subleaf;
    enum source source;
    char names[280];
} g_features[] = {
    {LEAF_FEATURES, 0, EDX,
     "fpu vme de pse tsc msr pae mce cx8 apic 11:sep mtrr pge mca cmov pat pse36 pn clflush 21:dts acpi mmx "
     "fxsr sse sse2 ss ht tm ia64 pbe"},
    {LEAF_LONG, 0, EDX, "11:syscall 19:mp nx 22:mmxext 25:fxsr_opt pdpe1gb rdtscp 29:lm 3dnowext 3dnow"},
    {LEAF_POWER, 0, EDX, "8:constant_tsc 8:nonstop_tsc"},
    {LEAF_FEATURES, 0, ECX,
     "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 11:sdbg fma cx16 xtpr pdcm 17:pcid dca sse4_1 "
     "sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave 28:avx f16c rdrand hypervisor"},
    {LEAF_LONG, 0, ECX,
     "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt "
     "15:lwp fma4 tce 19:nodeid_msr 21:tbm topoext perfctr_core perfctr_nb 26:bpext ptsc perfctr_llc mwaitx"},
    {LEAF_EXTENDED, 0, EBX,
     "fsgsbase tsc_adjust sgx bmi1 hle avx2 7:smep bmi2 erms invpcid rtm cqm 14:mpx rdt_a avx512f avx512dq "
     "rdseed adx smap avx512ifma 23:clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw "
     "avx512vl"},
    {LEAF_XSAVE, 1, EAX, "xsaveopt xsavec xgetbv1 xsaves"},
    {LEAF_EXTENDED, 1, EAX, "4:avx_vnni avx512_bf16"},
    {LEAF_SIZES, 0, EBX, "clzero irperf xsaveerptr 4:rdpru 9:wbnoinvd"},
    {LEAF_THERMAL, 0, EAX, "dtherm ida arat 4:pln 6:pts hwp"},
    {LEAF_EXTENDED, 0, ECX,
     "1:avx512vbmi umip pku ospke waitpkg avx512_vbmi2 8:gfni vaes vpclmulqdq avx512_vnni avx512_bitalg tme "
     "avx512_vpopcntdq 22:rdpid 24:bus_lock_detect cldemote 27:movdiri movdir64b enqcmd"},
    {LEAF_EXTENDED, 0, EDX,
     "2:avx512_4vnniw avx512_4fmaps fsrm 8:avx512_vp2intersect 10:md_clear 14:serialize 16:tsxldtrk 18:pconfig "
     "arch_lbr ibt 22:amx_bf16 avx512_fp16 amx_tile amx_int8 28:flush_l1d arch_capabilities"},
};

/* Asked for once in an instance, and only if somebody wants to know: each CPUID may trap to a hypervisor. */
LINUX_KEPT_LARGE static struct {
    PAL_CPU_INFO info;
    uint64_t count; /* of processors; 0 = nobody has asked the kernel */
    char vendor[13];
    char brand[49];
    char flags[2048];
    size_t flags_len;
} g_cpu;

static void add_flag(const char *name, size_t len)
{
    if (g_cpu.flags_len + len + 2 > sizeof(g_cpu.flags))
        return;
    if (g_cpu.flags_len)
        g_cpu.flags[g_cpu.flags_len++] = ' ';
    memcpy(g_cpu.flags + g_cpu.flags_len, name, len);
    g_cpu.flags_len += len;
    g_cpu.flags[g_cpu.flags_len] = '\0';
}

static void add_flags(uint32_t bits, const char *names)
{
    for (unsigned bit = 0; *names; bit++) {
        unsigned number = 0;
        const char *colon = names;
        while (*colon >= '0' && *colon <= '9')
            number = number * 10 + (unsigned)(*colon++ - '0');
        if (*colon == ':') {
            bit = number;
            names = colon + 1;
        }
        size_t len = 0;
        while (names[len] && names[len] != ' ')
            len++;
        if (bits >> bit & 1)
            add_flag(names, len);
        names += len + (names[len] == ' ');
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

/* Up to AVX-512, protection keys, APX: what linux_signal_set.S has room for. */
#define VECTORS_KNOWN 0x802ffu
#define VECTORS_X87   1u

uint64_t linux_vector_features(void)
{
    LINUX_KEPT static uint64_t features; /* 0 = nobody has asked, as above */
    uint32_t low = VECTORS_X87, high;
    uint64_t known = __atomic_load_n(&features, __ATOMIC_RELAXED);
    if (known)
        return known;
    if (cpuid(LEAF_FEATURES, 0).ecx & FEATURE_OSXSAVE)
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    known = low & VECTORS_KNOWN;
    __atomic_store_n(&features, known, __ATOMIC_RELAXED);
    return known;
}

static uint32_t read_source(uint32_t leaf, uint32_t subleaf, enum source source)
{
    const struct cpuid r = cpuid(leaf, subleaf);
    const uint32_t values[] = {[EAX] = r.eax, [EBX] = r.ebx, [ECX] = r.ecx, [EDX] = r.edx};
    return values[source];
}

static void describe(void)
{
    const struct cpuid vendor = cpuid(LEAF_VENDOR, 0), features = cpuid(LEAF_FEATURES, 0);
    const uint32_t highest = cpuid(LEAF_LONG_HIGHEST, 0).eax;
    memcpy(g_cpu.vendor, &vendor.ebx, 4);
    memcpy(g_cpu.vendor + 4, &vendor.edx, 4);
    memcpy(g_cpu.vendor + 8, &vendor.ecx, 4);
    for (uint32_t i = 0; i < 3; i++) {
        const struct cpuid brand = cpuid(LEAF_BRAND + i, 0);
        memcpy(g_cpu.brand + sizeof(brand) * i, &brand, sizeof(brand));
    }
    g_cpu.flags_len = 0;
    for (size_t i = 0; i < sizeof(g_features) / sizeof(g_features[0]); i++) {
        const uint32_t leaf = g_features[i].leaf;
        if (leaf <= (leaf < LEAF_LONG_HIGHEST ? vendor.eax : highest))
            add_flags(read_source(leaf, g_features[i].subleaf, g_features[i].source), g_features[i].names);
    }
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
