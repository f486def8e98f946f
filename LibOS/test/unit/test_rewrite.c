/* SPDX-License-Identifier: MIT */
/* Tests of entry/rewrite.c: windows of code made at random, and what the choice of room does to them. No byte may change but
 * those that no instruction looks at, and from each site that is done a jump leads to a stub of its own. Knows no stubs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "entry/rewrite.h"
#include "entry/stubs.h"
#include "task.h"

#define START      0x555555554000ul
#define STUBS      0x555560000000ul
#define STUB_SIZE  32
#define STUB_LIMIT 512
#define SLACK      20 /* at the end of random code, so that what is put in fits */

struct process g_process = {.thread_count = 1};

/***** Stubs that nobody runs *****/

static struct {
    uint64_t back;
    uint32_t number;
    size_t carries; /* bytes */
    uint8_t carried[STUB_CARRY_MAX];
} g_stubs[STUB_LIMIT];
static unsigned g_stub_count, g_stub_limit;

uint64_t stub_take(uint64_t near, uint64_t back, uint32_t number)
{
    (void)near;
    if (g_stub_count == g_stub_limit)
        return 0;
    g_stubs[g_stub_count].back = back;
    g_stubs[g_stub_count].number = number;
    g_stubs[g_stub_count].carries = 0;
    return STUBS + STUB_SIZE * g_stub_count++;
}

bool stub_carry(uint64_t stub, const uint8_t *code, size_t size)
{
    const unsigned index = g_stub_count - 1;
    assert_int_equal(stub, STUBS + STUB_SIZE * index);
    assert_in_range(size, 1, STUB_CARRY_MAX);
    memcpy(g_stubs[index].carried, code, size);
    g_stubs[index].carries = size;
    return true;
}

/***** Code *****/

static uint32_t g_random = 1;

static unsigned random_below(unsigned limit)
{
    g_random = g_random * 1664525 + 1013904223;
    return (g_random >> 8) % limit;
}

static const uint8_t g_syscall[] = {0x0f, 0x05}, g_load[] = {0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05};
static const uint8_t g_load_long[] = {0x48, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05}; /* of mov imm64, which goes on */
static const uint8_t g_load_lea[] = {0xb8, 0x0e, 0, 0, 0, 0x48, 0x8d, 0xb3, 0xf0, 0x08, 0, 0, 0x0f, 0x05};
static const uint8_t g_load_lea_rip[] = {0xb8, 0x0e, 0, 0, 0, 0x4c, 0x8d, 0x35, 0xdd, 0x78, 0x11, 0, 0x0f, 0x05};
/* mov %rdi,%rsi; mov $AT_FDCWD,%edi; and xor $0x81,%sil: numbers that only who has seen them may believe */
static const uint8_t g_load_moves[] = {0xb8, 0xe7, 0, 0, 0, 0x48, 0x89, 0xfe, 0xbf, 0x9c, 0xff, 0xff, 0xff, 0x0f, 0x05};
static const uint8_t g_load_xor[] = {0xb8, 0xe7, 0, 0, 0, 0x40, 0x80, 0xf6, 0x81, 0x0f, 0x05};
static const uint8_t g_load_mixed[] = {0xb8, 0xe7, 0, 0, 0, 0x31, 0xd2, 0x48, 0x8d,
                                       0x35, 1,    2, 3, 0, 0x89, 0xc8, 0x0f, 0x05};
static const uint8_t g_room[] = {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}, g_traps[] = {0xcc, 0xcc, 0xcc, 0xcc, 0xcc};
static const uint8_t g_step[] = {0x0f, 0x1f, 0x44, 0, 0}, g_step_long[] = {0x0f, 0x1f, 0x80, 0, 0, 0, 0};

#define PIECE(bytes)                                                                                                   \
    {                                                                                                                  \
        bytes, sizeof(bytes)                                                                                           \
    }
static const struct piece {
    const uint8_t *bytes;
    size_t size;
} g_pieces[] = {PIECE(g_syscall),    PIECE(g_load),      PIECE(g_load_long), PIECE(g_room),     PIECE(g_traps),
                PIECE(g_step),       PIECE(g_step_long), PIECE(g_syscall),   PIECE(g_load_lea), PIECE(g_load_lea_rip),
                PIECE(g_load_moves), PIECE(g_load_xor),  PIECE(g_load_mixed)};

static int put(struct code_window *window, int at, const struct piece *piece)
{
    assert_true(at + (int)piece->size <= window->size);
    memcpy(window->code + at, piece->bytes, piece->size);
    return at + (int)piece->size;
}

static void fill(struct code_window *window, int size)
{
    memset(window, 0, sizeof(*window));
    window->start = START;
    window->size = size;
    memset(window->code, 0x90, sizeof(window->code));
    g_stub_count = 0;
    g_stub_limit = STUB_LIMIT;
    g_process.thread_count = 1;
}

static void fill_at_random(struct code_window *window, int size, unsigned rarity)
{
    fill(window, size);
    for (int at = 0; at < size; at++)
        window->code[at] = (uint8_t)random_below(256);
    for (int at = 0; at < size - SLACK;)
        at = put(window, at, &g_pieces[random_below(array_count(g_pieces))]) + (int)random_below(rarity);
}

/***** What is right *****/

static bool has(const uint8_t *code, int size, int at, const struct piece *piece)
{
    return at >= 0 && at + (int)piece->size <= size && memcmp(code + at, piece->bytes, piece->size) == 0;
}

/* Whether a byte at a place is looked at by nobody: behind the addressing byte of a long no-operation, in a row of traps. */
static bool is_idle(const uint8_t *code, int size, int at)
{
    static const struct piece nops[] = {PIECE(g_room), PIECE(g_step), PIECE(g_step_long)};
    static const struct piece traps = PIECE(g_traps);
    for (unsigned i = 0; i < array_count(nops); i++) {
        for (int start = at - (int)nops[i].size + 1; start <= at - 3; start++) {
            if (has(code, size, start, &nops[i]))
                return true;
        }
    }
    for (int start = at - 4; start <= at; start++) {
        if (has(code, size, start, &traps))
            return true;
    }
    return false;
}

static uint32_t distance(const uint8_t *code)
{
    uint32_t value;
    memcpy(&value, code, sizeof(value));
    return value;
}

/* Follow the jumps from a site; returns the place in the window of the long one. */
static int follow(const struct code_window *window, int at)
{
    for (int jumps = 0; window->code[at] == 0xeb; jumps++) {
        assert_in_range(jumps, 0, 1);
        at += 2 + (int8_t)window->code[at + 1];
        assert_in_range(at, 0, window->size - 2);
    }
    assert_int_equal(window->code[at], 0xe9);
    assert_in_range(at, 0, window->size - 5);
    return at;
}

static uint64_t target(const struct code_window *window, int at)
{
    return window->start + (uint64_t)(at + 5) + (uint64_t)(int64_t)(int32_t)distance(window->code + at + 1);
}

static bool is_lea(const uint8_t *code)
{
    const unsigned mode = code[2] >> 6, base = code[2] & 7;
    return (code[0] & 0xf8) == 0x48 && code[1] == 0x8d && ((mode == 2 && base != 4) || (mode == 0 && base == 5));
}

/* The same code; a `lea` from %rip leads to the same address. */
static void check_carried(const uint8_t *code, const uint8_t *carried, int size, uint64_t end, uint64_t stub)
{
    for (int at = 0; at < size; at++) {
        if (!is_lea(code + at) || code[at + 2] >> 6 != 0) {
            assert_int_equal(code[at], carried[at]);
            continue;
        }
        const uint64_t before = (uint64_t)(int32_t)distance(code + at + 3),
                       after = (uint64_t)(int32_t)distance(carried + at + 3);
        assert_memory_equal(code + at, carried + at, 3);
        assert_int_equal(end - (uint64_t)size + before, stub + STUB_JUMPS + after);
        at += 6;
    }
}

/* A site has been done, with the newest stub. */
static void check_site(const struct code_window *window, const uint8_t *before, int site, int64_t number)
{
    const uint64_t stub = STUBS + STUB_SIZE * (g_stub_count - 1), back = window->start + (uint64_t)site + 2;
    assert_int_equal(g_stubs[g_stub_count - 1].back, back);
    if (window->code[site] == 0xeb) {
        const int at = follow(window, site);
        assert_int_equal(target(window, at), stub + STUB_JUMPS);
        return;
    }
    const int carried = (int)g_stubs[g_stub_count - 1].carries, load = site - carried - 5;
    assert_memory_equal(window->code + site, g_syscall, 2);
    assert_int_equal(before[load], 0xb8);
    assert_true((before[load - 1] & 0xf0) != 0x40);
    assert_int_equal(distance(before + load + 1), number);
    assert_int_equal(g_stubs[g_stub_count - 1].number, number);
    assert_int_equal(window->code[load], 0xe9);
    assert_int_equal(target(window, load), stub + STUB_LOADS);
    check_carried(before + load + 5, g_stubs[g_stub_count - 1].carried, carried, window->start + (uint64_t)site, stub);
}

/* What has changed between two states: idle bytes, the site, and the load before it. */
static void check_bytes(const struct code_window *window, const uint8_t *original, const uint8_t *before, int site)
{
    for (int at = 0; at < window->size; at++) {
        if (window->code[at] == before[at] || at == site || at == site + 1)
            continue;
        const int end = site - (int)g_stubs[g_stub_count - 1].carries;
        if (at >= end - 5 && at < end && window->code[end - 5] == 0xe9)
            continue;
        assert_true(is_idle(original, window->size, at));
    }
}

/* The edits, made one after the other, make of the old code the new one. */
static void check_edits(const struct code_window *window, const uint8_t *before, const struct edits *edits)
{
    static uint8_t code[sizeof(window->code)];
    memcpy(code, before, (size_t)window->size);
    for (unsigned i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->edits[i];
        assert_in_range(edit->address, window->start, window->start + (uint64_t)window->size - edit->size);
        assert_in_range(edit->size, 1, sizeof(edit->code));
        memcpy(code + (edit->address - window->start), edit->code, edit->size);
    }
    assert_memory_equal(code, window->code, (size_t)window->size);
}

/* With other threads around, the change that lets them in, which is the last one, is one store. */
static void check_last_edit(const struct edits *edits)
{
    const struct edit *last = &edits->edits[edits->count - 1];
    if (last->size == 2)
        assert_true(last->address % 64 != 63);
    else
        assert_true(last->address % 8 + last->size <= 8);
}

static unsigned do_window(struct code_window *window)
{
    static uint8_t original[sizeof(window->code)], before[sizeof(window->code)];
    static struct edits edits;
    unsigned done = 0;
    memcpy(original, window->code, sizeof(original));
    rewrite_scan(window);
    for (unsigned i = 0; i < window->sites.count; i++) {
        const int site = window->sites.at[i];
        assert_memory_equal(original + site, g_syscall, 2);
        const int64_t sure = rewrite_sure_number(window, site);
        const int64_t number = sure >= 0 ? sure : random_below(2) ? -1 : 0xe7;
        if (!rewrite_is_site(window, site))
            continue;
        memcpy(before, window->code, sizeof(before));
        const unsigned stubs = g_stub_count;
        edits.count = 0;
        if (rewrite_site(window, site, number, &edits)) {
            assert_int_equal(g_stub_count, stubs + 1);
            check_site(window, before, site, number);
            check_bytes(window, original, before, site);
            check_edits(window, before, &edits);
            if (g_process.thread_count > 1)
                check_last_edit(&edits);
            done++;
        } else {
            assert_int_equal(edits.count, 0);
            assert_memory_equal(before, window->code, sizeof(before));
        }
    }
    /* What was done first is as it was. */
    for (unsigned i = 0; i < window->sites.count; i++) {
        const int site = window->sites.at[i];
        if (window->code[site] == 0xeb)
            assert_in_range(target(window, follow(window, site)), STUBS, STUBS + STUB_SIZE * g_stub_count);
    }
    return done;
}

/***** Tests *****/

static struct code_window g_window;

static void test_random(void **state)
{
    (void)state;
    unsigned done = 0;
    for (unsigned round = 0; round < 400; round++) {
        fill_at_random(&g_window, 64 + (int)random_below(4096), 2 + random_below(40));
        g_process.thread_count = 1 + round % 2;
        g_window.start += random_below(4096);
        if (round % 16 == 0)
            g_stub_limit = random_below(4);
        done += do_window(&g_window);
    }
    assert_true(done > 1000);
}

/* A site at one end and room at the other. A short jump goes 128 bytes back from behind it, 127 on. */
static void test_reach(void **state)
{
    (void)state;
    const struct piece site = PIECE(g_syscall), room = PIECE(g_room);
    for (int size = 0; size < 300; size++) {
        for (int back = 0; back < 2; back++) {
            fill(&g_window, size + 10);
            put(&g_window, back ? size + 8 : 0, &site);
            put(&g_window, back ? 0 : size + 2, &room);
            const bool reaches = back ? size + 10 - 3 <= 128 : size + 3 <= 127;
            assert_int_equal(do_window(&g_window), reaches);
        }
    }
}

static void test_small(void **state)
{
    (void)state;
    for (int size = 0; size < 16; size++) {
        for (unsigned piece = 0; piece < array_count(g_pieces); piece++) {
            fill(&g_window, size);
            const int fits = (int)g_pieces[piece].size < size ? (int)g_pieces[piece].size : size;
            memcpy(g_window.code, g_pieces[piece].bytes, (size_t)fits);
            assert_int_equal(do_window(&g_window), 0);
        }
    }
    fill(&g_window, 1);
    assert_false(rewrite_is_site(&g_window, -1));
    assert_false(rewrite_is_site(&g_window, 0));
}

/* mov $number,%eax is one only if no prefix makes it longer, and if that can be seen. */
static void test_load(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int size, site;
        int64_t number;
    } cases[] = {
        {"\x90\xb8\x27\0\0\0\x0f\x05", 8, 6, 0x27},
        {"\xb8\x27\0\0\0\x0f\x05", 7, 5, -1},
        {"\x48\xb8\x27\0\0\0\x0f\x05", 8, 6, -1},
        {"\x41\xb8\x27\0\0\0\x0f\x05", 8, 6, -1},
        {"\x90\xb8\xff\xff\xff\xff\x0f\x05", 8, 6, -1},
        {"\x90\xb9\x27\0\0\0\x0f\x05", 8, 6, -1},
        {"\x90\xb8\x27\0\0\0\x0f\x04", 8, 6, -1},
        /* With a `lea`, of 7 bytes and 64 bits; what looks like a load may be a part of it. */
        {"\x90\xb8\x27\0\0\0\x48\x8d\xb3\1\2\3\4\x0f\x05", 15, 13, 0x27},
        {"\x90\xb8\x27\0\0\0\x4d\x8d\x3d\1\2\3\4\x0f\x05", 15, 13, 0x27},
        {"\x90\xb8\x27\0\0\0\x48\x8d\x34\1\2\3\4\x0f\x05", 15, 13, -1},
        {"\x90\xb8\x27\0\0\0\x48\x8d\x44\1\2\3\4\x0f\x05", 15, 13, -1},
        {"\x90\xb8\x27\0\0\0\x48\x8d\xb4\1\2\3\4\x0f\x05", 15, 13, -1},
        {"\x90\xb8\x27\0\0\0\x90\x8d\xb3\1\2\3\4\x0f\x05", 15, 13, -1},
        {"\x49\xb8\x27\0\0\0\x48\x8d\xb3\1\2\3\4\x0f\x05", 15, 13, -1},
        {"\x90\x90\x90\x90\x90\x90\x48\x8d\xb8\x27\0\0\0\x0f\x05", 15, 13, -1},
    };
    for (unsigned i = 0; i < array_count(cases); i++) {
        fill(&g_window, cases[i].size);
        memcpy(g_window.code, cases[i].code, (size_t)cases[i].size);
        assert_int_equal(rewrite_sure_number(&g_window, cases[i].site), cases[i].number);
        assert_int_equal(do_window(&g_window), cases[i].number >= 0);
    }
}

/* What may stand between such a load and a site whose number has been seen. */
static void test_carried(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int size;
        int64_t number;
        bool possible;
    } cases[] = {
        {"\x90\xb8\1\1\0\0\x48\x89\xfe\xbf\x9c\xff\xff\xff\x0f\x05", 16, 257, true},
        {"\x90\xb8\1\1\0\0\x48\x89\xfe\xbf\x9c\xff\xff\xff\x0f\x05", 16, 256, false},
        {"\x90\xb8\1\1\0\0\x48\x89\xfe\xbf\x9c\xff\xff\xff\x0f\x05", 16, -1, false},
        {"\x48\xb8\1\1\0\0\x48\x89\xfe\xbf\x9c\xff\xff\xff\x0f\x05", 16, 257, false},
        {"\x90\xb8\1\1\0\0\x48\x89\x3e\xbf\x9c\xff\xff\xff\x0f\x05", 16, 257, false}, /* memory */
        {"\x90\xb8\1\1\0\0\x48\x89\xfe\x48\xbf\xff\xff\xff\x0f\x05", 16, 257, false}, /* 64 bits */
        {"\x90\xb8\1\1\0\0\x40\x80\xf6\x81\x0f\x05", 12, 257, true},
        {"\x90\xb8\1\1\0\0\x81\xe6\x80\0\0\0\x40\x80\xf6\x81\x0f\x05", 18, 257, true},
        {"\x90\xb8\1\1\0\0\x83\xe6\x7f\x33\xc9\x0f\x05", 13, 257, true},
        {"\x90\xb8\1\1\0\0\xeb\xc0\x0f\x05", 10, 257, false},       /* a jump */
        {"\x90\xb8\1\1\0\0\xff\xd2\x0f\x05", 10, 257, false},       /* a call */
        {"\x90\xb8\1\1\0\0\x89\xd6\xbf\0\x0f\x05", 12, 257, false}, /* which goes on behind */
        /* One more than there is room for. */
        {"\x90\xb8\1\1\0\0\xbe\0\0\0\0\xbf\0\0\0\0\x48\x89\xca\x0f\x05", 21, 257, true},
        {"\x90\xb8\1\1\0\0\xbe\0\0\0\0\xbf\0\0\0\0\x89\xca\x89\xd6\x0f\x05", 22, 257, false},
    };
    for (unsigned i = 0; i < array_count(cases); i++) {
        struct edits edits = {.count = 0};
        const int site = cases[i].size - 2;
        fill(&g_window, cases[i].size);
        memcpy(g_window.code, cases[i].code, (size_t)cases[i].size);
        rewrite_scan(&g_window);
        assert_int_equal(rewrite_sure_number(&g_window, site), -1);
        assert_int_equal(rewrite_site(&g_window, site, cases[i].number, &edits), cases[i].possible);
        assert_int_equal(edits.count, cases[i].possible);
    }
}

static void test_sure(void **state)
{
    static const uint8_t code[] = {0x89, 0xf0, 0x0f, 0x05, 0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff};
    (void)state;
    fill(&g_window, sizeof(code));
    memcpy(g_window.code, code, sizeof(code));
    assert_true(rewrite_is_sure(&g_window, 2));
    assert_false(rewrite_is_sure(&g_window, 3));
    g_window.code[6] = 1;
    assert_true(rewrite_is_sure(&g_window, 2));
    /* Any other byte of it, and any of it that is missing. */
    for (int i = 2; i < (int)sizeof(code); i++) {
        g_window.code[i] ^= 0x10;
        assert_false(rewrite_is_sure(&g_window, 2));
        g_window.code[i] ^= 0x10;
        g_window.size = i;
        assert_false(rewrite_is_sure(&g_window, 2));
        g_window.size = sizeof(code);
    }
    g_window.code[6] = 2;
    assert_false(rewrite_is_sure(&g_window, 2));
}

/* A `cpuid` behind a load is jumped over with it, one behind moves needs room, and others are none. */
static void test_cpuid(void **state)
{
    (void)state;
    static const uint8_t load[] = {0xb8, 4, 0, 0, 0, 0x31, 0xc9, 0x0f, 0xa2}, alone[] = {0x0f, 0xa2};
    static const uint8_t moves[] = {0x89, 0xf8, 0x89, 0xf1, 0x0f, 0xa2},
                         other[] = {0xb8, 2, 0, 0, 0, 0x31, 0xc9, 0x0f, 0xa2};
    static const struct piece pieces[] = {PIECE(load), PIECE(alone), PIECE(moves), PIECE(other)}, room = PIECE(g_room);
    static struct edits edits;
    int at = 1;
    fill(&g_window, 128);
    for (unsigned i = 0; i < array_count(pieces); i++)
        at = put(&g_window, at, &pieces[i]);
    assert_int_equal(rewrite_next_cpuid(&g_window, 0), 8);
    assert_int_equal(rewrite_next_cpuid(&g_window, 8), 8);
    assert_int_equal(rewrite_next_cpuid(&g_window, 9), 16);
    assert_int_equal(rewrite_next_cpuid(&g_window, 17), -1);
    rewrite_scan(&g_window);
    edits.count = 0;
    assert_true(rewrite_cpuid(&g_window, 8, &edits));
    assert_int_equal(edits.count, 1);
    assert_int_equal(edits.edits[0].address, g_window.start + 1);
    assert_int_equal(edits.edits[0].size, 5);
    assert_int_equal(edits.edits[0].code[0], 0xe9);
    assert_false(rewrite_cpuid(&g_window, 16, &edits));
    put(&g_window, 100, &room);
    rewrite_scan(&g_window);
    assert_true(rewrite_cpuid(&g_window, 16, &edits));
    assert_int_equal(edits.count, 3);
    assert_int_equal(follow(&g_window, 16), 103);
    /* At the end of what is known nothing is looked at behind it. */
    for (int size = 0; size < 20; size++) {
        g_window.size = size;
        assert_int_equal(rewrite_next_cpuid(&g_window, 9), size >= 18 ? 16 : -1);
        memcpy(g_window.code + 16, alone, sizeof(alone));
    }
}

static void test_full(void **state)
{
    (void)state;
    static struct edits edits;
    const struct piece load = PIECE(g_load);
    fill(&g_window, 64);
    put(&g_window, 8, &load);
    rewrite_scan(&g_window);
    edits.count = array_count(edits.edits) - 2;
    assert_false(rewrite_site(&g_window, 13, 0xe7, &edits));
    edits.count--;
    assert_true(rewrite_site(&g_window, 13, 0xe7, &edits));
    /* More places than are kept. */
    fill(&g_window, 4096);
    memset(g_window.code, 0xcc, 4096);
    rewrite_scan(&g_window);
    assert_int_equal(g_window.rooms.count, array_count(g_window.rooms.at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random), cmocka_unit_test(test_reach),   cmocka_unit_test(test_small),
        cmocka_unit_test(test_load),   cmocka_unit_test(test_sure),    cmocka_unit_test(test_cpuid),
        cmocka_unit_test(test_full),   cmocka_unit_test(test_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
