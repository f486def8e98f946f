/* SPDX-License-Identifier: MIT */
/* While a process is copied, its other threads stand still where they hold no lock and change nothing: on their way back to
 * the program, or where they would go on sleeping. The copy has none of them; what they are known by is made harmless. */
#include "clock.h"
#include "process/table.h"
#include "sync/sync.h"

#define NAP_US 20

static struct {
    struct lock lock; /* of who freezes the others */
    uint32_t freezing;
} g_freeze;

void freeze_park(void)
{
    struct thread *thread = self();
    if (!(__atomic_load_n(&thread->attention, __ATOMIC_SEQ_CST) & ATTENTION_FREEZE))
        return;
    __atomic_fetch_and(&thread->attention, ~ATTENTION_FREEZE, __ATOMIC_SEQ_CST);
    __atomic_store_n(&thread->frozen, true, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&g_freeze.freezing, __ATOMIC_SEQ_CST))
        DkThreadDelayExecution(NAP_US);
    __atomic_store_n(&thread->frozen, false, __ATOMIC_SEQ_CST);
}

/* How many threads are still moving; they are asked to stop. */
static unsigned ask_others(void)
{
    unsigned moving = 0;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread == self() || __atomic_load_n(&thread->frozen, __ATOMIC_SEQ_CST))
            continue;
        thread_attend(thread, ATTENTION_FREEZE);
        moving++;
    }
    lock_release(&g_process.lock);
    return moving;
}

static bool must_end(void)
{
    return __atomic_load_n(&self()->attention, __ATOMIC_SEQ_CST) & ATTENTION_EXIT;
}

/* Somebody else may be doing the same, and wait for this thread. */
static bool take_turn(void)
{
    uint32_t open = 0;
    while (!__atomic_compare_exchange_n(&g_freeze.freezing, &open, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        open = 0;
        freeze_park();
        if (must_end())
            return false;
        DkThreadDelayExecution(NAP_US);
    }
    return true;
}

int freeze_others(void)
{
    if (g_process.thread_count > 1) {
        if (!take_turn())
            return -ERESTARTNOINTR;
        while (ask_others() > 0) {
            if (must_end()) {
                __atomic_store_n(&g_freeze.freezing, 0, __ATOMIC_SEQ_CST);
                return -ERESTARTNOINTR;
            }
            DkThreadDelayExecution(NAP_US);
        }
    }
    timers_freeze();
    return 0;
}

void thaw_others(void)
{
    timers_thaw();
    __atomic_store_n(&g_freeze.freezing, 0, __ATOMIC_SEQ_CST);
}

void forget_others(void)
{
    g_freeze.freezing = 0;
    if (g_process.thread_count == 1)
        return;
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread == self())
            continue;
        /* Its memory stays: it may be in queues, from which it is taken when it is found there. */
        thread->attention = ATTENTION_GONE;
        thread->handle = NULL;
    }
    futex_forked();
}
