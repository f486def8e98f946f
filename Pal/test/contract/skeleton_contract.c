/* SPDX-License-Identifier: MIT */
/* The core on the Skeleton host: every call of the Host ABI, and behind it every operation of every type of handle,
 * fails with the code that is documented for a host that has nothing, and nothing crashes. Knows no host but Skeleton. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "pal_abi_table.h"
#include "pal_handle.h"
#include "pal_tcb.h"

/* A call that hangs is a failure, too. */
#define TIME_LIMIT_SECONDS 20

#define PAGE               ((size_t)4096)

/* Short names for the tables below. */
#define NOTIMPLEMENTED PAL_ERROR_NOTIMPLEMENTED
#define NO_FAILURE     0

/* The link gives these functions of Skeleton other names: the test has its own main, and it has memory. */
int skeleton_main(int argc, PAL_STR *argv, PAL_STR *envp);
int skeleton_DkInternalAlloc(void **out, size_t size);

static struct pal_thread g_thread;
static PAL_HANDLE g_handles[PAL_TYPE_LIMIT]; /* a live one of each type */

/***** The core's memory, without which there are no handles *****/

static unsigned char g_memory[512 << 20] __attribute__((aligned(4096)));
static size_t g_memory_used;
static bool g_memory_given = true;

int _DkInternalAlloc(void **out, size_t size)
{
    if (!g_memory_given)
        return skeleton_DkInternalAlloc(out, size);
    if (size > sizeof(g_memory) - g_memory_used)
        return -PAL_ERROR_NOMEM;
    *out = g_memory + g_memory_used;
    g_memory_used += (size + PAGE - 1) / PAGE * PAGE;
    return 0;
}

/***** What a call is expected to do *****/

/* Failures since the last look. */
static struct {
    unsigned count;
    PAL_NUM code;
} g_failures;

static bool g_called[PAL_ABI_COUNT]; /* which calls of pal_abi_table have been made */

static void on_failure(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    assert_non_null(event);
    assert_null(context);
    g_failures.count++;
    g_failures.code = arg;
}

/* A call of the Host ABI has been made.
 * sentinel  whether it returned what it returns on failure; true for calls without a result
 * code      PAL_ERROR_x that must have been raised, once; NO_FAILURE = none */
static void expect(const char *call, bool sentinel, PAL_NUM code)
{
    const unsigned count = g_failures.count;
    const PAL_NUM raised = g_failures.code;
    g_failures.count = 0;
    g_failures.code = NO_FAILURE;
    for (size_t i = 0; i < PAL_ABI_COUNT; i++)
        g_called[i] |= strcmp(pal_abi_table[i].name, call) == 0;
    if (raised != code || count != (code != NO_FAILURE) || sentinel != (code != NO_FAILURE))
        fail_msg("%s: %u failures, the last with code %lu instead of %lu, result as on %s", call, count, raised, code,
                 sentinel ? "failure" : "success");
}

static void thread_start(void *param)
{
    (void)param;
    fail();
}

/***** Calls that name no handle *****/

static void test_memory_calls(void **state)
{
    (void)state;
    static unsigned char page[4096] __attribute__((aligned(4096)));
    PAL_NUM key;
    expect("DkVirtualMemoryAlloc", DkVirtualMemoryAlloc(NULL, PAGE, 0, PAL_PROT_READ) == NULL, NOTIMPLEMENTED);
    expect("DkVirtualMemoryAlloc", DkVirtualMemoryAlloc(page, PAGE, 0, PAL_PROT_READ) == NULL, NOTIMPLEMENTED);
    DkVirtualMemoryFree(page, PAGE);
    expect("DkVirtualMemoryFree", true, NOTIMPLEMENTED);
    expect("DkVirtualMemoryProtect", !DkVirtualMemoryProtect(page, PAGE, PAL_PROT_READ), NOTIMPLEMENTED);
    DkStreamUnmap(page, PAGE);
    expect("DkStreamUnmap", true, NOTIMPLEMENTED);
    expect("DkCreatePhysicalMemoryChannel", DkCreatePhysicalMemoryChannel(&key) == NULL, NOTIMPLEMENTED);
    /* The core looks at the arguments first, on this host as on any other. */
    expect("DkVirtualMemoryAlloc", DkVirtualMemoryAlloc(NULL, PAGE / 2, 0, PAL_PROT_READ) == NULL, PAL_ERROR_INVAL);
    DkVirtualMemoryFree(NULL, PAGE);
    expect("DkVirtualMemoryFree", true, PAL_ERROR_INVAL);
}

static void test_process_and_thread_calls(void **state)
{
    (void)state;
    expect("DkProcessCreate", DkProcessCreate("file:/bin/true", 0, NULL) == NULL, NOTIMPLEMENTED);
    expect("DkProcessCreate", DkProcessCreate(NULL, 0, NULL) == NULL, NOTIMPLEMENTED);
    DkProcessExit(0);
    expect("DkProcessExit", true, NOTIMPLEMENTED);
    expect("DkProcessSandboxCreate", !DkProcessSandboxCreate("file:manifest", PAL_SANDBOX_PIPE), NOTIMPLEMENTED);
    expect("DkThreadCreate", DkThreadCreate((PAL_PTR)thread_start, NULL, 0) == NULL, NOTIMPLEMENTED);
    expect("DkThreadPrivate", DkThreadPrivate(NULL) == NULL, NOTIMPLEMENTED);
    expect("DkThreadPrivate", DkThreadPrivate(&g_thread) == NULL, NOTIMPLEMENTED);
    expect("DkThreadDelayExecution", DkThreadDelayExecution(1) == 0, NOTIMPLEMENTED);
    expect("DkThreadDelayExecution", DkThreadDelayExecution(0) == 0, NOTIMPLEMENTED);
    DkThreadYieldExecution();
    expect("DkThreadYieldExecution", true, NOTIMPLEMENTED);
    DkThreadExit();
    expect("DkThreadExit", true, NOTIMPLEMENTED);
}

static void test_event_calls(void **state)
{
    (void)state;
    PAL_HANDLE none = NULL;
    expect("DkSemaphoreCreate", DkSemaphoreCreate(0, 1) == NULL, NOTIMPLEMENTED);
    expect("DkNotificationEventCreate", DkNotificationEventCreate(PAL_FALSE) == NULL, NOTIMPLEMENTED);
    expect("DkSynchronizationEventCreate", DkSynchronizationEventCreate(PAL_TRUE) == NULL, NOTIMPLEMENTED);
    expect("DkObjectsWaitAny", DkObjectsWaitAny(1, &none, 0) == NULL, NOTIMPLEMENTED);
    expect("DkObjectsWaitAny", DkObjectsWaitAny(0, &none, 0) == NULL, PAL_ERROR_INVAL);
    DkExceptionReturn(NULL);
    expect("DkExceptionReturn", true, PAL_ERROR_INVAL); /* the core knows that no event is being handled */
    /* Handlers are the core's own: these succeed on a host that has nothing. */
    expect("DkSetExceptionHandler", !DkSetExceptionHandler(NULL, PAL_EVENT_QUIT, 0), NO_FAILURE);
    expect("DkSetExceptionHandler", !DkSetExceptionHandler(NULL, PAL_EVENT_QUIT, PAL_EVENT_PRIVATE), NO_FAILURE);
    expect("DkSetExceptionHandler", !DkSetExceptionHandler(NULL, 0, 0), PAL_ERROR_INVAL);
    expect("DkSetExceptionHandler", !DkSetExceptionHandler(NULL, PAL_EVENT_LIMIT, 0), PAL_ERROR_INVAL);
}

static void test_other_calls(void **state)
{
    (void)state;
    unsigned char bits[16];
    expect("DkSystemTimeQuery", DkSystemTimeQuery() == 0, NOTIMPLEMENTED);
    expect("DkRandomBitsRead", DkRandomBitsRead(bits, sizeof(bits)) == 0, NOTIMPLEMENTED);
    expect("DkInstructionCacheFlush", !DkInstructionCacheFlush(bits, sizeof(bits)), NOTIMPLEMENTED);
    assert_ptr_equal(pal_control_addr(), &pal_control);
}

/***** Calls that name a stream *****/

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool has_attributes;
    } streams[] = {
        {"file:/etc/passwd", true},
        {"dir:/", true},
        {"dev:tty", true},
        {"pipe.srv:1", false},
        {"pipe:1", false},
        {"pipe:", false},
        {"tcp.srv:[::]:0", false},
        {"tcp:127.0.0.1:1", false},
        {"udp.srv:0.0.0.0:0", false},
        {"udp:[::1]:1", false},
        {"udp:", false},
        {"gipc:1", false},
        {"link:/etc/passwd", true},
        {"mem:", false},
    };
    PAL_STREAM_ATTR attr;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        const char *uri = streams[i].uri;
        expect("DkStreamOpen", DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0) == NULL, NOTIMPLEMENTED);
        expect("DkStreamOpen", DkStreamOpen(uri, PAL_ACCESS_RDWR, 0777, PAL_CREAT_ALWAYS, PAL_OPTION_NONBLOCK) == NULL,
               NOTIMPLEMENTED);
        expect("DkStreamAttributesQuery", !DkStreamAttributesQuery(uri, &attr),
               streams[i].has_attributes ? NOTIMPLEMENTED : PAL_ERROR_NOTSUPPORT);
    }
    /* Names are the core's business. */
    expect("DkStreamOpen", DkStreamOpen("telepathy:you", PAL_ACCESS_RDONLY, 0, 0, 0) == NULL, PAL_ERROR_NOTSUPPORT);
    expect("DkStreamOpen", DkStreamOpen(NULL, PAL_ACCESS_RDONLY, 0, 0, 0) == NULL, PAL_ERROR_BADADDR);
}

/***** Calls with a handle *****/

static const char *other_name(PAL_IDX type)
{
    if (type == PAL_TYPE_LINK)
        return "link:there";
    return type == PAL_TYPE_DIR ? "dir:there" : "file:there";
}

/* Every operation that Skeleton has for the handle's type answers NOTIMPLEMENTED; for the others the core answers. */
static void expect_operations(PAL_HANDLE handle, const struct handle_ops *ops)
{
    char buffer[128], sender[128];
    PAL_STREAM_ATTR attr = {0};
    const PAL_NUM unsupported = PAL_ERROR_NOTSUPPORT;
    const PAL_NUM count = sizeof(buffer);
    expect("DkStreamWaitForClient", DkStreamWaitForClient(handle) == NULL,
           ops->waitforclient ? NOTIMPLEMENTED : PAL_ERROR_NOTSERVER);
    expect("DkStreamRead", DkStreamRead(handle, 0, count, buffer, NULL, 0) == 0,
           ops->read ? NOTIMPLEMENTED : PAL_ERROR_NOTCONNECTION);
    expect("DkStreamRead", DkStreamRead(handle, 0, count, buffer, sender, sizeof(sender)) == 0,
           ops->read || ops->readbyaddr ? NOTIMPLEMENTED : PAL_ERROR_NOTCONNECTION);
    expect("DkStreamWrite", DkStreamWrite(handle, 0, count, buffer, NULL) == 0,
           ops->write ? NOTIMPLEMENTED : PAL_ERROR_NOTCONNECTION);
    expect("DkStreamWrite", DkStreamWrite(handle, 0, count, buffer, "udp:127.0.0.1:9") == 0,
           ops->writebyaddr ? NOTIMPLEMENTED : unsupported);
    DkStreamDelete(handle, 0);
    expect("DkStreamDelete", true, ops->delete ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamMap", DkStreamMap(handle, NULL, PAL_PROT_READ, 0, PAGE) == NULL,
           ops->map ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamSetLength", DkStreamSetLength(handle, 1) == 0, ops->setlength ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamFlush", !DkStreamFlush(handle), ops->flush ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamAttributesQuerybyHandle", !DkStreamAttributesQuerybyHandle(handle, &attr),
           ops->attrquerybyhdl ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamAttributesSetbyHandle", !DkStreamAttributesSetbyHandle(handle, &attr),
           ops->attrsetbyhdl ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamGetName", DkStreamGetName(handle, buffer, count) == 0, ops->getname ? NOTIMPLEMENTED : unsupported);
    expect("DkStreamChangeName", !DkStreamChangeName(handle, other_name(pal_hdr(handle)->type)),
           ops->rename ? NOTIMPLEMENTED : unsupported);
}

static void test_operations(void **state)
{
    (void)state;
    for (unsigned type = PAL_TYPE_NONE + 1; type < PAL_TYPE_LIMIT; type++) {
        const struct handle_ops *ops = pal_handle_ops[type];
        if (!ops || !ops->close)
            fail_msg("Skeleton has no operations for type %u", type);
        expect_operations(g_handles[type], ops);
    }
    assert_null(pal_handle_ops[PAL_TYPE_NONE]);
}

/* Skeleton is complete: each operation there is, for one type at least. */
static void test_every_operation_is_shown(void **state)
{
    (void)state;
    enum { COUNT = sizeof(struct handle_ops) / sizeof(void (*)(void)) };
    bool shown[COUNT] = {false};
    for (unsigned type = PAL_TYPE_NONE + 1; type < PAL_TYPE_LIMIT; type++) {
        void (*functions[COUNT])(void);
        memcpy(functions, pal_handle_ops[type], sizeof(functions));
        for (size_t i = 0; i < COUNT; i++)
            shown[i] |= functions[i] != NULL;
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (!shown[i])
            fail_msg("member %zu of struct handle_ops is in no table", i);
    }
}

static void test_handles_of_one_type(void **state)
{
    (void)state;
    static unsigned char page[4096] __attribute__((aligned(4096)));
    PAL_PTR address = page, anywhere = NULL;
    PAL_NUM size = PAGE;
    PAL_FLG prot = PAL_PROT_READ;
    PAL_HANDLE process = g_handles[PAL_TYPE_PROCESS], channel = g_handles[PAL_TYPE_GIPC];
    expect("DkSendHandle", !DkSendHandle(process, g_handles[PAL_TYPE_FILE]), NOTIMPLEMENTED);
    expect("DkReceiveHandle", DkReceiveHandle(process) == NULL, NOTIMPLEMENTED);
    expect("DkThreadResume", !DkThreadResume(g_handles[PAL_TYPE_THREAD]), NOTIMPLEMENTED);
    DkSemaphoreRelease(g_handles[PAL_TYPE_SEMAPHORE], 1);
    expect("DkSemaphoreRelease", true, NOTIMPLEMENTED);
    DkEventSet(g_handles[PAL_TYPE_EVENT]);
    expect("DkEventSet", true, NOTIMPLEMENTED);
    DkEventClear(g_handles[PAL_TYPE_EVENT]);
    expect("DkEventClear", true, NOTIMPLEMENTED);
    expect("DkPhysicalMemoryCommit", DkPhysicalMemoryCommit(channel, 1, &address, &size, 0) == 0, NOTIMPLEMENTED);
    expect("DkPhysicalMemoryMap", DkPhysicalMemoryMap(channel, 1, &anywhere, &size, &prot) == 0, NOTIMPLEMENTED);
    expect("DkObjectsWaitAny", DkObjectsWaitAny(PAL_TYPE_LIMIT, g_handles, NO_TIMEOUT) == NULL, NOTIMPLEMENTED);
}

/* What is no handle is BADHANDLE in every call that takes one, whatever the host has. */
static void expect_bad(PAL_HANDLE bad)
{
    const PAL_NUM code = PAL_ERROR_BADHANDLE;
    char buffer[8] = {0};
    PAL_STREAM_ATTR attr = {0};
    PAL_PTR address = NULL;
    PAL_NUM size = PAGE;
    PAL_FLG prot = PAL_PROT_READ;
    expect("DkStreamWaitForClient", DkStreamWaitForClient(bad) == NULL, code);
    expect("DkStreamRead", DkStreamRead(bad, 0, sizeof(buffer), buffer, NULL, 0) == 0, code);
    expect("DkStreamWrite", DkStreamWrite(bad, 0, sizeof(buffer), buffer, NULL) == 0, code);
    DkStreamDelete(bad, 0);
    expect("DkStreamDelete", true, code);
    expect("DkStreamMap", DkStreamMap(bad, NULL, PAL_PROT_READ, 0, PAGE) == NULL, code);
    expect("DkStreamSetLength", DkStreamSetLength(bad, 1) == 0, code);
    expect("DkStreamFlush", !DkStreamFlush(bad), code);
    expect("DkSendHandle", !DkSendHandle(bad, g_handles[PAL_TYPE_FILE]), code);
    expect("DkSendHandle", !DkSendHandle(g_handles[PAL_TYPE_PROCESS], bad), code);
    expect("DkReceiveHandle", DkReceiveHandle(bad) == NULL, code);
    expect("DkStreamAttributesQuerybyHandle", !DkStreamAttributesQuerybyHandle(bad, &attr), code);
    expect("DkStreamAttributesSetbyHandle", !DkStreamAttributesSetbyHandle(bad, &attr), code);
    expect("DkStreamGetName", DkStreamGetName(bad, buffer, sizeof(buffer)) == 0, code);
    expect("DkStreamChangeName", !DkStreamChangeName(bad, "file:there"), code);
    expect("DkThreadResume", !DkThreadResume(bad), code);
    DkSemaphoreRelease(bad, 1);
    expect("DkSemaphoreRelease", true, code);
    DkEventSet(bad);
    expect("DkEventSet", true, code);
    DkEventClear(bad);
    expect("DkEventClear", true, code);
    if (bad) /* NULL entries are passed over */
        expect("DkObjectsWaitAny", DkObjectsWaitAny(1, &bad, 0) == NULL, code);
    DkObjectClose(bad);
    expect("DkObjectClose", true, code);
    expect("DkPhysicalMemoryCommit", DkPhysicalMemoryCommit(bad, 1, &address, &size, 0) == 0, code);
    expect("DkPhysicalMemoryMap", DkPhysicalMemoryMap(bad, 1, &address, &size, &prot) == 0, code);
}

static void test_bad_handles(void **state)
{
    (void)state;
    struct pal_handle_header forged = {.type = PAL_TYPE_FILE, .ref = 1, .flags = ~0u};
    expect_bad(NULL);
    expect_bad((PAL_HANDLE)(uintptr_t)0xdead);
    expect_bad((PAL_HANDLE)UINTPTR_MAX);
    expect_bad((PAL_HANDLE)(void *)&forged);
    expect_bad((PAL_HANDLE)(void *)((unsigned char *)g_handles[PAL_TYPE_FILE] + 1));
    /* Live, but of another type than the call wants. */
    expect("DkReceiveHandle", DkReceiveHandle(g_handles[PAL_TYPE_FILE]) == NULL, PAL_ERROR_BADHANDLE);
    expect("DkThreadResume", !DkThreadResume(g_handles[PAL_TYPE_EVENT]), PAL_ERROR_BADHANDLE);
}

static void test_close(void **state)
{
    (void)state;
    for (unsigned type = PAL_TYPE_NONE + 1; type < PAL_TYPE_LIMIT; type++) {
        DkObjectClose(g_handles[type]);
        expect("DkObjectClose", false, NO_FAILURE);
        DkObjectClose(g_handles[type]);
        expect("DkObjectClose", true, PAL_ERROR_BADHANDLE);
        g_handles[type] = NULL;
    }
}

static void test_every_call_was_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAL_ABI_COUNT; i++) {
        const char *name = pal_abi_table[i].name;
        if (strncmp(name, "Dk", 2) == 0 && !g_called[i]) /* the control block cannot fail */
            fail_msg("%s was not called", name);
    }
}

/***** The core on such a host *****/

/* pal_main comes back where nothing can end the process: without memory, and with memory but nothing else. */
static void test_core_returns(void **state)
{
    (void)state;
    PAL_STR arguments[] = {"pal-Skeleton", "file", NULL}, environment[] = {NULL};
    g_memory_given = false;
    assert_int_equal(skeleton_main(2, arguments, environment), 1);
    g_memory_given = true;
    assert_int_equal(skeleton_main(2, arguments, environment), 1);
}

/***** The program *****/

static int set_up(void **state)
{
    (void)state;
    g_thread.tcb.self = &g_thread.tcb;
    __asm__ volatile("wrgsbase %0" : : "r"(&g_thread) : "memory");
    if (pal_handle_init() < 0)
        return -1;
    for (unsigned type = PAL_TYPE_NONE + 1; type < PAL_TYPE_LIMIT; type++) {
        if (pal_handle_new((enum pal_handle_type)type, &g_handles[type]) < 0)
            return -1;
        pal_handle_publish(g_handles[type]);
    }
    return DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_calls),
        cmocka_unit_test(test_process_and_thread_calls),
        cmocka_unit_test(test_event_calls),
        cmocka_unit_test(test_other_calls),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_every_operation_is_shown),
        cmocka_unit_test(test_handles_of_one_type),
        cmocka_unit_test(test_bad_handles),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_every_call_was_made),
        cmocka_unit_test(test_core_returns),
    };
    alarm(TIME_LIMIT_SECONDS);
    return cmocka_run_group_tests(tests, set_up, NULL);
}
