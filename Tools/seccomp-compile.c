/* SPDX-License-Identifier: MIT */
/* Compiles the rules of syscalls.tbl into seccomp filters, one for each set of grants, and prints them as a C header. Runs
 * when the loader is built. Knows no system call by name.
 *
 * The host's kernel translates a filter anew at each start, and tries it with every number to find out which calls it
 * always allows. So it is to be short, and to come to a verdict about a number in few steps: a tree over the numbers,
 * and below it the comparisons of arguments, whose ends the calls share. */
#include "bpf-graph.h"
#include "syscall-rules.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel tries each number that it has (NR_syscalls); of its later ones there are some more. */
enum { ARGUMENTS = 6, KERNEL_NUMBERS = 470 };

#define KILL      SECCOMP_RET_KILL_PROCESS
#define FAIL      (SECCOMP_RET_ERRNO | EPERM)
#define INTERRUPT (SECCOMP_RET_ERRNO | EINTR)

static void die(const char *name, const char *what)
{
    fprintf(stderr, "seccomp-compile: %s: %s\n", name, what);
    exit(1);
}

/* Who needs a grant needs TCP with it: there is no other socket without one. */
static bool is_possible(unsigned grants)
{
    return grants & SYSCALL_TCP || !(grants & (SYSCALL_SERVE | SYSCALL_UDP));
}

static bool is_granted(const struct syscall_rule *rule, unsigned grants)
{
    return (rule->grant & ~grants) == 0;
}

/***** Arguments *****/

static uint32_t low_word(unsigned argument)
{
    return (uint32_t)(offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
}

static uint32_t high_word(unsigned argument)
{
    return low_word(argument) + (uint32_t)sizeof(uint32_t);
}

static const struct syscall_condition *find_condition(const struct syscall_rule *rule, unsigned argument)
{
    for (unsigned i = 0; i < rule->condition_count; i++) {
        if (rule->conditions[i].argument == argument)
            return &rule->conditions[i];
    }
    return NULL;
}

/* Whether the upper half of the argument matters: it does not if the kernel takes an int. */
static bool has_upper_half(const struct syscall_condition *condition)
{
    return condition->ignored >> 32 == 0;
}

/* The upper half of an argument is 0. */
static unsigned make_high(unsigned argument, unsigned yes, unsigned no)
{
    return bpf_load(high_word(argument), bpf_jump(BPF_JEQ, 0, yes, no));
}

static int compare_values(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The accumulator is one of the values. */
static unsigned make_choice(const struct syscall_condition *condition, unsigned yes, unsigned no)
{
    struct bpf_range ranges[2 * SYSCALL_VALUES + 2] = {{0, no}};
    uint32_t values[SYSCALL_VALUES];
    unsigned count = 0;
    for (unsigned i = 0; i < condition->count; i++)
        values[i] = (uint32_t)condition->values[i];
    qsort(values, condition->count, sizeof(*values), compare_values);
    for (unsigned i = 0; i < condition->count; i++) {
        if (count > 0 || values[i] > 0)
            count += ranges[count].begin < values[i];
        ranges[count] = (struct bpf_range){values[i], yes};
        if (values[i] < UINT32_MAX)
            ranges[++count] = (struct bpf_range){values[i] + 1, no};
    }
    return bpf_tree(ranges, count + 1, 0);
}

/* The lower half, without the bits that do not matter, is one of the values. */
static unsigned make_low(const struct syscall_condition *condition, unsigned yes, unsigned no)
{
    const uint32_t word = low_word(condition->argument), matters = ~(uint32_t)condition->ignored;
    if (matters == UINT32_MAX)
        return bpf_load(word, make_choice(condition, yes, bpf_loaded(word, no)));
    if (condition->count == 1 && condition->values[0] == 0)
        return bpf_load(word, bpf_jump(BPF_JSET, matters, bpf_loaded(word, no), yes));
    return bpf_load(word, bpf_and(matters, make_choice(condition, yes, no)));
}

/* checked: arguments whose upper half is known to be 0 */
static unsigned make_rule(const struct syscall_rule *rule, unsigned checked, unsigned yes, unsigned no)
{
    for (unsigned i = rule->condition_count; i-- > 0;) {
        const struct syscall_condition *condition = &rule->conditions[i];
        yes = make_low(condition, yes, no);
        if (has_upper_half(condition) && !(checked >> condition->argument & 1))
            yes = make_high(condition->argument, yes, no);
    }
    return yes;
}

/* Arguments that every line of a call compares: their upper halves are looked at once. */
static unsigned find_common(const struct syscall_rule *const *rules, unsigned count)
{
    unsigned common = 0;
    for (unsigned argument = 0; argument < ARGUMENTS; argument++) {
        unsigned conditions = 0;
        for (unsigned i = 0; i < count; i++) {
            const struct syscall_condition *condition = find_condition(rules[i], argument);
            conditions += condition && has_upper_half(condition);
        }
        common |= (unsigned)(count > 0 && conditions == count) << argument;
    }
    return common;
}

/* The lines of a call that are granted, or those that are not; returns how many. */
static unsigned find_rules(int number, unsigned grants, bool granted, const struct syscall_rule **out_rules)
{
    unsigned count = 0;
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
        if (rule->number != number || is_granted(rule, grants) != granted)
            continue;
        if (count == SYSCALL_LINES)
            die(rule->name, "too many lines");
        out_rules[count++] = rule;
    }
    return count;
}

/* The first line that fits decides. What none allows is not the PAL's, and ends the process; what the manifest has not granted
 * may be tried by a correct program, and fails. */
static unsigned make_call(int number, unsigned grants)
{
    const struct syscall_rule *rules[2 * SYSCALL_LINES];
    const unsigned allowed = find_rules(number, grants, true, rules);
    const unsigned count = allowed + find_rules(number, grants, false, rules + allowed);
    const unsigned common = find_common(rules, count), otherwise = bpf_return(KILL);
    unsigned node = otherwise;
    if (count > 0 && allowed == 0)
        return bpf_return(rules[0]->grant == SYSCALL_NEVER ? INTERRUPT : FAIL);
    for (unsigned i = count; i-- > 0;)
        node = make_rule(rules[i], common, bpf_return(i < allowed ? SECCOMP_RET_ALLOW : FAIL), node);
    for (unsigned argument = ARGUMENTS; argument-- > 0;) {
        if (common >> argument & 1)
            node = make_high(argument, node, otherwise);
    }
    return node;
}

/***** Numbers *****/

static unsigned make_numbers(unsigned grants)
{
    struct bpf_range ranges[BPF_RANGES_MAX];
    unsigned count = 0;
    int last = -1;
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++)
        last = rule->number > last ? rule->number : last;
    for (int number = 0; number <= last + 1; number++) {
        const unsigned node = make_call(number, grants);
        if (count > 0 && ranges[count - 1].node == node)
            continue;
        if (count == BPF_RANGES_MAX)
            die("ranges", "too many");
        ranges[count++] = (struct bpf_range){(uint32_t)number, node};
    }
    return bpf_tree(ranges, count, KERNEL_NUMBERS);
}

/* Print the instructions; returns how many there are. */
static unsigned print_filter(unsigned grants)
{
    struct sock_filter program[BPF_MAXINSNS];
    bpf_begin();
    const unsigned numbers = bpf_load(offsetof(struct seccomp_data, nr), make_numbers(grants));
    const unsigned count = bpf_layout(
        bpf_load(offsetof(struct seccomp_data, arch), bpf_jump(BPF_JEQ, AUDIT_ARCH_X86_64, numbers, bpf_return(KILL))),
        program);
    for (unsigned i = 0; i < count; i++)
        printf("    {0x%02x, %u, %u, 0x%08x},\n", program[i].code, program[i].jt, program[i].jf, program[i].k);
    return count;
}

/* Only lower halves are told apart; upper ones are 0, or do not matter. */
static void check_values(void)
{
    for (const struct syscall_rule *rule = syscall_rules; rule->number >= 0; rule++) {
        for (unsigned i = 0; i < rule->condition_count; i++) {
            const struct syscall_condition *condition = &rule->conditions[i];
            uint64_t bits = has_upper_half(condition) ? condition->ignored : (uint32_t)condition->ignored;
            for (unsigned j = 0; j < condition->count; j++)
                bits |= condition->values[j];
            if (bits > UINT32_MAX)
                die(rule->name, "a constant of more than 32 bits");
        }
    }
}

int main(void)
{
    unsigned starts[SYSCALL_GRANTS + 1] = {0};
    check_values();
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
