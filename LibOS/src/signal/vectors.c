/* SPDX-License-Identifier: MIT */
/* The vector state of a thread in a signal frame. Nothing of the library OS touches those registers, so what they hold is
 * the program's. Knows no signal. */
#include <asm/sigcontext.h>
#include "cpuid.h"
#include "entry.h"
#include "signal/signal_room.h"

#define XSTATE_X87    (1ull << 0)
#define XSTATE_SSE    (1ull << 1)
#define XSTATE_LEGACY (XSTATE_X87 | XSTATE_SSE)
/* Loading it from a bad frame could take the library OS's own memory away from it. */
#define XSTATE_PKRU (1ull << 9)
/* 8 KiB that only programs have which asked for it; they cannot. */
#define XSTATE_TILE_DATA (1ull << 18)

#define LEGACY_SIZE      sizeof(struct _fpstate_64)
#define HEADER_SIZE      64
#define LEGACY_ALIGNMENT 16
#define VECTORS_MOST     4096 /* of vectors_show */
#define MXCSR_DEFAULT    0x1f80
#define MXCSR_OFFSET     offsetof(struct _fpstate_64, mxcsr)
#define SOFTWARE_OFFSET  offsetof(struct _fpstate_64, sw_reserved)

_Static_assert(LEGACY_SIZE == 512 && SOFTWARE_OFFSET == 464, "the layout of FXSAVE");

/* An area that loads the state of a fresh thread: no component is said to be in use, but MXCSR is loaded always. */
struct xstate_area {
    _Alignas(64) uint8_t legacy[LEGACY_SIZE];
    uint8_t header[HEADER_SIZE];
};
static const struct xstate_area g_fresh = {
    .legacy = {[MXCSR_OFFSET] = MXCSR_DEFAULT & 0xff, [MXCSR_OFFSET + 1] = MXCSR_DEFAULT >> 8}};

/* What is saved: features as in XCR0, and the bytes that they take. 0 = not known yet. The first is set last. */
static uint64_t g_features;
static uint32_t g_size;

static void learned(uint64_t features, uint32_t size)
{
    __atomic_store_n(&g_size, size, __ATOMIC_RELAXED);
    __atomic_store_n(&g_features, features, __ATOMIC_RELEASE);
}

void signal_learn_vectors(const PAL_CONTEXT *context)
{
    struct _fpx_sw_bytes software;
    if (g_features || !context->xsave || context->xsave_size < LEGACY_SIZE + HEADER_SIZE)
        return;
    memcpy(&software, (const char *)context->xsave + SOFTWARE_OFFSET, sizeof(software));
    if (software.magic1 == FP_XSTATE_MAGIC1 && software.xstate_size == context->xsave_size &&
        !(software.xfeatures & XSTATE_TILE_DATA) && (software.xfeatures & XSTATE_LEGACY) == XSTATE_LEGACY)
        learned(software.xfeatures, software.xstate_size);
}

/* Each CPUID takes microseconds under a hypervisor, hence only when the host has not told. */
static void ask_processor(void)
{
    const uint64_t features = xstate_features() & ~XSTATE_TILE_DATA;
    uint32_t end = LEGACY_SIZE + HEADER_SIZE;
    for (uint32_t i = 2; i < 64; i++) {
        if (!(features >> i & 1))
            continue;
        const struct cpuid place = cpuid(0xd, i); /* eax: its size, ebx: its offset */
        if (place.ebx + place.eax > end)
            end = place.ebx + place.eax;
    }
    learned(features, end);
}

static uint64_t features_to_save(void)
{
    if (__builtin_expect(!__atomic_load_n(&g_features, __ATOMIC_ACQUIRE), 0))
        ask_processor();
    return g_features;
}

static uint64_t features_to_load(void)
{
    return features_to_save() & ~XSTATE_PKRU;
}

size_t vectors_frame_size(void)
{
    (void)features_to_save();
    return g_size + FP_XSTATE_MAGIC2_SIZE;
}

int vectors_save(uint64_t address)
{
    const uint64_t features = features_to_save();
    const uint32_t size = g_size;
    const uint32_t magic2 = FP_XSTATE_MAGIC2;
    const struct _fpx_sw_bytes software = {
        .magic1 = FP_XSTATE_MAGIC1,
        .extended_size = size + FP_XSTATE_MAGIC2_SIZE,
        .xfeatures = features,
        .xstate_size = size,
    };
    char *area = (char *)(uintptr_t)address;
    /* XSAVE leaves what is reserved in the header as it is, and XRSTOR wants zeros there. */
    if (user_zero(area + LEGACY_SIZE, HEADER_SIZE) < 0 || xstate_save(area, features) < 0 ||
        user_write(area + SOFTWARE_OFFSET, &software, sizeof(software)) < 0 ||
        user_write(area + size, &magic2, sizeof(magic2)) < 0)
        return -EFAULT;
    return xstate_load(&g_fresh, features & ~XSTATE_PKRU);
}

/* A frame of FXSAVE's form has no header behind it. */
static int restore_legacy(uint64_t address)
{
    static const uint64_t in_use = XSTATE_LEGACY;
    struct xstate_area area = {0};
    if (address % LEGACY_ALIGNMENT != 0 || user_read(area.legacy, (const void *)(uintptr_t)address, LEGACY_SIZE) < 0)
        return -EFAULT;
    memcpy(area.header, &in_use, sizeof(in_use));
    if (xstate_load(&area, XSTATE_LEGACY) < 0)
        return -EFAULT;
    return xstate_load(&g_fresh, features_to_load() & ~XSTATE_LEGACY);
}

int vectors_restore(uint64_t address)
{
    const uint64_t features = features_to_load();
    struct _fpx_sw_bytes software;
    uint32_t magic2 = 0;
    const char *area = (const char *)(uintptr_t)address;
    if (!address)
        return xstate_load(&g_fresh, features);
    if (!user_range_ok(address, LEGACY_SIZE) || user_read(&software, area + SOFTWARE_OFFSET, sizeof(software)) < 0)
        return -EFAULT;
    if (software.magic1 != FP_XSTATE_MAGIC1 || software.extended_size > g_size + FP_XSTATE_MAGIC2_SIZE ||
        software.xstate_size < LEGACY_SIZE + HEADER_SIZE || software.xstate_size > g_size ||
        software.xstate_size > software.extended_size)
        return restore_legacy(address);
    if (!user_range_ok(address, g_size) || user_read(&magic2, area + software.xstate_size, sizeof(magic2)) < 0 ||
        magic2 != FP_XSTATE_MAGIC2)
        return restore_legacy(address);
    const uint64_t there = features & software.xfeatures;
    if (xstate_load(area, there) < 0)
        return -EFAULT;
    return there == features ? 0 : xstate_load(&g_fresh, features & ~there);
}

/***** For debuggers *****/

/* What there is room for; AVX-512 and all before it take less than 3 KiB. */
static uint64_t features_for(size_t room)
{
    const uint64_t features = features_to_save();
    return g_size <= room ? features : XSTATE_LEGACY;
}

size_t vectors_show(uint8_t *area, size_t room)
{
    const uint64_t features = features_for(room);
    const size_t size = features == XSTATE_LEGACY ? sizeof(struct xstate_area) : g_size;
    memset(area, 0, size);
    if (xstate_save(area, features) < 0)
        return 0;
    memcpy(area + SOFTWARE_OFFSET, &features, sizeof(features));
    return size;
}

int vectors_take(const uint8_t *area)
{
    return xstate_load(area, features_for(VECTORS_MOST) & ~XSTATE_PKRU);
}
