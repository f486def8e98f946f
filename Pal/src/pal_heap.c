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

static struct {
    struct pal_lock lock;
    bool ready;
    struct slab classes[CLASS_COUNT];
} g_heap;

/* Make the classes when memory is first asked for. */
static bool prepare(void)
{
    void *region;
    if (g_heap.ready)
        return true;
    if (_DkInternalAlloc(&region, CLASS_REGION * CLASS_COUNT) < 0)
        return false;
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        const size_t object_size = (size_t)CLASS_SIZE_MIN << class;
        char *start = (char *)region + CLASS_REGION * class;
        if (slab_init(&g_heap.classes[class], start, CLASS_REGION, object_size, (struct slab_memory){NULL, NULL}) < 0)
            return false;
    }
    g_heap.ready = true;
    return true;
}

void *pal_malloc(size_t size)
{
    unsigned class = 0;
    while (class < CLASS_COUNT && ((size_t)CLASS_SIZE_MIN << class) < size)
        class ++;
    void *memory = NULL;
    pal_lock(&g_heap.lock);
    if (class < CLASS_COUNT && prepare() && slab_alloc(&g_heap.classes[class], &memory) < 0)
        memory = NULL;
    pal_unlock(&g_heap.lock);
    return memory;
}

void pal_free(void *memory)
{
    if (!memory)
        return;
    pal_lock(&g_heap.lock);
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        if (slab_free(&g_heap.classes[class], memory) >= 0)
            break;
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
