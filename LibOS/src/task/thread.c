/* SPDX-License-Identifier: MIT */
/* The threads of the process: who there is, and how they sleep and are woken. Knows nothing of how they begin and end. */
#include "task/task_room.h"
#include "entry.h"
#include "process/table.h"

struct process g_process;

/* What a thread is between its end here and that of the host's thread. */
PAL_LARGE static struct thread g_nobody;

/* thread->wake_state. A wake-up costs a host call only if the thread sleeps. */
enum { AWAKE, WOKEN, SLEEPING };

int32_t pid_allocate(void)
{
    static int32_t last = FIRST_PID;
    if (g_table)
        return table_new_id();
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void thread_adopt_first(uint64_t stack)
{
    static struct thread first;
    list_init(&g_process.threads);
    wait_queue_init(&g_process.ended);
    g_process.pid = g_process.pgid = g_process.sid = FIRST_PID;
    g_process.ppid = OUTER_PID;
    g_process.dumpable = true;
    first.stack = stack;
    first.tid = FIRST_PID;
    first.references = 2; /* it is not of the heap, and never freed */
    first.task.timer_slack_ns = TIMER_SLACK_DEFAULT;
    first.task.traits.nice = nice_clamp(pal_control.starter.nice);
    entry_set_thread(&first);
    thread_signals_init(&first, NULL);
    list_add_back(&g_process.threads, &first.peers);
    g_process.thread_count = 1;
}

void thread_adopt_helper(struct thread *thread)
{
    thread->references = 2;
    thread_signals_init(thread, NULL);
    thread->signals.blocked = UINT64_MAX;
    entry_set_thread(thread);
}

void thread_adopt_nobody(void)
{
    entry_set_thread(&g_nobody);
}

bool thread_link(struct thread *thread)
{
    lock_acquire(&g_process.lock);
    const bool allowed = !g_process.survivor;
    if (allowed) {
        filters_copy(&thread->filters, &self()->filters);
        list_add_back(&g_process.threads, &thread->peers);
        if (thread->is_companion)
            g_process.companions++;
        else
            process_thread_begins(thread->tid);
        __atomic_store_n(&g_process.thread_count, g_process.thread_count + 1, __ATOMIC_RELEASE);
    }
    lock_release(&g_process.lock);
    return allowed;
}

uint32_t thread_unlink(struct thread *thread)
{
    lock_acquire(&g_process.lock);
    list_remove(&thread->peers);
    unlisted_add();
    process_thread_ended(thread->tid);
    if (thread->is_companion)
        g_process.companions--;
    __atomic_store_n(&g_process.thread_count, g_process.thread_count - 1, __ATOMIC_RELEASE);
    const uint32_t left = g_process.thread_count - g_process.companions;
    const bool awaited = g_process.survivor != NULL;
    lock_release(&g_process.lock);
    if (awaited)
        wait_queue_wake(&g_process.ended);
    return left;
}

struct thread *thread_find(int32_t tid)
{
    struct thread *found = NULL;
    lock_acquire(&g_process.lock);
    list_for_each(node, &g_process.threads) {
        struct thread *thread = list_entry(node, struct thread, peers);
        if (thread->tid == tid) {
            thread_get(thread);
            found = thread;
            break;
        }
    }
    lock_release(&g_process.lock);
    return found;
}

void thread_get(struct thread *thread)
{
    __atomic_fetch_add(&thread->references, 1, __ATOMIC_RELAXED);
}

void thread_put(struct thread *thread)
{
    if (__atomic_sub_fetch(&thread->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (thread->handle)
        DkObjectClose(thread->handle);
    if (thread->wake)
        DkObjectClose(thread->wake);
    filters_drop(&thread->filters);
    if (thread->is_companion)
        companion_signals_free(thread);
    heap_free(thread);
}

/* Make a thread that is about to sleep, or does, not do so. Returns whether its event is to be set. */
static bool stir(struct thread *thread)
{
    return __atomic_exchange_n(&thread->wake_state, WOKEN, __ATOMIC_SEQ_CST) == SLEEPING;
}

void thread_wake(struct thread *thread)
{
    if (stir(thread))
        DkEventSet(thread->wake);
}

void thread_attend(struct thread *thread, uint32_t bits)
{
    const uint32_t had = __atomic_fetch_or(&thread->attention, bits, __ATOMIC_SEQ_CST);
    if ((had & bits) == bits || thread == self())
        return;
    /* One that sleeps here can be had for less than a signal of the host. One that has no handle yet is looked after by
     * its creator. */
    uint32_t state = SLEEPING;
    PAL_HANDLE handle = __atomic_load_n(&thread->handle, __ATOMIC_SEQ_CST);
    if (__atomic_compare_exchange_n(&thread->wake_state, &state, WOKEN, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        DkEventSet(thread->wake);
    else if (handle)
        DkThreadResume(handle);
}

void wake_collect(struct wake_batch *batch, struct thread *thread)
{
    if (!stir(thread))
        return;
    if (batch->count == WAKE_BATCH) {
        DkEventSet(thread->wake);
        return;
    }
    /* It may be gone by the time that the lock has been released. */
    thread_get(thread);
    batch->threads[batch->count++] = thread;
}

void wake_all(struct wake_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        DkEventSet(batch->threads[i]->wake);
        thread_put(batch->threads[i]);
    }
    batch->count = 0;
}

/* Of a process's first thread. */
void thread_show_rest(const struct thread *thread, bool rests)
{
    if (g_own && thread->tid == thread_pid(thread))
        __atomic_store_n(&entry_at(slot_of(thread->tid))->rests, rests, __ATOMIC_RELAXED);
}

bool thread_lie_down(struct thread *thread)
{
    uint32_t state = AWAKE;
    if (!thread->wake && !(thread->wake = DkSynchronizationEventCreate(PAL_FALSE))) {
        DkThreadYieldExecution(); /* the caller will look again */
        return false;
    }
    if (__atomic_compare_exchange_n(&thread->wake_state, &state, SLEEPING, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
        thread_show_rest(thread, true);
        return true;
    }
    __atomic_store_n(&thread->wake_state, AWAKE, __ATOMIC_RELAXED);
    return false;
}

bool thread_sleeps(const struct thread *thread)
{
    return __atomic_load_n(&thread->wake_state, __ATOMIC_RELAXED) == SLEEPING;
}

char thread_state(const struct thread *thread)
{
    if (__atomic_load_n(&thread->trace.stopped, __ATOMIC_RELAXED))
        return 't';
    return thread_sleeps(thread) || __atomic_load_n(&thread->rests, __ATOMIC_RELAXED) ? 'S' : 'R';
}

/* An event that is set after the sleeper has given up ends its next sleep: there are wake-ups without a reason. */
bool thread_get_up(struct thread *thread)
{
    thread_show_rest(thread, false);
    return __atomic_exchange_n(&thread->wake_state, AWAKE, __ATOMIC_ACQUIRE) == WOKEN;
}

/* What a wait that nothing has ended returns. */
static int unanswered(int failure)
{
    if (failure == -EAGAIN)
        return -ETIMEDOUT;
    return signal_interrupts() ? -EINTR : 0;
}

int thread_sleep(uint64_t timeout_us)
{
    struct thread *thread = self();
    if (!thread_lie_down(thread))
        return 0;
    const uint64_t nap_us = process_nap(timeout_us);
    PAL_HANDLE ready = block_wait(1, &thread->wake, nap_us);
    int failure = ready ? 0 : pal_failure();
    if (thread_get_up(thread) || ready)
        return 0;
    if (failure == -EAGAIN && nap_us < timeout_us) {
        process_look_after();
        failure = -EINTR;
    }
    return unanswered(failure);
}

int thread_sleep_streams(PAL_HANDLE *handles, size_t count, uint64_t timeout_us, size_t *out_ready)
{
    PAL_HANDLE all[STREAM_LIMIT + 1];
    struct thread *thread = self();
    *out_ready = count;
    if (count > STREAM_LIMIT || !thread_lie_down(thread))
        return 0;
    memcpy(all, handles, count * sizeof(*handles));
    all[count] = thread->wake;
    PAL_HANDLE ready = block_wait(count + 1, all, timeout_us);
    const int failure = ready ? 0 : pal_failure();
    const bool woken = thread_get_up(thread);
    while (ready && all[*out_ready] != ready && *out_ready > 0)
        --*out_ready;
    if (woken || ready)
        return 0;
    return unanswered(failure);
}
