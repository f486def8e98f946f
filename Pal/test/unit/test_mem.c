/* SPDX-License-Identifier: MIT */
/* Compares mem.c with libc over alignments, sizes and overlaps; it is compiled here under other names.
 * Knows nothing of how mem.c chooses its way, except which sizes are worth trying. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define memcpy  tested_memcpy
#define memmove tested_memmove
#define memset  tested_memset
#define memcmp  tested_memcmp
#include "../../lib/mem.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

/* After pal_string.h, so that it is not the one to declare anything twice. */
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENTS = 16, SMALL = 300, MARGIN = 64, ARENA = (1 << 20) + 4 * MARGIN };

/* Around the sizes where a function might change its way, and some that are merely big. */
static const size_t big_sizes[] = {383,  384,  385,  511,  512,  513,  514,  527,   528,   767,   768,
                                   1023, 1024, 1025, 2047, 4095, 4096, 4097, 65535, 65536, 65543, 1 << 20};
enum { BIG_SIZES = sizeof(big_sizes) / sizeof(big_sizes[0]) };

/* What the tested function writes to, what libc writes to, and what both read. */
static unsigned char *g_tested, *g_expected, *g_source;

static void fill(unsigned char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 167 + i / 256 + seed);
}

/* The same bytes in the range and in MARGIN bytes on either side of it. */
static void assert_same(size_t start, size_t size)
{
    size_t from = start < MARGIN ? 0 : start - MARGIN;
    size_t until = start + size + MARGIN;
    if (memcmp(g_tested + from, g_expected + from, until - from) != 0)
        fail_msg("wrong bytes at offset %zu, size %zu", start, size);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static int set_up(void **state)
{
    (void)state;
    g_tested = malloc(ARENA);
    g_expected = malloc(ARENA);
    g_source = malloc(ARENA);
    if (!g_tested || !g_expected || !g_source)
        return -1;
    fill(g_tested, ARENA, 1);
    fill(g_expected, ARENA, 1);
    fill(g_source, ARENA, 7);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(g_tested);
    free(g_expected);
    free(g_source);
    return 0;
}

static void check_copy(size_t to, size_t from, size_t size)
{
    assert_ptr_equal(tested_memcpy(g_tested + to, g_source + from, size), g_tested + to);
    memcpy(g_expected + to, g_source + from, size);
    assert_same(to, size);
}

static void memcpy_copies_and_nothing_else(void **state)
{
    (void)state;
    for (size_t to = MARGIN; to < MARGIN + ALIGNMENTS; to++) {
        for (size_t from = 0; from < ALIGNMENTS; from++) {
            for (size_t size = 0; size <= SMALL; size++)
                check_copy(to, from, size);
            for (size_t i = 0; i + 1 < BIG_SIZES; i++)
                check_copy(to, from, big_sizes[i]);
        }
        check_copy(to, to % 5, big_sizes[BIG_SIZES - 1]);
    }
}

static void check_move(size_t to, size_t from, size_t size)
{
    size_t low = to < from ? to : from;
    size_t span = (to < from ? from : to) + size - low;
    fill(g_tested + low, span, (unsigned)(to + size));
    fill(g_expected + low, span, (unsigned)(to + size));
    assert_ptr_equal(tested_memmove(g_tested + to, g_tested + from, size), g_tested + to);
    memmove(g_expected + to, g_expected + from, size);
    assert_same(low, span);
}

static void memmove_copes_with_every_small_overlap(void **state)
{
    (void)state;
    for (size_t from = 2 * MARGIN; from < 2 * MARGIN + ALIGNMENTS; from += 3)
        for (size_t to = from - 40; to <= from + 40; to++)
            for (size_t size = 0; size <= SMALL; size++)
                check_move(to, from, size);
}

static void memmove_copes_with_big_overlaps(void **state)
{
    static const size_t distances[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 100, 255, 256, 511, 512, 4096};
    (void)state;
    for (size_t i = 0; i + 1 < BIG_SIZES; i++) {
        for (size_t j = 0; j < sizeof(distances) / sizeof(distances[0]); j++) {
            size_t low = MARGIN + i % ALIGNMENTS;
            check_move(low, low + distances[j], big_sizes[i]);
            check_move(low + distances[j], low, big_sizes[i]);
        }
        check_move(MARGIN, MARGIN + big_sizes[i], big_sizes[i]);
        check_move(MARGIN, MARGIN + big_sizes[i] - 1, big_sizes[i]);
        check_move(MARGIN + big_sizes[i], MARGIN, big_sizes[i]);
        check_move(MARGIN + big_sizes[i] - 1, MARGIN, big_sizes[i]);
    }
}

static void check_set(size_t to, int byte, size_t size)
{
    assert_ptr_equal(tested_memset(g_tested + to, byte, size), g_tested + to);
    memset(g_expected + to, byte, size);
    assert_same(to, size);
}

static void memset_fills_and_nothing_else(void **state)
{
    (void)state;
    static const int bytes[] = {0, 1, 0x7f, 0x80, 0xff, -1, 0x1234};
    for (size_t to = MARGIN; to < MARGIN + ALIGNMENTS; to++) {
        for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
            for (size_t size = 0; size <= SMALL; size++)
                check_set(to, bytes[i], size);
            for (size_t j = 0; j < BIG_SIZES; j++)
                check_set(to, bytes[i], big_sizes[j]);
        }
    }
}

/* Equal ranges that differ in one byte at `at`, and again in the last byte, which must not matter. */
static void check_compare(const unsigned char *a, unsigned char *b, size_t size, size_t at)
{
    static const unsigned char deltas[] = {1, 0x7f, 0x80, 0xff};
    unsigned char was = b[at];
    unsigned char last = b[size - 1];
    for (size_t i = 0; i < sizeof(deltas); i++) {
        b[size - 1] = (unsigned char)(last ^ 0xff);
        b[at] = (unsigned char)(was + deltas[i]);
        if (sign(tested_memcmp(a, b, size)) != sign(memcmp(a, b, size)) ||
            sign(tested_memcmp(b, a, size)) != sign(memcmp(b, a, size)))
            fail_msg("wrong order: size %zu, difference %u at %zu", size, deltas[i], at);
        assert_int_equal(tested_memcmp(a, b, at), 0);
    }
    b[at] = was;
    b[size - 1] = last;
}

static void memcmp_orders_by_the_first_difference(void **state)
{
    (void)state;
    for (size_t align = 0; align < ALIGNMENTS; align++) {
        unsigned char *a = g_source + align;
        unsigned char *b = g_tested + (align * 7 + 3) % ALIGNMENTS;
        memcpy(b, a, SMALL + 1);
        for (size_t size = 1; size <= SMALL; size++) {
            assert_int_equal(tested_memcmp(a, b, size), 0);
            size_t stride = size < 40 ? 1 : 13;
            for (size_t at = align % stride; at < size; at += stride)
                check_compare(a, b, size, at);
        }
        fill(b, SMALL + 1, 1);
    }
}

static void memcmp_of_big_and_empty_ranges(void **state)
{
    (void)state;
    assert_int_equal(tested_memcmp("a", "b", 0), 0);
    memcpy(g_tested, g_source, ARENA);
    assert_int_equal(tested_memcmp(g_tested, g_source, ARENA), 0);
    g_tested[ARENA - 1] ^= 1;
    assert_int_equal(tested_memcmp(g_tested, g_source, ARENA - 1), 0);
    assert_int_not_equal(tested_memcmp(g_tested, g_source, ARENA), 0);
    fill(g_tested, ARENA, 1);
}

/* On heap blocks of exactly the size, where the sanitizer sees a single byte too many. */
static void nothing_is_read_beyond_the_end(void **state)
{
    (void)state;
    for (size_t size = 1; size <= SMALL; size++) {
        unsigned char *a = malloc(size);
        unsigned char *b = malloc(size);
        assert_true(a && b);
        tested_memset(a, 'x', size);
        tested_memcpy(b, a, size);
        assert_int_equal(tested_memcmp(a, b, size), 0);
        tested_memmove(b, b + size / 3, size - size / 3);
        tested_memmove(b + size / 3, b, size - size / 3);
        assert_memory_equal(a, b, size);
        free(a);
        free(b);
    }
}

static void size_zero_takes_null(void **state)
{
    (void)state;
    assert_null(tested_memset(NULL, 1, 0));
    assert_null(tested_memcpy(NULL, g_source, 0));
    assert_ptr_equal(tested_memcpy(g_tested, NULL, 0), g_tested);
    assert_null(tested_memmove(NULL, NULL, 0));
    assert_int_equal(tested_memcmp(NULL, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memcpy_copies_and_nothing_else),
        cmocka_unit_test(memmove_copes_with_every_small_overlap),
        cmocka_unit_test(memmove_copes_with_big_overlaps),
        cmocka_unit_test(memset_fills_and_nothing_else),
        cmocka_unit_test(memcmp_orders_by_the_first_difference),
        cmocka_unit_test(memcmp_of_big_and_empty_ranges),
        cmocka_unit_test(nothing_is_read_beyond_the_end),
        cmocka_unit_test(size_zero_takes_null),
    };
    return cmocka_run_group_tests_name("mem", tests, set_up, tear_down);
}
