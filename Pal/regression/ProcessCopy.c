/* SPDX-License-Identifier: MIT */
/* Processes that begin as copies (PAL_PROCESS_COPY): what they have, what they have not, and waking them. */
#include "processes.h"

#define CODE   42
#define COPIES 200

static PAL_HANDLE copy(PAL_FLG flags, bool *out_is_copy)
{
    PAL_HANDLE handle = DkProcessCreate(NULL, flags, NULL);
    *out_is_copy = handle && handle == pal_control.parent_process;
    return handle;
}

/* Wait for a copy's end and close its handle; its exit code, -1 = it is not told. */
static int end_of_copy(PAL_HANDLE process)
{
    PAL_STREAM_ATTR attr;
    while (DkObjectsWaitAny(1, &process, NO_TIMEOUT) != process)
        ;
    const bool told = DkStreamAttributesQuerybyHandle(process, &attr) && attr.disconnected;
    DkObjectClose(process);
    return told ? (int)attr.size : -1;
}

static void test_arguments(void)
{
    PAL_STR no_args[] = {NULL};
    check_failure(DkProcessCreate("file:x", PAL_PROCESS_COPY, NULL), NULL, PAL_ERROR_INVAL);
    check_failure(DkProcessCreate(NULL, PAL_PROCESS_COPY, no_args), NULL, PAL_ERROR_INVAL);
    check_failure(DkProcessCreate(NULL, PAL_PROCESS_COPY | PAL_PROCESS_COMMITTED, NULL), NULL, PAL_ERROR_INVAL);
    check_failure(DkProcessCreate(NULL, 4, NULL), NULL, PAL_ERROR_INVAL);
}

static void test_what_it_has(void)
{
    static int variable = 1;
    bool is_copy;
    const PAL_NUM page = pal_control.alloc_align, own_id = pal_control.process_id;
    int *memory = DkVirtualMemoryAlloc(NULL, page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    PAL_HANDLE file = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE event = DkNotificationEventCreate(PAL_TRUE);
    check(DkStreamSetLength(file, page) == page, "a file in memory");
    int *shared = DkStreamMap(file, NULL, PAL_PROT_READ | PAL_PROT_WRITE, 0, page);
    *memory = 2;
    *shared = 3;
    PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy) {
        bool good = variable == 1 && *memory == 2 && *shared == 3 && pal_control.process_id != own_id;
        variable = *memory = *shared = 7;
        good &= DkObjectsWaitAny(1, &event, 0) == event;
        DkEventClear(event);
        good &= write_byte(pipe, 'x');
        DkProcessExit(good ? CODE : 1);
    }
    check(child != NULL && pal_control.parent_process == NULL, "a copy is made");
    check(read_byte(pipe) == 'x', "streams are the same streams");
    check(end_of_copy(child) == CODE, "its exit code; it had memory, events and an id of its own");
    check(variable == 1 && *memory == 2 && *shared == 7, "memory is its own but what is shared");
    check(DkObjectsWaitAny(1, &event, 0) == event, "its events are copies");
    DkStreamUnmap(shared, page);
    DkVirtualMemoryFree(memory, page);
    DkObjectClose(file);
    DkObjectClose(pipe);
    DkObjectClose(event);
}

static void test_committed(void)
{
    static int variable = 1;
    bool is_copy;
    PAL_NUM key, page = pal_control.alloc_align, sizes[2];
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    int *kept = DkVirtualMemoryAlloc(NULL, page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    int *left = DkVirtualMemoryAlloc(NULL, page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    PAL_PTR ranges[2] = {pal_control.executable_range.start, kept};
    sizes[0] = (PAL_NUM)((char *)pal_control.executable_range.end - (char *)ranges[0]);
    sizes[0] = (sizes[0] + page - 1) & ~(page - 1);
    sizes[1] = page;
    *kept = *left = 5;
    check(DkPhysicalMemoryCommit(channel, 2, ranges, sizes, PAL_COMMIT_CHILD) == 2, "ranges for a copy");
    PAL_HANDLE child = copy(PAL_PROCESS_COMMITTED, &is_copy);
    if (is_copy) {
        const bool good = variable == 1 && *kept == 5;
        failure();
        const bool there = DkVirtualMemoryProtect(left, page, PAL_PROT_READ);
        DkProcessExit(good && !there && failure() == PAL_ERROR_NOMEM ? CODE : 1);
    }
    check(end_of_copy(child) == CODE, "a copy with what was committed, and nothing else");
    child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy)
        DkProcessExit(*kept == 5 && *left == 5 ? CODE : 1);
    check(end_of_copy(child) == CODE, "then one with all again");
    DkVirtualMemoryFree(kept, page);
    DkVirtualMemoryFree(left, page);
    DkObjectClose(channel);
}

/* What a pipeline does: each process keeps one side of a pipe that was made before. */
static void test_sides(PAL_FLG options)
{
    bool is_copy;
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, options);
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN), PAL_ERROR_INVAL);
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_RD | PAL_DELETE_WR), PAL_ERROR_INVAL);
    PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy) {
        DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_RD);
        DkProcessExit(write_byte(pipe, 'x') ? CODE : 1);
    }
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_WR), 0);
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_WR), PAL_ERROR_NOTCONNECTION);
    check(read_byte(pipe) == 'x' && read_byte(pipe) == -1, "a side ends when nobody has it any more");
    check(end_of_copy(child) == CODE, "the other side's process");
    DkObjectClose(pipe);
    PAL_HANDLE file = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    check_void(DkStreamDelete(file, PAL_DELETE_OWN | PAL_DELETE_RD), PAL_ERROR_NOTSUPPORT);
    DkObjectClose(file);
}

static void test_no_stream(void)
{
    bool is_copy;
    PAL_STREAM_ATTR attr;
    char byte = 'x';
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy)
        DkProcessExit((PAL_NUM)read_byte(pipe));
    check_failure(DkStreamRead(child, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(child, 0, 1, &byte, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkSendHandle(child, child), PAL_FALSE, PAL_ERROR_NOTCONNECTION);
    check_failure(DkReceiveHandle(child), NULL, PAL_ERROR_NOTCONNECTION);
    check(DkStreamAttributesQuerybyHandle(child, &attr) && !attr.disconnected, "it lives");
    check_failure(DkObjectsWaitAny(1, &child, 1000), NULL, PAL_ERROR_TRYAGAIN);
    PAL_HANDLE other = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy) {
        DkObjectClose(child);
        DkProcessExit(DkThreadResume(pal_control.parent_process) ? CODE : 1);
    }
    check(end_of_copy(other) == CODE, "a copy closes what it cannot use, and can wake its parent");
    check(write_byte(pipe, CODE) && end_of_copy(child) == CODE, "the first one has lived on");
    DkObjectClose(pipe);
}

/***** Waking *****/

static volatile unsigned g_woken;

static void on_resume(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event;
    (void)arg;
    (void)context;
    g_woken = g_woken + 1;
}

static void sleep_until_woken(unsigned times)
{
    while (g_woken < times)
        DkThreadDelayExecution(100000);
}

static void test_waking(void)
{
    bool is_copy;
    DkSetExceptionHandler(on_resume, PAL_EVENT_RESUME, 0);
    g_woken = 0;
    const PAL_NUM own_id = pal_control.process_id;
    PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy) {
        PAL_HANDLE parent = DkStreamOpen(text("process:%lu", own_id), PAL_ACCESS_RDWR, 0, 0, 0);
        if (!parent || !DkThreadResume(parent))
            DkProcessExit(1);
        sleep_until_woken(1);
        DkProcessExit(CODE);
    }
    sleep_until_woken(1);
    check(g_woken > 0, "a copy wakes a process by its id");
    check(DkThreadResume(child), "and is woken by its handle");
    check(end_of_copy(child) == CODE, "which ends its sleep");
    child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy)
        DkProcessExit(0);
    PAL_STREAM_ATTR attr;
    DkObjectsWaitAny(1, &child, NO_TIMEOUT);
    check(DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected, "one that has ended");
    check_failure(DkThreadResume(child), PAL_FALSE, PAL_ERROR_NOTKILLABLE);
    DkObjectClose(child);
    check_failure(DkStreamOpen("process:0", PAL_ACCESS_RDWR, 0, 0, 0), NULL, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("process:x", PAL_ACCESS_RDWR, 0, 0, 0), NULL, PAL_ERROR_INVAL);
    PAL_HANDLE nobody = DkStreamOpen("process:2147483647", PAL_ACCESS_RDWR, 0, 0, 0);
    check(nobody != NULL, "a process that is not there can be named");
    check_failure(DkThreadResume(nobody), PAL_FALSE, PAL_ERROR_NOTKILLABLE);
    DkObjectClose(nobody);
    DkSetExceptionHandler(NULL, PAL_EVENT_RESUME, 0);
}

/***** Threads *****/

static PAL_HANDLE g_lock;
static volatile bool g_stop;

static int disturb(void *arg)
{
    (void)arg;
    while (!g_stop) {
        PAL_HANDLE event = DkSynchronizationEventCreate(PAL_FALSE);
        DkObjectsWaitAny(1, &g_lock, 10);
        DkObjectClose(event);
        PAL_STREAM_ATTR attr;
        DkStreamAttributesQuery("file:/nonexistent", &attr);
    }
    return 0;
}

/* A copy of a process with threads is alone, and its PAL is in order whatever they were doing. */
static void test_threads(void)
{
    PAL_HANDLE threads[2];
    bool is_copy;
    int good = 0;
    g_lock = DkSynchronizationEventCreate(PAL_FALSE);
    for (unsigned i = 0; i < 2; i++)
        threads[i] = DkThreadCreate((void *)disturb, NULL, 0);
    for (unsigned i = 0; i < COPIES; i++) {
        PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
        if (is_copy) {
            PAL_HANDLE event = DkSynchronizationEventCreate(PAL_FALSE);
            DkEventSet(g_lock);
            const bool taken = DkObjectsWaitAny(1, &g_lock, 60000000) == g_lock;
            DkObjectClose(event);
            DkProcessExit(taken && event ? CODE : 1);
        }
        good += end_of_copy(child) == CODE;
    }
    check(good == COPIES, "%d of %d copies of a process with busy threads", good, COPIES);
    g_stop = true;
    for (unsigned i = 0; i < 2; i++) {
        while (DkObjectsWaitAny(1, &threads[i], NO_TIMEOUT) != threads[i])
            ;
        DkObjectClose(threads[i]);
    }
    DkObjectClose(g_lock);
}

static PAL_HANDLE g_end, g_channel;
static unsigned g_blocked;

static int block_in_read(void *arg)
{
    char byte;
    (void)arg;
    __atomic_fetch_add(&g_blocked, 1, __ATOMIC_RELEASE);
    DkStreamRead(g_end, 0, 1, &byte, NULL, 0);
    return 0;
}

static PAL_NUM map(void *address)
{
    PAL_NUM size = pal_control.alloc_align;
    PAL_FLG prot = PAL_PROT_READ | PAL_PROT_WRITE;
    return DkPhysicalMemoryMap(g_channel, 1, &address, &size, &prot);
}

static int block_in_map(void *arg)
{
    (void)arg;
    __atomic_fetch_add(&g_blocked, 1, __ATOMIC_RELEASE);
    map(NULL);
    return 0;
}

/* What a copy does with handles in the use of which its maker's threads were. */
static PAL_NUM use_them(PAL_HANDLE ready)
{
    PAL_NUM size = pal_control.alloc_align;
    char *from = DkVirtualMemoryAlloc(NULL, size, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    char *to = DkVirtualMemoryAlloc(NULL, size, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    PAL_PTR address = from;
    *from = 'm';
    DkObjectClose(g_end);
    bool good = write_byte(ready, 'x') && DkPhysicalMemoryCommit(g_channel, 1, &address, &size, PAL_COMMIT_MOVE) == 1;
    good = good && map(to) == 1 && *to == 'm' && read_byte(ready) == 'y';
    return good ? CODE : 1;
}

static void interrupt(PAL_HANDLE thread)
{
    while (DkObjectsWaitAny(1, &thread, 10000) != thread)
        DkThreadResume(thread);
    DkObjectClose(thread);
}

/* Threads that block have handles and locks of theirs, and none of it in a copy: what it closes is closed. */
static void test_blocked_threads(void)
{
    PAL_NUM key;
    bool is_copy;
    PAL_HANDLE server = DkStreamOpen("pipe.srv:1", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE ready = DkStreamOpen("pipe:1", PAL_ACCESS_RDWR, 0, 0, 0), ready_here = DkStreamWaitForClient(server);
    g_end = DkStreamOpen("pipe:1", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    g_channel = DkCreatePhysicalMemoryChannel(&key);
    PAL_HANDLE reader = DkThreadCreate((void *)block_in_read, NULL, 0);
    PAL_HANDLE mapper = DkThreadCreate((void *)block_in_map, NULL, 0);
    while (__atomic_load_n(&g_blocked, __ATOMIC_ACQUIRE) < 2)
        DkThreadYieldExecution();
    DkThreadDelayExecution(20000);
    PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
    if (is_copy) {
        DkObjectClose(end);
        DkProcessExit(use_them(ready));
    }
    const bool closed_there = read_byte(ready_here) == 'x';
    interrupt(reader);
    DkObjectClose(g_end);
    check(closed_there && DkObjectsWaitAny(1, &end, 10000000) == end && read_byte(end) == -1,
          "what a copy closes is closed, although a thread of its maker was reading it");
    write_byte(ready_here, 'y');
    check(end_of_copy(child) == CODE, "and a channel can be used that one was waiting for");
    interrupt(mapper);
    PAL_HANDLE streams[] = {server, ready, ready_here, end, g_channel};
    for (unsigned i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        DkObjectClose(streams[i]);
}

static void test_generations(void)
{
    bool is_copy;
    unsigned generation = 0;
    PAL_HANDLE child = copy(PAL_PROCESS_COPY, &is_copy);
    while (is_copy && ++generation < 5)
        child = copy(PAL_PROCESS_COPY, &is_copy);
    if (generation == 0) {
        check(end_of_copy(child) == CODE + 4, "copies of copies");
        return;
    }
    if (is_copy)
        DkProcessExit(CODE);
    const int code = end_of_copy(child);
    DkProcessExit(code < 0 ? 1 : (PAL_NUM)code + 1);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_arguments();
    test_what_it_has();
    test_committed();
    test_sides(0);
    test_sides(PAL_OPTION_FIFO);
    test_no_stream();
    test_waking();
    test_generations();
    test_threads();
    test_blocked_threads();
}
