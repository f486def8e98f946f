/* SPDX-License-Identifier: MIT */
/* Small memory for the core and the host layer: one slab for each power of two. Knows nothing of who uses it. */
#include "pal_host_api.h"
#include "pal_lock.h"
#include "pal_string.h"
#include "slab.h"

#define CLASS_SIZE_MIN 32
#define CLASS_COUNT    10 /* 32 ... 16384 */
/* Addresses reserved for each class; memory is taken only for what is in use. */
#define CLASS_REGION ((size_t)32 << 20)

_Static_assert(CLASS_SIZE_MIN << (CLASS_COUNT - 1) == PAL_HEAP_MAX, "the largest class is the documented maximum");

/* The first objects of all classes lie close together, so that a small process touches few pages and page tables. */
enum { NEAR, FAR, PLACES };

static struct {
    struct pal_lock lock;
    bool ready;
    struct slab slabs[PLACES][CLASS_COUNT];
} g_heap;
PAL_LOCK_AT_COPY(g_copied, &g_heap.lock);

static size_t object_size(unsigned order)
{
    return (size_t)CLASS_SIZE_MIN << order;
}

static size_t region_size(unsigned place, unsigned order)
{
    return place == NEAR ? SLAB_GROUP_SLOTS * object_size(order) : CLASS_REGION;
}

/* Make the classes when memory is first asked for. */
static bool prepare(void)
{
    const size_t near_size = SLAB_GROUP_SLOTS * (2 * (size_t)PAL_HEAP_MAX - CLASS_SIZE_MIN);
    const struct slab_memory memory = {NULL, NULL};
    void *region;
    if (g_heap.ready)
        return true;
    if (_DkInternalAlloc(&region, near_size + CLASS_REGION * CLASS_COUNT) < 0)
        return false;
    char *start = region;
    for (unsigned place = 0; place < PLACES; place++) {
        for (unsigned order = 0; order < CLASS_COUNT; order++) {
            const size_t size = region_size(place, order);
            if (slab_init(&g_heap.slabs[place][order], start, size, object_size(order), memory) < 0)
                return false;
            start += size;
        }
    }
    g_heap.ready = true;
    return true;
}

void *pal_malloc(size_t size)
{
    unsigned order = 0;
    while (order < CLASS_COUNT && object_size(order) < size)
        order++;
    void *memory = NULL;
    pal_lock(&g_heap.lock);
    if (order < CLASS_COUNT && prepare()) {
        int error = slab_alloc(&g_heap.slabs[NEAR][order], &memory);
        if (error < 0)
            error = slab_alloc(&g_heap.slabs[FAR][order], &memory);
        if (error < 0)
            memory = NULL;
    }
    pal_unlock(&g_heap.lock);
    return memory;
}

void pal_free(void *memory)
{
    bool found = !memory;
    pal_lock(&g_heap.lock);
    for (unsigned place = 0; place < PLACES && !found; place++) {
        for (unsigned order = 0; order < CLASS_COUNT && !found; order++)
            found = slab_free(&g_heap.slabs[place][order], memory) >= 0;
    }
    pal_unlock(&g_heap.lock);
}

void *pal_malloc_any(size_t size)
{
    void *memory;
    if (size <= PAL_HEAP_MAX)
        return pal_malloc(size);
    return _DkInternalAlloc(&memory, size) < 0 ? NULL : memory;
}

void pal_free_any(void *memory, size_t size)
{
    if (size <= PAL_HEAP_MAX)
        pal_free(memory);
    else if (memory)
        _DkInternalFree(memory, size);
}

char *pal_strdup(const char *text, size_t len)
{
    char *copy = pal_malloc(len + 1);
    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}
