/* SPDX-License-Identifier: MIT */
/* membarrier: a store and a load of one thread keep their order for a thread that calls it between its own, though the first
 * thread has nothing but an order for the compiler. Without it both would miss the other's store now and then. */
#include "report.h"
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdatomic.h>

#define ROUNDS 60

static atomic_int g_turn, g_fast, g_slow, g_seen_by_fast, g_done;

static long membarrier(int command, unsigned flags)
{
    return syscall(SYS_membarrier, command, flags, 0);
}

static void *fast(void *arg)
{
    (void)arg;
    for (int round = 1; round <= ROUNDS; round++) {
        while (atomic_load(&g_turn) != round)
            ;
        atomic_store_explicit(&g_fast, round, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
        const int seen = atomic_load_explicit(&g_slow, memory_order_relaxed) == round;
        atomic_store(&g_seen_by_fast, seen);
        atomic_store(&g_done, round);
    }
    return NULL;
}

/* Threads that sleep in the kernel are no hindrance. */
static void *sleeper(void *arg)
{
    char byte;
    return (void *)read(*(int *)arg, &byte, 1);
}

int main(void)
{
    pthread_t threads[2];
    int pipes[2], missed = 0;
    R((membarrier(MEMBARRIER_CMD_QUERY, 0) & 24) == 24);
    R(membarrier(MEMBARRIER_CMD_QUERY, 1));
    R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
    R(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 1));
    R(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
    R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
    R(membarrier(-1, 0));
    R(pipe(pipes));
    pthread_create(&threads[0], NULL, fast, NULL);
    pthread_create(&threads[1], NULL, sleeper, &pipes[0]);
    for (int round = 1; round <= ROUNDS; round++) {
        atomic_store(&g_turn, round);
        atomic_store_explicit(&g_slow, round, memory_order_relaxed);
        if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0) != 0)
            missed += ROUNDS;
        const int seen = atomic_load_explicit(&g_fast, memory_order_relaxed) == round;
        while (atomic_load(&g_done) != round)
            ;
        missed += !seen && !atomic_load(&g_seen_by_fast);
    }
    R(missed);
    R(write(pipes[1], "x", 1));
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
