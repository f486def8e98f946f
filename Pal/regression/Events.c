/* SPDX-License-Identifier: MIT */
/* Events: both kinds, set, clear and latched, alone and among threads; every documented error. */
#include "regression.h"
#include "threads.h"

#define WAITERS  100
#define RING     200
#define LAPS     20
#define ROUNDS   20000
#define SHORT_US 20000
#define MANY     (1 << 18)
#define CROWD    32
#define SETS     200

static PAL_HANDLE g_event, g_answer;
static uint64_t g_count, g_data;
static uint64_t g_released[CROWD]; /* how often each thread was; g_count is that of all of them */
static bool g_over;

/* Whether an event is set; takes a synchronization event. */
static bool is_set(PAL_HANDLE event)
{
    failure();
    const PAL_HANDLE got = wait_for(event, 0);
    const int code = failure();
    return got ? got == event && code == 0 : code != PAL_ERROR_TRYAGAIN;
}

static uint64_t read_count(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_SEQ_CST);
}

static void await_count(const uint64_t *count, uint64_t wanted)
{
    for (unsigned tries = 0; read_count(count) < wanted && tries < 60000; tries++)
        DkThreadDelayExecution(1000);
}

/***** One thread *****/

static void test_notification(void)
{
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    check(event && !is_set(event), "a notification event is created clear");
    DkEventSet(event);
    check(is_set(event) && is_set(event), "once set it stays set");
    DkEventSet(event);
    DkEventClear(event);
    check(!is_set(event), "one clear undoes two sets");
    DkEventClear(event);
    check(!is_set(event), "clearing a clear event changes nothing");
    DkObjectClose(event);
    event = DkNotificationEventCreate(PAL_TRUE);
    check(is_set(event) && is_set(event), "or it is created set");
    DkObjectClose(event);
    check(failure() == 0, "no failure");
}

static void test_synchronization(void)
{
    PAL_HANDLE event = DkSynchronizationEventCreate(PAL_FALSE);
    check(event && !is_set(event), "a synchronization event is created clear");
    DkEventSet(event);
    check(is_set(event), "a set without a waiter is kept");
    check(!is_set(event), "and taken by the first wait");
    DkEventSet(event);
    DkEventSet(event);
    check(is_set(event) && !is_set(event), "two sets release one wait");
    DkEventSet(event);
    DkEventClear(event);
    check(!is_set(event), "clearing takes a kept set away");
    DkObjectClose(event);
    event = DkSynchronizationEventCreate(PAL_TRUE);
    check(is_set(event) && !is_set(event), "or it is created set");
    DkObjectClose(event);
}

static void expect_bad(PAL_HANDLE bad, const char *what)
{
    note("%s", what);
    check_void(DkEventSet(bad), PAL_ERROR_BADHANDLE);
    check_void(DkEventClear(bad), PAL_ERROR_BADHANDLE);
}

static void test_errors(void)
{
    union {
        struct pal_handle_header header;
        char bytes[256];
    } forged = {.header = {.type = PAL_TYPE_EVENT, .ref = 1, .flags = ~0u}};
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    PAL_HANDLE semaphore = DkSemaphoreCreate(0, 1);
    PAL_HANDLE file = DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0, 0, 0);
    expect_bad(NULL, "NULL");
    expect_bad(semaphore, "a semaphore");
    expect_bad(file, "a stream");
    expect_bad((PAL_HANDLE)(void *)&forged, "a forged handle");
    expect_bad((PAL_HANDLE)(void *)((char *)(void *)event + 8), "the inside of a handle");
    expect_bad((PAL_HANDLE)(void *)((uintptr_t)event & ~(uintptr_t)8191), "a place before a handle");
    expect_bad((PAL_HANDLE)(void *)((uintptr_t)event ^ (uintptr_t)1 << 62), "no address");
    expect_bad((PAL_HANDLE)(void *)-(uintptr_t)128, "the last addresses");
    DkObjectClose(event);
    expect_bad(event, "a closed handle");
    check_void(DkObjectClose(event), PAL_ERROR_BADHANDLE);
    check_failure(wait_for(event, 0), 0, PAL_ERROR_BADHANDLE);
    DkObjectClose(semaphore);
    expect_bad(semaphore, "a closed semaphore");
    DkObjectClose(file);
}

/* Until there are no more, and then some again. */
static void test_many(void)
{
    PAL_HANDLE *events = DkVirtualMemoryAlloc(NULL, MANY * sizeof(PAL_HANDLE), 0, PAL_PROT_READ | PAL_PROT_WRITE);
    size_t count = 0, set = 0;
    failure();
    while (count < MANY && (events[count] = DkSynchronizationEventCreate(count % 2)))
        count++;
    const int code = failure();
    check(count == MANY || code == PAL_ERROR_NOMEM, "%lu events, then failure %d", count, code);
    for (size_t i = 0; i < count; i++)
        set += wait_for(events[i], 0) == events[i];
    check(set == count / 2, "half of them were set");
    for (size_t i = 0; i < count; i++)
        DkObjectClose(events[i]);
    failure();
    PAL_HANDLE event = DkSynchronizationEventCreate(PAL_TRUE);
    check(is_set(event), "when they are closed there are new ones");
    DkObjectClose(event);
    DkVirtualMemoryFree(events, MANY * sizeof(PAL_HANDLE));
}

/***** Several threads *****/

static void wait_and_count(void *timeout)
{
    regression_thread_init();
    if (wait_for(g_event, *(PAL_NUM *)timeout))
        __atomic_fetch_add(&g_count, 1, __ATOMIC_SEQ_CST);
}

static void test_release(void)
{
    static PAL_NUM timeout = LIMIT_US;
    PAL_HANDLE threads[WAITERS];
    unsigned ended = 0;
    g_event = DkNotificationEventCreate(PAL_FALSE);
    g_count = 0;
    for (unsigned i = 0; i < WAITERS; i++)
        threads[i] = start(wait_and_count, &timeout);
    DkThreadDelayExecution(SHORT_US);
    check(read_count(&g_count) == 0, "%d threads wait for a notification event", WAITERS);
    DkEventSet(g_event);
    for (unsigned i = 0; i < WAITERS; i++)
        ended += join(threads[i]);
    check(ended == WAITERS && g_count == WAITERS, "one set releases all of them");
    DkObjectClose(g_event);

    g_event = DkSynchronizationEventCreate(PAL_FALSE);
    g_count = 0;
    bool exact = true;
    for (unsigned i = 0; i < WAITERS; i++)
        threads[i] = start(wait_and_count, &timeout);
    DkThreadDelayExecution(SHORT_US);
    for (unsigned i = 0; i < WAITERS; i++) {
        DkEventSet(g_event);
        await_count(&g_count, i + 1);
        exact = exact && read_count(&g_count) == i + 1;
    }
    check(exact, "each set of a synchronization event releases one of %d threads", WAITERS);
    for (unsigned i = 0; i < WAITERS; i++)
        join(threads[i]);
    check(!is_set(g_event), "and nothing is left over");
    DkObjectClose(g_event);
}

static void answer(void *param)
{
    (void)param;
    regression_thread_init();
    for (unsigned i = 0; i < ROUNDS && wait_for(g_event, LIMIT_US); i++)
        DkEventSet(g_answer);
}

static void test_ping_pong(void)
{
    g_event = DkSynchronizationEventCreate(PAL_FALSE);
    g_answer = DkSynchronizationEventCreate(PAL_FALSE);
    PAL_HANDLE thread = start(answer, NULL);
    unsigned rounds = 0;
    const PAL_NUM begin = DkSystemTimeQuery();
    do {
        DkEventSet(g_event);
    } while (wait_for(g_answer, LIMIT_US) && ++rounds < ROUNDS);
    const PAL_NUM took = DkSystemTimeQuery() - begin;
    check(rounds == ROUNDS && join(thread), "%u rounds between two threads, %lu ns each", rounds, took * 1000 / ROUNDS);
    DkObjectClose(g_event);
    DkObjectClose(g_answer);
}

static PAL_HANDLE g_ring[RING];

static void pass_on(void *own)
{
    regression_thread_init();
    const size_t place = (size_t)((PAL_HANDLE *)own - g_ring);
    for (unsigned i = 0; i < LAPS && wait_for(g_ring[place], LIMIT_US); i++) {
        __atomic_fetch_add(&g_count, 1, __ATOMIC_SEQ_CST);
        DkEventSet(g_ring[(place + 1) % RING]);
    }
}

static void test_ring(void)
{
    PAL_HANDLE threads[RING];
    unsigned ended = 0;
    g_count = 0;
    for (unsigned i = 0; i < RING; i++)
        g_ring[i] = DkSynchronizationEventCreate(PAL_FALSE);
    for (unsigned i = 0; i < RING; i++)
        threads[i] = start(pass_on, &g_ring[i]);
    DkEventSet(g_ring[0]);
    for (unsigned i = 0; i < RING; i++)
        ended += join(threads[i]);
    check(ended == RING && g_count == RING * LAPS, "a set goes round %d threads %d times", RING, LAPS);
    check(is_set(g_ring[0]), "and is left at the start");
    for (unsigned i = 0; i < RING; i++)
        DkObjectClose(g_ring[i]);
}

static void publish(void *param)
{
    (void)param;
    regression_thread_init();
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        __atomic_store_n(&g_data, i, __ATOMIC_RELAXED);
        DkEventSet(g_event);
        while (__atomic_load_n(&g_count, __ATOMIC_RELAXED) < i && i % 16 == 0)
            DkThreadYieldExecution();
    }
}

/* Clear, look, wait: right only if the look comes after the clearing and the set after the writing, on all processors. */
static void test_order(void)
{
    g_event = DkNotificationEventCreate(PAL_FALSE);
    g_count = g_data = 0;
    PAL_HANDLE thread = start(publish, NULL);
    uint64_t seen = 0;
    while (seen < ROUNDS) {
        DkEventClear(g_event);
        const uint64_t now = __atomic_load_n(&g_data, __ATOMIC_RELAXED);
        if (now == seen && !wait_for(g_event, LIMIT_US))
            break;
        seen = now;
        __atomic_store_n(&g_count, seen, __ATOMIC_RELAXED);
    }
    check(seen == ROUNDS, "no set is lost that comes while the event is cleared");
    join(thread);
    DkObjectClose(g_event);
}

/***** Ends of a wait *****/

static void wait_resumed(void *param)
{
    (void)param;
    regression_thread_init();
    const bool nothing = wait_for(g_event, NO_TIMEOUT) == NULL;
    g_data = nothing ? (uint64_t)failure() : 0;
}

static void test_interrupted(void)
{
    g_event = DkSynchronizationEventCreate(PAL_FALSE);
    g_data = 0;
    PAL_HANDLE thread = start(wait_resumed, NULL);
    /* Once may be too early. */
    do {
        DkThreadDelayExecution(SHORT_US);
    } while (DkThreadResume(thread) && !wait_for(thread, SHORT_US));
    const bool ended = join(thread);
    check(ended && g_data == PAL_ERROR_INTERRUPTED, "the wait of a resumed thread fails with %d", (int)g_data);
    DkEventSet(g_event);
    check(is_set(g_event), "and takes nothing");
    DkObjectClose(g_event);
}

static void wait_closed(void *param)
{
    (void)param;
    regression_thread_init();
    __atomic_store_n(&g_count, 1, __ATOMIC_SEQ_CST);
    const bool nothing = wait_for(g_event, 100 * SHORT_US) == NULL;
    g_data = nothing ? (uint64_t)failure() : 0;
}

static void test_closed(void)
{
    g_event = DkSynchronizationEventCreate(PAL_FALSE);
    g_count = g_data = 0;
    PAL_HANDLE thread = start(wait_closed, NULL);
    await_count(&g_count, 1);
    DkThreadDelayExecution(SHORT_US);
    DkObjectClose(g_event);
    check_void(DkEventSet(g_event), PAL_ERROR_BADHANDLE);
    PAL_HANDLE other = DkSynchronizationEventCreate(PAL_TRUE);
    check(other != g_event, "a closed handle that is waited for is not used again");
    check(join(thread) && g_data == PAL_ERROR_TRYAGAIN, "and the wait goes on until its time is over");
    check(is_set(other), "the next event is its own");
    DkObjectClose(other);
}

static void close_and_create(void *param)
{
    (void)param;
    regression_thread_init();
    while (!__atomic_load_n(&g_data, __ATOMIC_SEQ_CST)) {
        PAL_HANDLE event = DkSynchronizationEventCreate(PAL_FALSE);
        __atomic_store_n(&g_event, event, __ATOMIC_SEQ_CST);
        wait_for(event, 1);
        DkObjectClose(event);
        PAL_HANDLE semaphore = DkSemaphoreCreate(0, 1);
        if (!wait_for(semaphore, 0))
            __atomic_fetch_add(&g_count, 1, __ATOMIC_RELAXED);
        else
            __atomic_store_n(&g_count, 1 << 30, __ATOMIC_RELAXED);
        DkObjectClose(semaphore);
    }
}

/* Sets and clears that are late hit no other object. */
static void test_late(void)
{
    g_event = NULL;
    g_count = g_data = 0;
    PAL_HANDLE thread = start(close_and_create, NULL);
    const PAL_NUM begin = DkSystemTimeQuery();
    while (DkSystemTimeQuery() - begin < 200000) {
        for (unsigned i = 0; i < 1000; i++) {
            DkEventSet(__atomic_load_n(&g_event, __ATOMIC_SEQ_CST));
            DkEventClear(__atomic_load_n(&g_event, __ATOMIC_SEQ_CST));
        }
    }
    __atomic_store_n(&g_data, 1, __ATOMIC_SEQ_CST);
    check(join(thread) && g_count > 0 && g_count < 1 << 30, "%lu events set, cleared and closed at the same time",
          g_count);
    failure();
}

/* Who has been released clears the event, and waits for it again. */
static void clear_and_wait(void *index)
{
    regression_thread_init();
    while (wait_for(g_event, LIMIT_US) && !__atomic_load_n(&g_over, __ATOMIC_SEQ_CST)) {
        DkEventClear(g_event);
        __atomic_fetch_add(&g_released[(uintptr_t)index], 1, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&g_count, 1, __ATOMIC_SEQ_CST);
    }
}

/* While a set goes through those who wait, the first of them wait again, for the next one. */
static void test_once(void)
{
    PAL_HANDLE threads[CROWD];
    uint64_t most = 0;
    g_event = DkNotificationEventCreate(PAL_FALSE);
    g_count = 0;
    for (uintptr_t i = 0; i < CROWD; i++)
        threads[i] = start(clear_and_wait, (void *)i);
    for (unsigned i = 0; i < SETS; i++) {
        const uint64_t before = read_count(&g_count);
        DkEventSet(g_event);
        await_count(&g_count, before + 1);
        DkThreadDelayExecution(300);
    }
    for (unsigned i = 0; i < CROWD; i++)
        most = g_released[i] > most ? g_released[i] : most;
    __atomic_store_n(&g_over, true, __ATOMIC_SEQ_CST);
    DkEventSet(g_event);
    unsigned ended = 0;
    for (unsigned i = 0; i < CROWD; i++)
        ended += join(threads[i]);
    check(most <= SETS && ended == CROWD, "a set releases nobody twice who clears it: %lu sets, %lu times",
          (PAL_NUM)SETS, most);
    DkObjectClose(g_event);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_notification();
    test_synchronization();
    test_errors();
    test_many();
    test_release();
    test_ping_pong();
    test_ring();
    test_order();
    test_interrupted();
    test_closed();
    test_late();
    test_once();
}
