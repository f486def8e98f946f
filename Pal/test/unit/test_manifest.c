/* SPDX-License-Identifier: MIT */
/* Tests of the manifest reader: syntax and its faults, limits, memory, linear time.
 * Knows no key's meaning and no type of value; test_manifest_value.c has those. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "manifest.h"
#include "manifest_fixture.h"
#include "manifest_keys.h"
#include "pal_error.h"

static void *no_alloc(void *arg, size_t size)
{
    (void)arg;
    (void)size;
    return NULL;
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key, *value;
    } cases[] = {
        {"a = 1\n", "a", "1"},
        {"a=1", "a", "1"},
        {" \t a\t=\t1 \t", "a", "1"},
        {"a = 1\r\nb = 2\r\n", "a", "1"},
        {"a = 1\r\nb = 2\r\n", "b", "2"},
        {"a = 1\r", "a", "1"},
        {"a = 1\r2", "a", "1\r2"},
        {"\n\r\n \t\r\na = 1", "a", "1"},
        {"#!/bin/pal\na = 1", "a", "1"},
        {"# a = 0\n  # a = 0\n\t#\n#\na = 1", "a", "1"},
        {"\xef\xbb\xbf"
         "a = 1",
         "a", "1"},
        {"\xef\xbb\xbf#!x\na = 1", "a", "1"},
        {"a = 1 # one", "a", "1"},
        {"a = 1\t# one\r\n", "a", "1"},
        {"a = b#c", "a", "b#c"},
        {"a = b#c #d", "a", "b#c"},
        {"a =#b", "a", "#b"},
        {"a = #b", "a", ""},
        {"a =", "a", ""},
        {"a = ", "a", ""},
        {"a =\nb = 1", "a", ""},
        {"a = \"\"", "a", ""},
        {"a = b  c\td ", "a", "b  c\td"},
        {"a = b=c", "a", "b=c"},
        {"a = =", "a", "="},
        {"a = b\"c\"", "a", "b\"c\""},
        {"a = b\\n", "a", "b\\n"},
        {"a = \xc3\xa9", "a", "\xc3\xa9"},
        {"a = \" b \"", "a", " b "},
        {"a = \"b # c\" # d", "a", "b # c"},
        {"a = \"b\"\t \r\n", "a", "b"},
        {"a = \"b\nc\"\nd = 1", "a", "b\nc"},
        {"a = \"b\r\nc\rd\r\n\"", "a", "b\nc\rd\n"},
        {"a = \"\\\"\\\\\\n\\t\"", "a", "\"\\\n\t"},
        {"a = \"\\\\\"\nb = \"\\\\n\"", "b", "\\n"},
        {"aZ_09.0_.z = 1", "aZ_09.0_.z", "1"},
        {"a.b = 1\na.bc = 2\nab = 3\na.b_ = 4", "ab", "3"},
        {"ab = 3\na.bc = 2\na.b = 1\n", "a.b", "1"},
        {"a.b.c = 1\na.bb = 2\na.b.cc = 3", "a.bb", "2"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        load(&loaded, cases[i].text);
        assert_value(&loaded, cases[i].key, cases[i].value);
        unload(&loaded);
    }
}

#define TEXT(literal) (literal), sizeof(literal) - 1

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t size;
        unsigned line, column;
        const char *message; /* behind the place */
    } cases[] = {
        {TEXT("=1"), 1, 1, "key '': found '=', expected a key before it"},
        {TEXT("\n  = 1"), 2, 3, "key '': found '=', expected a key before it"},
        {TEXT("a-b = 1"), 1, 2, "key 'a-b': found '-' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("\"a\" = 1"), 1, 1, "key '\"a\"': found '\"' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("a#b"), 1, 2, "key 'a#b': found '#' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("\xc3\xa9=1"), 1, 1,
         "key '\\xc3\\xa9': found '\\xc3' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("\xef\xbb\xbf-"), 1, 1, "key '-': found '-' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("\xef\xbb"), 1, 1, "key '\\xef\\xbb': found '\\xef' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("a\rb = 1"), 1, 2, "key 'a\\x0db': found '\\x0d' in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT(".a = 1"), 1, 1, "key '.a': found a dot at the beginning, expected a token before it"},
        {TEXT("."), 1, 1, "key '.': found a dot at the beginning, expected a token before it"},
        {TEXT("a..b = 1"), 1, 3, "key 'a..b': found two dots in a row, expected a token between them"},
        {TEXT("a. = 1"), 1, 2, "key 'a.': found a dot at the end, expected a token after it"},
        {TEXT("a"), 1, 2, "key 'a': found the end of the file, expected '=' after the key"},
        {TEXT("a\nb = 1"), 1, 2, "key 'a': found the end of the line, expected '=' after the key"},
        {TEXT("a \r\nb = 1"), 1, 3, "key 'a': found the end of the line, expected '=' after the key"},
        {TEXT("a b = 1"), 1, 3, "key 'a': found 'b', expected '=' after the key"},
        {TEXT("a # = 1"), 1, 3, "key 'a': found a comment, expected '=' after the key"},
        {TEXT("a = \""), 1, 5, "key 'a': found a quote that is not closed, expected another '\"'"},
        {TEXT("x = 1\na = \"b\nc\n"), 2, 5, "key 'a': found a quote that is not closed, expected another '\"'"},
        {TEXT("a = \"b\\"), 1, 5, "key 'a': found a quote that is not closed, expected another '\"'"},
        {TEXT("a = \"b\\\""), 1, 5, "key 'a': found a quote that is not closed, expected another '\"'"},
        {TEXT("a = \"b\r"), 1, 5, "key 'a': found a quote that is not closed, expected another '\"'"},
        {TEXT("a = \"\\q\""), 1, 6, "key 'a': found '\\q', expected \\\", \\\\, \\n or \\t after a backslash"},
        {TEXT("a = \"b\nc\\\n\""), 2, 2, "key 'a': found '\\\\x0a', expected \\\", \\\\, \\n or \\t after a backslash"},
        {TEXT("a = \"b\"c"), 1, 8,
         "key 'a': found 'c' after the closing quote, expected a blank and a comment, or nothing"},
        {TEXT("a = \"b\"#"), 1, 8,
         "key 'a': found '#' after the closing quote, expected a blank and a comment, or nothing"},
        {TEXT("a = \"\n\" \"c\""), 2, 3,
         "key 'a': found '\"' after the closing quote, expected a blank and a comment, or nothing"},
        {TEXT("\0"), 1, 1, "key '\\x00': found a NUL byte in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("a\0 = 1"), 1, 2, "key 'a\\x00': found a NUL byte in the key, expected a letter, a digit, '_' or '.'"},
        {TEXT("a \0= 1"), 1, 3, "key 'a': found a NUL byte, expected '=' after the key"},
        {TEXT("a = b\0"), 1, 6, "key 'a': found a NUL byte, expected text"},
        {TEXT("a = \"b\n\0\""), 2, 1, "key 'a': found a NUL byte, expected text"},
        {TEXT("a = \"\\\0\""), 1, 6, "key 'a': found '\\\\x00', expected \\\", \\\\, \\n or \\t after a backslash"},
        {TEXT("a = \"b\"\0"), 1, 8,
         "key 'a': found a NUL byte after the closing quote, expected a blank and a comment, or nothing"},
        {TEXT("a = b # c\0"), 1, 10, "key 'a': found a NUL byte, expected text"},
        {TEXT("a = b\n# c\0"), 2, 4, "key '': found a NUL byte, expected text"},
        {TEXT("a = 1\nb = 2\n a = 3"), 3, 2,
         "key 'a': found a second value, expected one; 'a' has its first on line 1"},
        {TEXT("a = 1\n\na.b.c = 2"), 3, 1,
         "key 'a.b.c': found a key under a value, expected a value or a group; 'a' is a value on line 1"},
        {TEXT("ab = 1\na_ = 1\na.b = 1\na.b.c = 2"), 4, 1,
         "key 'a.b.c': found a key under a value, expected a value or a group; 'a.b' is a value on line 3"},
        {TEXT("a.b.c = 1\nab = 2\na = 3"), 3, 1,
         "key 'a': found a value for a group, expected a value or a group; 'a.b.c' makes it a group on line 1"},
        {TEXT("x = \"1\n2\"\na.b.c = 1\na.b = 3"), 4, 1,
         "key 'a.b': found a value for a group, expected a value or a group; 'a.b.c' makes it a group on line 3"},
        /* The syntax is checked first. */
        {TEXT("a = 1\na = 2\nb"), 3, 2, "key 'b': found the end of the file, expected '=' after the key"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        char message[MANIFEST_FAULT_SIZE];
        int ret = load_bytes(&loaded, cases[i].text, cases[i].size);
        (void)snprintf(message, sizeof(message), "m:%u:%u: %s", cases[i].line, cases[i].column, cases[i].message);
        assert_string_equal(loaded.fault.text, message);
        assert_int_equal(ret, -PAL_ERROR_INVAL);
        assert_int_equal(loaded.fault.line, cases[i].line);
        assert_int_equal(loaded.fault.column, cases[i].column);
        assert_int_equal(loaded.manifest.count, 0);
        assert_null(manifest_find(&loaded.manifest, "a"));
        unload(&loaded);
    }
}

static void test_memory(void **state)
{
    (void)state;
    struct loaded loaded;
    assert_int_equal(load_bytes(&loaded, "", 0), 0);
    assert_int_equal(loaded.alloc_calls, 0);
    assert_int_equal(loaded.manifest.count, 0);
    assert_null(manifest_find(&loaded.manifest, "a"));
    unload(&loaded);
    load(&loaded, "# nothing\n\n");
    assert_int_equal(loaded.alloc_calls, 0);
    unload(&loaded);

    struct manifest_memory none = {no_alloc, NULL};
    struct manifest manifest;
    struct manifest_fault fault;
    assert_int_equal(manifest_parse(NULL, 0, "m", none, &manifest, &fault), 0);

    /* Only values with escapes are copied, and only their bytes. */
    load(&loaded, "a = 1\nb = \"two\"\nc = \"\\\"3\\\"\"\nd = \"x\r\ny\"");
    assert_int_equal(loaded.alloc_calls, 1);
    assert_int_equal(loaded.alloc_size, 4 * sizeof(struct manifest_entry) + 3 + 3);
    assert_ptr_equal(manifest_find(&loaded.manifest, "a")->value, loaded.text + 4);
    assert_ptr_equal(manifest_find(&loaded.manifest, "b")->value, loaded.text + 11);
    assert_value(&loaded, "c", "\"3\"");
    assert_value(&loaded, "d", "x\ny");
    unload(&loaded);

    assert_int_equal(manifest_parse("a=\nb=", 5, "m", none, &manifest, &fault), -PAL_ERROR_NOMEM);
    assert_string_equal(fault.text, "m: found no memory, expected 96 bytes for 2 keys");
    assert_int_equal(fault.line, 0);
    assert_int_equal(manifest.count, 0);
    assert_int_equal(manifest_parse("a=1", (size_t)MANIFEST_TEXT_MAX + 1, "m", none, &manifest, &fault),
                     -PAL_ERROR_TOOBIG);
    assert_string_equal(fault.text, "m: found 4294967296 bytes, expected at most 4294967295");
}

/* The text ends where memory does, and cannot be written. */
static void test_read_only(void **state)
{
    (void)state;
    static const char text[] = "#!x\r\na = \"\\\"q\\\"\"\r\nb.c = \"two\r\nlines\"\nd = 1";
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = sizeof(text) - 1;
    char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    memcpy(map + page - size, text, size);
    assert_int_equal(mprotect(map, page, PROT_READ), 0);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    struct loaded loaded = {0};
    struct manifest_memory memory = {count_alloc, &loaded};
    /* Every beginning of it, too; what comes of that does not matter here. */
    for (size_t part = 0; part <= size; part++) {
        int ret = manifest_parse(map + page - size, size - part, "m", memory, &loaded.manifest, &loaded.fault);
        free(loaded.manifest.block);
        assert_true(ret == 0 || ret == -PAL_ERROR_INVAL);
        ret = manifest_parse(map + page - part, part, "m", memory, &loaded.manifest, &loaded.fault);
        if (part < size)
            free(loaded.manifest.block);
        assert_true(ret == 0 || ret == -PAL_ERROR_INVAL);
    }
    assert_int_equal(loaded.manifest.count, 3);
    assert_value(&loaded, "a", "\"q\"");
    assert_value(&loaded, "b.c", "two\nlines");
    assert_value(&loaded, "d", "1");
    free(loaded.manifest.block);
    assert_int_equal(munmap(map, 2 * page), 0);
}

/* `head`, count times `fill`, `tail`. */
static char *long_text(const char *head, char fill, size_t count, const char *tail)
{
    char *text = malloc(strlen(head) + count + strlen(tail) + 1);
    memcpy(text, head, strlen(head));
    memset(text + strlen(head), fill, count);
    strcpy(text + strlen(head) + count, tail);
    return text;
}

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t count;
        const char *tail, *message;
    } cases[] = {
        {"", 255, " = 1", NULL},
        {"", 256, " = 1",
         "m:1:1: key 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...': found a key of 256 bytes, "
         "expected at most 255"},
        {"a = ", 65536, "", NULL},
        {"a = ", 65536, " # more", NULL},
        {"\na = ", 65537, "", "m:2:5: key 'a': found a value of 65537 bytes, expected at most 65536"},
        {"a = \"", 65536, "\"", NULL},
        {"a = \"\\n", 65535, "\"", NULL},
        {"a = \"\r\n", 65536, "\"", "m:1:5: key 'a': found a value of 65537 bytes, expected at most 65536"},
        {"a = \"", 70000, "", "m:1:5: key 'a': found a quote that is not closed, expected another '\"'"},
        {"a = 1 #", 1000000, "\nb = 1", NULL},
        {"a = 1 #", 1000000, "\nb", "m:2:2: key 'b': found the end of the file, expected '=' after the key"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        char *text = long_text(cases[i].head, 'x', cases[i].count, cases[i].tail);
        int ret = load_bytes(&loaded, text, strlen(text));
        if (!cases[i].message) {
            assert_int_equal(ret, 0);
        } else {
            assert_string_equal(loaded.fault.text, cases[i].message);
            assert_true(ret == -PAL_ERROR_TOOLONG || ret == -PAL_ERROR_INVAL);
        }
        unload(&loaded);
        free(text);
    }

    /* The longest message: all parts hostile, and a long name, of which the end is kept. */
    struct loaded loaded;
    char *key = long_text("", '\x01', 300, ""), *name = long_text("/", 'd', 5000, "/app.manifest");
    struct manifest_memory memory = {count_alloc, &loaded};
    assert_int_equal(manifest_parse(key, 300, name, memory, &loaded.manifest, &loaded.fault), -PAL_ERROR_INVAL);
    assert_non_null(strstr(loaded.fault.text, "d/app.manifest:1:1: key '\\x01"));
    assert_non_null(
        strstr(loaded.fault.text, "\\x01...': found '\\x01' in the key, expected a letter, a digit, '_' or '.'"));
    free(key);
    free(name);
}

/* Steps through the tree are counted, so that no clock is needed. Each key may cost 8 for each of its bytes and its
 * end, in up to three walks. */
static void assert_linear(const struct loaded *loaded, size_t size)
{
    assert_true(loaded->manifest.steps <= 3 * 8 * size);
}

/* One line of a manifest of many keys. */
static int make_line(char *line, unsigned shape, unsigned i)
{
    static const char fill[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    unsigned mixed = i * 2654435761U; /* odd, so all are different, and in no order */
    switch (shape) {
    case 0:
        return sprintf(line, "k%u = %u\n", i, i);
    case 1:
        return sprintf(line, "loader.env.%u = %u\n", mixed, i);
    case 2:
        return sprintf(line, "%08x.a.b.c.d.e.f.g = %u\n", mixed, i);
    case 3:
        return sprintf(line, "%.*s%u.%u = %u\n", (int)(i % sizeof(fill)), fill, mixed, i, i);
    default: /* a group that each later key has in common with all before */
        return sprintf(line, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.%o.%o = %u\n", i, i, i);
    }
}

static void test_many_keys(void **state)
{
    (void)state;
    for (unsigned shape = 0; shape < 5; shape++) {
        for (unsigned count = 10000; count <= 100000; count *= 10) {
            struct loaded loaded;
            char *text = malloc(count * 160UL), line[160], value[16];
            size_t size = 0;
            for (unsigned i = 0; i < count; i++)
                size += (size_t)make_line(text + size, shape, i);
            assert_int_equal(load_bytes(&loaded, text, size), 0);
            assert_int_equal(loaded.manifest.count, count);
            assert_int_equal(loaded.alloc_calls, 1);
            assert_linear(&loaded, size);
            for (unsigned i = 0; i < count; i += 97) {
                (void)make_line(line, shape, i);
                (void)sprintf(value, "%u", i);
                char *key_end = strchr(line, ' ');
                *key_end = '\0';
                assert_value(&loaded, line, value);
                memcpy(key_end, "_", 2);
                assert_null(manifest_find(&loaded.manifest, line));
            }
            unload(&loaded);
            free(text);
        }
    }
}

/* A short key does not pay for the long ones that it would lead to, however many bits these differ in. */
static void test_short_key(void **state)
{
    (void)state;
    struct loaded before, after;
    char text[20000] = "", key[201];
    size_t size = 0;
    for (unsigned i = 100; i < 200; i++) {
        memset(key, 'a', 200);
        key[200] = '\0';
        key[i] = 'c';
        size += (size_t)sprintf(text + size, "%.*s=\n", (int)i + 1, key);
    }
    assert_int_equal(load_bytes(&before, text, size), 0);
    size += (size_t)sprintf(text + size, "aaa=\n");
    assert_int_equal(load_bytes(&after, text, size), 0);
    assert_in_range(after.manifest.steps - before.manifest.steps, 0, 3 * 8 * sizeof("aaa"));
    unload(&before);
    unload(&after);
}

/* What the tree says that each key shares with those before is what comparing with each of them says. */
static void test_shared(void **state)
{
    (void)state;
    static const char letters[] = "ab01_AZ.";
    struct loaded loaded;
    char text[40000];
    size_t size = 0;
    uint32_t random = 1;
    for (unsigned i = 0; i < 1500; i++) {
        size += (size_t)sprintf(text + size, "a");
        for (unsigned len = 0; len < 6; len++) {
            random = random * 1664525 + 1013904223;
            char letter = letters[random >> 29];
            if (letter != '.' || text[size - 1] != '.')
                text[size++] = letter;
        }
        /* No key is another one's group, as only the last token has a z. */
        size += (size_t)sprintf(text + size, "%sz%u=\n", text[size - 1] == '.' ? "" : ".", i);
    }
    assert_int_equal(load_bytes(&loaded, text, size), 0);
    for (uint32_t i = 0; i < loaded.manifest.count; i++) {
        const struct manifest_entry *entry = &loaded.manifest.entries[i];
        unsigned shared = 0;
        for (uint32_t j = 0; j < i; j++) {
            const struct manifest_entry *other = &loaded.manifest.entries[j];
            unsigned at = 0;
            while (at < entry->key_len && at < other->key_len && entry->key[at] == other->key[at])
                at++;
            shared = at > shared ? at : shared;
        }
        assert_int_equal(entry->shared_len, shared);
    }
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_faults),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_read_only), cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_shared), cmocka_unit_test(test_short_key),
    };
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
