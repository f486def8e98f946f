/* SPDX-License-Identifier: MIT */
/* The system calls that are made before the filter is there and not afterwards: they end a process that is confined. */
#ifndef PAL_HOST_LINUX_SYS_START_H
#define PAL_HOST_LINUX_SYS_START_H

#include "sys_linux.h"

struct sysinfo;
struct linux_sigaction;
struct rlimit64;

/* Linux 6.10; older headers do not have it. */
#define __NR_mseal 462

static inline int sys_getpid(void)
{
    return (int)SYS0(getpid);
}

static inline int sys_sched_getaffinity(int pid, size_t size, unsigned long *mask)
{
    return (int)SYS3(sched_getaffinity, pid, size, mask);
}

static inline long sys_getrandom(void *buffer, size_t size, unsigned flags)
{
    return SYS3(getrandom, buffer, size, flags);
}

static inline int sys_getpriority(int which, int who)
{
    return (int)SYS2(getpriority, which, who);
}

static inline int sys_umask(unsigned mask)
{
    return (int)SYS1(umask, mask);
}

static inline int sys_sysinfo(struct sysinfo *out)
{
    return (int)SYS1(sysinfo, out);
}

static inline int sys_rt_sigaction(int signal, const struct linux_sigaction *action, struct linux_sigaction *old)
{
    return (int)SYS4(rt_sigaction, signal, action, old, sizeof(unsigned long));
}

static inline int sys_close_range(unsigned first, unsigned last)
{
    return (int)SYS3(close_range, first, last, 0);
}

static inline int sys_mseal(void *address, size_t size)
{
    return (int)SYS3(mseal, address, size, 0);
}

static inline int sys_prlimit64(int resource, const struct rlimit64 *limit, struct rlimit64 *old)
{
    return (int)SYS4(prlimit64, 0, resource, limit, old);
}

static inline int sys_sigaltstack(const void *stack, void *old)
{
    return (int)SYS2(sigaltstack, stack, old);
}

static inline int sys_rt_sigprocmask(int how, const uint64_t *set, uint64_t *old)
{
    return (int)SYS4(rt_sigprocmask, how, set, old, sizeof(*set));
}

#endif
