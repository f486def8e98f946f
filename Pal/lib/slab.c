/* SPDX-License-Identifier: MIT */
/* The slab allocator: groups of 64 slots, each with its own map of live objects in its first slot.
 * Knows no host and nothing of the objects; takes no lock. */
#include "slab.h"

#include "pal_error.h"
#include "pal_string.h"

#include <stdint.h>

enum { SLOT_SHIFT_MIN = 4, GROUP_SHIFT = 6 };
_Static_assert(1 << GROUP_SHIFT == SLAB_GROUP_SLOTS, "one bit of a 64-bit map for each slot of a group");

/* Few commits are better than exact ones: each may be a host call, and what is not touched costs nothing. */
#define COMMIT_STEP ((size_t)64 << 10)

/* The first slot of each group. Bit n of live is set while slot n is allocated; bit 0 never is. The map is written by
 * one thread at a time, so it needs no atomic read-modify-write. */
struct slab_group {
    _Atomic uint64_t live;
    struct slab_group *next_vacant;
};
_Static_assert(sizeof(struct slab_group) <= 1 << SLOT_SHIFT_MIN, "the bookkeeping fits the smallest slot");

#define ALL_LIVE (~UINT64_C(1))

static size_t group_size(const struct slab *slab)
{
    return (size_t)SLAB_GROUP_SLOTS << slab->slot_shift;
}

static struct slab_group *group_at(const struct slab *slab, size_t index)
{
    return (struct slab_group *)(void *)(slab->region + index * group_size(slab));
}

static uint64_t live_map(const struct slab_group *group)
{
    return atomic_load_explicit(&group->live, memory_order_acquire);
}

/* Whoever sees the bit of a new object also sees its zeros. */
static void set_live_map(struct slab_group *group, uint64_t live)
{
    atomic_store_explicit(&group->live, live, memory_order_release);
}

/* Find the group and the bit in its map that a pointer stands for; false if it is not the start of a slot of a group in
 * use. The bit may be that of the bookkeeping, which is never live. */
static bool find_slot(const struct slab *slab, const void *pointer, struct slab_group **out_group, uint64_t *out_bit)
{
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)slab->region;
    size_t slot = offset >> slab->slot_shift;
    size_t group = slot >> GROUP_SHIFT;
    if (group >= atomic_load_explicit(&slab->group_count, memory_order_acquire) || slot << slab->slot_shift != offset)
        return false;
    *out_group = group_at(slab, group);
    *out_bit = UINT64_C(1) << slot % SLAB_GROUP_SLOTS;
    return true;
}

int slab_init(struct slab *slab, void *region, size_t region_size, size_t object_size, struct slab_memory memory)
{
    if (!region || (uintptr_t)region % SLAB_REGION_ALIGNMENT != 0)
        return -PAL_ERROR_INVAL;
    if (object_size == 0 || object_size > region_size / SLAB_GROUP_SLOTS)
        return -PAL_ERROR_INVAL;
    unsigned shift = SLOT_SHIFT_MIN;
    while ((size_t)1 << shift < object_size)
        shift++;
    if (region_size >> shift < SLAB_GROUP_SLOTS)
        return -PAL_ERROR_INVAL;
    *slab = (struct slab){.memory = memory, .region = region, .region_size = region_size, .slot_shift = shift};
    return 0;
}

/* Commit the region up to some offset and a little further. */
static int commit_up_to(struct slab *slab, size_t offset)
{
    if (offset <= slab->committed_size)
        return 0;
    size_t left = slab->region_size - slab->committed_size;
    size_t step = group_size(slab) > COMMIT_STEP ? group_size(slab) : COMMIT_STEP;
    size_t size = step < left ? step : left;
    int ret =
        slab->memory.commit ? slab->memory.commit(slab->memory.arg, slab->region + slab->committed_size, size) : 0;
    if (ret < 0)
        return ret;
    slab->committed_size += size;
    return 0;
}

/* Take a group into use that never was. */
static int add_group(struct slab *slab)
{
    size_t index = atomic_load_explicit(&slab->group_count, memory_order_relaxed);
    if (index >= slab->region_size / group_size(slab))
        return -PAL_ERROR_NOMEM;
    int ret = commit_up_to(slab, (index + 1) * group_size(slab));
    if (ret < 0)
        return ret;
    struct slab_group *group = group_at(slab, index);
    set_live_map(group, 0);
    group->next_vacant = NULL;
    slab->vacant = group;
    atomic_store_explicit(&slab->group_count, index + 1, memory_order_release);
    return 0;
}

int slab_alloc(struct slab *slab, void **out_object)
{
    int ret = slab->vacant ? 0 : add_group(slab);
    if (ret < 0)
        return ret;
    struct slab_group *group = slab->vacant;
    uint64_t live = live_map(group);
    unsigned slot = (unsigned)__builtin_ctzll(ALL_LIVE & ~live);
    live |= UINT64_C(1) << slot;
    if (live == ALL_LIVE)
        slab->vacant = group->next_vacant;

    void *object = (unsigned char *)group + ((size_t)slot << slab->slot_shift);
    memset(object, 0, (size_t)1 << slab->slot_shift);
    set_live_map(group, live);
    slab->object_count++;
    *out_object = object;
    return 0;
}

int slab_free(struct slab *slab, void *object)
{
    struct slab_group *group;
    uint64_t bit;
    if (!find_slot(slab, object, &group, &bit) || !(live_map(group) & bit))
        return -PAL_ERROR_BADHANDLE;
    uint64_t live = live_map(group);
    set_live_map(group, live & ~bit);
    if (live == ALL_LIVE) {
        group->next_vacant = slab->vacant;
        slab->vacant = group;
    }
    slab->object_count--;
    return 0;
}

bool slab_owns(const struct slab *slab, const void *pointer)
{
    struct slab_group *group;
    uint64_t bit;
    return find_slot(slab, pointer, &group, &bit) && (live_map(group) & bit);
}

size_t slab_count(const struct slab *slab)
{
    return slab->object_count;
}

size_t slab_extent(const struct slab *slab)
{
    return atomic_load_explicit(&slab->group_count, memory_order_acquire) * SLAB_GROUP_SLOTS << slab->slot_shift;
}
