/* SPDX-License-Identifier: MIT */
/* Tests of what a loader asks a manifest for: typed values, lists, groups, numbered groups, unknown keys.
 * Knows nothing of the syntax, which test_manifest.c tests. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "manifest_fixture.h"
#include "manifest_keys.h"
#include "manifest_value.h"
#include "pal_error.h"

/* A manifest `key = value`. */
static const struct manifest_entry *load_value(struct loaded *loaded, const char *value)
{
    char text[256];
    (void)snprintf(text, sizeof(text), "\nkey = %s\n", value);
    load(loaded, text);
    return manifest_find(&loaded->manifest, "key");
}

/* A getter either gave a number or a fault at the value. */
static void assert_got(const struct loaded *loaded, int ret, uint64_t value, uint64_t expected, const char *message)
{
    char text[MANIFEST_FAULT_SIZE];
    if (!message) {
        assert_int_equal(ret, 1);
        assert_int_equal(value, expected);
        return;
    }
    (void)snprintf(text, sizeof(text), "m:2:7: key 'key': %s", message);
    assert_string_equal(loaded->fault.text, text);
    assert_int_equal(loaded->fault.line, 2);
    assert_int_equal(loaded->fault.column, 7);
    assert_true(ret == -PAL_ERROR_INVAL || ret == -PAL_ERROR_OVERFLOW);
    assert_int_equal(value, 4711);
}

static void test_string(void **state)
{
    (void)state;
    struct loaded loaded;
    const char *text = "default";
    size_t len = 7;
    load(&loaded, "empty =\nfull = \"a b\"");
    assert_false(manifest_get_string(manifest_find(&loaded.manifest, "absent"), &text, &len));
    assert_text(text, len, "default");
    assert_true(manifest_get_string(manifest_find(&loaded.manifest, "empty"), &text, &len));
    assert_text(text, len, "");
    assert_true(manifest_get_string(manifest_find(&loaded.manifest, "full"), &text, &len));
    assert_text(text, len, "a b");
    unload(&loaded);
}

static void test_absent(void **state)
{
    (void)state;
    static const char *const words[] = {"a", NULL};
    struct loaded loaded;
    bool flag = true;
    uint64_t number = 4711;
    unsigned choice = 4711;
    size_t cursor = 0, len = 0;
    const char *text = NULL;
    load(&loaded, "a = 1");
    struct manifest *manifest = &loaded.manifest;
    assert_int_equal(manifest_get_bool(manifest, NULL, &flag, &loaded.fault), 0);
    assert_int_equal(manifest_get_uint(manifest, NULL, 9, &number, &loaded.fault), 0);
    assert_int_equal(manifest_get_size(manifest, NULL, &number, &loaded.fault), 0);
    assert_int_equal(manifest_get_choice(manifest, NULL, words, &choice, &loaded.fault), 0);
    assert_int_equal(manifest_list_next(manifest, NULL, &cursor, &text, &len, &loaded.fault), 0);
    assert_true(flag);
    assert_int_equal(number, 4711);
    assert_int_equal(choice, 4711);
    unload(&loaded);
}

static void test_bool(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool expected;
        const char *message;
    } cases[] = {
        {"1", true, NULL},
        {"0", false, NULL},
        {"true", true, NULL},
        {"false", false, NULL},
        {"yes", true, NULL},
        {"no # not yes", false, NULL},
        {"\"yes\"", true, NULL},
        {"", false, "found nothing, expected 1 or 0, true or false, yes or no"},
        {"\"\"", false, "found nothing, expected 1 or 0, true or false, yes or no"},
        {"2", false, "found '2', expected 1 or 0, true or false, yes or no"},
        {"True", false, "found 'True', expected 1 or 0, true or false, yes or no"},
        {"yess", false, "found 'yess', expected 1 or 0, true or false, yes or no"},
        {"\"yes \\n\"", false, "found 'yes \\x0a', expected 1 or 0, true or false, yes or no"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        bool value = !cases[i].expected;
        const struct manifest_entry *entry = load_value(&loaded, cases[i].value);
        int ret = manifest_get_bool(&loaded.manifest, entry, &value, &loaded.fault);
        bool kept = ret < 0 && value == !cases[i].expected;
        assert_got(&loaded, ret, kept ? 4711 : value, cases[i].expected, cases[i].message);
        unload(&loaded);
    }
}

static void test_uint(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint64_t max, expected;
        const char *message;
    } cases[] = {
        {"0", 0, 0, NULL},
        {"65535", 65535, 65535, NULL},
        {"0xFfff", 65535, 65535, NULL},
        {"0177777", 65535, 65535, NULL},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, NULL},
        {"65536", 65535, 0, "found '65536', expected a number from 0 to 65535"},
        {"18446744073709551616", UINT64_MAX, 0,
         "found '18446744073709551616', expected a number from 0 to 18446744073709551615"},
        {"", 9, 0, "found nothing, expected a number from 0 to 9"},
        {"-1", 9, 0, "found '-1', expected a number from 0 to 9"},
        {"1K", 9, 0, "found '1K', expected a number from 0 to 9"},
        {"08", 9, 0, "found '08', expected a number from 0 to 9"},
        {"0x", 9, 0, "found '0x', expected a number from 0 to 9"},
        {"1 2", 9, 0, "found '1 2', expected a number from 0 to 9"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        uint64_t value = 4711;
        const struct manifest_entry *entry = load_value(&loaded, cases[i].value);
        int ret = manifest_get_uint(&loaded.manifest, entry, cases[i].max, &value, &loaded.fault);
        assert_got(&loaded, ret, value, cases[i].expected, cases[i].message);
        unload(&loaded);
    }
}

#define SIZE_WORDS "expected a size such as 4096, 0x1000, 64K, 8M or 1G"

static void test_size(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint64_t expected;
        const char *message;
    } cases[] = {
        {"0", 0, NULL},
        {"4096", 4096, NULL},
        {"0x1000", 4096, NULL},
        {"010", 8, NULL},
        {"010K", 8192, NULL},
        {"0x10k", 16384, NULL},
        {"8M", 8U << 20, NULL},
        {"8m", 8U << 20, NULL},
        {"3G", UINT64_C(3) << 30, NULL},
        {"3g", UINT64_C(3) << 30, NULL},
        {"18446744073709551615", UINT64_MAX, NULL},
        {"17179869183G", UINT64_MAX - (1U << 30) + 1, NULL},
        {"17179869184G", 0, "found '17179869184G', expected a size below 2^64 bytes"},
        {"18446744073709551616", 0, "found '18446744073709551616', expected a size below 2^64 bytes"},
        {"99999999999999999999K", 0, "found '99999999999999999999K', expected a size below 2^64 bytes"},
        {"", 0, "found nothing, " SIZE_WORDS},
        {"K", 0, "found 'K', " SIZE_WORDS},
        {"8T", 0, "found '8T', " SIZE_WORDS},
        {"8KB", 0, "found '8KB', " SIZE_WORDS},
        {"8KK", 0, "found '8KK', " SIZE_WORDS},
        {"8 K", 0, "found '8 K', " SIZE_WORDS},
        {"-8K", 0, "found '-8K', " SIZE_WORDS},
        {"1.5G", 0, "found '1.5G', " SIZE_WORDS},
        {"0xK", 0, "found '0xK', " SIZE_WORDS},
        {"1e3", 0, "found '1e3', " SIZE_WORDS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        uint64_t value = 4711;
        const struct manifest_entry *entry = load_value(&loaded, cases[i].value);
        int ret = manifest_get_size(&loaded.manifest, entry, &value, &loaded.fault);
        assert_got(&loaded, ret, value, cases[i].expected, cases[i].message);
        unload(&loaded);
    }
}

static void test_choice(void **state)
{
    (void)state;
    static const char *const words[] = {"none", "inline", "file", NULL}, *const one[] = {"chroot", NULL};
    static const struct {
        const char *value;
        const char *const *words;
        unsigned expected;
        const char *message;
    } cases[] = {
        {"none", words, 0, NULL},
        {"inline", words, 1, NULL},
        {"file", words, 2, NULL},
        {"chroot", one, 0, NULL},
        {"", words, 0, "found nothing, expected none, inline or file"},
        {"File", words, 0, "found 'File', expected none, inline or file"},
        {"fil", words, 0, "found 'fil', expected none, inline or file"},
        {"files", words, 0, "found 'files', expected none, inline or file"},
        {"ext4", one, 0, "found 'ext4', expected chroot"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        unsigned choice = 4711;
        const struct manifest_entry *entry = load_value(&loaded, cases[i].value);
        int ret = manifest_get_choice(&loaded.manifest, entry, cases[i].words, &choice, &loaded.fault);
        assert_got(&loaded, ret, choice, cases[i].expected, cases[i].message);
        unload(&loaded);
    }

    /* More words than a message has room for: it is cut, and nothing else happens. */
    char word[] = "a word of some length";
    const char *many[101] = {NULL};
    struct loaded loaded;
    unsigned choice = 4711;
    for (size_t i = 0; i < 100; i++)
        many[i] = word;
    const struct manifest_entry *entry = load_value(&loaded, "x");
    assert_int_equal(manifest_get_choice(&loaded.manifest, entry, many, &choice, &loaded.fault), -PAL_ERROR_INVAL);
    assert_non_null(strstr(loaded.fault.text, "found 'x', expected a word of some length, a word"));
    unload(&loaded);
}

static void test_list(void **state)
{
    (void)state;
    static const struct {
        const char *value, *items, *message;
    } cases[] = {
        {"", "", NULL},
        {"\" \t\n \"", "", NULL},
        {"a", "a;", NULL},
        {"a,b", "a;b;", NULL},
        {" a ,\tb c , d # e, f", "a;b c;d;", NULL},
        {"\"a,\r\n  b\n\"", "a;b;", NULL},
        {"\"\\ta\\n,\\\"\"", "a;\";", NULL},
        {",", "", "found ',', expected no empty item between commas"},
        {"a,", "a;", "found 'a,', expected no empty item between commas"},
        {",a", "", "found ',a', expected no empty item between commas"},
        {"a, ,b", "a;", "found 'a, ,b', expected no empty item between commas"},
        {"a,b,\"\"", "a;b;\"\";", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        char items[64] = "";
        const struct manifest_entry *entry = load_value(&loaded, cases[i].value);
        size_t cursor = 0, len = 0;
        const char *text = NULL;
        int ret;
        while ((ret = manifest_list_next(&loaded.manifest, entry, &cursor, &text, &len, &loaded.fault)) > 0)
            (void)snprintf(items + strlen(items), sizeof(items) - strlen(items), "%.*s;", (int)len, text);
        assert_string_equal(items, cases[i].items);
        if (cases[i].message)
            assert_got(&loaded, ret, 4711, 0, cases[i].message);
        else
            assert_int_equal(manifest_list_next(&loaded.manifest, entry, &cursor, &text, &len, &loaded.fault), 0);
        unload(&loaded);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    struct loaded loaded;
    const struct manifest_entry *entry = load_value(&loaded, "\"\x1b[2J\"");
    int ret = manifest_refuse(&loaded.manifest, entry, "a URI", &loaded.fault);
    assert_got(&loaded, ret, 4711, 0, "found '\\x1b[2J', expected a URI");
    unload(&loaded);
}

static const char mounts[] = "fs.mount.lib.type = chroot\n"
                             "fs.mount.b.path = /b\n"
                             "loader.env.PATH = /bin\n"
                             "fs.mount.lib.path = /lib\n"
                             "fs.mount.li.path = /li\n"
                             "fs.mountx.a = 1\n"
                             "fs.mount.l = alone\n"
                             "fs.mount.b.type = tmpfs\n"
                             "fs.mount.lib.uri.x = 1\n";

static void test_groups(void **state)
{
    (void)state;
    static const struct {
        const char *group, *members; /* name=value, or name:first key for a group */
    } cases[] = {
        {"fs.mount", "lib:fs.mount.lib.type;b:fs.mount.b.path;li:fs.mount.li.path;l=alone;"},
        {"fs.mount.lib", "type=chroot;path=/lib;uri:fs.mount.lib.uri.x;"},
        {"fs", "mount:fs.mount.lib.type;mountx:fs.mountx.a;"},
        {"loader.env", "PATH=/bin;"},
        {"loader.en", ""},
        {"loader.env.PATH", ""},
        {"fs.mount.l", ""},
        {"nothing", ""},
        {"", ""},
    };
    struct loaded loaded;
    load(&loaded, mounts);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char members[256] = "";
        struct manifest_member member;
        uint32_t cursor = 0;
        while (manifest_group_next(&loaded.manifest, cases[i].group, &cursor, &member)) {
            const struct manifest_entry *value = member.value, *first = member.first;
            (void)snprintf(members + strlen(members), sizeof(members) - strlen(members), "%.*s%c%.*s;",
                           (int)member.name_len, member.name, value ? '=' : ':',
                           (int)(value ? value->value_len : first->key_len), value ? value->value : first->key);
        }
        assert_string_equal(members, cases[i].members);
    }

    const struct manifest_entry *entry = manifest_find_member(&loaded.manifest, "fs.mount", "bx", 1, "type");
    assert_non_null(entry);
    assert_text(entry->value, entry->value_len, "tmpfs");
    entry = manifest_find_member(&loaded.manifest, "fs.mount", "l", 1, NULL);
    assert_non_null(entry);
    assert_text(entry->value, entry->value_len, "alone");
    assert_null(manifest_find_member(&loaded.manifest, "fs.mount", "b", 1, NULL));
    assert_null(manifest_find_member(&loaded.manifest, "fs.mount", "b", 1, "uri"));
    char long_name[300];
    memset(long_name, 'x', sizeof(long_name));
    assert_null(manifest_find_member(&loaded.manifest, "fs.mount", long_name, 300, NULL));
    assert_null(manifest_find_member(&loaded.manifest, "fs.mount", long_name, 250, NULL));
    unload(&loaded);
}

static void test_indices(void **state)
{
    (void)state;
    static const struct {
        const char *text, *values, *message;
    } cases[] = {
        {"b.0 = x", "", NULL},
        {"a.0 = x", "x;", NULL},
        {"a.2 = z\na.1 =\nb.7 = 1\na.0 = x", "x;;z;", NULL},
        {"a.0=0\na.1=1\na.2=2\na.3=3\na.4=4\na.5=5\na.6=6\na.7=7\na.8=8\na.9=9\na.10=10", "0;1;2;3;4;5;6;7;8;9;10;",
         NULL},
        {"a.1 = x", "", "m:1:1: key 'a.1': found no 'a.0', expected numbers from 0 on without a gap"},
        {"a.0 = x\n a.4 = y\na.3 = z", "x;",
         "m:2:2: key 'a.4': found no 'a.1', expected numbers from 0 on without a gap"},
        {"a.99999999999999999999 = x", "",
         "m:1:1: key 'a.99999999999999999999': found no 'a.0', expected numbers from 0 on without a gap"},
        {"a.0 = x\na.b = y", "x;", "m:2:1: key 'a.b': found 'b', expected a number in its place, such as 1"},
        {"a.0 = x\na.01 = y", "x;", "m:2:1: key 'a.01': found '01', expected a number in its place, such as 1"},
        {"a.0x1 = x", "", "m:1:1: key 'a.0x1': found '0x1', expected a number in its place, such as 0"},
        {"a.0.b = x", "", "m:1:1: key 'a.0.b': found a group, expected 'a.0' to be a value"},
        {"a.0 = x\na.2.b = x", "x;", "m:2:1: key 'a.2.b': found no 'a.1', expected numbers from 0 on without a gap"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        char values[64] = "";
        load(&loaded, cases[i].text);
        const struct manifest_entry *entry = NULL;
        uint32_t cursor = 0;
        int ret;
        while ((ret = manifest_index_next(&loaded.manifest, "a", &cursor, &entry, &loaded.fault)) > 0)
            (void)snprintf(values + strlen(values), sizeof(values) - strlen(values), "%.*s;", (int)entry->value_len,
                           entry->value);
        assert_string_equal(values, cases[i].values);
        assert_string_equal(loaded.fault.text, cases[i].message ? cases[i].message : "");
        assert_int_equal(ret, cases[i].message ? -PAL_ERROR_INVAL : 0);
        unload(&loaded);
    }
}

static void test_known(void **state)
{
    (void)state;
    struct loaded loaded;
    struct manifest_unknown cursor = {0};
    load(&loaded, "loader.exec = 1\nloader.execname = 1\nloader.preload = 1\nloader.restore = 1\nloader.argv.0 = "
                  "1\nloader.argv.12 = 1\n"
                  "loader.env.PATH = 1\nloader.env.a_B9 = 1\nloader.env_host = 1\nloader.debug_type = 1\n"
                  "loader.debug_file = 1\nloader.log_level = 1\nloader.sandbox = 1\nfs.root.type = 1\nfs.root.uri = 1\n"
                  "fs.root.mode = 1\nfs.mount.a.type = 1\nfs.mount.a.path = 1\nfs.mount.b.uri = 1\n"
                  "fs.mount.type.mode = 1\nfs.start_dir = 1\nsys.stack.size = 1\nsys.brk.size = 1\nsys.memory.max = 1\n"
                  "sys.processes.max = 1\nsys.files.max = 1\nnet.allow_bind.0 = 1\nnet.allow_peer.0 = 1\n"
                  "net.port.rebase_on_lo = 1\nsgx.enclave_size = 1\nsgx.a.b.c = 1\n");
    assert_false(manifest_next_unknown(&loaded.manifest, &cursor, &loaded.fault));
    assert_string_equal(loaded.fault.text, "");
    unload(&loaded);
}

static void test_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *key, *meant;
    } cases[] = {
        {"loader.exce", "loader.exec"},
        {"loader.exe", "loader.exec"},
        {"loader.exec.name", "loader.execname"},
        {"laoder.excee", "loader.exec"},
        {"loader.execnameABCD", NULL},
        {"loaderexec", "loader.exec"},
        {"Loader.Exec", "loader.exec"},
        {"loader.debugtype", "loader.debug_type"},
        {"loader.argv", "loader.argv.N"},
        {"loader.argv0", "loader.argv.N"},
        {"loader.arg.3", "loader.argv.3"},
        {"loader.evn.PATH", "loader.env.PATH"},
        {"lodaer.env.LD_LIBRARY_PATH", "loader.env.LD_LIBRARY_PATH"},
        {"fs.mount.lib.tpye", "fs.mount.lib.type"},
        {"fs.mounts.lib.type", "fs.mount.lib.type"},
        {"fs.root.typo", "fs.root.type"},
        {"sys.stacksize", "sys.stack.size"},
        {"net.allow_peers.7", "net.allow_peer.7"},
        {"fs.mount.lib.type.x", "fs.mount.lib.type"},
        {"a", NULL},
        {"sgx", NULL},
        {"loader", NULL},
        {"loader.verbosity", NULL},
        {"completely.other", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct loaded loaded;
        struct manifest_unknown cursor = {0};
        char text[256], expected[256];
        (void)snprintf(text, sizeof(text), "net.port.rebase_on_lo = 1\n %s = b\nsys.brk.size = 1", cases[i].key);
        (void)snprintf(expected, sizeof(expected), "m:2:2: key '%s': found an unknown key, which is ignored%s%s%s",
                       cases[i].key, cases[i].meant ? "; did you mean '" : "", cases[i].meant ? cases[i].meant : "",
                       cases[i].meant ? "'?" : "");
        load(&loaded, text);
        assert_true(manifest_next_unknown(&loaded.manifest, &cursor, &loaded.fault));
        assert_string_equal(loaded.fault.text, expected);
        assert_int_equal(loaded.fault.line, 2);
        assert_int_equal(loaded.fault.column, 2);
        assert_false(manifest_next_unknown(&loaded.manifest, &cursor, &loaded.fault));
        unload(&loaded);
    }
}

static void test_many_unknown(void **state)
{
    (void)state;
    struct loaded loaded;
    struct manifest_unknown cursor = {0};
    char *text = malloc(10000 * 32);
    size_t size = 0;
    unsigned count = 0;
    for (unsigned i = 1; i <= 10000; i++)
        size += (size_t)sprintf(text + size, i % 2 ? "loader.env.%u = 1\n" : "loader.evn.%u = 1\n", i);
    assert_int_equal(load_bytes(&loaded, text, size), 0);
    while (manifest_next_unknown(&loaded.manifest, &cursor, &loaded.fault))
        if (++count <= MANIFEST_UNKNOWN_MAX)
            assert_int_equal(loaded.fault.line, 2 * count);
    assert_int_equal(count, MANIFEST_UNKNOWN_MAX + 1);
    assert_string_equal(loaded.fault.text, "m:34:1: key 'loader.evn.34': found more unknown keys, 4984 from this line "
                                           "on; they are ignored");
    unload(&loaded);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_string),       cmocka_unit_test(test_absent), cmocka_unit_test(test_bool),
        cmocka_unit_test(test_uint),         cmocka_unit_test(test_size),   cmocka_unit_test(test_choice),
        cmocka_unit_test(test_list),         cmocka_unit_test(test_refuse), cmocka_unit_test(test_groups),
        cmocka_unit_test(test_indices),      cmocka_unit_test(test_known),  cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_many_unknown),
    };
    return cmocka_run_group_tests_name("manifest_value", tests, NULL, NULL);
}
