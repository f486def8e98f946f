/* SPDX-License-Identifier: MIT */
/* Semaphores: counts and limits, as a lock and as a queue among threads; every documented error. */
#include "regression.h"
#include "threads.h"

#define COUNT_MAX ((PAL_NUM)INT32_MAX)
#define WAITERS   8
#define LOCKERS   4
#define LOCKED    20000   /* times for each thread, */
#define STRESS_US 1500000 /* or as often as it can in this time */
#define SHORT_US  20000

static PAL_HANDLE g_semaphore, g_room;
static uint64_t g_count, g_failed, g_unprotected;

/* Take all that a semaphore has and count it. */
static PAL_NUM drain(PAL_HANDLE semaphore)
{
    PAL_NUM count = 0;
    while (count < 1000 && wait_for(semaphore, 0) == semaphore)
        count++;
    failure();
    return count;
}

static unsigned join_all(PAL_HANDLE *threads, unsigned count)
{
    unsigned ended = 0;
    for (unsigned i = 0; i < count; i++) {
        ended += wait_for(threads[i], LIMIT_US) == threads[i];
        DkObjectClose(threads[i]);
    }
    return ended;
}

static uint64_t read_count(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_SEQ_CST);
}

/* Wait until a count is as wanted, and a little longer, lest it changes again. */
static bool settles(const uint64_t *count, uint64_t wanted)
{
    for (unsigned tries = 0; read_count(count) != wanted && tries < 60000; tries++)
        DkThreadDelayExecution(1000);
    DkThreadDelayExecution(SHORT_US);
    return read_count(count) == wanted;
}

/***** One thread *****/

static void test_counts(void)
{
    PAL_HANDLE semaphore = DkSemaphoreCreate(3, 5);
    check(drain(semaphore) == 3, "as many waits succeed as the initial count says");
    DkSemaphoreRelease(semaphore, 2);
    DkSemaphoreRelease(semaphore, 3);
    check(failure() == 0 && drain(semaphore) == 5, "and as were released, up to the maximum");
    DkSemaphoreRelease(semaphore, 4);
    check_void(DkSemaphoreRelease(semaphore, 2), PAL_ERROR_OVERFLOW);
    check_void(DkSemaphoreRelease(semaphore, COUNT_MAX), PAL_ERROR_OVERFLOW);
    check_void(DkSemaphoreRelease(semaphore, COUNT_MAX + 1), PAL_ERROR_OVERFLOW);
    check_void(DkSemaphoreRelease(semaphore, (PAL_NUM)1 << 32), PAL_ERROR_OVERFLOW);
    check_void(DkSemaphoreRelease(semaphore, (PAL_NUM)-1), PAL_ERROR_OVERFLOW);
    check(drain(semaphore) == 4, "what goes beyond the maximum changes nothing");
    DkObjectClose(semaphore);

    semaphore = DkSemaphoreCreate(COUNT_MAX - 1, COUNT_MAX);
    check(semaphore != NULL, "the largest maximum");
    DkSemaphoreRelease(semaphore, 1);
    check(failure() == 0, "can be reached");
    check_void(DkSemaphoreRelease(semaphore, 1), PAL_ERROR_OVERFLOW);
    check_void(DkSemaphoreRelease(semaphore, COUNT_MAX), PAL_ERROR_OVERFLOW);
    check(wait_for(semaphore, 0) == semaphore, "and taken from");
    DkObjectClose(semaphore);
}

static void expect_bad(PAL_HANDLE bad, const char *what)
{
    note("%s", what);
    check_void(DkSemaphoreRelease(bad, 1), PAL_ERROR_BADHANDLE);
}

static void test_errors(void)
{
    failure();
    check_failure(DkSemaphoreCreate(0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkSemaphoreCreate(2, 1), 0, PAL_ERROR_INVAL);
    check_failure(DkSemaphoreCreate(0, COUNT_MAX + 1), 0, PAL_ERROR_INVAL);
    check_failure(DkSemaphoreCreate(0, (PAL_NUM)1 << 32), 0, PAL_ERROR_INVAL);
    check_failure(DkSemaphoreCreate((PAL_NUM)1 << 32, 1), 0, PAL_ERROR_INVAL);
    check_failure(DkSemaphoreCreate((PAL_NUM)-1, (PAL_NUM)-1), 0, PAL_ERROR_INVAL);
    PAL_HANDLE semaphore = DkSemaphoreCreate(0, 1);
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    check_void(DkSemaphoreRelease(semaphore, 0), PAL_ERROR_INVAL);
    check(drain(semaphore) == 0, "and nothing is released");
    expect_bad(NULL, "NULL");
    expect_bad(event, "an event");
    expect_bad((PAL_HANDLE)(void *)((char *)(void *)semaphore + 8), "the inside of a handle");
    expect_bad((PAL_HANDLE)(void *)((uintptr_t)semaphore ^ (uintptr_t)1 << 62), "no address");
    DkObjectClose(semaphore);
    expect_bad(semaphore, "a closed handle");
    check_failure(wait_for(semaphore, 0), 0, PAL_ERROR_BADHANDLE);
    DkObjectClose(event);
}

/***** Several threads *****/

static void wait_and_count(void *param)
{
    (void)param;
    regression_thread_init();
    if (wait_for(g_semaphore, LIMIT_US))
        __atomic_fetch_add(&g_count, 1, __ATOMIC_SEQ_CST);
}

static void test_release(void)
{
    PAL_HANDLE threads[WAITERS];
    g_semaphore = DkSemaphoreCreate(0, WAITERS + 2);
    g_count = 0;
    for (unsigned i = 0; i < WAITERS; i++)
        threads[i] = start(wait_and_count, NULL);
    check(settles(&g_count, 0), "%d threads wait", WAITERS);
    DkSemaphoreRelease(g_semaphore, 3);
    check(settles(&g_count, 3), "releasing 3 lets 3 of them go");
    DkSemaphoreRelease(g_semaphore, WAITERS - 1);
    check(settles(&g_count, WAITERS), "releasing more than there are lets the others go");
    check(join_all(threads, WAITERS) == WAITERS && drain(g_semaphore) == 2, "and keeps the rest");
    DkObjectClose(g_semaphore);
}

static void increment(void *param)
{
    (void)param;
    regression_thread_init();
    const PAL_NUM begin = DkSystemTimeQuery();
    for (unsigned i = 0; i < LOCKED && DkSystemTimeQuery() - begin < STRESS_US; i++) {
        if (!wait_for(g_semaphore, LIMIT_US))
            break;
        const uint64_t before = *(volatile uint64_t *)&g_unprotected;
        if (i % 64 == 0)
            DkThreadYieldExecution();
        *(volatile uint64_t *)&g_unprotected = before + 1;
        DkSemaphoreRelease(g_semaphore, 1);
        __atomic_fetch_add(&g_count, 1, __ATOMIC_RELAXED);
    }
    if (failure())
        __atomic_fetch_add(&g_failed, 1, __ATOMIC_SEQ_CST);
}

static void test_lock(void)
{
    PAL_HANDLE threads[LOCKERS];
    g_semaphore = DkSemaphoreCreate(1, 1);
    g_unprotected = g_count = g_failed = 0;
    for (unsigned i = 0; i < LOCKERS; i++)
        threads[i] = start(increment, NULL);
    check(join_all(threads, LOCKERS) == LOCKERS && g_failed == 0, "a semaphore of one is a lock for %d threads",
          LOCKERS);
    check(g_unprotected == g_count && g_count > 0, "and %lu of %lu increments are counted", g_unprotected, g_count);
    DkObjectClose(g_semaphore);
}

static void produce(void *param)
{
    (void)param;
    regression_thread_init();
    const PAL_NUM begin = DkSystemTimeQuery();
    for (unsigned i = 0; i < LOCKED && DkSystemTimeQuery() - begin < STRESS_US && wait_for(g_room, LIMIT_US); i++) {
        __atomic_fetch_add(&g_count, 1, __ATOMIC_SEQ_CST);
        DkSemaphoreRelease(g_semaphore, 1);
    }
    if (failure())
        __atomic_fetch_add(&g_failed, 1, __ATOMIC_SEQ_CST);
}

/* Ends when it is fed and there is nothing to eat. */
static void consume(void *stop)
{
    regression_thread_init();
    while (wait_for(g_semaphore, LIMIT_US)) {
        if (__atomic_load_n((bool *)stop, __ATOMIC_SEQ_CST) && read_count(&g_count) == 0)
            break;
        __atomic_fetch_sub(&g_count, 1, __ATOMIC_SEQ_CST);
        DkSemaphoreRelease(g_room, 1);
    }
    if (failure())
        __atomic_fetch_add(&g_failed, 1, __ATOMIC_SEQ_CST);
}

static void test_queue(void)
{
    PAL_HANDLE producers[2], consumers[2];
    bool stop = false;
    g_semaphore = DkSemaphoreCreate(0, 7);
    g_room = DkSemaphoreCreate(5, 5);
    g_count = g_failed = 0;
    for (unsigned i = 0; i < 2; i++) {
        producers[i] = start(produce, NULL);
        consumers[i] = start(consume, &stop);
    }
    check(join_all(producers, 2) == 2 && g_failed == 0, "two threads feed two others, five steps ahead at most");
    check(settles(&g_count, 0) && drain(g_room) == 5, "all of it is eaten");
    __atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
    DkSemaphoreRelease(g_semaphore, 2);
    check(join_all(consumers, 2) == 2 && g_failed == 0 && drain(g_semaphore) == 0,
          "and nothing got lost or came from nowhere");
    DkObjectClose(g_semaphore);
    DkObjectClose(g_room);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_counts();
    test_errors();
    test_release();
    test_lock();
    test_queue();
}
