/* SPDX-License-Identifier: MIT */
/* Tests of path.c; normalising is compared with a second, naive implementation, too.
 * Knows no file system: there is no link that could make `..` mean something else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pal_error.h"
#include "path.h"

/* Exactly the bytes, so that the sanitizer sees a read past the end; the caller frees. */
static char *exact_copy(const char *text, size_t len)
{
    char *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

/* Into a buffer of exactly size bytes; *out_text is NULL after a failure, else the caller frees. */
static int64_t normalise(const char *path, size_t len, size_t size, char **out_text)
{
    char *copy = exact_copy(path, len);
    char *out = malloc(size);
    int64_t ret = path_normalise(copy, len, out, size);
    free(copy);
    *out_text = NULL;
    if (ret < 0)
        free(out);
    else
        *out_text = out;
    return ret;
}

static void check_normalised(const char *path, const char *expected)
{
    size_t expected_len = strlen(expected);
    char *text;
    int64_t len = normalise(path, strlen(path), expected_len + 1, &text);
    if (!text || len != (int64_t)expected_len || strcmp(text, expected) != 0)
        fail_msg("\"%s\": found \"%s\" (%lld), expected \"%s\"", path, text ? text : "", (long long)len, expected);
    free(text);
    for (size_t size = 1; size <= expected_len; size++)
        assert_int_equal(normalise(path, strlen(path), size, &text), -PAL_ERROR_TOOLONG);
}

static void test_normalise(void **state)
{
    static const struct {
        const char *path, *normalised;
    } rows[] = {
        {"/", "/"},
        {"//", "/"},
        {"///", "/"},
        {"/.", "/"},
        {"/./", "/"},
        {"/..", "/"},
        {"/../..", "/"},
        {"/../a", "/a"},
        {"/a", "/a"},
        {"/a/", "/a"},
        {"//a//b//", "/a/b"},
        {"/a/./b", "/a/b"},
        {"/a/../b", "/b"},
        {"/a/b/..", "/a"},
        {"/a/b/../..", "/"},
        {"/a/b/../../..", "/"},
        {"/a/b/../../../c", "/c"},
        {"/a/b/../c/../d", "/a/d"},
        {".", "."},
        {"./", "."},
        {"./.", "."},
        {"a", "a"},
        {"./a", "a"},
        {"a/", "a"},
        {"a/.", "a"},
        {"a/..", "."},
        {"a/../", "."},
        {"a/b/../..", "."},
        {"..", ".."},
        {"../", ".."},
        {"../..", "../.."},
        {"./../.", ".."},
        {"../a", "../a"},
        {"../../a", "../../a"},
        {"a/../..", ".."},
        {"a/../../..", "../.."},
        {"a/../../b", "../b"},
        {"../a/../b", "../b"},
        {"a/b/../../../c", "../c"},
        {"...", "..."},
        {"/...", "/..."},
        {".../..", "."},
        {"..a", "..a"},
        {"a..", "a.."},
        {".a", ".a"},
        {"a.", "a."},
        {"a/..b/c", "a/..b/c"},
        {" ", " "},
        {"a b/ c", "a b/ c"},
        {"\xff\x01/\n", "\xff\x01/\n"},
        {"a\\..\\b", "a\\..\\b"},
        {"file:/x", "file:/x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_normalised(rows[i].path, rows[i].normalised);
        check_normalised(rows[i].normalised, rows[i].normalised);
    }
}

static void test_normalise_refuses(void **state)
{
    (void)state;
    char out[16];
    assert_int_equal(path_normalise("", 0, out, sizeof(out)), -PAL_ERROR_INVAL);
    assert_int_equal(path_normalise(NULL, 0, out, sizeof(out)), -PAL_ERROR_INVAL);
    assert_int_equal(path_normalise("\0", 1, out, sizeof(out)), -PAL_ERROR_INVAL);
    assert_int_equal(path_normalise("a\0b", 3, out, sizeof(out)), -PAL_ERROR_INVAL);
    assert_int_equal(path_normalise("/a", 3, out, sizeof(out)), -PAL_ERROR_INVAL);
    assert_int_equal(path_normalise("\0/..", 4, out, sizeof(out)), -PAL_ERROR_INVAL);
    assert_int_equal(path_normalise("a", 1, NULL, 0), -PAL_ERROR_TOOLONG);
}

static void test_normalise_limits(void **state)
{
    (void)state;
    static char path[PATH_LEN_MAX + 2];
    char *text;

    memset(path, 'x', sizeof(path));
    assert_int_equal(normalise(path, PATH_COMPONENT_MAX, 4096, &text), PATH_COMPONENT_MAX);
    free(text);
    assert_int_equal(normalise(path, PATH_COMPONENT_MAX + 1, 4096, &text), -PAL_ERROR_TOOLONG);
    path[0] = '/';
    assert_int_equal(normalise(path, PATH_COMPONENT_MAX + 1, 4096, &text), PATH_COMPONENT_MAX + 1);
    free(text);
    assert_int_equal(normalise(path, PATH_COMPONENT_MAX + 2, 4096, &text), -PAL_ERROR_TOOLONG);
    path[PATH_COMPONENT_MAX + 2] = '/'; /* removed by `..`, and still refused */
    path[PATH_COMPONENT_MAX + 3] = path[PATH_COMPONENT_MAX + 4] = '.';
    assert_int_equal(normalise(path, PATH_COMPONENT_MAX + 5, 4096, &text), -PAL_ERROR_TOOLONG);

    memset(path, '/', sizeof(path));
    assert_int_equal(normalise(path, PATH_LEN_MAX, 2, &text), 1);
    free(text);
    assert_int_equal(normalise(path, PATH_LEN_MAX + 1, 4096, &text), -PAL_ERROR_TOOLONG);

    for (size_t i = 0; i < sizeof(path); i++)
        path[i] = i % 2 ? '/' : 'x';
    assert_int_equal(normalise(path, PATH_LEN_MAX, PATH_LEN_MAX + 1, &text), PATH_LEN_MAX);
    free(text);
    assert_int_equal(normalise(path, PATH_LEN_MAX, PATH_LEN_MAX, &text), -PAL_ERROR_TOOLONG);

    for (size_t i = 0; i < sizeof(path); i++)
        path[i] = i % 3 == 2 ? '/' : '.';
    assert_int_equal(normalise(path, PATH_LEN_MAX, PATH_LEN_MAX + 1, &text), PATH_LEN_MAX - 1);
    free(text);
}

enum { EXHAUSTIVE_LEN = 8 };

/* A stack of components, as the description says it: the oracle. */
static void naive_normalise(const char *path, char out[EXHAUSTIVE_LEN + 1])
{
    const char *stack[EXHAUSTIVE_LEN];
    size_t depth = 0;
    bool absolute = path[0] == '/';
    char copy[EXHAUSTIVE_LEN + 1];
    memcpy(copy, path, sizeof(copy));
    for (char *component = strtok(copy, "/"); component; component = strtok(NULL, "/")) {
        if (strcmp(component, ".") == 0)
            continue;
        bool up = strcmp(component, "..") == 0;
        if (up && depth > 0 && strcmp(stack[depth - 1], "..") != 0)
            depth--;
        else if (!up || !absolute)
            stack[depth++] = component;
    }
    char *end = out;
    if (absolute || depth == 0)
        *end++ = absolute ? '/' : '.';
    for (size_t i = 0; i < depth; i++) {
        if (i > 0)
            *end++ = '/';
        for (const char *from = stack[i]; *from; from++)
            *end++ = *from;
    }
    *end = '\0';
}

/* Every path of slashes, dots and `a` up to a length. */
static void test_normalise_agrees_with_naive(void **state)
{
    (void)state;
    size_t count = 1;
    for (size_t len = 1; len <= EXHAUSTIVE_LEN; len++) {
        count *= 3;
        for (size_t number = 0; number < count; number++) {
            char path[EXHAUSTIVE_LEN + 1] = "";
            size_t rest = number;
            for (size_t i = 0; i < len; i++, rest /= 3)
                path[i] = "/.a"[rest % 3];
            char expected[EXHAUSTIVE_LEN + 1];
            naive_normalise(path, expected);
            check_normalised(path, expected);
        }
    }
}

static void test_base_and_bare(void **state)
{
    static const struct {
        const char *path, *base;
        bool bare;
    } rows[] = {
        {"", "", false},    {"a", "a", true},    {"a.b", "a.b", true}, {"/", "", false},
        {"/a", "a", false}, {"a/b", "b", false}, {"/a/b", "b", false}, {"a/", "", false},
        {"..", "..", true}, {"./a", "a", false}, {"a//b", "b", false}, {"a b", "a b", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(path_base(rows[i].path), rows[i].base);
        assert_ptr_equal(path_base(rows[i].path), rows[i].path + strlen(rows[i].path) - strlen(rows[i].base));
        assert_int_equal(path_is_bare(rows[i].path), rows[i].bare);
    }
}

static void test_suffix(void **state)
{
    static const struct {
        const char *path;
        size_t stem_len; /* 0: has no such suffix */
    } rows[] = {
        {"a.manifest", 1},    {"/x/a.manifest", 4}, {"a.b.manifest", 3}, {"..manifest", 1}, {"a.manifest.manifest", 10},
        {"a/b/.manifest", 0}, {".manifest", 0},     {"/.manifest", 0},   {"manifest", 0},   {"a.manifes", 0},
        {"a.manifestx", 0},   {"a.manifest/", 0},   {"a.Manifest", 0},   {"a", 0},          {"a.manifest.sgx", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].path);
        size_t stem_len = rows[i].stem_len;
        char *copy = exact_copy(rows[i].path, len);
        assert_int_equal(path_has_suffix(copy, len, ".manifest"), stem_len != 0);
        assert_int_equal(path_without_suffix(copy, len, ".manifest"), stem_len ? stem_len : len);
        if (stem_len) {
            char buf[64];
            assert_int_equal(path_with_suffix(copy, stem_len, ".manifest", buf, sizeof(buf)), len);
            assert_string_equal(buf, rows[i].path);
        }
        free(copy);
    }
    char buf[16];
    assert_false(path_has_suffix("", 0, ".m"));
    assert_int_equal(path_without_suffix("", 0, ".m"), 0);
    assert_int_equal(path_with_suffix("", 0, ".m", buf, sizeof(buf)), -PAL_ERROR_INVAL);
    assert_int_equal(path_with_suffix("a/", 2, ".m", buf, sizeof(buf)), -PAL_ERROR_INVAL);
    assert_int_equal(path_with_suffix("a\0b", 3, ".m", buf, sizeof(buf)), -PAL_ERROR_INVAL);
    assert_int_equal(path_with_suffix("a", 1, ".m", buf, 4), 3);
    assert_int_equal(path_with_suffix("a", 1, ".m", buf, 3), -PAL_ERROR_TOOLONG);
    assert_int_equal(path_with_suffix("a", 1, "", buf, 2), 1);
    assert_string_equal(buf, "a");
}

typedef int64_t combine_function(const char *first, const char *name, char *out, size_t size);

static void check_combined(combine_function *combine, const char *first, const char *name, const char *expected)
{
    assert_int_equal(combine(first, name, NULL, 0), expected ? -PAL_ERROR_TOOLONG : -PAL_ERROR_INVAL);
    for (size_t size = 1; size < 32; size++) {
        char *buf = malloc(size);
        int64_t len = combine(first, name, buf, size);
        if (!expected) {
            assert_int_equal(len, -PAL_ERROR_INVAL);
        } else if (size <= strlen(expected)) {
            assert_int_equal(len, -PAL_ERROR_TOOLONG);
        } else {
            assert_int_equal(len, strlen(expected));
            assert_string_equal(buf, expected);
        }
        free(buf);
    }
}

static void test_join_and_sibling(void **state)
{
    static const struct {
        const char *first, *name, *joined, *sibling; /* NULL: refused as INVAL */
    } rows[] = {
        {"/a", "b", "/a/b", "/b"},    {"/a/", "b", "/a/b", "/a/b"}, {"/", "b", "/b", "/b"},
        {"", "b", "b", "b"},          {"a", "b/c", "a/b/c", "b/c"}, {"a/b", "..", "a/b/..", "a/.."},
        {"a//", "b", "a//b", "a//b"}, {".", "b", "./b", "b"},       {"a/pal", "app", "a/pal/app", "a/app"},
        {"a", "", NULL, NULL},        {"a", "/b", NULL, NULL},      {"", "", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_combined(path_join, rows[i].first, rows[i].name, rows[i].joined);
        check_combined(path_sibling, rows[i].first, rows[i].name, rows[i].sibling);
    }
}

static void test_join_limits(void **state)
{
    (void)state;
    static char dir[PATH_LEN_MAX + 2];
    static char buf[2 * PATH_LEN_MAX];
    memset(dir, 'x', PATH_LEN_MAX - 2);
    assert_int_equal(path_join(dir, "b", buf, sizeof(buf)), PATH_LEN_MAX);
    assert_int_equal(path_join(dir, "bc", buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
    assert_int_equal(path_with_suffix(dir, PATH_LEN_MAX - 2, ".m", buf, sizeof(buf)), PATH_LEN_MAX);
    assert_int_equal(path_with_suffix(dir, PATH_LEN_MAX - 2, ".mn", buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
    memset(dir, 'x', PATH_LEN_MAX + 1);
    assert_int_equal(path_join(dir, "b", buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
    assert_int_equal(path_join("b", dir, buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
    assert_int_equal(path_sibling("b", dir, buf, sizeof(buf)), -PAL_ERROR_TOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalise),        cmocka_unit_test(test_normalise_refuses),
        cmocka_unit_test(test_normalise_limits), cmocka_unit_test(test_normalise_agrees_with_naive),
        cmocka_unit_test(test_base_and_bare),    cmocka_unit_test(test_suffix),
        cmocka_unit_test(test_join_and_sibling), cmocka_unit_test(test_join_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
