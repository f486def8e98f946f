/* SPDX-License-Identifier: MIT */
/* For tests of seccomp(2): short programs of BPF. */
#ifndef LIBOS_TEST_GUEST_FILTERS_H
#define LIBOS_TEST_GUEST_FILTERS_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include "children.h"
#include "report.h"

#define DATA(member)   ((unsigned)offsetof(struct seccomp_data, member))
#define LOAD(offset)   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define ANSWER(answer) BPF_STMT(BPF_RET | BPF_K, answer)
#define COUNT_OF(a)    (sizeof(a) / sizeof((a)[0]))
#define PROGRAM(array) (&(struct sock_fprog){.len = COUNT_OF(array), .filter = (array)})
#define ERRNO(error)   (SECCOMP_RET_ERRNO | (error))
/* Every call of this number gets the answer, others are allowed. */
#define ONLY(number, answer)                                                                                           \
    LOAD(DATA(nr)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), ANSWER(answer), ANSWER(SECCOMP_RET_ALLOW)

static inline long seccomp(unsigned operation, unsigned flags, void *argument)
{
    return syscall(SYS_seccomp, operation, flags, argument);
}

static inline long install_flags(struct sock_filter *filter, size_t count, unsigned flags)
{
    return seccomp(SECCOMP_SET_MODE_FILTER, flags,
                   &(struct sock_fprog){.len = (unsigned short)count, .filter = filter});
}

static inline void give_up_privileges(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        exit(9);
}

/* The answer for one call. */
static inline void filter_call(int number, unsigned answer)
{
    struct sock_filter filter[] = {ONLY((unsigned)number, answer)};
    give_up_privileges();
    if (install_flags(filter, COUNT_OF(filter), 0) < 0)
        exit(9);
}

static inline void show_status(void)
{
    char line[200];
    FILE *file = fopen("/proc/thread-self/status", "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "NoNewPrivs", 10) == 0 || strncmp(line, "Seccomp", 7) == 0)
            fputs(line, stdout);
    }
    if (file)
        fclose(file);
}

#endif
