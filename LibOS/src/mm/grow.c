/* SPDX-License-Identifier: MIT */
/* Stacks that grow downwards; stubs near code, and writing to code. */
#include "room.h"
#include <asm/resource.h>
#include <linux/mman.h>
#include "task.h"

#define REACH     (1ul << 31)
#define REACH_PAD (64ul << 20) /* so that the whole of a large text is in reach */
#define WORD      sizeof(uint64_t)

static bool grow_locked(uint64_t address)
{
    struct map_set *set = &g_mm.set;
    struct map_node *node = mm_node(address);
    if (node->map.start <= address || !(node->map.flags & MAP_GROWSDOWN))
        return false;
    struct mapping more = node->map;
    more.start = page_down(address);
    more.end = node->map.start;
    const uint64_t size = more.end - more.start;
    if (node->map.end - more.start > limit_get(RLIMIT_STACK) || !node->map.prot)
        return false;
    /* The gap keeps a stack from running into what lies below, unless that is a stack itself, or a guard. */
    const struct map_node *below = node->previous;
    const bool close = below && more.start - below->map.end < MAP_GUARD_GAP;
    if (close && below->map.prot && !(below->map.flags & MAP_GROWSDOWN))
        return false;
    if (more.start < LOWEST_ADDRESS || !mappings_reserve(set, 1) || mm_check_limits(size, 0, size) < 0)
        return false;
    if (mm_host_fill(&more) < 0)
        return false;
    mappings_insert(set, &more);
    return true;
}

bool mm_grow_stack(uint64_t address)
{
    /* From a handler one can neither sleep, nor wait for what the interrupted code itself holds. */
    uint32_t open = 0;
    while (!__atomic_compare_exchange_n(&g_mm.lock.state, &open, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (__atomic_load_n(&g_mm.owner, __ATOMIC_RELAXED) == self())
            return false;
        open = 0;
        DkThreadYieldExecution();
    }
    const bool grown = user_range_ok(address, PAGE_SIZE) && grow_locked(address);
    lock_release(&g_mm.lock);
    return grown;
}

/***** Code *****/

int64_t mm_map_stubs(uint64_t near, size_t size)
{
    struct mapping map = {
        .prot = PROT_READ | PROT_EXEC,
        .flags = MAP_PRIVATE | MAP_ANONYMOUS | MM_LIBOS,
    };
    const uint64_t low = near > REACH - REACH_PAD + LOWEST_ADDRESS ? near - (REACH - REACH_PAD) : LOWEST_ADDRESS;
    const uint64_t high = near + (REACH - REACH_PAD) < g_guest_end ? near + (REACH - REACH_PAD) : g_guest_end;
    size = page_up(size);
    mm_lock();
    /* Below first: above, the heap of a program grows. */
    uint64_t start = mappings_search(&g_mm.set, size, PAGE_SIZE, low, near);
    if (!start)
        start = mappings_search(&g_mm.set, size, PAGE_SIZE, near, high);
    map.start = start;
    map.end = start + size;
    const bool possible = start && mappings_reserve(&g_mm.set, 1);
    const int error = possible ? mm_host_fill(&map) : -ENOMEM;
    if (error == 0)
        mappings_insert(&g_mm.set, &map);
    mm_unlock();
    return error < 0 ? error : (int64_t)start;
}

/* Each word as one: other threads run what was there before, or what is there then. */
static void write_words(uint64_t address, const unsigned char *code, size_t size)
{
    for (uint64_t word = address & ~(WORD - 1); word < address + size; word += WORD) {
        uint64_t *place = (uint64_t *)word;
        const uint64_t first = word > address ? word : address;
        const uint64_t end = word + WORD < address + size ? word + WORD : address + size;
        uint64_t old = __atomic_load_n(place, __ATOMIC_RELAXED), new;
        do {
            new = old;
            memcpy((unsigned char *)&new + (first - word), code + (first - address), end - first);
        } while (!__atomic_compare_exchange_n(place, &old, new, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    }
}

/* The protection that all pages of the range have; -1 = not mapped, or not to be written: others would see it. */
static int common_prot(uint64_t start, uint64_t end)
{
    const struct map_node *node = mm_node(start);
    const int prot = node->map.prot;
    for (uint64_t at = start; at < end; at = node->map.end, node = node->next) {
        if (node->map.start > at || node->map.prot != prot || (node->map.flags & MAP_SHARED && node->map.file))
            return -1;
    }
    return prot;
}

int mm_write_code(uint64_t address, const void *code, size_t size)
{
    const uint64_t start = page_down(address), end = page_up(address + size);
    const uint64_t first = address & ~(WORD - 1), last = (address + size - 1) & ~(WORD - 1);
    uint64_t probe;
    if (size == 0 || !user_range_ok(address, size))
        return -EFAULT;
    /* Pages behind the end of a file are mapped, too. */
    int error = user_read(&probe, (const void *)first, WORD);
    if (error == 0)
        error = user_read(&probe, (const void *)last, WORD);
    if (error < 0)
        return error;
    mm_lock();
    const int prot = common_prot(start, end);
    if (prot < 0)
        error = -EACCES;
    else if (!(prot & PROT_WRITE))
        error = mm_host_protect(start, end, prot | PROT_READ | PROT_WRITE);
    if (error == 0) {
        write_words(address, code, size);
        if (!(prot & PROT_WRITE))
            error = mm_host_protect(start, end, prot);
    }
    mm_unlock();
    return error;
}
