/* SPDX-License-Identifier: MIT */
/* Limits: getrlimit, setrlimit, prlimit. */
#include "report.h"
#include <sys/resource.h>

static void set_get(int which, rlim_t soft, rlim_t hard)
{
    struct rlimit limit = {soft, hard};
    R(setrlimit(which, &limit));
    R(getrlimit(which, &limit));
    printf("%d: %lld %lld\n", which, (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

int main(void)
{
    struct rlimit limit = {10, 5};
    uint64_t wide[2];
    R(syscall(SYS_getrlimit, 16, &limit));
    R(syscall(SYS_getrlimit, -1, &limit));
    R(syscall(SYS_getrlimit, RLIMIT_NOFILE, WILD));
    R(syscall(SYS_setrlimit, RLIMIT_NOFILE, WILD));
    R(syscall(SYS_setrlimit, 16, &limit));
    R(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    R(syscall(SYS_prlimit64, 0, 16, NULL, wide));
    R(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, NULL));
    R(syscall(SYS_prlimit64, 99999999, RLIMIT_CORE, NULL, NULL));
    R(syscall(SYS_prlimit64, getpid(), RLIMIT_CORE, NULL, wide));
    R(syscall(SYS_prlimit64, 0, RLIMIT_CORE, WILD, wide));
    R(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, WILD));
    set_get(RLIMIT_CORE, 0, 100);
    set_get(RLIMIT_CORE, 50, 100);
    set_get(RLIMIT_NOFILE, 20, 400);
    set_get(RLIMIT_FSIZE, 1 << 30, RLIM_INFINITY);
    set_get(RLIMIT_NOFILE, 30, 2000000000);
    set_get(RLIMIT_CPU, 1000, 1000);
    for (int i = 3; i < 20; i++)
        dup(0);
    R(dup(0));
    R(dup2(0, 25));
    wide[0] = 21;
    wide[1] = 400;
    R(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, wide, wide));
    printf("%lu %lu\n", (unsigned long)wide[0], (unsigned long)wide[1]);
    R(dup(0));
    return 0;
}
