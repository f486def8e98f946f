/* SPDX-License-Identifier: MIT */
/* Threads that wake each other by DkObjectsWaitAny: no wake-up is lost, none has two effects, under load and with waits
 * that end otherwise. */
#include "regression.h"
#include "threads.h"

#define SHORT_US  50000 /* threads that are about to wait do so by then */
#define WORKERS   4
#define ROUNDS    25000 /* of each worker */
#define PAIRS     20000
#define STRESS_US 1500000 /* instead of so many rounds, if the host is busy */

/* One token goes with each: who got one puts it back. Some waits are short, some are interrupted, and a long one ends
 * without a token only if a wake-up was lost. */
static PAL_HANDLE g_tokens[4];
static uint64_t g_done, g_starved;

static bool take_token(unsigned which)
{
    return which < 3 || read_byte(g_tokens[which]); /* somebody else may have been faster */
}

static void put_token(unsigned which)
{
    if (which < 2)
        DkEventSet(g_tokens[which]);
    else if (which == 2)
        DkSemaphoreRelease(g_tokens[which], 1);
    else
        while (!write_byte(g_tokens[which]))
            ;
}

/* Wait for some of the tokens; 4 = got none. */
static unsigned wait_for_token(uint64_t random)
{
    PAL_HANDLE handles[4];
    const PAL_NUM timeout = random >> 50 & 1 ? LIMIT_US : random >> 20 & 63;
    for (unsigned k = 0; k < 4; k++)
        handles[k] = random >> (32 + k) & 1 || k == random % 3 ? g_tokens[k] : NULL;
    failure();
    const PAL_HANDLE got = DkObjectsWaitAny(4, handles, timeout);
    if (!got && timeout == LIMIT_US && failure() != PAL_ERROR_INTERRUPTED)
        __atomic_fetch_add(&g_starved, 1, __ATOMIC_SEQ_CST);
    unsigned which = 0;
    while (which < 4 && (!got || g_tokens[which] != got))
        which++;
    return which;
}

static void work(void *param)
{
    (void)param;
    regression_thread_init();
    uint64_t random = random_number() | 1;
    const PAL_NUM begin = DkSystemTimeQuery();
    for (unsigned round = 0; round < ROUNDS && DkSystemTimeQuery() - begin < STRESS_US;) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        const unsigned which = wait_for_token(random);
        if (which == 4 || !take_token(which))
            continue;
        if (random >> 40 & 1)
            DkThreadYieldExecution();
        put_token(which);
        round++;
        __atomic_fetch_add(&g_done, 1, __ATOMIC_RELAXED);
    }
}

static void test_tokens(void)
{
    PAL_HANDLE workers[WORKERS];
    unsigned ended = 0, left = 0;
    g_done = g_starved = 0;
    g_tokens[0] = DkSynchronizationEventCreate(PAL_TRUE);
    g_tokens[1] = DkSynchronizationEventCreate(PAL_TRUE);
    g_tokens[2] = DkSemaphoreCreate(1, 1);
    g_tokens[3] = open_stream("pipe:");
    const unsigned count = g_tokens[3] && write_byte(g_tokens[3]) ? 4 : 3;
    for (unsigned i = 0; i < WORKERS; i++)
        workers[i] = start(work, NULL);
    for (unsigned i = 0; ended < WORKERS && i < LIMIT_US / 1000; i++) {
        DkThreadResume(workers[i % WORKERS]);
        ended += wait_for(workers[ended], 1000) == workers[ended];
    }
    check(ended == WORKERS && g_starved == 0, "%d threads share %u tokens %lu times", WORKERS, count, g_done);
    for (unsigned k = 0; k < count; k++)
        left += wait_for(g_tokens[k], 0) == g_tokens[k];
    check(left == count && !wait_for(g_tokens[0], 0) && !wait_for(g_tokens[1], 0) && !wait_for(g_tokens[2], 0),
          "and leave each where it was");
    for (unsigned i = 0; i < WORKERS; i++)
        DkObjectClose(workers[i]);
    for (unsigned k = 0; k < count; k++)
        DkObjectClose(g_tokens[k]);
    failure();
}

/* Two events set at once, for one who waits for both and one who waits for the first: neither set may vanish with the
 * one who took the other. */
static PAL_HANDLE g_first, g_second, g_answers;

static void answer_both(void *param)
{
    (void)param;
    regression_thread_init();
    PAL_HANDLE handles[2] = {g_first, g_second};
    while (DkObjectsWaitAny(2, handles, LIMIT_US) && !__atomic_load_n(&g_done, __ATOMIC_SEQ_CST))
        DkSemaphoreRelease(g_answers, 1);
}

static void answer_first(void *param)
{
    (void)param;
    regression_thread_init();
    while (wait_for(g_first, LIMIT_US) && !__atomic_load_n(&g_done, __ATOMIC_SEQ_CST))
        DkSemaphoreRelease(g_answers, 1);
}

static void test_pairs(void)
{
    g_first = DkSynchronizationEventCreate(PAL_FALSE);
    g_second = DkSynchronizationEventCreate(PAL_FALSE);
    g_answers = DkSemaphoreCreate(0, 2);
    g_done = 0;
    PAL_HANDLE both = start(answer_both, NULL), first = start(answer_first, NULL);
    const PAL_NUM begin = DkSystemTimeQuery();
    unsigned rounds = 0, answers = 0;
    for (; rounds < PAIRS && answers == 2 * rounds && DkSystemTimeQuery() - begin < STRESS_US; rounds++) {
        DkEventSet(g_first);
        DkEventSet(g_second);
        while (answers < 2 * rounds + 2 && wait_for(g_answers, LIMIT_US))
            answers++;
    }
    check(answers == 2 * rounds && rounds > 0, "of two events set at once each releases a thread, %u times", rounds);
    check(!wait_for(g_first, 0) && !wait_for(g_second, 0) && !wait_for(g_answers, 0), "once");
    __atomic_store_n(&g_done, 1, __ATOMIC_SEQ_CST);
    DkEventSet(g_second);
    const bool ended = join(both);
    DkEventSet(g_first);
    check(ended && join(first), "and the threads end");
    DkObjectClose(g_first);
    DkObjectClose(g_second);
    DkObjectClose(g_answers);
    failure();
}

static uint64_t g_waiting;

static void count_wait(void *event)
{
    regression_thread_init();
    __atomic_fetch_add(&g_waiting, 1, __ATOMIC_SEQ_CST);
    if (wait_for(event, LIMIT_US))
        __atomic_fetch_add(&g_done, 1, __ATOMIC_SEQ_CST);
}

/* Wait until a count is as wanted, and a little longer. */
static bool settles(const uint64_t *count, uint64_t wanted)
{
    for (unsigned tries = 0; __atomic_load_n(count, __ATOMIC_SEQ_CST) != wanted && tries < 60000; tries++)
        DkThreadDelayExecution(1000);
    DkThreadDelayExecution(SHORT_US);
    return __atomic_load_n(count, __ATOMIC_SEQ_CST) == wanted;
}

/* A set that finds a thread asleep releases it, even if the event is cleared before the thread runs. */
static void test_pulse(bool synchronization)
{
    PAL_HANDLE event = synchronization ? DkSynchronizationEventCreate(PAL_FALSE) : DkNotificationEventCreate(PAL_FALSE);
    PAL_HANDLE threads[WORKERS];
    const unsigned expected = synchronization ? 1 : WORKERS;
    g_done = g_waiting = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        threads[i] = start(count_wait, event);
    settles(&g_waiting, WORKERS);
    DkEventSet(event);
    DkEventClear(event);
    check(settles(&g_done, expected), "a set that is cleared at once releases %u of %d", expected, WORKERS);
    for (unsigned i = expected; i < WORKERS; i++) {
        DkEventSet(event);
        settles(&g_done, i + 1);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        join(threads[i]);
    DkObjectClose(event);
}

static void test_duplicates(void)
{
    PAL_HANDLE semaphore = DkSemaphoreCreate(0, 4);
    PAL_HANDLE handles[3] = {semaphore, semaphore, semaphore};
    PAL_HANDLE thread = start(count_wait, semaphore);
    g_done = 0;
    failure();
    check_failure(DkObjectsWaitAny(3, handles, SHORT_US), 0, PAL_ERROR_TRYAGAIN);
    DkSemaphoreRelease(semaphore, 2);
    check(DkObjectsWaitAny(3, handles, LIMIT_US) == semaphore, "an object that is named three times is taken once");
    check(join(thread) && g_done == 1 && !wait_for(semaphore, 0), "the rest is for others");
    DkObjectClose(semaphore);
    failure();
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_duplicates();
    test_pulse(false);
    test_pulse(true);
    test_pairs();
    test_tokens();
}
