/* SPDX-License-Identifier: MIT */
/* The heap of the library OS: one stretch of addresses at the top of the program's range, so that a fork can hand it over
 * as one piece. Knows nothing of what it is used for.
 *
 * Objects come in classes of sizes, four for each power of two. A freed one waits in the list of its class for the next of
 * that class; a new one is taken from the stretch, right behind the one before, whatever their classes: so that few pages
 * are touched, which is what counts for the many processes that live for a millisecond. Nothing is given back to the host,
 * and memory that has never been used is known to be zeroed. */
#include "base.h"

#define GROWTH       (1ul << 20) /* memory is taken from the host in steps of this, at least */
#define ALIGNMENT    16
#define CLASS_COUNT  136 /* up to the whole stretch */
#define STEPS        4   /* classes for each power of two */
#define CLASS_LINEAR 8   /* 16, 32 ... 128: those below are multiples of the alignment */

struct object {
    uint64_t class;
    struct object *next; /* of the free ones of this class; memory that is handed out begins behind this */
};
_Static_assert(sizeof(struct object) == ALIGNMENT, "objects are aligned");

static struct {
    struct lock lock;
    uint64_t start, used, committed, end; /* addresses */
    struct object *free[CLASS_COUNT];
} g_heap;

uint64_t g_guest_end;

void heap_init(uint64_t end)
{
    g_heap.end = page_down(end);
    g_heap.start = g_heap.used = g_heap.committed = g_heap.end - HEAP_SPAN;
    g_guest_end = g_heap.start;
}

void heap_range(uint64_t *out_start, uint64_t *out_end)
{
    *out_start = g_heap.start;
    *out_end = g_heap.committed;
}

/* The class of a size, which is rounded up to that of the class. */
static unsigned class_of(size_t *size)
{
    const size_t units = (*size + ALIGNMENT - 1) / ALIGNMENT;
    if (units <= CLASS_LINEAR) {
        *size = units * ALIGNMENT;
        return (unsigned)units;
    }
    const unsigned power = 63u - (unsigned)__builtin_clzl(units - 1); /* 2^power < units <= 2^(power + 1) */
    const size_t step = (1ul << power) / STEPS;
    const size_t count = (units - 1 - (1ul << power)) / step + 1; /* of steps beyond 2^power */
    *size = ((1ul << power) + count * step) * ALIGNMENT;
    return CLASS_LINEAR + (power - 3) * STEPS + (unsigned)count;
}

static bool commit(uint64_t end)
{
    if (end <= g_heap.committed)
        return true;
    const uint64_t size = (end - g_heap.committed + GROWTH - 1) / GROWTH * GROWTH;
    if (size > g_heap.end - g_heap.committed ||
        !DkVirtualMemoryAlloc((void *)g_heap.committed, size, 0, PAL_PROT_READ | PAL_PROT_WRITE))
        return false;
    g_heap.committed += size;
    return true;
}

/* *out_zero: whether it is known to be zeroed. */
static void *take(size_t size, bool *out_zero)
{
    if (size >= HEAP_SPAN / 2)
        return NULL;
    const unsigned class = class_of(&size);
    lock_acquire(&g_heap.lock);
    struct object *object = g_heap.free[class];
    *out_zero = !object;
    if (object) {
        g_heap.free[class] = object->next;
    } else if (commit(g_heap.used + sizeof(*object) + size)) {
        object = (struct object *)g_heap.used;
        object->class = class;
        g_heap.used += sizeof(*object) + size;
    }
    lock_release(&g_heap.lock);
    return object ? object + 1 : NULL;
}

void *heap_alloc(size_t size)
{
    bool zero;
    return take(size, &zero);
}

void *heap_zalloc(size_t size)
{
    bool zero;
    void *memory = take(size, &zero);
    if (memory && !zero)
        memset(memory, 0, size);
    return memory;
}

void heap_free(void *memory)
{
    if (!memory)
        return;
    struct object *object = (struct object *)memory - 1;
    lock_acquire(&g_heap.lock);
    object->next = g_heap.free[object->class];
    g_heap.free[object->class] = object;
    lock_release(&g_heap.lock);
}

char *heap_strdup(const char *text, size_t len)
{
    char *copy = heap_alloc(len + 1);
    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}
