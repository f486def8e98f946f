/* SPDX-License-Identifier: MIT */
/* Pools of stubs, each a page of code and a page of data that the stubs read. Knows nothing of sites. */
#include "stubs.h"
#include "cpuid.h"
#include "entry.h"
#include "mm.h"

#define STUB_SIZE  32ul
#define POOL_STUBS (PAGE_SIZE / STUB_SIZE)
#define POOL_REACH (1ul << 30) /* of a pool for a site; the jump reaches twice as far */

/* The last stubs of a pool are for `cpuid`, and behind them lies the code that they jump to. */
#define CPUID_CODE   (PAGE_SIZE - 4 * STUB_SIZE)
#define CPUID_STUBS  (POOL_STUBS - 8)
#define CPUID_LIMIT  (POOL_STUBS - 4)
#define CPUID_CACHES 4 /* the leaf that is known */
#define LONG_JUMP    5 /* bytes */

static struct pool {
    uint64_t start; /* a page of stubs, then a page of their data */
    uint32_t used, cpuid_used;
    struct pool *next;
} * g_pools;

/* At its stub's place in the page behind: so most stubs are never written again. */
struct stub_data {
    uint64_t back;
    uint64_t entry; /* entry_syscall */
    uint32_t number;
    uint32_t unused[3];
};
_Static_assert(sizeof(struct stub_data) == STUB_SIZE, "one for each stub");

/* What `cpuid` tells of caches, behind cpuid_code. */
struct cpuid_data {
    uint32_t count, unused[3];
    struct cpuid results[7];
};
_Static_assert(CPUID_CODE + sizeof(struct cpuid_data) == PAGE_SIZE, "it has the rest of the page");

static void put32(uint8_t *to, uint64_t value)
{
    const uint32_t word = (uint32_t)value;
    memcpy(to, &word, sizeof(word));
}

#define LEAVE_SIZE 13
_Static_assert(STUB_JUMPS + STUB_CARRY_MAX + LEAVE_SIZE == STUB_SIZE, "what is carried takes what is left");

/* From some place in a stub on: mov back(%rip),%rcx; jmp *entry(%rip) */
static void write_leave(uint8_t *stub, unsigned at)
{
    static const uint8_t load_back[] = {0x48, 0x8b, 0x0d}, jump[] = {0xff, 0x25};
    memcpy(stub + at, load_back, sizeof(load_back));
    put32(stub + at + 3, PAGE_SIZE + offsetof(struct stub_data, back) - (at + 7));
    memcpy(stub + at + 7, jump, sizeof(jump));
    put32(stub + at + 9, PAGE_SIZE + offsetof(struct stub_data, entry) - (at + 13));
}

/* mov number(%rip),%eax, and that */
static void write_stub(uint8_t *stub)
{
    static const uint8_t load_number[] = {0x8b, 0x05};
    memset(stub, 0xcc, STUB_SIZE);
    memcpy(stub, load_number, sizeof(load_number));
    put32(stub + 2, PAGE_SIZE + offsetof(struct stub_data, number) - STUB_JUMPS);
    write_leave(stub, STUB_JUMPS);
}

/* mov $4,%eax; xor %ecx,%ecx; mov back(%rip),%rdx; jmp cpuid_code */
static void write_cpuid_stub(uint8_t *stub, unsigned index)
{
    static const uint8_t code[] = {0xb8, CPUID_CACHES, 0, 0, 0, 0x31, 0xc9, 0x48, 0x8b, 0x15, 0, 0, 0, 0, 0xe9};
    const unsigned loaded = STUB_JUMPS_CPUID + 7, end = loaded + LONG_JUMP;
    memset(stub, 0xcc, STUB_SIZE);
    memcpy(stub, code, sizeof(code));
    put32(stub + loaded - 4, PAGE_SIZE + offsetof(struct stub_data, back) - loaded);
    put32(stub + end - 4, CPUID_CODE - (index * STUB_SIZE + end));
}

bool stub_carry(uint64_t stub, const uint8_t *code, size_t size)
{
    uint8_t whole[STUB_SIZE];
    const struct code_piece piece = {stub, whole, STUB_SIZE};
    write_stub(whole);
    memcpy(whole + STUB_JUMPS, code, size);
    write_leave(whole, STUB_JUMPS + (unsigned)size);
    return mm_write_code(&piece, 1) == 0;
}

static struct pool *make_pool(uint64_t near)
{
    uint8_t *code = heap_alloc(PAGE_SIZE);
    struct pool *pool = heap_zalloc(sizeof(*pool));
    for (unsigned i = 0; code && i < CPUID_STUBS; i++)
        write_stub(code + i * STUB_SIZE);
    for (unsigned i = CPUID_STUBS; code && i < CPUID_LIMIT; i++)
        write_cpuid_stub(code + i * STUB_SIZE, i);
    if (code)
        memcpy(code + CPUID_CODE, cpuid_code, (uintptr_t)cpuid_code_end - (uintptr_t)cpuid_code);
    const int64_t start = code && pool ? mm_map_stubs(near, code, PAGE_SIZE) : -ENOMEM;
    heap_free(code);
    if (start < 0) {
        heap_free(pool);
        return NULL;
    }
    pool->start = (uint64_t)start;
    pool->next = g_pools;
    g_pools = pool;
    return pool;
}

static bool is_near(uint64_t a, uint64_t b)
{
    return a < b ? b - a < POOL_REACH : a - b < POOL_REACH;
}

uint64_t stub_take(uint64_t near, uint64_t back, uint32_t number)
{
    struct pool *pool = g_pools;
    while (pool && !(is_near(pool->start, near) && pool->used < CPUID_STUBS))
        pool = pool->next;
    if (!pool)
        pool = make_pool(near);
    if (!pool)
        return 0;
    const uint64_t stub = pool->start + pool->used++ * STUB_SIZE;
    *(struct stub_data *)(stub + PAGE_SIZE) =
        (struct stub_data){.back = back, .entry = (uintptr_t)entry_syscall, .number = number};
    return stub;
}

OF_HOST static struct cpuid_data g_caches = {.count = 0};

void stubs_learn(void)
{
    struct cpuid_data *data = &g_caches;
    while (data->count < array_count(data->results) && (data->count == 0 || data->results[data->count - 1].eax != 0)) {
        const uint32_t i = data->count++;
        data->results[i] = cpuid(CPUID_CACHES, i);
    }
}

uint64_t stub_take_cpuid(uint64_t near, uint64_t back)
{
    struct pool *pool = g_pools;
    while (pool && !(is_near(pool->start, near) && CPUID_STUBS + pool->cpuid_used < CPUID_LIMIT))
        pool = pool->next;
    if (!pool)
        pool = make_pool(near);
    if (!pool)
        return 0;
    if (pool->cpuid_used == 0)
        *(struct cpuid_data *)(pool->start + PAGE_SIZE + CPUID_CODE) = g_caches;
    const uint64_t stub = pool->start + (CPUID_STUBS + pool->cpuid_used++) * STUB_SIZE;
    *(struct stub_data *)(stub + PAGE_SIZE) = (struct stub_data){.back = back};
    return stub;
}

void stubs_resumed(void)
{
    for (const struct pool *pool = g_pools; pool; pool = pool->next)
        if (mm_stub_data(pool->start + PAGE_SIZE, PAGE_SIZE) < 0)
            die("the data of patched code cannot be made writable");
}

void stubs_forget(uint64_t start, uint64_t end)
{
    for (struct pool **link = &g_pools; *link;) {
        struct pool *pool = *link;
        if (pool->start < start || pool->start >= end) {
            link = &pool->next;
            continue;
        }
        *link = pool->next;
        heap_free(pool);
    }
}
