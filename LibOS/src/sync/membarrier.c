/* SPDX-License-Identifier: MIT */
/* Calls that concern the order in which processors see things. */
#include "syscalls.h"
#include "task.h"

/* Other threads could only be made to order their accesses by a signal to each. As on a kernel without it, programs do that, or
 * whatever they do there, themselves. */
int64_t sys_membarrier(int command, unsigned flags, int cpu)
{
    (void)command;
    (void)flags;
    (void)cpu;
    return -ENOSYS;
}

/* Its critical sections end when a thread is moved to another processor, which the host does not tell. */
int64_t sys_rseq(void *area, unsigned size, int flags, unsigned signature)
{
    (void)area;
    (void)size;
    (void)flags;
    (void)signature;
    return -ENOSYS;
}
