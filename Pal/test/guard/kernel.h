/* SPDX-License-Identifier: MIT */
/* For hosted tests of parts of the Linux host: the door to the kernel that they have, and what they leave open. */
#ifndef PAL_TEST_GUARD_KERNEL_H
#define PAL_TEST_GUARD_KERNEL_H

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

extern int linux_fd_highest;
int linux_fd_highest;

long linux_syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6);
long linux_syscall_blocking(long number, long a1, long a2, long a3, long a4, long a5, long a6);

long linux_syscall(long number, long a1, long a2, long a3, long a4, long a5, long a6)
{
    const long result = syscall(number, a1, a2, a3, a4, a5, a6);
    return result < 0 ? -errno : result;
}

long linux_syscall_blocking(long number, long a1, long a2, long a3, long a4, long a5, long a6)
{
    return linux_syscall(number, a1, a2, a3, a4, a5, a6);
}

/* Descriptors that are open, and a few more that are the same each time. */
static inline int count_open(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    closedir(dir);
    return count;
}

#endif
