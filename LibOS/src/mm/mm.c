/* SPDX-License-Identifier: MIT */
/* Room mm: the state, where things go in the range of addresses, and questions of other rooms. */
#include "room.h"
#include <asm/resource.h>
#include "exec.h"
#include "fs.h"
#include "manifest.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "task.h"

#define STACK_RANDOM_PAGES (1ul << 22) /* as on Linux: 16 GiB */
#define BASE_RANDOM_PAGES  (1ul << 26) /* 256 GiB */
#define BRK_RANDOM_PAGES   (1ul << 13) /* 32 MiB */
#define STACK_GAP_MIN      (128ul << 20)

struct mm g_mm;

/***** Locking *****/

void mm_lock(void)
{
    lock_acquire(&g_mm.lock);
    g_mm.owner = self();
}

/* The last reference to a file may end in another room, where locks are taken. */
static void put_dropped(void)
{
    struct map_node *dropped = g_mm.set.dropped;
    g_mm.set.dropped = NULL;
    g_mm.owner = NULL;
    lock_release(&g_mm.lock);
    for (struct map_node *node = dropped; node; node = node->next)
        file_put(node->map.file);
    lock_acquire(&g_mm.lock);
    while (dropped) {
        struct map_node *node = dropped;
        dropped = node->next;
        mappings_give(&g_mm.set, node);
    }
    lock_release(&g_mm.lock);
}

void mm_unlock(void)
{
    if (__builtin_expect(g_mm.set.dropped != NULL, 0)) {
        put_dropped();
        return;
    }
    g_mm.owner = NULL;
    lock_release(&g_mm.lock);
}

/***** Layout *****/

static uint64_t random_distance(uint64_t random, uint64_t pages)
{
    /* A small range of addresses must not be used up by randomness. */
    const uint64_t most = (g_guest_end / PAGE_SIZE) / 16;
    return g_aslr ? random % (pages < most ? pages : most) * PAGE_SIZE : 0;
}

/* From the top: the stack, room for it to grow, and what is mapped from mm->base downwards. */
static void choose_layout(void)
{
    struct {
        uint64_t stack, base, seed;
    } random = {0};
    if (g_aslr && DkRandomBitsRead(&random, sizeof(random)) != sizeof(random))
        die("no random numbers for the layout of memory");
    uint64_t gap = limit_get(RLIMIT_STACK);
    const uint64_t most = g_guest_end / 6;
    gap = gap < STACK_GAP_MIN ? STACK_GAP_MIN : gap > most ? most : gap;
    g_mm.stack_end = g_guest_end - PAGE_SIZE - random_distance(random.stack, STACK_RANDOM_PAGES);
    g_mm.base = page_down(g_mm.stack_end - gap - MAP_GUARD_GAP - random_distance(random.base, BASE_RANDOM_PAGES));
    if (g_mm.set.random <= 1)
        g_mm.set.random = (uint32_t)random.seed | 1;
    g_mm.brk = g_mm.brk_start = 0;
}

static uint64_t size_setting(const char *key)
{
    struct manifest_fault fault;
    uint64_t size = UINT64_MAX;
    const struct manifest_entry *entry = manifest_find(g_manifest, key);
    if (entry && manifest_get_size(g_manifest, entry, &size, &fault) < 0)
        die("%s", fault.text);
    return size;
}

void mm_init(void)
{
    mappings_init(&g_mm.set, LOWEST_ADDRESS, page_down(g_guest_end), 0, heap_alloc, file_get);
    g_mm.memory_max = size_setting("sys.memory.max");
    g_mm.brk_max = size_setting("sys.brk.size");
    choose_layout();
}

void mm_clear(void)
{
    patch_forget(LOWEST_ADDRESS, g_guest_end);
    debug_code_gone(LOWEST_ADDRESS, g_guest_end);
    mm_lock();
    const struct map_node *first = mm_node(LOWEST_ADDRESS), *last = g_mm.set.end.previous;
    if (last) {
        const uint64_t start = first->map.start, end = last->map.end;
        if (mm_host_unmap(start, end) < 0)
            die("the program's memory cannot be unmapped");
        mappings_remove(&g_mm.set, start, end);
    }
    g_mm.lock_flags = 0;
    choose_layout();
    mm_unlock();
}

void mm_set_brk(uint64_t start)
{
    uint64_t random = 0;
    if (g_aslr && DkRandomBitsRead(&random, sizeof(random)) != sizeof(random))
        die("no random numbers for the layout of memory");
    g_mm.brk = g_mm.brk_start = page_up(start) + random_distance(random, BRK_RANDOM_PAGES);
}

uint64_t mm_search(uint64_t size, uint64_t align, int flags)
{
    const struct map_set *set = &g_mm.set;
    /* The guard below a mapping that grows is looked for, then left alone. */
    const uint64_t guard = flags & MAP_GROWSDOWN ? MAP_GUARD_GAP : 0;
    uint64_t found = 0;
    if (__builtin_add_overflow(size, guard, &size))
        return 0;
    if (flags & MAP_32BIT)
        found = mappings_search(set, size, align, LOW_START, LOW_END);
    else if (flags & MM_STACK)
        found = mappings_search(set, size, align, g_mm.base, g_mm.stack_end);
    else
        found = mappings_search(set, size, align, LOWEST_ADDRESS, g_mm.base);
    if (!found && !(flags & MAP_32BIT))
        found = mappings_search(set, size, PAGE_SIZE, LOWEST_ADDRESS, set->end.map.start);
    return found ? found + guard : 0;
}

/***** Limits *****/

int mm_check_limits(uint64_t total, uint64_t data, uint64_t committed)
{
    const struct map_set *set = &g_mm.set;
    uint64_t sum;
    if (__builtin_add_overflow(set->total, total, &sum) || sum > limit_get(RLIMIT_AS))
        return -ENOMEM;
    if (data && set->data + data > limit_get(RLIMIT_DATA))
        return -ENOMEM;
    return committed && set->committed + committed > g_mm.memory_max ? -ENOMEM : 0;
}

int mm_check_range(uint64_t address, uint64_t size, uint64_t *out_end)
{
    if (address & ~PAGE_MASK)
        return -EINVAL;
    if (page_up(size) < size || !user_range_ok(address, page_up(size)))
        return -ENOMEM;
    *out_end = address + page_up(size);
    return 0;
}

/***** Questions *****/

bool mm_has(uint64_t start, uint64_t end, int flags)
{
    for (const struct map_node *node = mm_node(start); node->map.start < end; node = node->next) {
        if (node->map.flags & flags)
            return true;
    }
    return false;
}

bool mm_is_mapped(uint64_t start, uint64_t end)
{
    mm_lock();
    const bool whole = mm_mapped(start, end) == end - start;
    mm_unlock();
    return whole;
}

uint64_t mm_mapped(uint64_t start, uint64_t end)
{
    uint64_t sum = 0;
    for (const struct map_node *node = mm_node(start); node->map.start < end; node = node->next) {
        const uint64_t first = node->map.start > start ? node->map.start : start;
        sum += (node->map.end < end ? node->map.end : end) - first;
    }
    return sum;
}

void mm_for_each(void (*visit)(const struct mapping *mapping, void *arg), void *arg)
{
    mm_lock();
    for (const struct map_node *node = mm_node(0); node != &g_mm.set.end; node = node->next)
        visit(&node->map, arg);
    mm_unlock();
}

bool mm_find(uint64_t address, struct mapping *out)
{
    mm_lock();
    const struct map_node *node = mm_node(address);
    const bool found = node->map.start <= address && node != &g_mm.set.end;
    if (found) {
        *out = node->map;
        if (out->file)
            file_get(out->file);
    }
    mm_unlock();
    return found;
}

uint64_t mm_total(void)
{
    return __atomic_load_n(&g_mm.set.total, __ATOMIC_RELAXED);
}

uint64_t mm_most(void)
{
    return __atomic_load_n(&g_mm.set.most, __ATOMIC_RELAXED);
}
