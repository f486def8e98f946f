/* SPDX-License-Identifier: MIT */
/* The thread that calls timers back, which is there only while one is armed. Knows nothing of signals. */
#include "clock.h"
#include "task.h"
#include "time/time_room.h"

/* How long it stays when no timer is armed: programs arm and disarm them again and again. */
#define IDLE_NS 20000000

static struct {
    struct lock lock;
    struct list armed;          /* in the order of expiry */
    bool ready;                 /* armed is initialised */
    bool alive;                 /* there is a thread, which will look at the list once more */
    struct timer *running;      /* whose callback runs, or NULL */
    struct wait_queue finished; /* woken when it has run */
} g_timers;

PAL_LARGE static struct thread g_timer_thread;

/* With the lock held. */
static void insert(struct timer *timer)
{
    struct list_node *next = &g_timers.armed.head;
    while (next->prev != &g_timers.armed.head &&
           list_entry(next->prev, struct timer, node)->expiry_ns > timer->expiry_ns)
        next = next->prev;
    list_add_before(next, &timer->node);
}

static struct timer *first(void)
{
    struct list_node *node = list_first(&g_timers.armed);
    return node ? list_entry(node, struct timer, node) : NULL;
}

/* With the lock held: one that has expired goes to its next place in the list, if there is one. Returns how often it has. */
static uint64_t go_on(struct timer *timer, int64_t now)
{
    list_remove(&timer->node);
    if (timer->interval_ns <= 0)
        return 1;
    const int64_t expiries = (now - timer->expiry_ns) / timer->interval_ns + 1;
    timer->expiry_ns += expiries * timer->interval_ns;
    insert(timer);
    return (uint64_t)expiries;
}

/* With the lock held, which is given up for the callback. The timer may be armed again or be gone after that. */
static void expire(struct timer *timer, int64_t now)
{
    timer->missed = go_on(timer, now) - 1;
    g_timers.running = timer;
    lock_release(&g_timers.lock);
    timer->expire(timer);
    lock_acquire(&g_timers.lock);
    g_timers.running = NULL;
    wait_queue_wake(&g_timers.finished);
}

static int run(void *argument)
{
    int64_t idle_until = INT64_MAX;
    (void)argument;
    thread_adopt_helper(&g_timer_thread);
    lock_acquire(&g_timers.lock);
    for (;;) {
        const int64_t now = clock_monotonic_ns();
        struct timer *timer = first();
        if (timer && timer->expiry_ns <= now) {
            expire(timer, now);
            idle_until = INT64_MAX;
            continue;
        }
        if (!timer && idle_until == INT64_MAX)
            idle_until = now + IDLE_NS;
        if (!timer && idle_until <= now)
            break;
        if (timer)
            idle_until = INT64_MAX;
        const int64_t until = timer ? timer->expiry_ns : idle_until;
        lock_release(&g_timers.lock);
        /* Woken, or the time is over: the list says what is to be done. */
        if (thread_sleep(timeout_until(until)) == -EINTR)
            DkThreadYieldExecution();
        lock_acquire(&g_timers.lock);
    }
    g_timers.alive = false;
    thread_adopt_nobody();
    lock_release(&g_timers.lock);
    DkThreadExit();
    return 0;
}

/* With the lock held. Without memory for a thread the timer stays in the list until another one is armed. */
static void start_thread(void)
{
    PAL_HANDLE handle = DkThreadCreate((void *)run, NULL, 0);
    if (handle)
        DkObjectClose(handle);
    else
        log_print(LOG_ERROR, "no thread for timers");
    g_timers.alive = handle != NULL;
}

static void initialise(void)
{
    if (g_timers.ready)
        return;
    list_init(&g_timers.armed);
    wait_queue_init(&g_timers.finished);
    g_timers.ready = true;
}

void timer_start(struct timer *timer, int64_t expiry_ns, int64_t interval_ns)
{
    lock_acquire(&g_timers.lock);
    initialise();
    if (timer->node.next)
        list_remove(&timer->node);
    timer->expiry_ns = expiry_ns;
    timer->interval_ns = interval_ns;
    insert(timer);
    if (!g_timers.alive)
        start_thread();
    else if (first() == timer)
        thread_wake(&g_timer_thread);
    lock_release(&g_timers.lock);
}

uint64_t timer_catch_up(struct timer *timer)
{
    uint64_t expiries = 0;
    lock_acquire(&g_timers.lock);
    const int64_t now = clock_monotonic_ns();
    if (timer->node.next && list_is_linked(&timer->node) && timer->interval_ns > 0 && timer->expiry_ns <= now)
        expiries = go_on(timer, now);
    lock_release(&g_timers.lock);
    return expiries;
}

/* Take a timer out of the list. Returns false with the waiter in the queue of those who wait for callbacks, if its own is
 * running. */
static bool disarm(struct timer *timer, struct waiter *waiter)
{
    lock_acquire(&g_timers.lock);
    initialise();
    if (timer->node.next)
        list_remove(&timer->node);
    const bool runs = g_timers.running == timer && self() != &g_timer_thread;
    if (runs)
        wait_queue_add(&g_timers.finished, waiter);
    lock_release(&g_timers.lock);
    return !runs;
}

void timer_stop(struct timer *timer)
{
    struct waiter waiter = {.notify = NULL};
    /* The callback may have armed it again. It takes no longer than to send a signal; who has one of its own to look after
     * spins for that long. */
    while (!disarm(timer, &waiter)) {
        while (__atomic_load_n(&g_timers.running, __ATOMIC_ACQUIRE) == timer) {
            if (thread_sleep(NO_TIMEOUT) < 0)
                DkThreadYieldExecution();
        }
        wait_queue_remove(&g_timers.finished, &waiter);
    }
}

void timers_freeze(void)
{
    if (!g_timers.ready)
        return;
    lock_acquire(&g_timers.lock);
    while (g_timers.running) {
        lock_release(&g_timers.lock);
        DkThreadYieldExecution();
        lock_acquire(&g_timers.lock);
    }
}

void timers_thaw(void)
{
    if (g_timers.ready)
        lock_release(&g_timers.lock);
}

void timers_resumed(void)
{
    timer_thread_forked();
}

void timer_thread_forked(void)
{
    if (!g_timers.ready)
        return;
    g_timers.alive = false;
    g_timers.lock = (struct lock){0};
    g_timer_thread.wake = NULL;
    g_timer_thread.attention = 0;
    lock_acquire(&g_timers.lock);
    if (first())
        start_thread();
    lock_release(&g_timers.lock);
}
