/* SPDX-License-Identifier: MIT */
/* Compares pal_string.c with libc over all short strings of a small alphabet; it is compiled here under other names.
 * Knows nothing of how the functions work. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define memchr  tested_memchr
#define strlen  tested_strlen
#define strnlen tested_strnlen
#define strcmp  tested_strcmp
#define strncmp tested_strncmp
#define strchr  tested_strchr
#define strrchr tested_strrchr
#include "../../lib/pal_string.c"
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

/* After pal_string.h, so that it is not the one to declare anything twice. */
#include <stdlib.h>
#include <string.h>

/* Letters on both sides of 0x80 and next to each other; bytes compare as unsigned. */
static const char letters[] = {'a', 'b', '\x7f', '\x80', '\xff'};
enum { LETTERS = sizeof(letters), LEN_MAX = 4, STRINGS = 1 + 5 + 25 + 125 + 625 };

/* Each string in a heap block of exactly its size, where the sanitizer sees a single byte too many. */
static char *g_strings[STRINGS];

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static char *heap_bytes(const void *bytes, size_t size)
{
    char *copy = malloc(size);
    assert_true(copy || size == 0);
    if (copy)
        memcpy(copy, bytes, size);
    return copy;
}

static int make_strings(void **state)
{
    (void)state;
    size_t count = 0;
    size_t combinations = 1;
    for (size_t len = 0; len <= LEN_MAX; len++, combinations *= LETTERS) {
        for (size_t number = 0; number < combinations; number++) {
            char text[LEN_MAX + 1] = "";
            size_t rest = number;
            for (size_t i = 0; i < len; i++, rest /= LETTERS)
                text[i] = letters[rest % LETTERS];
            g_strings[count++] = heap_bytes(text, len + 1);
        }
    }
    return count == STRINGS ? 0 : -1;
}

static int free_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRINGS; i++)
        free(g_strings[i]);
    return 0;
}

static void lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRINGS; i++) {
        size_t len = strlen(g_strings[i]);
        assert_int_equal(tested_strlen(g_strings[i]), len);
        for (size_t max_len = 0; max_len <= LEN_MAX + 2; max_len++)
            assert_int_equal(tested_strnlen(g_strings[i], max_len), len < max_len ? len : max_len);
        assert_int_equal(tested_strnlen(g_strings[i], SIZE_MAX), len);
    }
}

static void long_lengths(void **state)
{
    (void)state;
    for (size_t len = 0; len < 300; len++) {
        char *text = malloc(len + 1);
        assert_non_null(text);
        memset(text, '\x80', len);
        text[len] = '\0';
        assert_int_equal(tested_strlen(text), len);
        assert_ptr_equal(tested_strchr(text, '\0'), text + len);
        assert_ptr_equal(tested_strrchr(text, '\0'), text + len);
        assert_null(tested_strchr(text, 'x'));
        assert_null(tested_strrchr(text, 'x'));
        free(text);
    }
}

static void order(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRINGS; i++) {
        for (size_t j = 0; j < STRINGS; j++) {
            int expected = sign(strcmp(g_strings[i], g_strings[j]));
            assert_int_equal(sign(tested_strcmp(g_strings[i], g_strings[j])), expected);
            assert_int_equal(streq(g_strings[i], g_strings[j]), expected == 0);
        }
    }
}

static void order_up_to_a_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRINGS; i += 3)
        for (size_t j = 0; j < STRINGS; j += 2)
            for (size_t max_len = 0; max_len <= LEN_MAX + 2; max_len++)
                assert_int_equal(sign(tested_strncmp(g_strings[i], g_strings[j], max_len)),
                                 sign(strncmp(g_strings[i], g_strings[j], max_len)));
}

static void strncmp_needs_no_terminator(void **state)
{
    (void)state;
    char *a = heap_bytes("abc", 3);
    char *b = heap_bytes("abd", 3);
    assert_int_equal(tested_strncmp(a, b, 2), 0);
    assert_true(tested_strncmp(a, b, 3) < 0);
    assert_int_equal(tested_strncmp(a, a, 3), 0);
    assert_int_equal(tested_strnlen(a, 3), 3);
    free(a);
    free(b);
}

/* Only the low byte of what is looked for counts. */
static void first_and_last_of_a_byte(void **state)
{
    static const int bytes[] = {'a', 'b', 0x7f, 0x80, -128, 0xff, -1, 0, 'x', 0x100, 0x161};
    (void)state;
    for (size_t i = 0; i < STRINGS; i++) {
        for (size_t j = 0; j < sizeof(bytes) / sizeof(bytes[0]); j++) {
            assert_ptr_equal(tested_strchr(g_strings[i], bytes[j]), strchr(g_strings[i], bytes[j]));
            assert_ptr_equal(tested_strrchr(g_strings[i], bytes[j]), strrchr(g_strings[i], bytes[j]));
        }
    }
}

static void memchr_stays_in_the_range(void **state)
{
    static const char text[] = "ab\0\x80"
                               "ab\xff";
    static const int bytes[] = {'a', 'b', 0, 0x80, 0xff, -1, 'x', 0x161};
    (void)state;
    for (size_t size = 0; size < sizeof(text); size++) {
        char *copy = heap_bytes(text, size);
        for (size_t j = 0; j < sizeof(bytes) / sizeof(bytes[0]); j++)
            assert_ptr_equal(tested_memchr(copy, bytes[j], size), size ? memchr(copy, bytes[j], size) : NULL);
        free(copy);
    }
    assert_null(tested_memchr(NULL, 'a', 0));
}

/* C11 7.24.5.1 paragraph 2: memchr reads as if one byte after the other, so a size may be a mere upper bound. */
static void memchr_stops_at_what_it_finds(void **state)
{
    (void)state;
    char *copy = heap_bytes("abc", 3);
    assert_ptr_equal(tested_memchr(copy, 'c', SIZE_MAX), copy + 2);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),
        cmocka_unit_test(long_lengths),
        cmocka_unit_test(order),
        cmocka_unit_test(order_up_to_a_length),
        cmocka_unit_test(strncmp_needs_no_terminator),
        cmocka_unit_test(first_and_last_of_a_byte),
        cmocka_unit_test(memchr_stays_in_the_range),
        cmocka_unit_test(memchr_stops_at_what_it_finds),
    };
    return cmocka_run_group_tests_name("string", tests, make_strings, free_strings);
}
