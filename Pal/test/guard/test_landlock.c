/* SPDX-License-Identifier: MIT */
/* Tests of linux_landlock.c with a kernel made up: one of each level of Landlock, and none. It answers as landlock(7)
 * says, and remembers what was asked of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <asm/errno.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <string.h>

#include "format.h"
#include "linux_guard.h"
#include "pal_error.h"
#include "pal_log.h"
#include "sys_linux.h"

enum { LEVEL_NEWEST = 9, RULES_MAX = 70000, FD_FIRST = 10 };

/***** The kernel *****/

static struct {
    int level; /* 0 = none */
    int error; /* what it says then */
    bool is_root, is_proc, is_missing;
    uint64_t files, ports, scoped;
    struct {
        int type;
        uint64_t allowed, port;
    } rules[RULES_MAX];
    unsigned rule_count;
    int opened; /* descriptors that are open */
} g_kernel;

static char g_message[512];

int linux_fd_highest;

static uint64_t known_files(void)
{
    static const uint64_t by_level[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
    return by_level[g_kernel.level < 5 ? g_kernel.level : 5];
}

static long create_ruleset(const uint64_t *attr, size_t size, unsigned flags)
{
    if (g_kernel.level == 0)
        return g_kernel.error;
    if (flags == 1)
        return attr || size ? -EINVAL : g_kernel.level;
    const size_t known = g_kernel.level < 4 ? 8 : g_kernel.level < 6 ? 16 : 24;
    uint64_t copy[3] = {0};
    memcpy(copy, attr, size);
    for (size_t i = known / 8; i < size / 8; i++) {
        if (copy[i])
            return -E2BIG;
    }
    if (copy[0] & ~known_files() || copy[1] & ~UINT64_C(3) || copy[2] & ~UINT64_C(3))
        return -EINVAL;
    g_kernel.files = copy[0];
    g_kernel.ports = copy[1];
    g_kernel.scoped = copy[2];
    g_kernel.opened++;
    return FD_FIRST;
}

static long add_rule(int type, const void *attr)
{
    uint64_t allowed, port = 0;
    memcpy(&allowed, attr, sizeof(allowed));
    if (type == 2)
        memcpy(&port, (const char *)attr + 8, sizeof(port));
    if (allowed == 0 || allowed & ~(type == 1 ? g_kernel.files : g_kernel.ports))
        return -EINVAL;
    assert_true(g_kernel.rule_count < RULES_MAX);
    g_kernel.rules[g_kernel.rule_count].type = type;
    g_kernel.rules[g_kernel.rule_count].allowed = allowed;
    g_kernel.rules[g_kernel.rule_count++].port = port;
    return 0;
}

static long fstatfs_of(struct statfs *out)
{
    memset(out, 0, sizeof(*out));
    out->f_type = g_kernel.is_proc ? PROC_SUPER_MAGIC : EXT4_SUPER_MAGIC;
    return 0;
}

static long statx_of(struct statx *out)
{
    memset(out, 0, sizeof(*out));
    return -ENOENT;
}

long linux_syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6)
{
    (void)a4, (void)a6;
    switch (number) {
    case __NR_landlock_create_ruleset:
        return create_ruleset((const void *)a1, (size_t)a2, (unsigned)a3);
    case __NR_landlock_add_rule:
        return add_rule((int)a2, (const void *)a3);
    case __NR_openat:
        if (g_kernel.is_missing)
            return -ENOENT;
        return FD_FIRST + g_kernel.opened++;
    case __NR_close:
        g_kernel.opened--;
        return 0;
    case __NR_fstatfs:
        return fstatfs_of((void *)a2);
    case __NR_statx:
        return statx_of((void *)a5);
    default:
        fail_msg("system call %ld", number);
        return -ENOSYS;
    }
}

long linux_syscall_blocking(long number, long a1, long a2, long a3, long a4, long a5, long a6)
{
    return linux_syscall(number, a1, a2, a3, a4, a5, a6);
}

/***** The core *****/

void pal_log(enum pal_log_level level, const char *format, ...)
{
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    (void)format_string_v(g_message, sizeof(g_message), format, arguments);
    va_end(arguments);
}

const char *pal_error_text(int64_t code)
{
    return code == -PAL_ERROR_DENIED ? "denied" : "other";
}

/***** Tests *****/

static const struct pal_policy_path g_path = {.path = "/data", .writable = true};

static void boot_kernel(int level)
{
    memset(&g_kernel, 0, sizeof(g_kernel));
    g_kernel.level = level;
}

static void test_levels(void **state)
{
    const struct pal_policy policy = {.file = "f", .paths = &g_path, .path_count = 1, .moment = PAL_POLICY_CHILD};
    (void)state;
    for (int level = 1; level <= LEVEL_NEWEST; level++) {
        struct linux_ruleset ruleset;
        boot_kernel(level);
        assert_int_equal(linux_landlock_create(&policy, &ruleset), 0);
        assert_int_equal(ruleset.level, level < LANDLOCK_SCOPES ? level : LANDLOCK_SCOPES);
        assert_int_equal(ruleset.fd, FD_FIRST);
        /* Everything that the kernel knows is handled, so that nothing is allowed by silence; but not cutting files, of which
         * the filter takes care. */
        assert_int_equal(g_kernel.files, known_files() & ~(UINT64_C(1) << 14));
        assert_int_equal(g_kernel.ports, level >= 4 ? 3 : 0);
        assert_int_equal(g_kernel.scoped, level >= 6 ? 3 : 0);
        assert_int_equal(linux_landlock_grant(&policy, &ruleset, false), 0);
        assert_int_equal(g_kernel.rule_count, 1);
        /* Files are never executed, and nothing special is made but FIFOs and sockets: character and block devices. */
        assert_int_equal(g_kernel.rules[0].allowed & (1 | 1 << 6 | 1 << 11 | 1 << 15), 0);
        const uint64_t wanted =
            1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12;
        assert_int_equal(g_kernel.rules[0].allowed & wanted, wanted);
        assert_int_equal(g_kernel.opened, 1);
    }
}

static void test_none(void **state)
{
    static const struct {
        int error, result;
    } rows[] = {{-ENOSYS, 0},
                {-EOPNOTSUPP, 0},
                {-EPERM, 0},
                {-EACCES, 0},
                {-EMFILE, -PAL_ERROR_TOOMANY},
                {-ENOMEM, -PAL_ERROR_NOMEM}};
    const struct pal_policy policy = {.file = "f", .paths = &g_path, .path_count = 1};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct linux_ruleset ruleset;
        boot_kernel(0);
        g_kernel.error = rows[i].error;
        assert_int_equal(linux_landlock_create(&policy, &ruleset), rows[i].result);
        assert_int_equal(ruleset.fd, -1);
        assert_int_equal(ruleset.level, LANDLOCK_NONE);
    }
}

static void test_paths(void **state)
{
    const struct pal_policy_path read_only = {.path = "/data"};
    struct pal_policy policy = {.file = "f", .paths = &read_only, .path_count = 1, .moment = PAL_POLICY_CHILD};
    struct linux_ruleset ruleset;
    (void)state;
    boot_kernel(6);
    assert_int_equal(linux_landlock_create(&policy, &ruleset), 0);
    assert_int_equal(linux_landlock_grant(&policy, &ruleset, false), 0);
    assert_int_equal(g_kernel.rules[0].allowed, 1 << 2 | 1 << 3);
    g_kernel.is_proc = true;
    assert_int_equal(linux_landlock_grant(&policy, &ruleset, false), -PAL_ERROR_DENIED);
    assert_string_equal(g_message, "f: fs.root.uri: /data: cannot be granted: denied");
    /* The policy around it has seen to that. */
    assert_int_equal(linux_landlock_grant(&policy, &ruleset, true), 0);
    g_kernel.is_missing = true;
    assert_int_equal(linux_landlock_grant(&policy, &ruleset, true), -PAL_ERROR_STREAMNOTEXIST);
    assert_int_equal(g_kernel.opened, 1);
    /* The first process will close it with all others. */
    policy.moment = PAL_POLICY_FIRST;
    g_kernel.is_missing = g_kernel.is_proc = false;
    assert_int_equal(linux_landlock_grant(&policy, &ruleset, false), 0);
    assert_int_equal(g_kernel.opened, 2);
}

static struct pal_policy_range range_of(uint16_t first, uint16_t last, bool any_address)
{
    struct pal_policy_range range = {.range = {.first = {.port = first}, .last_port = last}};
    range.range.first.address.family = INET_V4;
    range.range.first.address.bytes[0] = any_address ? 0 : 127;
    return range;
}

static void test_ports(void **state)
{
    const struct pal_policy_range binds[] = {range_of(80, 82, true), range_of(65535, 65535, false)};
    const struct pal_policy_range peers[] = {range_of(1, 65535, true)};
    struct pal_policy policy = {.file = "f", .binds = binds, .bind_count = 2, .peers = peers, .peer_count = 1};
    struct linux_ruleset ruleset;
    (void)state;
    for (int level = 1; level <= LEVEL_NEWEST; level++) {
        boot_kernel(level);
        assert_int_equal(linux_landlock_create(&policy, &ruleset), 0);
        assert_int_equal(g_kernel.ports, level >= 4 ? 1 : 0);
        assert_int_equal(linux_landlock_grant(&policy, &ruleset, false), 0);
        assert_int_equal(g_kernel.rule_count, level >= 4 ? 4 : 0);
        for (unsigned i = 0; i < g_kernel.rule_count; i++) {
            assert_int_equal(g_kernel.rules[i].type, 2);
            assert_int_equal(g_kernel.rules[i].allowed, 1);
            assert_int_equal(g_kernel.rules[i].port, i < 3 ? 80 + i : 65535);
        }
    }
    const struct pal_policy_range most = range_of(2, 65535, true);
    policy = (struct pal_policy){.file = "f", .peers = &most, .peer_count = 1};
    boot_kernel(6);
    assert_int_equal(linux_landlock_create(&policy, &ruleset), 0);
    assert_int_equal(g_kernel.ports, 3);
    assert_int_equal(linux_landlock_grant(&policy, &ruleset, false), 0);
    assert_int_equal(g_kernel.rule_count, 65534);
    assert_int_equal(g_kernel.rules[0].allowed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_ports),
    };
    return cmocka_run_group_tests_name("landlock", tests, NULL, NULL);
}
