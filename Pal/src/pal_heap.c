/* SPDX-License-Identifier: MIT */
/* Small memory for the core and the host layer: one slab for each power of two. Knows nothing of who uses it. */
#include "pal_host_api.h"
#include "pal_lock.h"
#include "pal_string.h"
#include "slab.h"

#define CLASS_SIZE_MIN 32
#define CLASS_COUNT    10 /* 32 ... 16384 */
#define NEAR_COUNT     8  /* 32 ... 4096 */
/* Addresses reserved for each class; memory is taken only for what is in use. */
#define CLASS_REGION ((size_t)32 << 20)

_Static_assert(CLASS_SIZE_MIN << (CLASS_COUNT - 1) == PAL_HEAP_MAX, "the largest class is the documented maximum");

/* What is allocated first, mostly for as long as the process lives, lies one behind the other, so that a start touches few pages; it
 * is not given out again. The first objects of most classes lie close together, for few page tables. */
#define EARLY_SIZE  ((size_t)8 << 10)
#define EARLY_ALIGN ((size_t)64)

static struct {
    struct pal_lock lock;
    size_t early_used;
    char *early_start, *near_start, *far_start; /* NULL = not made yet */
    struct slab near[NEAR_COUNT], far[CLASS_COUNT];
} g_heap;
PAL_LOCK_AT_COPY(g_copied, &g_heap.lock);

/* Bytes of the near regions of all classes. */
#define NEAR_SIZE (SLAB_GROUP_SLOTS * (((size_t)CLASS_SIZE_MIN << NEAR_COUNT) - CLASS_SIZE_MIN))

static size_t object_size(unsigned order)
{
    return (size_t)CLASS_SIZE_MIN << order;
}

/* The class whose objects are just large enough. */
static unsigned order_of(size_t size)
{
    return size <= CLASS_SIZE_MIN ? 0 : 59 - (unsigned)__builtin_clzl(size - 1);
}
_Static_assert(CLASS_SIZE_MIN == 1 << 5, "64 - clz(size - 1) is the logarithm of what holds size, and order 0 is 5");

static bool prepare_near(void)
{
    void *region;
    if (g_heap.near_start)
        return true;
    if (_DkInternalAlloc(&region, EARLY_SIZE + NEAR_SIZE) < 0)
        return false;
    char *start = (char *)region + EARLY_SIZE;
    for (unsigned order = 0; order < NEAR_COUNT; order++) {
        const size_t size = SLAB_GROUP_SLOTS * object_size(order);
        if (slab_init(&g_heap.near[order], start, size, object_size(order), (struct slab_memory){NULL, NULL}) < 0)
            return false;
        start += size;
    }
    g_heap.early_start = region;
    g_heap.near_start = g_heap.early_start + EARLY_SIZE;
    return true;
}

static bool prepare_far(void)
{
    void *region;
    if (g_heap.far_start)
        return true;
    if (_DkInternalAlloc(&region, CLASS_REGION * CLASS_COUNT) < 0)
        return false;
    for (unsigned order = 0; order < CLASS_COUNT; order++) {
        if (slab_init(&g_heap.far[order], (char *)region + order * CLASS_REGION, CLASS_REGION, object_size(order),
                      (struct slab_memory){NULL, NULL}) < 0)
            return false;
    }
    g_heap.far_start = region;
    return true;
}

/* NULL = there is no room. */
static void *take_early(size_t size)
{
    size = size > 0 ? (size + EARLY_ALIGN - 1) & ~(EARLY_ALIGN - 1) : EARLY_ALIGN;
    if (size > EARLY_SIZE - g_heap.early_used)
        return NULL;
    g_heap.early_used += size;
    return g_heap.early_start + g_heap.early_used - size;
}

static bool is_early(const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)g_heap.early_start < EARLY_SIZE;
}

/* Regions are made when memory is first asked for that is to come from there. */
void *pal_malloc(size_t size)
{
    void *memory = NULL;
    const unsigned order = order_of(size);
    pal_lock(&g_heap.lock);
    int error = -PAL_ERROR_NOMEM;
    if (order < NEAR_COUNT && prepare_near()) {
        memory = take_early(size);
        error = memory ? 0 : slab_alloc(&g_heap.near[order], &memory);
    }
    if (error < 0 && order < CLASS_COUNT && prepare_far())
        error = slab_alloc(&g_heap.far[order], &memory);
    pal_unlock(&g_heap.lock);
    return error < 0 ? NULL : memory;
}

/* The slab in whose region an address lies; regions follow each other, and near ones are of doubling sizes. */
static struct slab *slab_at(const void *memory)
{
    const size_t offset = (size_t)((const char *)memory - g_heap.near_start);
    if (offset >= NEAR_SIZE)
        return &g_heap.far[(size_t)((const char *)memory - g_heap.far_start) / CLASS_REGION];
    const size_t units = offset / (SLAB_GROUP_SLOTS * object_size(0)) + 1;
    return &g_heap.near[63 - __builtin_clzl(units)];
}

void pal_free(void *memory)
{
    if (!memory || is_early(memory))
        return;
    pal_lock(&g_heap.lock);
    const int error = slab_free(slab_at(memory), memory);
    pal_unlock(&g_heap.lock);
    (void)error; /* only pal_malloc's memory comes here */
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
