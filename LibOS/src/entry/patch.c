/* SPDX-License-Identifier: MIT */
/* Turning a `syscall` that has trapped into a jump, so that it never traps again.
 *
 * A trap costs about 1.3 us, and a jump nothing, but the instruction has two bytes and only a short jump fits there. What
 * the short jump lands on is the middle of a long no-operation, with which compilers align functions and loops:
 *
 *     0f 1f 84 [00 00 00 00 00]      nopl 0x0(%rax,%rax,1): an addressing byte and a displacement that nobody looks at
 *     0f 1f 84 [e9 rel32      ]      the same for who comes from above; from its middle on a jump to anywhere
 *
 * So it does not matter who else runs there, nor where instructions begin: no code is taken apart, moved or guessed at. If no
 * long one is near, shorter ones (0f 1f 44 [00 00], 0f 1f 80 [00 00 ...]) hold a second short jump on the way. Where there is
 * none either, but `mov $number,%eax` stands before the `syscall`, a long jump takes the place of that and the `syscall`
 * stays, for those who jump to it. All else keeps trapping.
 *
 * Only code of files is patched that is mapped privately, executable and not writable: compilers at run time write theirs
 * again and again. A site must trap a few times before it is worth it. */
#include <linux/mman.h>
#include "exec.h"
#include "fs.h"
#include "mm.h"
#include "task.h"
#include "thread_offsets.h"

#define REACH_BACK    126 /* of a short jump, from the site */
#define REACH_FORWARD 129
#define STUB_SIZE     32
#define POOL_STUBS    (PAGE_SIZE / STUB_SIZE)
#define POOL_REACH    (1ul << 30) /* of a pool for a site; the jump reaches twice as far */
#define CACHE_LINE    64
#define WORTH_IT      8 /* traps; patching costs as much as that many */
#define COUNTERS      256
#define NOT_FOUND     (-1)

static const uint8_t op_syscall[] = {0x0f, 0x05};
static const uint8_t nop_long[] = {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0};
static const uint8_t nop_7[] = {0x0f, 0x1f, 0x80, 0, 0, 0, 0};
static const uint8_t nop_5[] = {0x0f, 0x1f, 0x44, 0, 0};
static const uint8_t traps[] = {0xcc, 0xcc, 0xcc, 0xcc, 0xcc};

/* Code near a site, as it was a moment ago. */
struct window {
    uint64_t start; /* address of code[0] */
    int size;
    uint8_t code[2 * (REACH_BACK + REACH_FORWARD)];
};

static struct {
    struct lock lock;
    struct pool {
        uint64_t start; /* a page of stubs, then a page of their data */
        uint32_t used;
        struct pool *next;
    } *pools;
    struct change {
        struct change *next;
        uint64_t address;
        uint8_t size, old[5];
    } *changes; /* what the code was, newest first */
    struct {
        uint64_t site;
        uint32_t count;
    } counters[COUNTERS];
    bool in_use; /* there are counters or changes */
} g_patch;

/* Whether a site has trapped often enough. Two threads, or two sites with one counter, may miscount; that does no harm. */
static bool is_worth_it(uint64_t site)
{
    const uint64_t slot = (site ^ site >> 8) % COUNTERS;
    g_patch.in_use = true;
    if (g_patch.counters[slot].site != site) {
        g_patch.counters[slot].site = site;
        g_patch.counters[slot].count = 0;
    }
    return ++g_patch.counters[slot].count == WORTH_IT;
}

static bool is_at(const struct window *window, int at, const uint8_t *bytes, int size)
{
    return at >= 0 && at + size <= window->size && memcmp(window->code + at, bytes, (size_t)size) == 0;
}

/* Where five bytes may become a jump to anywhere; reach is that of a short jump at `from`. */
static int find_room(const struct window *window, int from)
{
    for (int at = from - REACH_BACK; at < from + REACH_FORWARD; at++) {
        if (is_at(window, at - 3, nop_long, sizeof(nop_long)) || is_at(window, at, traps, sizeof(traps)))
            return at;
    }
    return NOT_FOUND;
}

/* Where two bytes may become another short jump that reaches such a room. */
static int find_step(const struct window *window, int from, int *out_room)
{
    for (int at = from - REACH_BACK; at < from + REACH_FORWARD; at++) {
        if (!is_at(window, at - 3, nop_5, sizeof(nop_5)) && !is_at(window, at - 3, nop_7, sizeof(nop_7)))
            continue;
        *out_room = find_room(window, at);
        if (*out_room != NOT_FOUND)
            return at;
    }
    return NOT_FOUND;
}

static bool is_near(uint64_t a, uint64_t b)
{
    return a < b ? b - a < POOL_REACH : a - b < POOL_REACH;
}

static void put32(uint8_t *to, uint64_t value)
{
    const uint32_t word = (uint32_t)value;
    memcpy(to, &word, sizeof(word));
}

/* What a stub reads, in the page behind its own and in its place there: so a stub is never written again. */
struct stub_data {
    uint64_t back; /* where to return to */
    uint32_t number;
    uint32_t unused[5];
};
_Static_assert(sizeof(struct stub_data) == STUB_SIZE, "one for each stub");

#define STUB_LOADS 0 /* entry of a stub that takes the place of a mov, too */
#define STUB_JUMPS 6 /* entry of one that takes the place of a syscall alone */

/* mov number(%rip),%eax; mov back(%rip),%rcx; jmp *%gs:TCB_ENTRY */
static void write_stub(uint8_t *code)
{
    static const uint8_t jump[] = {0x65, 0xff, 0x24, 0x25};
    memset(code, 0xcc, STUB_SIZE);
    code[0] = 0x8b;
    code[1] = 0x05;
    put32(code + 2, PAGE_SIZE + offsetof(struct stub_data, number) - STUB_JUMPS);
    code[6] = 0x48;
    code[7] = 0x8b;
    code[8] = 0x0d;
    put32(code + 9, PAGE_SIZE + offsetof(struct stub_data, back) - 13);
    memcpy(code + 13, jump, sizeof(jump));
    put32(code + 17, TCB_ENTRY);
}

static struct pool *make_pool(uint64_t near)
{
    uint8_t *code = heap_alloc(PAGE_SIZE);
    struct pool *pool = heap_zalloc(sizeof(*pool));
    const int64_t start = code && pool ? mm_map_stubs(near, 2 * PAGE_SIZE) : -ENOMEM;
    bool done = start >= 0;
    for (unsigned i = 0; done && i < POOL_STUBS; i++)
        write_stub(code + i * STUB_SIZE);
    const struct code_piece piece = {(uint64_t)start, code, PAGE_SIZE};
    done = done && mm_write_code(&piece, 1) == 0 && mm_stub_data((uint64_t)start + PAGE_SIZE, PAGE_SIZE) == 0;
    heap_free(code);
    if (!done) {
        heap_free(pool);
        return NULL;
    }
    pool->start = (uint64_t)start;
    pool->next = g_patch.pools;
    g_patch.pools = pool;
    return pool;
}

/* A stub that a long jump near an address reaches; 0 = none can be had. */
static uint64_t take_stub(uint64_t near, uint64_t back, uint32_t number)
{
    struct pool *pool = g_patch.pools;
    while (pool && !(is_near(pool->start, near) && pool->used < POOL_STUBS))
        pool = pool->next;
    if (!pool)
        pool = make_pool(near);
    if (!pool)
        return 0;
    const uint64_t stub = pool->start + pool->used++ * STUB_SIZE;
    *(struct stub_data *)(stub + PAGE_SIZE) = (struct stub_data){.back = back, .number = number};
    return stub;
}

/* Whether other threads see all of a change or nothing (mm_write_code). */
static bool is_one_store(uint64_t address, size_t size)
{
    if (g_process.thread_count == 1)
        return true;
    return size == 2 ? address % CACHE_LINE + size <= CACHE_LINE : address % 8 + size <= 8;
}

/* What one patch changes, in the order in which it is to be done. */
struct edits {
    unsigned count;
    struct edit {
        uint64_t address;
        uint8_t size, code[5];
    } edits[3];
};

static void add_jump(struct edits *edits, uint64_t at, uint64_t to)
{
    struct edit *edit = &edits->edits[edits->count++];
    *edit = (struct edit){.address = at, .size = 5, .code = {0xe9}};
    put32(edit->code + 1, to - (at + edit->size));
}

static void add_short_jump(struct edits *edits, uint64_t at, uint64_t to)
{
    edits->edits[edits->count++] = (struct edit){.address = at, .size = 2, .code = {0xeb, (uint8_t)(to - (at + 2))}};
}

static bool remember(const struct edit *edit)
{
    struct change *change = heap_alloc(sizeof(*change));
    if (!change || user_read(change->old, (const void *)edit->address, edit->size) < 0) {
        heap_free(change);
        return false;
    }
    change->address = edit->address;
    change->size = edit->size;
    change->next = g_patch.changes;
    g_patch.changes = change;
    return true;
}

static bool carry_out(const struct edits *edits)
{
    struct code_piece pieces[array_count(edits->edits)];
    for (unsigned i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->edits[i];
        if (!remember(edit))
            return false;
        pieces[i] = (struct code_piece){edit->address, edit->code, edit->size};
    }
    return mm_write_code(pieces, edits->count) == 0;
}

static bool patch_by_steps(const struct window *window, int site)
{
    int step = NOT_FOUND, room = find_room(window, site);
    const uint64_t address = window->start + (uint64_t)site;
    if (room == NOT_FOUND)
        step = find_step(window, site, &room);
    if (room == NOT_FOUND || !is_one_store(address, sizeof(op_syscall)))
        return false;
    const uint64_t jump = window->start + (uint64_t)room, middle = window->start + (uint64_t)step;
    const uint64_t stub = take_stub(jump, address + sizeof(op_syscall), 0);
    if (!stub)
        return false;
    struct edits edits = {0};
    add_jump(&edits, jump, stub + STUB_JUMPS);
    if (step != NOT_FOUND)
        add_short_jump(&edits, middle, jump);
    add_short_jump(&edits, address, step == NOT_FOUND ? jump : middle);
    return carry_out(&edits);
}

/* mov $number,%eax before the site, and number is what the trap came with: b8 imm32, no prefix before it. */
static bool patch_load(const struct window *window, int site, uint32_t number)
{
    const int load = site - 5;
    if (load < 1 || window->code[load] != 0xb8 || (window->code[load - 1] & 0xf0) == 0x40)
        return false;
    const uint64_t address = window->start + (uint64_t)load;
    uint32_t loaded;
    memcpy(&loaded, window->code + load + 1, sizeof(loaded));
    if (loaded != number || !is_one_store(address, 5))
        return false;
    const uint64_t stub = take_stub(address, window->start + (uint64_t)site + sizeof(op_syscall), number);
    if (!stub)
        return false;
    struct edits edits = {0};
    add_jump(&edits, address, stub + STUB_LOADS);
    return carry_out(&edits);
}

static bool read_window(struct window *window, uint64_t site, const struct mapping *mapping)
{
    const uint64_t reach = REACH_BACK + REACH_FORWARD;
    window->start = site - mapping->start > reach ? site - reach : mapping->start;
    const uint64_t end = mapping->end - site > reach ? site + reach : mapping->end;
    window->size = (int)(end - window->start);
    return user_read(window->code, (const void *)window->start, (size_t)window->size) == 0;
}

void patch_site(uint64_t site)
{
    struct mapping mapping;
    struct window window;
    if (!is_worth_it(site) || !mm_find(site, &mapping))
        return;
    const bool file = mapping.file;
    if (file)
        file_put(mapping.file);
    if (!file || mapping.flags & MAP_SHARED || mapping.prot != (PROT_READ | PROT_EXEC))
        return;
    lock_acquire(&g_patch.lock);
    if (read_window(&window, site, &mapping)) {
        const int at = (int)(site - window.start);
        if (is_at(&window, at, op_syscall, sizeof(op_syscall)) && !patch_by_steps(&window, at))
            patch_load(&window, at, (uint32_t)self()->regs->number);
    }
    lock_release(&g_patch.lock);
}

/* Take the changes in a range out of the list, restoring the code or not. */
static void end_changes(uint64_t start, uint64_t end, bool restore)
{
    lock_acquire(&g_patch.lock);
    for (struct change **link = &g_patch.changes; *link;) {
        struct change *change = *link;
        if (change->address < start || change->address >= end) {
            link = &change->next;
            continue;
        }
        const struct code_piece piece = {change->address, change->old, change->size};
        if (restore && mm_write_code(&piece, 1) < 0)
            log_print(LOG_WARNING, "code at 0x%lx could not be restored", (unsigned long)change->address);
        *link = change->next;
        heap_free(change);
    }
    lock_release(&g_patch.lock);
}

/* Only execve unmaps stubs. */
static void end_pools(uint64_t start, uint64_t end)
{
    lock_acquire(&g_patch.lock);
    for (struct pool **link = &g_patch.pools; *link;) {
        struct pool *pool = *link;
        if (pool->start >= start && pool->start < end) {
            *link = pool->next;
            heap_free(pool);
        } else {
            link = &pool->next;
        }
    }
    lock_release(&g_patch.lock);
}

void patch_forget(uint64_t start, uint64_t end)
{
    if (!g_patch.in_use)
        return;
    for (unsigned i = 0; i < COUNTERS; i++) {
        if (g_patch.counters[i].site >= start && g_patch.counters[i].site < end)
            g_patch.counters[i].site = 0;
    }
    end_changes(start, end, false);
    end_pools(start, end);
}

void patch_restore(uint64_t start, uint64_t end)
{
    end_changes(start, end, true);
}

uint64_t patch_restart_address(uint64_t return_address)
{
    return return_address - sizeof(op_syscall);
}
