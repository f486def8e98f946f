/* SPDX-License-Identifier: MIT */
/* Compiles the rules of syscalls.tbl into seccomp filters, one for each set of grants, and prints them as a C header. Runs
 * when the loader is built. Knows no system call by name. */
#include "syscall-rules.h"
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void die(const char *where, int error)
{
    fprintf(stderr, "seccomp-compile: %s: %s\n", where, strerror(error));
    exit(1);
}

/* Who needs a grant needs TCP with it: there is no other socket without one. */
static bool is_possible(unsigned grants)
{
    return grants & SYSCALL_TCP || !(grants & (SYSCALL_SERVE | SYSCALL_UDP));
}

/* Add a rule for one choice of values: libseccomp knows no sets, so there is one for each combination. */
static void add_choice(scmp_filter_ctx filter, uint32_t action, const struct syscall_rule *rule, const unsigned *choice)
{
    struct scmp_arg_cmp compares[SYSCALL_CONDITIONS];
    for (unsigned i = 0; i < rule->condition_count; i++) {
        const struct syscall_condition *condition = &rule->conditions[i];
        const uint64_t value = condition->values[choice[i]];
        compares[i] = (struct scmp_arg_cmp){.arg = condition->argument, .op = SCMP_CMP_EQ, .datum_a = value};
        if (condition->ignored) {
            compares[i].op = SCMP_CMP_MASKED_EQ;
            compares[i].datum_a = ~condition->ignored;
            compares[i].datum_b = value;
        }
    }
    const int error = seccomp_rule_add_array(filter, action, rule->number, rule->condition_count, compares);
    if (error)
        die(rule->name, -error);
}

static void add_rule(scmp_filter_ctx filter, uint32_t action, const struct syscall_rule *rule)
{
    unsigned choice[SYSCALL_CONDITIONS] = {0};
    unsigned i;
    do {
        add_choice(filter, action, rule, choice);
        for (i = 0; i < rule->condition_count && ++choice[i] == rule->conditions[i].count; i++)
            choice[i] = 0;
    } while (i < rule->condition_count);
}

static bool is_granted(const struct syscall_rule *rule, unsigned grants)
{
    return (rule->grant & ~grants) == 0;
}

/* Whether a call can be made at all. */
static bool has_granted_rule(int number, unsigned grants)
{
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
        if (rule->number == number && is_granted(rule, grants))
            return true;
    }
    return false;
}

/* What the manifest has not granted may be tried by a correct program, and fails. */
static void add_refusal(scmp_filter_ctx filter, const struct syscall_rule *rule, unsigned grants)
{
    struct syscall_rule any = *rule;
    if (!has_granted_rule(rule->number, grants))
        any.condition_count = 0;
    add_rule(filter, SCMP_ACT_ERRNO(EPERM), &any);
}

/* What no rule allows is not the PAL's: by default the process ends. */
static scmp_filter_ctx make_filter(unsigned grants)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        die("seccomp_init", ENOMEM);
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!error)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2 /* a tree instead of a list */);
    if (error)
        die("seccomp_attr_set", -error);
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
        if (is_granted(rule, grants))
            add_rule(filter, SCMP_ACT_ALLOW, rule);
        else
            add_refusal(filter, rule, grants);
    }
    return filter;
}

/* Print the instructions; returns how many there are. */
static unsigned print_filter(unsigned grants)
{
    struct sock_filter instruction;
    unsigned count = 0;
    const scmp_filter_ctx filter = make_filter(grants);
    const int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0)
        die("memfd_create", errno);
    const int error = seccomp_export_bpf(filter, fd);
    if (error)
        die("seccomp_export_bpf", -error);
    for (; pread(fd, &instruction, sizeof(instruction), (off_t)(count * sizeof(instruction))) == sizeof(instruction);
         count++)
        printf("    {0x%02x, %u, %u, 0x%08x},\n", instruction.code, instruction.jt, instruction.jf, instruction.k);
    close(fd);
    seccomp_release(filter);
    return count;
}

int main(void)
{
    unsigned starts[SYSCALL_GRANTS + 1] = {0};
    printf(
        "/* Generated from syscalls.tbl by seccomp-compile. */\n"
        "#define SYSCALL_TCP    %d\n#define SYSCALL_SERVE  %d\n#define SYSCALL_UDP    %d\n#define SYSCALL_MODES  %d\n"
        "#define SYSCALL_GRANTS %d\n\n"
        "static const struct sock_filter linux_filters[] = {\n",
        SYSCALL_TCP, SYSCALL_SERVE, SYSCALL_UDP, SYSCALL_MODES, SYSCALL_GRANTS);
    for (unsigned grants = 0; grants < SYSCALL_GRANTS; grants++)
        starts[grants + 1] = starts[grants] + (is_possible(grants) ? print_filter(grants) : 0);
    puts("};\n\n/* Where the filter of each set of grants begins; it ends where the next one does. */\n"
         "static const unsigned short linux_filter_starts[] = {");
    for (unsigned grants = 0; grants <= SYSCALL_GRANTS; grants++)
        printf("    %u,\n", starts[grants]);
    puts("};");
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
