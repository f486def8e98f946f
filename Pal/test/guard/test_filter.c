/* SPDX-License-Identifier: MIT */
/* Tests of the system call filters: each is run by a small interpreter of its instructions, and compared with what the
 * lines of syscalls.tbl say when they are read one by one. Knows no kernel. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <asm/unistd.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "linux_filter.h"
#include "syscall-rules.h"

enum { ARGUMENTS = 6 };

#define KILL      SECCOMP_RET_KILL_PROCESS
#define ALLOW     SECCOMP_RET_ALLOW
#define FAIL      (SECCOMP_RET_ERRNO | EPERM)
#define INTERRUPT (SECCOMP_RET_ERRNO | EINTR)

/***** The filters *****/

static bool has_filter(unsigned grants)
{
    return linux_filter_starts[grants] != linux_filter_starts[grants + 1];
}

static bool compare(uint16_t code, uint32_t a, uint32_t k)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return a == k;
    case BPF_JGT:
        return a > k;
    case BPF_JGE:
        return a >= k;
    case BPF_JSET:
        return a & k;
    default:
        fail_msg("jump %#x", code);
        return false;
    }
}

/* Run a filter as the kernel does (man 2 seccomp; linux/Documentation/networking/filter.rst). */
static uint32_t run_filter(unsigned grants, const struct seccomp_data *data)
{
    const unsigned end = linux_filter_starts[grants + 1];
    uint32_t a = 0;
    for (unsigned pc = linux_filter_starts[grants]; pc < end; pc++) {
        const struct sock_filter *i = &linux_filters[pc];
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(i->k % 4 == 0 && i->k + 4 <= sizeof(*data));
            memcpy(&a, (const char *)data + i->k, sizeof(a));
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= i->k;
            break;
        case BPF_JMP | BPF_JA:
            pc += i->k;
            break;
        case BPF_RET | BPF_K:
            return i->k;
        default:
            assert_int_equal(BPF_CLASS(i->code), BPF_JMP);
            pc += compare(i->code, a, i->k) ? i->jt : i->jf;
        }
    }
    fail_msg("the filter has no end");
    return 0;
}

/***** The reference *****/

static bool matches(const struct syscall_rule *rule, const struct seccomp_data *data)
{
    for (unsigned i = 0; i < rule->condition_count; i++) {
        const struct syscall_condition *condition = &rule->conditions[i];
        const uint64_t value = data->args[condition->argument] & ~condition->ignored;
        bool found = false;
        for (unsigned j = 0; j < condition->count; j++)
            found = found || value == condition->values[j];
        if (!found)
            return false;
    }
    return true;
}

static uint32_t judge(unsigned grants, const struct seccomp_data *data)
{
    bool allowed = false, refused = false, has_granted = false, has_other = false;
    if (data->arch != AUDIT_ARCH_X86_64)
        return KILL;
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
        if (rule->number != data->nr)
            continue;
        const bool granted = (rule->grant & ~grants) == 0;
        has_granted = has_granted || granted;
        has_other = has_other || !granted;
        allowed = allowed || (granted && matches(rule, data));
        refused = refused || (!granted && matches(rule, data));
    }
    if (allowed)
        return ALLOW;
    if (has_other && !has_granted)
        return data->nr == __NR_restart_syscall ? INTERRUPT : FAIL;
    return refused ? FAIL : KILL;
}

static void check_one(unsigned grants, const struct seccomp_data *data)
{
    const uint32_t got = run_filter(grants, data), expected = judge(grants, data);
    if (got != expected)
        fail_msg("grants %u: %d(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx) gave %#x, expected %#x", grants, data->nr,
                 data->args[0], data->args[1], data->args[2], data->args[3], data->args[4], data->args[5], got,
                 expected);
}

/***** Tests *****/

static void test_numbers(void **state)
{
    static const int odd[] = {-1,   INT32_MIN, INT32_MAX, 0x40000000, 0x40000000 | __NR_read, 0x40000000 | 520,
                              1000, 65536};
    (void)state;
    for (unsigned grants = 0; grants < SYSCALL_GRANTS; grants++) {
        if (!has_filter(grants))
            continue;
        for (int number = 0; number < 600; number++)
            check_one(grants, &(struct seccomp_data){.nr = number, .arch = AUDIT_ARCH_X86_64});
        for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            const struct seccomp_data data = {.nr = odd[i], .arch = AUDIT_ARCH_X86_64};
            assert_int_equal(run_filter(grants, &data), KILL);
        }
        for (int number = 0; number < 600; number++) {
            const struct seccomp_data data = {.nr = number, .arch = AUDIT_ARCH_I386};
            assert_int_equal(run_filter(grants, &data), KILL);
        }
    }
}

static uint64_t next_random(uint64_t *state)
{
    /* xorshift64* (Vigna) */
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* An argument that comes close to what a condition wants: a value of it with some of the bits that do not matter, then
 * at times one bit flipped, in either half. */
static uint64_t near_value(const struct syscall_condition *condition, uint64_t *random)
{
    uint64_t value = condition->values[next_random(random) % condition->count];
    value |= condition->ignored & next_random(random);
    if (next_random(random) % 4 == 0)
        value ^= UINT64_C(1) << next_random(random) % 64;
    if (next_random(random) % 16 == 0)
        value = next_random(random);
    return value;
}

static void test_arguments(void **state)
{
    enum { ROUNDS = 3000 };
    uint64_t random = 1;
    (void)state;
    for (unsigned grants = 0; grants < SYSCALL_GRANTS; grants++) {
        if (!has_filter(grants))
            continue;
        for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
            for (int round = 0; round < ROUNDS && rule->condition_count > 0; round++) {
                struct seccomp_data data = {.nr = rule->number, .arch = AUDIT_ARCH_X86_64};
                for (int i = 0; i < ARGUMENTS; i++)
                    data.args[i] = next_random(&random) % 8 ? 0 : next_random(&random);
                for (unsigned i = 0; i < rule->condition_count; i++)
                    data.args[rule->conditions[i].argument] = near_value(&rule->conditions[i], &random);
                check_one(grants, &data);
            }
        }
    }
}

/* What must never change, written down without the table. */
enum { ALL = SYSCALL_TCP | SYSCALL_SERVE | SYSCALL_UDP | SYSCALL_MODES };
static const struct {
    unsigned grants;
    int number;
    uint64_t args[ARGUMENTS];
    uint32_t verdict;
} verdicts[] = {
    {ALL, __NR_execve, {0}, KILL},
    {ALL, __NR_execveat, {0}, KILL},
    {ALL, __NR_ptrace, {0}, KILL},
    {ALL, __NR_kill, {1, 9}, KILL},
    {ALL, __NR_tkill, {1, 9}, KILL},
    {ALL, __NR_mount, {0}, KILL},
    {ALL, __NR_clone3, {0}, KILL},
    {ALL, __NR_process_vm_writev, {0}, KILL},
    {ALL, __NR_pidfd_getfd, {0}, KILL},
    {ALL, __NR_io_uring_setup, {0}, KILL},
    {ALL, __NR_bpf, {0}, KILL},
    {ALL, __NR_read, {UINT64_MAX, 1, 2, 3, 4, 5}, ALLOW},
    {ALL, __NR_clone, {0x350f00}, ALLOW},
    {ALL, __NR_clone, {0x1001011}, ALLOW},
    {ALL, __NR_clone, {0x11}, KILL},
    {ALL, __NR_clone, {0x350f00 | 0x10000000}, KILL},
    {ALL, __NR_clone, {0x1001011 | 0x20000000}, KILL},
    {ALL, __NR_clone, {UINT64_C(1) << 32 | 0x1001011}, KILL},
    {ALL, __NR_ioctl, {0, 0x541b}, ALLOW},
    {ALL, __NR_ioctl, {0, 0x5401}, ALLOW},
    {ALL, __NR_ioctl, {0, 0x5404}, ALLOW},
    {ALL, __NR_ioctl, {0, 0x5405}, KILL},
    {ALL, __NR_ioctl, {0, 0x5410}, KILL},
    {ALL, __NR_ioctl, {0, 0x5412}, KILL},
    {ALL, __NR_ioctl, {0, 0x5414}, ALLOW},
    /* The kernel takes an unsigned int, so the upper half changes nothing, for better or worse; a protection is a long. */
    {ALL, __NR_ioctl, {0, UINT64_C(0x10000541b)}, ALLOW},
    {ALL, __NR_ioctl, {0, UINT64_C(0x100005412)}, KILL},
    {ALL, __NR_mprotect, {0, 0, UINT64_C(0x100000001)}, KILL},
    {ALL, __NR_openat, {0, 0, 0x200}, KILL},
    {ALL, __NR_openat, {0, 0, 0x10200}, KILL},
    {ALL, __NR_openat, {0, 0, 0x203}, KILL},
    {ALL, __NR_openat, {0, 0, 0x201}, ALLOW},
    {ALL, __NR_openat, {0, 0, 0x20402}, ALLOW},
    {ALL, __NR_openat, {0, 0, 0x410000 | 2}, KILL},
    {ALL, __NR_openat, {0, 0, 2}, ALLOW},
    {ALL, __NR_openat, {0, 0, 3}, KILL},
    {ALL, __NR_openat, {0, 0, 0x41, 0644}, ALLOW},
    {ALL, __NR_openat, {0, 0, 0x41, 04644}, KILL},
    {ALL, __NR_mmap, {0, 0, 7, 0x22}, ALLOW},
    {ALL, __NR_mmap, {0, 0, 8, 0x22}, KILL},
    {ALL, __NR_mmap, {0, 0, 7, 0x40022}, KILL},
    {ALL, __NR_prctl, {59, 1}, ALLOW},
    {ALL, __NR_prctl, {59, 0}, KILL},
    {ALL, __NR_prctl, {22, 2}, ALLOW},
    {ALL, __NR_tgkill, {1, 1, 23}, ALLOW},
    {ALL, __NR_tgkill, {1, 1, 9}, KILL},
    {ALL, __NR_socketpair, {1, 1}, ALLOW},
    {ALL, __NR_socketpair, {1, 2}, KILL},
    {ALL, __NR_socket, {1, 1}, KILL},
    {ALL, __NR_socket, {2, 1}, ALLOW},
    {ALL, __NR_socket, {10, 2 | 02000000}, ALLOW},
    {ALL, __NR_socket, {2, 3}, KILL},
    {ALL, __NR_socket, {2, 1, 262}, KILL},
    {ALL, __NR_socket, {16, 3}, KILL},
    {0, __NR_socket, {2, 1}, FAIL},
    {0, __NR_socket, {1, 1}, FAIL},
    {SYSCALL_TCP, __NR_socket, {2, 1}, ALLOW},
    {SYSCALL_TCP, __NR_socket, {2, 2}, FAIL},
    {SYSCALL_TCP, __NR_socket, {1, 1}, KILL},
    {SYSCALL_TCP, __NR_connect, {3}, ALLOW},
    {SYSCALL_TCP, __NR_bind, {3}, FAIL},
    {SYSCALL_TCP, __NR_listen, {3}, FAIL},
    {SYSCALL_TCP | SYSCALL_SERVE, __NR_listen, {3}, ALLOW},
    {0, __NR_connect, {3}, FAIL},
    {0, __NR_fchmod, {3, 0600}, FAIL},
    {SYSCALL_MODES, __NR_fchmod, {3, 0600}, ALLOW},
    {SYSCALL_MODES, __NR_fchmod, {3, 01777}, ALLOW},
    {SYSCALL_MODES, __NR_fchmod, {3, 06755}, KILL},
    {SYSCALL_MODES, __NR_fchmod, {3, 02755}, KILL},
    {0, __NR_fchown, {3, 0, 0}, FAIL},
    {SYSCALL_MODES, __NR_fchown, {3, 0, 0}, ALLOW},
    {ALL, __NR_fchownat, {3, 4, 0, 0}, KILL},
    {0, __NR_utimensat, {3}, FAIL},
    {SYSCALL_MODES, __NR_utimensat, {3}, ALLOW},
    {SYSCALL_MODES, __NR_utimensat, {3, 1}, KILL},
    {SYSCALL_MODES, __NR_utimensat, {3, 0, 0, 0x1000}, KILL},
    {0, __NR_linkat, {3, 4, 3, 4, 0}, ALLOW},
    {ALL, __NR_linkat, {3, 4, 3, 4, 0x400}, KILL},
    {ALL, __NR_linkat, {3, 4, 3, 4, 0x1000}, KILL},
    {0, __NR_renameat2, {3, 4, 3, 4, 1}, ALLOW},
    {0, __NR_renameat2, {3, 4, 3, 4, 2}, ALLOW},
    {ALL, __NR_renameat2, {3, 4, 3, 4, 3}, KILL},
    {ALL, __NR_renameat2, {3, 4, 3, 4, 4}, KILL},
    {0, __NR_mknodat, {3, 4, 010600, 0}, ALLOW},
    {0, __NR_mknodat, {3, 4, 0140600, 0}, ALLOW},
    {ALL, __NR_mknodat, {3, 4, 0100600, 0}, KILL},
    {ALL, __NR_mknodat, {3, 4, 020600, 0}, KILL},
    {ALL, __NR_mknodat, {3, 4, 060600, 0}, KILL},
    {ALL, __NR_mknodat, {3, 4, 014600, 0}, KILL},
    {ALL, __NR_mknodat, {3, 4, 0144600, 0}, KILL},
    {ALL, __NR_mknodat, {3, 4, 010600, 1}, KILL},
    {ALL, __NR_mknodat, {3, 4, 0140600, 1}, KILL},
    {ALL, __NR_sendto, {3, 0, 0, 0x4000}, KILL},
    {ALL, __NR_sendto, {3, 0, 0, 0x20000000}, KILL},
    {ALL, __NR_sendmsg, {3, 0, 0x20000000}, KILL},
    {ALL, __NR_seccomp, {1, 0}, KILL},
    {ALL, __NR_prctl, {22, 1}, KILL},
    {ALL, __NR_restart_syscall, {0}, INTERRUPT},
};

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        struct seccomp_data data = {.nr = verdicts[i].number, .arch = AUDIT_ARCH_X86_64};
        for (int j = 0; j < ARGUMENTS; j++)
            data.args[j] = verdicts[i].args[j];
        const uint32_t got = run_filter(verdicts[i].grants, &data);
        if (got != verdicts[i].verdict)
            fail_msg("row %zu (call %d) gave %#x, expected %#x", i, verdicts[i].number, got, verdicts[i].verdict);
    }
}

/* What is withheld never makes anything possible. */
static void test_grants_add(void **state)
{
    uint64_t random = 2;
    (void)state;
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
        for (int round = 0; round < 200; round++) {
            struct seccomp_data data = {.nr = rule->number, .arch = AUDIT_ARCH_X86_64};
            for (unsigned i = 0; i < rule->condition_count; i++)
                data.args[rule->conditions[i].argument] = near_value(&rule->conditions[i], &random);
            const bool with_all = run_filter(SYSCALL_GRANTS - 1, &data) == ALLOW;
            for (unsigned grants = 0; grants < SYSCALL_GRANTS; grants++)
                assert_true(!has_filter(grants) || with_all || run_filter(grants, &data) != ALLOW);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_grants_add),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
