/* SPDX-License-Identifier: MIT */
/* Ends of threads and of the process. Knows nothing of what other rooms keep for them but what it tells them. */
#include "entry.h"
#include "process.h"
#include "sync.h"
#include "syscalls.h"
#include "task/task_room.h"

/* How long a process that ends waits for threads that hold robust locks. */
#define EXIT_NAP_US 50
#define EXIT_NAPS   2000

/* A status as in wait(2): the low seven bits are a signal. */
static uint32_t exit_code(int status)
{
    const uint32_t signal = (uint32_t)status & 0x7f;
    return signal ? 128 + signal : ((uint32_t)status >> 8) & 0xff;
}

static void end_others(const struct thread *survivor)
{
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread != survivor)
            thread_attend(thread, ATTENTION_EXIT);
    }
    lock_release(&g_process.lock);
}

/***** Robust locks that other processes may wait for *****/

static bool others_hold_locks(void)
{
    bool held = false;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        const struct thread *thread = list_entry(node, struct thread, peers);
        held = held || (thread != self() && futex_holds_robust(thread));
    }
    lock_release(&g_process.lock);
    return held;
}

/* A thread that goes on while its lock is given to somebody else would open it under him. So each leaves its own, but not for
 * ever: one that does not come has lost its way. */
static void leave_locks(void)
{
    if (self()->robust_list)
        futex_walk_robust(self());
    if (g_process.thread_count == 1 || !others_hold_locks())
        return;
    end_others(self());
    for (unsigned i = 0; i < EXIT_NAPS && others_hold_locks(); i++)
        DkThreadDelayExecution(EXIT_NAP_US);
}

/***** The process *****/

/* Threads of the host end with the process, whatever they are doing; there is nothing else that they would have to finish. */
static __attribute__((noreturn)) void end_process(int status)
{
    if (__builtin_expect(self()->trace.slot != 0, 0))
        tracee_exits(status);
    if (!__atomic_exchange_n(&g_process.exiting, 1, __ATOMIC_ACQ_REL)) {
        leave_locks();
        process_ends(status);
        boot_print_stats();
        DkProcessExit(exit_code(status));
    }
    if (self()->robust_list)
        futex_walk_robust(self());
    for (;;)
        DkThreadDelayExecution(1000000);
}

/* Other processes ring at the first thread of the host: it stays for that when the program's has ended. */
static __attribute__((noreturn)) void stay_to_listen(void)
{
    PAL_LARGE static struct thread listener;
    thread_adopt_helper(&listener);
    for (;;) {
        (void)!thread_sleep(NO_TIMEOUT);
        __atomic_store_n(&listener.attention, 0, __ATOMIC_SEQ_CST);
        unlisted_begin();
        process_take_mail();
        unlisted_end();
    }
}

void thread_exit(int status)
{
    struct thread *thread = self();
    const bool is_first = thread->handle == pal_control_addr()->first_thread;
    if (__builtin_expect(thread->trace.slot != 0, 0))
        tracee_exits(status);
    if (thread->tid == g_process.pid)
        g_process.exit_status = status;
    if (thread->robust_list)
        futex_walk_robust(thread);
    futex_clear_tid(thread->clear_tid);
    thread_signals_end(thread);
    if (__builtin_expect(thread->trace.slot != 0, 0))
        tracee_ends(status);
    if (thread->is_companion) /* who has to end does so with its maker */
        companion_ends(thread->tid, thread->attention & ATTENTION_EXIT ? SIGKILL : status);
    if (thread_unlink(thread) == 0 && !thread->is_companion)
        end_process(g_process.exit_status);
    futex_pi_owner_dies(thread->tid);
    thread_adopt_nobody();
    thread_put(thread);
    unlisted_end();
    if (is_first)
        stay_to_listen();
    for (;;)
        DkThreadExit();
}

/* A companion has one thread. */
void process_exit(int status)
{
    if (self()->is_companion)
        thread_exit(status);
    end_process(status);
}

int process_end_others(void)
{
    struct thread *survivor = self();
    struct waiter waiter = {.notify = NULL};
    if (survivor->robust_list)
        futex_walk_robust(survivor);
    if (__atomic_load_n(&g_process.thread_count, __ATOMIC_ACQUIRE) == 1) {
        survivor->tid = g_process.pid;
        return 0;
    }
    lock_acquire(&g_process.lock);
    const bool mine = !g_process.survivor;
    if (mine)
        g_process.survivor = survivor;
    lock_release(&g_process.lock);
    if (!mine)
        return -EINTR;
    end_others(survivor);
    wait_queue_add(&g_process.ended, &waiter);
    while (__atomic_load_n(&g_process.thread_count, __ATOMIC_ACQUIRE) > 1) {
        /* A signal does not end this wait; it keeps its attention until the new program runs. */
        if (thread_sleep(NO_TIMEOUT) < 0)
            DkThreadYieldExecution();
    }
    wait_queue_remove(&g_process.ended, &waiter);
    lock_acquire(&g_process.lock);
    process_thread_ended(survivor->tid);
    survivor->tid = g_process.pid;
    g_process.survivor = NULL;
    lock_release(&g_process.lock);
    return 0;
}

int64_t sys_exit(int code)
{
    const int status = (code & 0xff) << 8;
    /* The thread of a vfork's child is its lender's, and goes on as such. */
    if (vfork_is_lent())
        process_exit(status);
    thread_exit(status);
}

int64_t sys_exit_group(int code)
{
    process_exit((code & 0xff) << 8);
}
