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

/* Memory that is not in the tree yet becomes stubs and their data. */
static int fill_stubs(const struct mapping *map, const void *code, size_t size)
{
    struct mapping writable = *map;
    writable.prot = PROT_READ | PROT_WRITE;
    int error = mm_host_fill(&writable);
    if (error < 0)
        return error;
    error = user_write((void *)map->start, code, size);
    if (error == 0)
        error = mm_host_protect(map->start, map->start + size, map->prot);
    if (error < 0)
        (void)mm_host_unmap(map->start, map->end);
    return error;
}

int64_t mm_map_stubs(uint64_t near, const void *code, size_t size)
{
    struct mapping map = {
        .prot = PROT_READ | PROT_EXEC,
        .flags = MAP_PRIVATE | MAP_ANONYMOUS | MM_LIBOS,
    };
    const uint64_t low = near > REACH - REACH_PAD + LOWEST_ADDRESS ? near - (REACH - REACH_PAD) : LOWEST_ADDRESS;
    const uint64_t high = near + (REACH - REACH_PAD) < g_guest_end ? near + (REACH - REACH_PAD) : g_guest_end;
    mm_lock();
    /* Below first: above, the heap of a program grows. */
    uint64_t start = mappings_search(&g_mm.set, 2 * size, PAGE_SIZE, low, near);
    if (!start)
        start = mappings_search(&g_mm.set, 2 * size, PAGE_SIZE, near, high);
    map.start = start;
    map.end = start + 2 * size;
    const bool possible = start && mappings_reserve(&g_mm.set, 1);
    const int error = possible ? fill_stubs(&map, code, size) : -ENOMEM;
    if (error == 0)
        mappings_insert(&g_mm.set, &map);
    mm_unlock();
    return error < 0 ? error : (int64_t)start;
}

int mm_stub_data(uint64_t start, size_t size)
{
    mm_lock();
    const int error = mm_host_protect(start, start + size, PROT_READ | PROT_WRITE);
    mm_unlock();
    return error;
}

/* Two bytes are one store, which is atomic inside of a cache line (Intel SDM volume 3, "Guaranteed Atomic Operations").
 * More go by words: other threads run what was there before, or what is there then. */
static void write_words(uint64_t address, const unsigned char *code, size_t size)
{
    if (size == sizeof(uint16_t)) {
        uint16_t both;
        memcpy(&both, code, sizeof(both));
        *(volatile uint16_t *)address = both;
        return;
    }
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

/* Whether the words that are to be changed can be read: pages behind the end of a file are mapped, too. */
static int probe_words(const struct code_piece *piece)
{
    uint64_t word;
    const uint64_t first = piece->address & ~(WORD - 1), last = (piece->address + piece->size - 1) & ~(WORD - 1);
    const int error = user_read(&word, (const void *)first, WORD);
    return error < 0 ? error : user_read(&word, (const void *)last, WORD);
}

int mm_write_code(const struct code_piece *pieces, unsigned count)
{
    uint64_t start = UINT64_MAX, end = 0;
    int error = 0;
    for (unsigned i = 0; i < count && error == 0; i++) {
        const struct code_piece *piece = &pieces[i];
        if (piece->size == 0 || !user_range_ok(piece->address, piece->size))
            return -EFAULT;
        error = probe_words(piece);
        if (page_down(piece->address) < start)
            start = page_down(piece->address);
        if (page_up(piece->address + piece->size) > end)
            end = page_up(piece->address + piece->size);
    }
    if (error < 0)
        return error;
    mm_lock();
    const int prot = common_prot(start, end);
    if (prot < 0)
        error = -EACCES;
    else if (!(prot & PROT_WRITE))
        error = mm_host_protect(start, end, prot | PROT_READ | PROT_WRITE);
    if (error == 0) {
        for (unsigned i = 0; i < count; i++)
            write_words(pieces[i].address, pieces[i].code, pieces[i].size);
        if (!(prot & PROT_WRITE))
            error = mm_host_protect(start, end, prot);
    }
    mm_unlock();
    return error;
}
