/* SPDX-License-Identifier: MIT */
/* Calls that concern the order in which processors see things. */
#include <linux/membarrier.h>

#include "process.h"
#include "syscalls.h"
#include "task.h"

/* What orders the accesses of the threads of one process. Other processes, and what processors have decoded in advance, the
 * Host ABI does not reach. */
#define COMMANDS (MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

static bool g_registered;

/* Each other thread stands still for a moment, for which it has to hear of it and to say so. */
static int order_others(void)
{
    if (!__atomic_load_n(&g_registered, __ATOMIC_RELAXED))
        return -EPERM;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    const int error = freeze_others();
    if (error == 0)
        thaw_others();
    return error;
}

int64_t sys_membarrier(int command, unsigned flags, int cpu)
{
    (void)cpu;
    if (flags != 0)
        return -EINVAL;
    switch (command) {
    case MEMBARRIER_CMD_QUERY:
        return COMMANDS;
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
        __atomic_store_n(&g_registered, true, __ATOMIC_RELAXED);
        return 0;
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
        return order_others();
    default:
        return -EINVAL;
    }
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
