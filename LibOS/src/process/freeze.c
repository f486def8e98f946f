/* SPDX-License-Identifier: MIT */
/* While a process is copied, its other threads stand still where they hold no lock and change nothing: on their way back to
 * the program, or where they would go on sleeping. The copy has none of them; what they are known by is made harmless. */
#include "clock.h"
#include "poll.h"
#include "process/table.h"
#include "sync.h"

#define NAP_US      20
#define ANSWER_NAPS 1000 /* for one that is about to run, or in a call of the host that nothing ends */

static struct {
    uint64_t last;     /* number of the last time that somebody has frozen the others */
    uint64_t round;    /* the number of what is going on; 0 = nothing */
    uint32_t unlisted; /* threads beside those of the process that may hold locks now */
} g_freeze;

void freeze_park(void)
{
    struct thread *thread = self();
    if (!(__atomic_load_n(&thread->attention, __ATOMIC_SEQ_CST) & ATTENTION_FREEZE))
        return;
    __atomic_fetch_and(&thread->attention, ~ATTENTION_FREEZE, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&thread->time_asked, __ATOMIC_SEQ_CST)) {
        if (clock_read(CLOCK_THREAD_CPUTIME_ID, &thread->cpu_ns) == 0)
            __atomic_store_n(&thread->time_asked, false, __ATOMIC_RELEASE);
    }
    /* It says for which round: who begins the next one does not count on a thread that is just going on. */
    for (uint64_t round; (round = __atomic_load_n(&g_freeze.round, __ATOMIC_SEQ_CST)) != 0;) {
        __atomic_store_n(&thread->frozen_round, round, __ATOMIC_SEQ_CST);
        DkThreadDelayExecution(NAP_US);
    }
}

/* How many threads are still moving; they are asked to stop. */
static unsigned ask_others(void)
{
    const uint64_t round = g_freeze.round;
    unsigned moving = 0;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread == self() || __atomic_load_n(&thread->frozen_round, __ATOMIC_SEQ_CST) == round)
            continue;
        thread_attend(thread, ATTENTION_FREEZE);
        moving++;
    }
    lock_release(&g_process.lock);
    return moving + __atomic_load_n(&g_freeze.unlisted, __ATOMIC_SEQ_CST);
}

void unlisted_add(void)
{
    __atomic_fetch_add(&g_freeze.unlisted, 1, __ATOMIC_SEQ_CST);
}

void unlisted_begin(void)
{
    for (;;) {
        unlisted_add();
        if (__atomic_load_n(&g_freeze.round, __ATOMIC_SEQ_CST) == 0)
            return;
        unlisted_end();
        DkThreadDelayExecution(NAP_US);
    }
}

void unlisted_end(void)
{
    __atomic_fetch_sub(&g_freeze.unlisted, 1, __ATOMIC_SEQ_CST);
}

/* Whether no other thread, listed or not, can do anything. If the first has ended it listens. */
static bool is_alone(void)
{
    return g_process.thread_count == 1 && __atomic_load_n(&g_freeze.unlisted, __ATOMIC_SEQ_CST) == 0 &&
           self()->handle == pal_control_addr()->first_thread;
}

static bool must_end(void)
{
    return __atomic_load_n(&self()->attention, __ATOMIC_SEQ_CST) & ATTENTION_EXIT;
}

/* Somebody else may be doing the same, and wait for this thread. */
static bool take_turn(void)
{
    const uint64_t round = __atomic_add_fetch(&g_freeze.last, 1, __ATOMIC_SEQ_CST);
    uint64_t open = 0;
    while (!__atomic_compare_exchange_n(&g_freeze.round, &open, round, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
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
    if (!is_alone()) {
        if (!take_turn())
            return -ERESTARTNOINTR;
        while (ask_others() > 0) {
            if (must_end()) {
                __atomic_store_n(&g_freeze.round, 0, __ATOMIC_SEQ_CST);
                return -ERESTARTNOINTR;
            }
            DkThreadDelayExecution(NAP_US);
        }
    }
    timers_freeze();
    async_freeze();
    return 0;
}

void thaw_others(void)
{
    async_thaw();
    timers_thaw();
    __atomic_store_n(&g_freeze.round, 0, __ATOMIC_SEQ_CST);
}

bool thread_ask_time(struct thread *thread)
{
    bool asked = true;
    __atomic_store_n(&thread->time_asked, true, __ATOMIC_SEQ_CST);
    thread_attend(thread, ATTENTION_FREEZE);
    for (unsigned i = 0; i < ANSWER_NAPS && asked && !must_end(); i++) {
        DkThreadDelayExecution(NAP_US);
        freeze_park(); /* it may be asking this one */
        asked = __atomic_load_n(&thread->time_asked, __ATOMIC_ACQUIRE);
    }
    return !asked;
}

void forget_others(void)
{
    g_freeze.round = g_freeze.unlisted = 0;
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
