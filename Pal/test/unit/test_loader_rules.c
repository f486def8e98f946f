/* SPDX-License-Identifier: MIT */
/* Tests of loader_rules.c: every combination of what can be there, against the rules written down a second time, as a
 * table. Knows no file: what exists is made up. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader_rules.h"
#include "pal_error.h"

/***** The command line *****/

#define ARGUMENTS_MAX 6

static void test_command(void **state)
{
    static const struct {
        const char *argv[ARGUMENTS_MAX];
        enum loader_action action;
        int first; /* index of the file in argv; 0 = no arguments */
        int wrong; /* index of the unknown option; 0 = none */
    } rows[] = {
        {{NULL}, LOADER_USAGE, 0, 0},
        {{"pal"}, LOADER_USAGE, 0, 0},
        {{""}, LOADER_USAGE, 0, 0},
        {{"pal", "file"}, LOADER_RUN, 1, 0},
        {{"pal", ""}, LOADER_RUN, 1, 0},
        {{"pal", "file", "a", "b"}, LOADER_RUN, 1, 0},
        {{"pal", "file", "--help"}, LOADER_RUN, 1, 0},
        {{"pal", "file", "--", "--wrong"}, LOADER_RUN, 1, 0},
        {{"pal", "--", "file", "a"}, LOADER_RUN, 2, 0},
        {{"pal", "--", "--help"}, LOADER_RUN, 2, 0},
        {{"pal", "--", "--"}, LOADER_RUN, 2, 0},
        {{"pal", "--", "-"}, LOADER_RUN, 2, 0},
        {{"pal", "--"}, LOADER_USAGE, 0, 0},
        {{"pal", "--help"}, LOADER_HELP, 0, 0},
        {{"pal", "--help", "file"}, LOADER_HELP, 0, 0},
        {{"pal", "--help", "--wrong"}, LOADER_HELP, 0, 0},
        {{"pal", "--version"}, LOADER_VERSION, 0, 0},
        {{"pal", "--version", "--help"}, LOADER_VERSION, 0, 0},
        {{"pal", "--explain"}, LOADER_USAGE, 0, 0},
        {{"pal", "--explain", "--"}, LOADER_USAGE, 0, 0},
        {{"pal", "--explain", "file", "a"}, LOADER_EXPLAIN, 2, 0},
        {{"pal", "--explain", "--explain", "file"}, LOADER_EXPLAIN, 3, 0},
        {{"pal", "--explain", "--", "--explain"}, LOADER_EXPLAIN, 3, 0},
        {{"pal", "--explain", "--version"}, LOADER_VERSION, 0, 0},
        {{"pal", "-"}, LOADER_USAGE, 0, 1},
        {{"pal", "-h"}, LOADER_USAGE, 0, 1},
        {{"pal", "--hel"}, LOADER_USAGE, 0, 1},
        {{"pal", "--helps"}, LOADER_USAGE, 0, 1},
        {{"pal", "--help=yes"}, LOADER_USAGE, 0, 1},
        {{"pal", "---", "file"}, LOADER_USAGE, 0, 1},
        {{"pal", "--wrong", "--help"}, LOADER_USAGE, 0, 1},
        {{"pal", "--explain", "--wrong", "file"}, LOADER_USAGE, 0, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *const *argv = rows[i].argv;
        const struct loader_command command = loader_parse_command(argv);
        assert_int_equal(command.action, rows[i].action);
        assert_ptr_equal(command.wrong, rows[i].wrong ? argv[rows[i].wrong] : NULL);
        assert_non_null(command.arguments);
        if (rows[i].first)
            assert_ptr_equal(command.arguments, argv + rows[i].first);
        else
            assert_null(command.arguments[0]);
    }
}

/***** Manifest and executable *****/

#define FILES_MAX 3

/* Files that are there, and which of them was asked for last. */
struct world {
    const char *files[FILES_MAX];
    const char *asked;
    unsigned questions;
};

static bool exists(void *arg, const char *path)
{
    struct world *world = arg;
    world->questions++;
    world->asked = NULL;
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (world->files[i] && strcmp(world->files[i], path) == 0)
            world->asked = world->files[i];
    }
    return world->asked;
}

static void check_choice(const struct loader_choice *choice, enum loader_reason reason, const char *path)
{
    assert_int_equal(choice->reason, reason);
    assert_string_equal(choice->path, path);
}

/* The rules, for the file app (ELF) or app.manifest (not ELF). */
static const struct {
    bool is_elf, has_beside, has_default, has_key, has_inferred;
    enum loader_reason manifest;
    const char *manifest_path;
    enum loader_reason executable;
    const char *executable_path;
} g_rules[] = {
#define ROW(elf, beside, standard, key, inferred, manifest, manifest_path, executable, executable_path)                \
    {                                                                                                                  \
        elf, beside, standard, key, inferred, LOADER_##manifest, manifest_path, LOADER_##executable, executable_path   \
    }
    /* ELF, beside, default, key, inferred */
    ROW(1, 0, 0, 0, 0, NO_FILE, "", NAMED, "app"),
    ROW(1, 0, 0, 0, 1, NO_FILE, "", NAMED, "app"),
    ROW(1, 0, 0, 1, 0, NO_FILE, "", NAMED, "app"),
    ROW(1, 0, 0, 1, 1, NO_FILE, "", NAMED, "app"),
    ROW(1, 0, 1, 0, 0, DEFAULT, "manifest", NAMED, "app"),
    ROW(1, 0, 1, 0, 1, DEFAULT, "manifest", NAMED, "app"),
    ROW(1, 0, 1, 1, 0, DEFAULT, "manifest", NAMED, "app"),
    ROW(1, 0, 1, 1, 1, DEFAULT, "manifest", NAMED, "app"),
    ROW(1, 1, 0, 0, 0, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 0, 0, 1, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 0, 1, 0, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 0, 1, 1, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 1, 0, 0, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 1, 0, 1, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 1, 1, 0, BESIDE, "app.manifest", NAMED, "app"),
    ROW(1, 1, 1, 1, 1, BESIDE, "app.manifest", NAMED, "app"),
    ROW(0, 0, 0, 0, 0, NAMED, "app.manifest", NO_FILE, ""),
    ROW(0, 0, 0, 0, 1, NAMED, "app.manifest", INFERRED, "app"),
    ROW(0, 0, 0, 1, 0, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 0, 0, 1, 1, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 0, 1, 0, 0, NAMED, "app.manifest", NO_FILE, ""),
    ROW(0, 0, 1, 0, 1, NAMED, "app.manifest", INFERRED, "app"),
    ROW(0, 0, 1, 1, 0, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 0, 1, 1, 1, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 1, 0, 0, 0, NAMED, "app.manifest", NO_FILE, ""),
    ROW(0, 1, 0, 0, 1, NAMED, "app.manifest", INFERRED, "app"),
    ROW(0, 1, 0, 1, 0, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 1, 0, 1, 1, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 1, 1, 0, 0, NAMED, "app.manifest", NO_FILE, ""),
    ROW(0, 1, 1, 0, 1, NAMED, "app.manifest", INFERRED, "app"),
    ROW(0, 1, 1, 1, 0, NAMED, "app.manifest", EXEC_KEY, ""),
    ROW(0, 1, 1, 1, 1, NAMED, "app.manifest", EXEC_KEY, ""),
#undef ROW
};

static void test_rules(void **state)
{
    (void)state;
    assert_int_equal(sizeof(g_rules) / sizeof(g_rules[0]), 32);
    for (size_t i = 0; i < sizeof(g_rules) / sizeof(g_rules[0]); i++) {
        const char *file = g_rules[i].is_elf ? "app" : "app.manifest";
        struct world world = {.files = {
                                  g_rules[i].has_beside ? "app.manifest" : NULL,
                                  g_rules[i].has_default ? "manifest" : NULL,
                                  g_rules[i].has_inferred ? "app" : NULL,
                              }};
        const struct loader_probe probe = {exists, &world};
        struct loader_choice manifest, executable;
        memset(&manifest, 'x', sizeof(manifest));
        memset(&executable, 'x', sizeof(executable));
        assert_int_equal(loader_choose_manifest(file, g_rules[i].is_elf, probe, &manifest), 0);
        check_choice(&manifest, g_rules[i].manifest, g_rules[i].manifest_path);
        if (manifest.reason == LOADER_BESIDE || manifest.reason == LOADER_DEFAULT)
            assert_string_equal(world.asked, manifest.path); /* the one asked for last is the one that was opened */
        assert_int_equal(
            loader_choose_executable(file, g_rules[i].is_elf, &manifest, g_rules[i].has_key, probe, &executable), 0);
        check_choice(&executable, g_rules[i].executable, g_rules[i].executable_path);
    }
}

/* Nobody is asked about what was named, and about a file at most once. */
static void test_questions(void **state)
{
    static const struct {
        const char *file;
        bool is_elf, has_key;
        unsigned for_manifest, for_executable;
    } rows[] = {
        {"app", true, false, 2, 0},    {"app.manifest", false, false, 0, 1}, {"app.manifest", false, true, 0, 0},
        {"other", false, false, 0, 0}, {"manifest", false, false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world world = {0};
        const struct loader_probe probe = {exists, &world};
        struct loader_choice manifest, executable;
        assert_int_equal(loader_choose_manifest(rows[i].file, rows[i].is_elf, probe, &manifest), 0);
        assert_int_equal(world.questions, rows[i].for_manifest);
        world.questions = 0;
        assert_int_equal(
            loader_choose_executable(rows[i].file, rows[i].is_elf, &manifest, rows[i].has_key, probe, &executable), 0);
        assert_int_equal(world.questions, rows[i].for_executable);
    }
}

/* Names that are longer, shorter or odder than app.manifest; everything that is asked for is there. */
static bool everything(void *arg, const char *path)
{
    (void)arg, (void)path;
    return true;
}

static void test_names(void **state)
{
    static const struct {
        const char *file;
        bool is_elf;
        const char *manifest;
        enum loader_reason executable;
        const char *executable_path;
    } rows[] = {
        {"dir/app", true, "dir/app.manifest", LOADER_NAMED, "dir/app"},
        {"/app", true, "/app.manifest", LOADER_NAMED, "/app"},
        {"./app", true, "./app.manifest", LOADER_NAMED, "./app"},
        {"app.elf", true, "app.elf.manifest", LOADER_NAMED, "app.elf"},
        /* An executable keeps its name, whatever that is. */
        {"app.manifest", true, "app.manifest.manifest", LOADER_NAMED, "app.manifest"},
        {"manifest", true, "manifest.manifest", LOADER_NAMED, "manifest"},
        {"dir/app.manifest", false, "dir/app.manifest", LOADER_INFERRED, "dir/app"},
        {"a.b.manifest", false, "a.b.manifest", LOADER_INFERRED, "a.b"},
        {"a.manifest.manifest", false, "a.manifest.manifest", LOADER_INFERRED, "a.manifest"},
        /* No extension, or nothing but one. */
        {"app", false, "app", LOADER_NO_FILE, ""},
        {"manifest", false, "manifest", LOADER_NO_FILE, ""},
        {".manifest", false, ".manifest", LOADER_NO_FILE, ""},
        {"dir/.manifest", false, "dir/.manifest", LOADER_NO_FILE, ""},
        {"app.Manifest", false, "app.Manifest", LOADER_NO_FILE, ""},
        {"app.manifest.sgx", false, "app.manifest.sgx", LOADER_NO_FILE, ""},
        {"app.manifest/", false, "app.manifest/", LOADER_NO_FILE, ""},
        {"appmanifest", false, "appmanifest", LOADER_NO_FILE, ""},
        {"dir.manifest/app", false, "dir.manifest/app", LOADER_NO_FILE, ""},
    };
    static const struct loader_probe probe = {everything, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct loader_choice manifest, executable;
        assert_int_equal(loader_choose_manifest(rows[i].file, rows[i].is_elf, probe, &manifest), 0);
        check_choice(&manifest, rows[i].is_elf ? LOADER_BESIDE : LOADER_NAMED, rows[i].manifest);
        assert_int_equal(loader_choose_executable(rows[i].file, rows[i].is_elf, &manifest, false, probe, &executable),
                         0);
        check_choice(&executable, rows[i].executable, rows[i].executable_path);
    }
}

/* A name of len bytes that ends in suffix; the caller frees. */
static char *make_name(size_t len, const char *suffix)
{
    char *name = malloc(len + 1);
    assert_non_null(name);
    memset(name, 'n', len);
    memcpy(name + len - strlen(suffix), suffix, strlen(suffix) + 1);
    return name;
}

static void test_limits(void **state)
{
    static const size_t suffix_len = sizeof(".manifest") - 1;
    static const struct loader_probe probe = {everything, NULL};
    struct loader_choice manifest, executable;
    (void)state;

    /* As a manifest: up to the longest path. */
    char *name = make_name(PATH_LEN_MAX, ".manifest");
    assert_int_equal(loader_choose_manifest(name, false, probe, &manifest), 0);
    check_choice(&manifest, LOADER_NAMED, name);
    assert_int_equal(loader_choose_executable(name, false, &manifest, false, probe, &executable), 0);
    assert_int_equal(executable.reason, LOADER_INFERRED);
    assert_int_equal(strlen(executable.path), PATH_LEN_MAX - suffix_len);
    free(name);
    name = make_name(PATH_LEN_MAX + 1, ".manifest");
    assert_int_equal(loader_choose_manifest(name, false, probe, &manifest), -PAL_ERROR_TOOLONG);
    free(name);

    /* As an executable: up to where its manifest's name becomes too long. */
    name = make_name(PATH_LEN_MAX - suffix_len, "n");
    assert_int_equal(loader_choose_manifest(name, true, probe, &manifest), 0);
    assert_int_equal(strlen(manifest.path), PATH_LEN_MAX);
    free(name);
    name = make_name(PATH_LEN_MAX - suffix_len + 1, "n");
    assert_int_equal(loader_choose_manifest(name, true, probe, &manifest), -PAL_ERROR_TOOLONG);
    free(name);
    name = make_name(PATH_LEN_MAX, "n");
    manifest.reason = LOADER_NO_FILE;
    manifest.path[0] = '\0';
    assert_int_equal(loader_choose_executable(name, true, &manifest, false, probe, &executable), 0);
    check_choice(&executable, LOADER_NAMED, name);
    free(name);
    name = make_name(PATH_LEN_MAX + 1, "n");
    assert_int_equal(loader_choose_executable(name, true, &manifest, false, probe, &executable), -PAL_ERROR_TOOLONG);
    free(name);

    /* And no name at all. */
    assert_int_equal(loader_choose_manifest("", false, probe, &manifest), -PAL_ERROR_INVAL);
    assert_int_equal(loader_choose_manifest("", true, probe, &manifest), -PAL_ERROR_INVAL);
    assert_int_equal(loader_choose_manifest("directory/", true, probe, &manifest), -PAL_ERROR_INVAL);
    assert_int_equal(loader_choose_executable("", true, &manifest, false, probe, &executable), -PAL_ERROR_INVAL);
}

static void test_texts(void **state)
{
    static const enum loader_reason reasons[] = {LOADER_NO_FILE, LOADER_NAMED,    LOADER_BESIDE,
                                                 LOADER_DEFAULT, LOADER_EXEC_KEY, LOADER_INFERRED};
    (void)state;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        assert_true(strlen(loader_reason_text(reasons[i])) > 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(loader_reason_text(reasons[i]), loader_reason_text(reasons[j]));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command), cmocka_unit_test(test_rules),  cmocka_unit_test(test_questions),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_limits), cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
