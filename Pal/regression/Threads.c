/* SPDX-License-Identifier: MIT */
/* Threads: creation, private storage, delays, interruption, exit. */
#include "regression.h"

#define AT_ONCE      2000
#define IN_SEQUENCE  100000
#define RESUMES      200
#define SLOW_RESUMES 100

static uint64_t g_count;
static int g_stage;
static uint64_t g_resumed;

static void set_stage(int stage)
{
    __atomic_store_n(&g_stage, stage, __ATOMIC_SEQ_CST);
}

static void await_stage(int stage)
{
    while (__atomic_load_n(&g_stage, __ATOMIC_SEQ_CST) < stage)
        DkThreadYieldExecution();
}

static void await_count(uint64_t *count, uint64_t wanted)
{
    while (__atomic_load_n(count, __ATOMIC_SEQ_CST) < wanted)
        DkThreadYieldExecution();
}

static void count_one(void *count)
{
    __atomic_fetch_add((uint64_t *)count, 1, __ATOMIC_SEQ_CST);
}

/* Wait for a thread's end and forget it. */
static bool join(PAL_HANDLE thread)
{
    const bool ended = DkObjectsWaitAny(1, &thread, NO_TIMEOUT) == thread;
    DkObjectClose(thread);
    return ended;
}

static void test_many(void)
{
    static PAL_HANDLE threads[AT_ONCE];
    g_count = 0;
    unsigned made = 0;
    while (made < AT_ONCE && (threads[made] = DkThreadCreate(count_one, &g_count, 0)))
        made++;
    check(made == AT_ONCE, "%u threads at once", made);
    unsigned ended = 0;
    for (unsigned i = 0; i < made; i++)
        ended += join(threads[i]);
    check(ended == made && g_count == made, "all of them ran and ended");

    g_count = 0;
    for (made = 0; made < IN_SEQUENCE; made++) {
        PAL_HANDLE thread = DkThreadCreate(count_one, &g_count, 0);
        if (!thread || !join(thread))
            break;
    }
    check(made == IN_SEQUENCE && g_count == made, "%u threads one after the other", made);
    check(failure() == 0, "no failure");
}

static void keep_private(void *own)
{
    regression_thread_init();
    const bool fresh = DkThreadPrivate(NULL) == NULL && failure() == 0;
    void *set = DkThreadPrivate(own);
    DkThreadYieldExecution();
    uint64_t read;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(read));
    if (fresh && set == own && DkThreadPrivate(NULL) == own && read == *(uint64_t *)own)
        count_one(&g_count);
}

static void test_private(void)
{
    static uint64_t values[8];
    PAL_HANDLE threads[8];
    g_count = 0;
    for (unsigned i = 0; i < 8; i++) {
        values[i] = i + 100;
        threads[i] = DkThreadCreate(keep_private, &values[i], 0);
    }
    for (unsigned i = 0; i < 8; i++)
        join(threads[i]);
    check(g_count == 8, "each thread has its own private address, read back and used through %%fs");
    void *old = DkThreadPrivate(NULL);
    failure();
    check_failure(DkThreadPrivate((void *)((uint64_t)1 << 62)), 0, PAL_ERROR_INVAL);
    check_failure(DkThreadPrivate((void *)-(uint64_t)4096), 0, PAL_ERROR_INVAL);
    check(DkThreadPrivate(NULL) == old, "a refused address changes nothing");
    failure();
}

static void test_delay(void)
{
    PAL_NUM start = DkSystemTimeQuery();
    const PAL_NUM slept = DkThreadDelayExecution(20000);
    const PAL_NUM took = DkSystemTimeQuery() - start;
    check(slept == 20000 && took >= 19900, "a delay of 20 ms took %lu us", took);
    start = DkSystemTimeQuery();
    check(DkThreadDelayExecution(0) == 0 && failure() == 0, "a delay of 0 yields");
    DkThreadYieldExecution();
    check(failure() == 0, "yield");
}

static void on_resume(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)arg, (void)context;
    __atomic_fetch_add(&g_resumed, 1, __ATOMIC_SEQ_CST);
}

static void sleep_long(void *param)
{
    (void)param;
    regression_thread_init();
    set_stage(1);
    const PAL_NUM slept = DkThreadDelayExecution(60000000);
    set_stage(failure() == PAL_ERROR_INTERRUPTED && slept < 60000000 ? 2 : 3);
}

/* Blocks again and again; each resume must end one of the waits or find the thread outside, never be slept through. */
static void wait_often(void *event)
{
    regression_thread_init();
    for (uint64_t seen = 0; seen < RESUMES;) {
        PAL_HANDLE handle = event;
        set_stage(1);
        if (__atomic_load_n(&g_resumed, __ATOMIC_SEQ_CST) == seen)
            DkObjectsWaitAny(1, &handle, NO_TIMEOUT);
        seen = __atomic_load_n(&g_resumed, __ATOMIC_SEQ_CST);
        __atomic_store_n(&g_count, seen, __ATOMIC_SEQ_CST);
    }
}

/* Takes its time, so that others come meanwhile. */
static void on_resume_slowly(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    for (volatile unsigned i = 0; i < 20000; i++)
        ;
    on_resume(event, arg, context);
}

static void spin(void *param)
{
    (void)param;
    regression_thread_init();
    set_stage(1);
    while (__atomic_load_n(&g_resumed, __ATOMIC_SEQ_CST) < SLOW_RESUMES)
        ;
}

/* Who resumes a thread faster than that can handle does not fill its stacks. */
static void test_resume_fast(void)
{
    uint64_t sent = 0;
    g_resumed = 0;
    set_stage(0);
    DkSetExceptionHandler(on_resume_slowly, PAL_EVENT_RESUME, 0);
    PAL_HANDLE thread = DkThreadCreate(spin, NULL, 0);
    await_stage(1);
    while (__atomic_load_n(&g_resumed, __ATOMIC_SEQ_CST) < SLOW_RESUMES)
        sent += DkThreadResume(thread) != 0;
    failure(); /* it may have ended before the last one */
    join(thread);
    check(g_resumed <= sent, "%lu resumes of a thread that is slow to handle them", sent);
    DkSetExceptionHandler(NULL, PAL_EVENT_RESUME, 0);
}

static void test_resume(void)
{
    g_resumed = 0;
    set_stage(0);
    DkSetExceptionHandler(on_resume, PAL_EVENT_RESUME, 0);
    PAL_HANDLE thread = DkThreadCreate(sleep_long, NULL, 0);
    await_stage(1);
    DkThreadDelayExecution(2000);
    check(DkThreadResume(thread), "resume a sleeping thread");
    /* Once may be too early. */
    while (DkObjectsWaitAny(1, &thread, 1000000) != thread)
        DkThreadResume(thread);
    failure();
    DkObjectClose(thread);
    check(g_stage == 2, "its delay ends with INTERRUPTED, and less time slept");
    check(g_resumed >= 1, "its handler has run");

    thread = DkThreadCreate(count_one, &g_count, 0);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
    failure();
    check_failure(DkThreadResume(thread), PAL_FALSE, PAL_ERROR_NOTKILLABLE);
    DkObjectClose(thread);
    check_failure(DkThreadResume(thread), PAL_FALSE, PAL_ERROR_BADHANDLE);
    check_failure(DkThreadResume(NULL), PAL_FALSE, PAL_ERROR_BADHANDLE);
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    check_failure(DkThreadResume(event), PAL_FALSE, PAL_ERROR_BADHANDLE);

    /* A resume that comes between the look at g_resumed and the wait is seen by the wait only if the handler has not
     * run before: the handler runs at once then, and the test of the thread is its own race. So resume until it is
     * counted. */
    g_resumed = g_count = 0;
    set_stage(0);
    thread = DkThreadCreate(wait_often, event, 0);
    await_stage(1);
    for (uint64_t i = 0; i < RESUMES; i++) {
        DkThreadResume(thread);
        for (unsigned tries = 0; __atomic_load_n(&g_count, __ATOMIC_SEQ_CST) <= i && tries < 1000000; tries++) {
            if (tries % 1000 == 999)
                DkThreadResume(thread);
            DkThreadYieldExecution();
        }
    }
    join(thread);
    check(g_count >= RESUMES, "%lu resumes of a thread that waits for ever", g_count);
    DkObjectClose(event);
    DkSetExceptionHandler(NULL, PAL_EVENT_RESUME, 0);
}

static void exit_deep(void *param)
{
    (void)param;
    count_one(&g_count);
    DkThreadExit();
    count_one(&g_count);
}

static void touch_stack(void *param)
{
    volatile char *frame = __builtin_frame_address(0);
    for (unsigned below = 512; below < 60 << 10; below += 512)
        frame[-(long)below] = 1;
    *(bool *)param = frame[-512] == 1 && ((uintptr_t)frame & 15) == 0;
}

static void test_exit(void)
{
    g_count = 0;
    PAL_HANDLE thread = DkThreadCreate(exit_deep, NULL, 0);
    join(thread);
    check(g_count == 1, "DkThreadExit does not return");
    bool touched = false;
    thread = DkThreadCreate(touch_stack, &touched, 0);
    join(thread);
    check(touched, "a stack of 60 KiB can be used, and is aligned");
    thread = DkThreadCreate(count_one, &g_count, 0);
    DkObjectClose(thread);
    await_count(&g_count, 2);
    check(failure() == 0, "a handle can be closed while its thread runs");
}

static void test_errors(void)
{
    failure();
    check_failure(DkThreadCreate(NULL, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkThreadCreate(count_one, NULL, 1), 0, PAL_ERROR_INVAL);
    PAL_HANDLE first = pal_control.first_thread;
    check(first != NULL, "the first thread has a handle");
    check(DkObjectsWaitAny(1, &first, 0) == NULL && failure() == PAL_ERROR_TRYAGAIN, "which has not ended");
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_private();
    test_delay();
    test_exit();
    test_errors();
    test_resume();
    test_resume_fast();
    test_many();
}
