/* SPDX-License-Identifier: MIT */
/* The Skeleton host by itself: each function of the host contract fails with NOTIMPLEMENTED, or has the harmless answer
 * of a host that has nothing; its loader as a program ends with exit code 1. Knows nothing of the core.
 * usage: skeleton_host LOADER, the path of pal-Skeleton */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pal_host_api.h"

/* The loader must be done by then. */
#define TIME_LIMIT_SECONDS 20

#define PAGE               ((size_t)4096)

static const char *g_loader;

/* A function of the host contract has been called. */
static void expect_missing(const char *function, int64_t result)
{
    if (result != -PAL_ERROR_NOTIMPLEMENTED)
        fail_msg("%s returned %ld", function, (long)result);
}

static void thread_start(void *param)
{
    (void)param;
    fail();
}

static void test_facts(void **state)
{
    (void)state;
    PAL_CPU_INFO cpu;
    struct pal_host_facts facts;
    void *start, *end;
    char path[64];
    const size_t alignment = _DkGetAllocationAlignment();
    assert_true(alignment > 0 && (alignment & (alignment - 1)) == 0);
    _DkGetAvailableUserAddressRange(&start, &end);
    assert_true((uintptr_t)start <= (uintptr_t)end);
    assert_true(_DkGetProcessId() != 0);
    assert_int_equal(_DkGetHostId(), 0);
    assert_int_equal(_DkMemoryQuota(), 0);
    assert_int_equal(_DkTakeCreationMask(), 0);
    PAL_STARTER starter;
    _DkTakeStarter(&starter);
    assert_false(starter.told);
    _DkGetHelpers(&start, &end);
    assert_null(start);
    assert_null(end);
    _DkGetHostFacts(&facts);
    assert_non_null(facts.platform);
    expect_missing("_DkGetCPUInfo", _DkGetCPUInfo(&cpu));
    assert_int_equal(_DkGetProcessorCount(), 0);
    expect_missing("_DkGetLoaderPath", _DkGetLoaderPath(path, sizeof(path)));
    expect_missing("_DkGuardStart", _DkGuardStart(NULL));
    _DkConsoleWrite("", 0);
    expect_missing("_DkProcessExit", _DkProcessExit(0));
    _DkPollForget(NULL);
    _DkDebugAddMap(NULL);
    _DkDebugDelMap(NULL);
}

static void test_memory(void **state)
{
    (void)state;
    PAL_HANDLE handle;
    void *address = NULL;
    uint64_t number = PAGE;
    PAL_FLG prot = PAL_PROT_READ;
    struct pal_range range = {.size = PAGE};
    expect_missing("_DkCheckMemoryMappable", _DkCheckMemoryMappable(&address, PAGE));
    expect_missing("_DkVirtualMemoryAlloc", _DkVirtualMemoryAlloc(&address, PAGE, 0, prot));
    expect_missing("_DkVirtualMemoryFree", _DkVirtualMemoryFree(NULL, PAGE));
    expect_missing("_DkVirtualMemoryProtect", _DkVirtualMemoryProtect(NULL, PAGE, prot));
    expect_missing("_DkInternalAlloc", _DkInternalAlloc(&address, PAGE));
    _DkInternalFree(NULL, PAGE);
    expect_missing("_DkCreatePhysicalMemoryChannel", _DkCreatePhysicalMemoryChannel(&handle, &number));
    expect_missing("_DkPhysicalMemoryCommit", _DkPhysicalMemoryCommit(NULL, 1, &range, 0));
    expect_missing("_DkPhysicalMemoryMap", _DkPhysicalMemoryMap(NULL, 1, &range));
    assert_null(address); /* results only on success */
    assert_null(range.address);
    assert_int_equal(number, PAGE);
}

static void test_processes_and_threads(void **state)
{
    (void)state;
    PAL_HANDLE handle = NULL;
    PAL_STR no_args[] = {NULL};
    void *address = NULL;
    uint64_t slept_us = 7;
    expect_missing("_DkProcessCreate", _DkProcessCreate(&handle, no_args));
    expect_missing("_DkProcessCopy", _DkProcessCopy(&handle, NULL));
    expect_missing("_DkProcessIsolate", _DkProcessIsolate());
    expect_missing("_DkBroadcastStreamOpen", _DkBroadcastStreamOpen(&handle));
    expect_missing("_DkSendHandle", _DkSendHandle(NULL, NULL));
    expect_missing("_DkReceiveHandle", _DkReceiveHandle(NULL, &handle));
    expect_missing("_DkThreadCreate", _DkThreadCreate(&handle, thread_start, NULL));
    expect_missing("_DkThreadPrivate", _DkThreadPrivate(&address));
    expect_missing("_DkThreadDelayExecution", _DkThreadDelayExecution(1, &slept_us));
    expect_missing("_DkThreadYieldExecution", _DkThreadYieldExecution());
    expect_missing("_DkThreadExit", _DkThreadExit());
    expect_missing("_DkThreadAdopt", _DkThreadAdopt(&handle));
    expect_missing("_DkThreadResume", _DkThreadResume(NULL));
    assert_null(handle);
    assert_null(address);
    assert_int_equal(slept_us, 7);
}

static void test_events(void **state)
{
    (void)state;
    PAL_HANDLE handle = NULL;
    uint64_t now_us = 7;
    unsigned char bits[8] = {0};
    expect_missing("_DkExceptionInit", _DkExceptionInit(true));
    expect_missing("_DkExceptionWatch", _DkExceptionWatch(PAL_EVENT_QUIT, true));
    expect_missing("_DkSemaphoreCreate", _DkSemaphoreCreate(&handle, 0, 1));
    expect_missing("_DkSemaphoreRelease", _DkSemaphoreRelease(NULL, 1));
    expect_missing("_DkEventCreate", _DkEventCreate(&handle, false, true));
    expect_missing("_DkEventSet", _DkEventSet(NULL));
    expect_missing("_DkEventClear", _DkEventClear(NULL));
    expect_missing("_DkObjectsWaitAny", _DkObjectsWaitAny(0, NULL, NO_TIMEOUT, &handle));
    expect_missing("_DkSystemTimeQuery", _DkSystemTimeQuery(&now_us));
    expect_missing("_DkRandomBitsRead", _DkRandomBitsRead(bits, sizeof(bits)));
    expect_missing("_DkInstructionCacheFlush", _DkInstructionCacheFlush(bits, sizeof(bits)));
    assert_null(handle);
    assert_int_equal(now_us, 7);
}

/* Run the loader as a program and return its wait status. */
static int run_loader(const char *const *arguments)
{
    char *argv[4] = {strdup(g_loader)}, *environment[] = {NULL};
    for (size_t i = 0; arguments[i]; i++)
        argv[i + 1] = strdup(arguments[i]);
    pid_t child;
    int status = 0;
    assert_int_equal(posix_spawn(&child, g_loader, NULL, NULL, argv, environment), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    return status;
}

static void test_program(void **state)
{
    (void)state;
    static const char *const commands[][3] = {{NULL}, {"file"}, {"--help"}, {"/bin/true", "argument"}};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const int status = run_loader(commands[i]);
        if (WIFSIGNALED(status))
            fail_msg("%s died of signal %d", g_loader, WTERMSIG(status));
        assert_int_equal(WEXITSTATUS(status), 1);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),  cmocka_unit_test(test_memory),  cmocka_unit_test(test_processes_and_threads),
        cmocka_unit_test(test_events), cmocka_unit_test(test_program),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: skeleton_host LOADER\n");
        return 2;
    }
    g_loader = argv[1];
    alarm(TIME_LIMIT_SECONDS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
