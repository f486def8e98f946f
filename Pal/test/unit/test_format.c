/* SPDX-License-Identifier: MIT */
/* Compares format.c with libc's snprintf, by a table and by random conversions, and tests the number parser.
 * Knows nothing of how either works. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "format.h"

#include "pal_error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The tests pass formats on, and formats that are wrong. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

enum { TEXT_MAX = 1024, RANDOM_ROUNDS = 60000 };

/* What a buffer of `size` bytes must hold once `text` was formatted into it. */
static void assert_cut(const char *fmt, const char *buf, size_t size, const char *text)
{
    if (size == 0)
        return;
    size_t len = strlen(text) < size - 1 ? strlen(text) : size - 1;
    if (memcmp(buf, text, len) != 0 || buf[len] != '\0')
        fail_msg("\"%s\": got \"%.*s\" in %zu bytes, expected a part of \"%s\"", fmt, (int)len, buf, size, text);
}

/* Format into heap buffers of many exact sizes, where the sanitizer sees a single byte too many. */
static void check_against(const char *expected, const char *fmt, va_list ap)
{
    size_t full = strlen(expected) + 1;
    const size_t sizes[] = {full, 0, 1, 2, full / 2, full - 1, full + 1, full + 50};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *buf = malloc(sizes[i]);
        assert_true(buf || sizes[i] == 0);
        va_list copy;
        va_copy(copy, ap);
        int len = format_string_v(buf, sizes[i], fmt, copy);
        va_end(copy);
        assert_cut(fmt, buf, sizes[i], expected);
        if ((size_t)len != strlen(expected))
            fail_msg("\"%s\": returned %d, expected %zu", fmt, len, strlen(expected));
        free(buf);
    }
}

/* Compare with libc. */
static void same(const char *fmt, ...)
{
    char expected[TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    va_list copy;
    va_copy(copy, ap);
    int len = vsnprintf(expected, sizeof(expected), fmt, copy);
    va_end(copy);
    assert_in_range(len, 0, sizeof(expected) - 1);
    check_against(expected, fmt, ap);
    va_end(ap);
}

/* Compare with a text, where libc differs or has no say. */
static void gives(const char *expected, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    check_against(expected, fmt, ap);
    va_end(ap);
}

static void plain_text_and_strings(void **state)
{
    (void)state;
    same("");
    same("plain");
    same("100%%");
    same("%%%%");
    same("a%%b%sc%%", "x");
    same("%s", "");
    same("%s%s%s", "one", "", "three");
    same("[%10s]", "right");
    same("[%-10s]", "left");
    same("[%3s]", "longer");
    same("[%.3s]", "longer");
    same("[%.0s]", "none");
    same("[%.s]", "none");
    same("[%10.3s]", "longer");
    same("[%-10.3s]", "longer");
    same("[%*s]", 8, "star");
    same("[%*s]", -8, "star");
    same("[%-*s]", -8, "star");
    same("[%.*s]", 2, "star");
    same("[%.*s]", 0, "star");
    same("[%.*s]", -1, "star");
    same("[%*.*s]", 8, 2, "star");
    same("%50s|%-50s", "wide", "wide");
    same("[%s]", "\xff\x80\n\t");
    gives("(null)", "%s", (char *)NULL);
    gives("[    (null)]", "[%10s]", (char *)NULL);
}

static void a_bounded_string_needs_no_terminator(void **state)
{
    (void)state;
    char *text = malloc(3);
    assert_non_null(text);
    memcpy(text, "abc", 3);
    gives("abc", "%.3s", text);
    gives("  ab", "%*.*s", 4, 2, text);
    free(text);
}

static void characters(void **state)
{
    (void)state;
    same("%c", 'x');
    same("%c%c%c", 'a', 'b', 'c');
    same("[%5c]", 'x');
    same("[%-5c]", 'x');
    same("%c", 0x141);
    char buf[4] = "###";
    assert_int_equal(format_string(buf, sizeof(buf), "a%cb", '\0'), 3);
    assert_memory_equal(buf, "a\0b", 4);
}

static void integers(void **state)
{
    static const int values[] = {0, 1, -1, 7, 8, 9, 10, -10, 42, 255, 256, 65535, 65536, -129, INT_MAX, INT_MIN};
    static const char *const formats[] = {
        "%d",    "%i",     "%u",     "%x",     "%X",     "%o",      "%5d",    "%-5d|",  "%05d",    "%+d",    "% d",
        "%+ d",  "%-05d|", "%+05d",  "% 05d",  "%.0d",   "%.d",     "%.3d",   "%8.3d",  "%-8.3d|", "%08.3d", "%+.3d",
        "%#x",   "%#X",    "%#o",    "%#10x",  "%#010x", "%-#10x|", "%#.5x",  "%#.0x",  "%#.0o",   "%#.3o",  "%#5o",
        "%#05o", "%.0u",   "%.0x",   "%.0o",   "%+.0d",  "%5.0d|",  "%30d",   "%-30d|", "%030d",   "%.30d",  "%40.30d",
        "%hd",   "%hhd",   "%hu",    "%hhu",   "%hx",    "%hhx",    "%#hhX",  "%ho",    "%hho",    "%hi",    "%hhi",
        "%+hhd", "%05hhd", "%#06hx", "% .4hd", "%01d",   "%00d",    "%--5d|", "%#o",    "%100d",   "%.100x"};
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        for (size_t j = 0; j < sizeof(formats) / sizeof(formats[0]); j++)
            same(formats[j], values[i]);
}

static void long_integers(void **state)
{
    static const int64_t values[] = {0,        1,         -1,        10,        INT_MAX,   INT_MIN,
                                     UINT_MAX, 1LL << 32, 1LL << 33, INT64_MAX, INT64_MIN, 0x123456789abcdef0};
    static const char *const formats[] = {
        "%ld",  "%li",  "%lu",  "%lx",  "%lX",    "%lo",     "%lld",    "%lli",    "%llu",     "%llx",  "%llX",
        "%llo", "%zd",  "%zi",  "%zu",  "%zx",    "%zo",     "%jd",     "%ju",     "%jx",      "%td",   "%tx",
        "%tu",  "%#lx", "%#lo", "%+ld", "%025lu", "%-25ld|", "%#025lx", "%#.25lo", "%30.25zd", "%.0lu", "%#.0lo"};
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        for (size_t j = 0; j < sizeof(formats) / sizeof(formats[0]); j++)
            same(formats[j], values[i]);
}

static void stars(void **state)
{
    static const int counts[] = {0, 1, 5, 20, -1, -5, -20};
    static const char *const formats[] = {"[%*.*d]", "[%-*.*d]", "[%0*.*d]", "[%+*.*x]", "[%#*.*o]", "[%#0*.*X]"};
    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (size_t j = 0; j < sizeof(counts) / sizeof(counts[0]); j++)
            for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]); k++)
                same(formats[k], counts[i], counts[j], 1234);
}

static void pointers(void **state)
{
    (void)state;
    same("%p", (void *)0x1234);
    same("%p", (void *)UINTPTR_MAX);
    same("[%20p]", (void *)0x7fffffffe000);
    same("[%-20p]", (void *)0x7fffffffe000);
    gives("0x0", "%p", NULL);
}

static void what_is_no_conversion_is_printed(void **state)
{
    (void)state;
    gives("%", "%");
    gives("a%", "a%");
    gives("%y", "%y");
    gives("%y 7", "%y %d", 7);
    gives("%-+ #05.3q|", "%-+ #05.3q|");
    gives("%f 3", "%f %d", 3);
    gives("%n", "%n");
    gives("%l", "%l");
    gives("%hh", "%hh");
    gives("%5", "%5");
    gives("%.", "%.");
    gives("%*y|x", "%*y|%s", 5, "x");
    gives("x%\xff", "%s%\xff", "x");
}

static void several_arguments_in_order(void **state)
{
    (void)state;
    same("pal: %s: %s: %s", "file:/x", "open", "permission denied");
    same("%d %ld %hhd %zu %c %s %x %p%%", -1, -2L, 300, (size_t)3, 'c', "s", 0xbeefU,
         (void *)&several_arguments_in_order);
    same("%d%d%d%d%d%d%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    same("%.2s%*d%-*d%.*s", "abc", 4, 5, 6, 7, 1, "xyz");
}

static void the_list_form_is_called_by_the_other(void **state)
{
    (void)state;
    char buf[8];
    assert_int_equal(format_string(buf, sizeof(buf), "%s-%d", "long text", 12), 12);
    assert_string_equal(buf, "long te");
    assert_int_equal(format_string(NULL, 0, "%s", "abc"), 3);
}

static void huge_widths_saturate(void **state)
{
    (void)state;
    static const char *const volatile fmt = "%2147483647d%99999999999999999999d";
    char buf[8];
    assert_int_equal(format_string(buf, sizeof(buf), fmt, 1, 2), INT_MAX);
    assert_string_equal(buf, "       ");
}

struct collector {
    char text[TEXT_MAX];
    size_t len;
    size_t calls;
};

static void collect(void *arg, const char *text, size_t len)
{
    struct collector *collector = arg;
    assert_int_not_equal(len, 0);
    assert_true(len <= sizeof(collector->text) - collector->len);
    memcpy(collector->text + collector->len, text, len);
    collector->len += len;
    collector->calls++;
}

static struct collector collected(const char *fmt, ...)
{
    struct collector collector = {.len = 0};
    va_list ap;
    va_start(ap, fmt);
    format_to(collect, &collector, fmt, ap);
    va_end(ap);
    return collector;
}

static void a_sink_gets_the_pieces_in_order(void **state)
{
    (void)state;
    assert_int_equal(collected("").calls, 0);
    assert_int_equal(collected("%s%.0d", "", 0).calls, 0);
    assert_int_equal(collected("one piece").calls, 1);
    struct collector collector = collected("<%100s|%-100d|%%>%y", "a", 5);
    char expected[TEXT_MAX];
    int len = snprintf(expected, sizeof(expected), "<%100s|%-100d|%%>%%y", "a", 5);
    assert_int_equal(collector.len, len);
    assert_memory_equal(collector.text, expected, collector.len);
}

/* A small generator of our own, so that the same seed gives the same run everywhere. */
static uint64_t g_random = 20240229;

static unsigned pick(unsigned count)
{
    g_random = g_random * 6364136223846793005 + 1442695040888963407;
    return (unsigned)(g_random >> 33) % count;
}

static uint64_t random_value(void)
{
    uint64_t high = pick(UINT_MAX);
    return (high << 32 | pick(UINT_MAX)) >> pick(64);
}

/* A random conversion with `*` or digits for its counts; says how many stars it has. */
static unsigned random_format(char *fmt, const char *length, const char *letters, const char *flags)
{
    unsigned star_count = 0;
    *fmt++ = '<';
    *fmt++ = '%';
    for (unsigned i = pick(4); i > 0; i--)
        *fmt++ = flags[pick((unsigned)strlen(flags))];
    if (pick(3) == 0) {
        *fmt++ = '*';
        star_count++;
    } else if (pick(2) == 0) {
        fmt += sprintf(fmt, "%u", pick(70) + 1);
    }
    if (pick(3) == 0) {
        fmt += sprintf(fmt, ".*");
        star_count++;
    } else if (pick(2) == 0) {
        fmt += sprintf(fmt, ".%u", pick(70));
    }
    sprintf(fmt, "%s%c>", length, letters[pick((unsigned)strlen(letters))]);
    return star_count;
}

static void random_integers(void **state)
{
    static const char *const lengths[] = {"", "h", "hh", "l", "ll", "z", "j", "t"};
    (void)state;
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        char fmt[64];
        unsigned stars_used = random_format(fmt, lengths[pick(8)], "diuxXo", "-+ #0");
        int first = (int)pick(80) - 20;
        int second = (int)pick(80) - 20;
        uint64_t value = pick(8) == 0 ? 0 : pick(2) ? random_value() : -random_value();
        if (stars_used == 0)
            same(fmt, value);
        else if (stars_used == 1)
            same(fmt, first, value);
        else
            same(fmt, first, second, value);
    }
}

static void random_strings(void **state)
{
    (void)state;
    char text[65];
    memset(text, 'x', sizeof(text));
    for (unsigned round = 0; round < RANDOM_ROUNDS / 4; round++) {
        char fmt[64];
        unsigned stars_used = random_format(fmt, "", "s", "-");
        int first = (int)pick(80) - 20;
        int second = (int)pick(80) - 20;
        size_t len = pick(sizeof(text));
        text[len] = '\0';
        if (stars_used == 0)
            same(fmt, text);
        else if (stars_used == 1)
            same(fmt, first, text);
        else
            same(fmt, first, second, text);
        text[len] = 'x';
    }
}

struct number {
    const char *text;
    unsigned base;
    int ret;
    uint64_t value;
};

static const struct number numbers[] = {
    {"0", 0, 0, 0},
    {"1", 0, 0, 1},
    {"42", 0, 0, 42},
    {"18446744073709551615", 0, 0, UINT64_MAX},
    {"18446744073709551616", 0, -PAL_ERROR_OVERFLOW, 0},
    {"18446744073709551620", 0, -PAL_ERROR_OVERFLOW, 0},
    {"99999999999999999999999999", 0, -PAL_ERROR_OVERFLOW, 0},
    {"99999999999999999999999999x", 0, -PAL_ERROR_INVAL, 0},
    {"0x0", 0, 0, 0},
    {"0x1f", 0, 0, 31},
    {"0X1F", 0, 0, 31},
    {"0xffffffffffffffff", 0, 0, UINT64_MAX},
    {"0x10000000000000000", 0, -PAL_ERROR_OVERFLOW, 0},
    {"0x000000000000000000001", 0, 0, 1},
    {"00", 0, 0, 0},
    {"017", 0, 0, 15},
    {"01777777777777777777777", 0, 0, UINT64_MAX},
    {"02000000000000000000000", 0, -PAL_ERROR_OVERFLOW, 0},
    {"08", 0, -PAL_ERROR_INVAL, 0},
    {"0x", 0, -PAL_ERROR_INVAL, 0},
    {"0xg", 0, -PAL_ERROR_INVAL, 0},
    {"x1", 0, -PAL_ERROR_INVAL, 0},
    {"", 0, -PAL_ERROR_INVAL, 0},
    {" 1", 0, -PAL_ERROR_INVAL, 0},
    {"1 ", 0, -PAL_ERROR_INVAL, 0},
    {"+1", 0, -PAL_ERROR_INVAL, 0},
    {"-1", 0, -PAL_ERROR_INVAL, 0},
    {"1a", 0, -PAL_ERROR_INVAL, 0},
    {"1\xff", 0, -PAL_ERROR_INVAL, 0},
    {"/", 0, -PAL_ERROR_INVAL, 0},
    {":", 0, -PAL_ERROR_INVAL, 0},
    {"007", 10, 0, 7},
    {"65535", 10, 0, 65535},
    {"0x10", 10, -PAL_ERROR_INVAL, 0},
    {"", 10, -PAL_ERROR_INVAL, 0},
    {"ff", 16, 0, 255},
    {"0xff", 16, -PAL_ERROR_INVAL, 0},
    {"755", 8, 0, 0755},
    {"8", 8, -PAL_ERROR_INVAL, 0},
    {"1011", 2, 0, 11},
    {"2", 2, -PAL_ERROR_INVAL, 0},
    {"zZ", 36, 0, 35 * 36 + 35},
    {"@", 36, -PAL_ERROR_INVAL, 0},
    {"[", 36, -PAL_ERROR_INVAL, 0},
    {"`", 36, -PAL_ERROR_INVAL, 0},
    {"{", 36, -PAL_ERROR_INVAL, 0},
    {"0", 1, -PAL_ERROR_INVAL, 0},
    {"0", 37, -PAL_ERROR_INVAL, 0},
    {"1", UINT_MAX, -PAL_ERROR_INVAL, 0},
};

static void numbers_by_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct number *number = &numbers[i];
        size_t len = strlen(number->text);
        char *text = malloc(len);
        assert_true(text || len == 0);
        if (len > 0)
            memcpy(text, number->text, len);
        uint64_t value = 0xdead;
        int ret = format_parse_u64(text, len, number->base, &value);
        if (ret != number->ret || value != (ret < 0 ? 0xdead : number->value))
            fail_msg("\"%s\" in base %u: returned %d, value %llu", number->text, number->base, ret,
                     (unsigned long long)value);
        free(text);
    }
}

static void numbers_with_a_nul_inside(void **state)
{
    (void)state;
    uint64_t value = 0;
    assert_int_equal(format_parse_u64("1\0", 2, 10, &value), -PAL_ERROR_INVAL);
    assert_int_equal(format_parse_u64("\0", 1, 0, &value), -PAL_ERROR_INVAL);
    assert_int_equal(format_parse_u64(NULL, 0, 0, &value), -PAL_ERROR_INVAL);
}

static void numbers_survive_a_round_trip(void **state)
{
    static const char *const formats[] = {"%lu", "%#lx", "%#lo", "%#lX"};
    (void)state;
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        char text[32];
        uint64_t value = random_value();
        uint64_t parsed = ~value;
        int len = format_string(text, sizeof(text), formats[round % 4], value);
        assert_int_equal(format_parse_u64(text, (size_t)len, 0, &parsed), 0);
        assert_true(parsed == value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_strings),
        cmocka_unit_test(a_bounded_string_needs_no_terminator),
        cmocka_unit_test(characters),
        cmocka_unit_test(integers),
        cmocka_unit_test(long_integers),
        cmocka_unit_test(stars),
        cmocka_unit_test(pointers),
        cmocka_unit_test(what_is_no_conversion_is_printed),
        cmocka_unit_test(several_arguments_in_order),
        cmocka_unit_test(the_list_form_is_called_by_the_other),
        cmocka_unit_test(huge_widths_saturate),
        cmocka_unit_test(a_sink_gets_the_pieces_in_order),
        cmocka_unit_test(random_integers),
        cmocka_unit_test(random_strings),
        cmocka_unit_test(numbers_by_table),
        cmocka_unit_test(numbers_with_a_nul_inside),
        cmocka_unit_test(numbers_survive_a_round_trip),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
