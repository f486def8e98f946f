/* SPDX-License-Identifier: MIT */
/* The heap of the library OS: one stretch of addresses at the top of the program's range, so that a fork can hand it over
 * as one piece. Knows nothing of what it is used for.
 *
 * The stretch is divided into units of 16 KiB. A unit, or several adjacent ones, begin with a header that says what they
 * are: a pool of equal objects, or one large object. So the header of any object is found by rounding its address down. */
#include "base.h"

#define UNIT_SIZE   16384ul
#define GROWTH      (64 * UNIT_SIZE) /* memory is taken from the host in steps of this */
#define SPAN        (64ul << 30)     /* addresses set aside */
#define OBJECT_MAX  2048             /* of a pool */
#define CLASS_COUNT 14
#define FREE_SIZES  16 /* free runs of 1 to 15 units are kept apart; longer ones together */

static const uint16_t class_sizes[CLASS_COUNT] = {16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048};

struct object {
    struct object *next;
};

struct unit {
    uint32_t count; /* units in this run */
    uint32_t class; /* of a pool; CLASS_COUNT = one large object */
    struct unit *next;
    uint64_t reserved[6]; /* objects begin 64-byte aligned */
};

static struct {
    struct lock lock;
    uint64_t start, used, committed, end; /* addresses */
    struct object *objects[CLASS_COUNT];
    struct unit *runs[FREE_SIZES];
    uint8_t class_of[OBJECT_MAX / 16 + 1];
} g_heap;

uint64_t g_guest_end;

void heap_init(uint64_t end)
{
    g_heap.end = end & ~(UNIT_SIZE - 1);
    g_heap.start = g_heap.used = g_heap.committed = g_heap.end - SPAN;
    g_guest_end = g_heap.start;
    for (unsigned i = 0, class = 0; i <= OBJECT_MAX / 16; i++) {
        if (i * 16 > class_sizes[class])
            class++;
        g_heap.class_of[i] = (uint8_t)class;
    }
}

void heap_range(uint64_t *out_start, uint64_t *out_end)
{
    *out_start = g_heap.start;
    *out_end = g_heap.committed;
}

static struct unit *take_free(uint32_t count)
{
    struct unit **link = &g_heap.runs[count < FREE_SIZES ? count : 0];
    while (*link && (*link)->count != count)
        link = &(*link)->next;
    struct unit *run = *link;
    if (run)
        *link = run->next;
    return run;
}

static struct unit *take_new(uint32_t count)
{
    const uint64_t start = g_heap.used;
    const uint64_t end = start + count * UNIT_SIZE;
    if (end > g_heap.end)
        return NULL;
    if (end > g_heap.committed) {
        const uint64_t size = (end - g_heap.committed + GROWTH - 1) / GROWTH * GROWTH;
        if (!DkVirtualMemoryAlloc((void *)g_heap.committed, size, 0, PAL_PROT_READ | PAL_PROT_WRITE))
            return NULL;
        g_heap.committed += size;
    }
    g_heap.used = end;
    struct unit *run = (struct unit *)start;
    run->count = count;
    return run;
}

static struct unit *take_run(uint32_t count, uint32_t class)
{
    struct unit *run = take_free(count);
    if (!run)
        run = take_new(count);
    if (run)
        run->class = class;
    return run;
}

static struct object *refill(uint32_t class)
{
    struct unit *unit = take_run(1, class);
    if (!unit)
        return NULL;
    const size_t size = class_sizes[class];
    char *end = (char *)unit + UNIT_SIZE;
    struct object *first = NULL;
    for (char *at = (char *)(unit + 1) + (UNIT_SIZE - sizeof(*unit)) / size * size - size; at >= (char *)(unit + 1);
         at -= size) {
        struct object *object = (struct object *)(void *)at;
        if (at + size > end)
            continue;
        object->next = first;
        first = object;
    }
    return first;
}

void *heap_alloc(size_t size)
{
    void *memory = NULL;
    if (size > SPAN)
        return NULL;
    lock_acquire(&g_heap.lock);
    if (size <= OBJECT_MAX) {
        const uint32_t class = g_heap.class_of[(size + 15) / 16];
        struct object *object = g_heap.objects[class];
        if (!object)
            object = refill(class);
        if (object)
            g_heap.objects[class] = object->next;
        memory = object;
    } else {
        struct unit *run =
            take_run((uint32_t)((size + sizeof(struct unit) + UNIT_SIZE - 1) / UNIT_SIZE), CLASS_COUNT);
        memory = run ? run + 1 : NULL;
    }
    lock_release(&g_heap.lock);
    return memory;
}

void heap_free(void *memory)
{
    if (!memory)
        return;
    struct unit *unit = (struct unit *)((uint64_t)memory & ~(UNIT_SIZE - 1));
    lock_acquire(&g_heap.lock);
    if (unit->class < CLASS_COUNT) {
        struct object *object = memory;
        object->next = g_heap.objects[unit->class];
        g_heap.objects[unit->class] = object;
    } else {
        struct unit **list = &g_heap.runs[unit->count < FREE_SIZES ? unit->count : 0];
        unit->next = *list;
        *list = unit;
    }
    lock_release(&g_heap.lock);
}

void *heap_zalloc(size_t size)
{
    void *memory = heap_alloc(size);
    if (memory)
        memset(memory, 0, size);
    return memory;
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
