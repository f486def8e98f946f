/* SPDX-License-Identifier: MIT */
/* The lines of syscalls.tbl that are about the filter, for those who compile it and those who test it. Knows no filter. */
#ifndef TOOLS_SYSCALL_RULES_H
#define TOOLS_SYSCALL_RULES_H

#include <stdint.h>

/* What a manifest can grant; each set of these has a filter of its own. The filters' header repeats them. */
#define SYSCALL_TCP    1
#define SYSCALL_SERVE  2
#define SYSCALL_UDP    4
#define SYSCALL_MODES  8
#define SYSCALL_GRANTS 16 /* sets of them */

/* What no manifest grants, and fails as if a signal had come. */
#define SYSCALL_NEVER SYSCALL_GRANTS

enum { SYSCALL_VALUES = 12, SYSCALL_CONDITIONS = 4, SYSCALL_LINES = 8 };

/* (argument & ~ignored) is one of the values. */
struct syscall_condition {
    unsigned argument;
    uint64_t ignored;
    unsigned count;
    uint64_t values[SYSCALL_VALUES];
};

struct syscall_rule {
    const char *name;
    int number;     /* -1 ends the table */
    unsigned grant; /* that it takes; 0 = none */
    unsigned condition_count;
    struct syscall_condition conditions[SYSCALL_CONDITIONS]; /* all of which hold; on different arguments */
};

extern const struct syscall_rule syscall_rules[];

#endif
