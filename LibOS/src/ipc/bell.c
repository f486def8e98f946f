/* SPDX-License-Identifier: MIT */
/* Sleeping until another process has changed something in shared memory. Knows no object. */
#include "ipc/bell.h"
#include "clock.h"
#include "common_state.h"
#include "ipc.h"
#include "process/table.h"

static struct wait_queue g_bell;
/* Threads of this process that have taken a bell and not rung it yet. */
static uint32_t g_ringing;

struct wait_queue *bell_queue(void)
{
    return &g_bell;
}

void bell_ask(struct bell *bell)
{
    if (bell->count > BELL_PROCESSES)
        return;
    for (uint32_t i = 0; i < bell->count; i++) {
        if (bell->pids[i] == g_process.pid)
            return;
    }
    if (bell->count < BELL_PROCESSES)
        bell->pids[bell->count] = g_process.pid;
    bell->count++;
}

void bell_take(struct bell *bell, struct bell *out)
{
    if (bell->count != 0)
        __atomic_fetch_add(&g_ringing, 1, __ATOMIC_SEQ_CST);
    *out = *bell;
    bell->count = 0;
}

static void nudge_everybody(void)
{
    for (int32_t pid = process_next(0); pid != 0; pid = process_next(pid)) {
        if (pid != g_process.pid)
            mail_nudge(pid);
    }
}

void bell_ring(const struct bell *taken)
{
    wait_queue_wake(&g_bell);
    if (taken->count > BELL_PROCESSES)
        nudge_everybody();
    for (uint32_t i = 0; i < taken->count && taken->count <= BELL_PROCESSES; i++) {
        if (taken->pids[i] != g_process.pid)
            mail_nudge(taken->pids[i]);
    }
    if (taken->count != 0)
        __atomic_fetch_sub(&g_ringing, 1, __ATOMIC_SEQ_CST);
}

void bell_process_ends(int32_t pid)
{
    if (pid != g_process.pid || __atomic_load_n(&g_ringing, __ATOMIC_SEQ_CST) != 0)
        nudge_everybody();
}

int bell_sleep(struct shared_lock *lock, struct bell *bell, int64_t deadline_ns)
{
    struct waiter waiter = {.notify = NULL};
    wait_queue_add(&g_bell, &waiter);
    bell_ask(bell);
    shared_unlock(lock);
    int result = thread_sleep(timeout_until(deadline_ns));
    wait_queue_remove(&g_bell, &waiter);
    if (result == -ETIMEDOUT)
        result = clock_monotonic_ns() >= deadline_ns ? -EAGAIN : 0;
    else if (result == -EINTR && !signal_interrupts())
        result = 0;
    shared_lock(lock);
    return result;
}

void bell_rung(void)
{
    if (g_bell.waiters.head.next != NULL)
        wait_queue_wake(&g_bell);
}

void bell_begin(void)
{
    if (g_bell.waiters.head.next == NULL)
        wait_queue_init(&g_bell);
}

/* The threads that slept are the parent's; sets of epoll are this process's, too, and have to ask for bells of their own. */
void bell_forked(void)
{
    g_ringing = 0;
    if (g_bell.waiters.head.next == NULL)
        return;
    list_for_each(node, &g_bell.waiters) {
        if (list_entry(node, struct waiter, node)->notify == NULL)
            list_remove(node);
    }
    wait_queue_wake(&g_bell);
}
