/* SPDX-License-Identifier: MIT */
/* Memory, threads and what they wait for, processes and what they pass to each other. */
#include "walk.h"
#include "pal_string.h"

#define PAGE 4096

/***** Memory *****/

void walk_memory(void)
{
    char bits[16];
    PAL_PTR memory = DkVirtualMemoryAlloc(NULL, 4 * PAGE, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    if (expect(memory != NULL)) {
        expect(DkVirtualMemoryProtect(memory, PAGE, PAL_PROT_READ));
        expect(DkVirtualMemoryAlloc(memory, PAGE, 0, PAL_PROT_READ) == memory);
        DkVirtualMemoryFree(memory, 4 * PAGE);
    }
    memory = DkVirtualMemoryAlloc(NULL, PAGE, PAL_ALLOC_RESERVE | PAL_ALLOC_32BIT, PAL_PROT_NONE);
    if (expect(memory != NULL))
        DkVirtualMemoryFree(memory, PAGE);
    expect(DkRandomBitsRead(bits, sizeof(bits)) == sizeof(bits));
    expect(DkSystemTimeQuery() > 0);
    expect(DkInstructionCacheFlush(bits, sizeof(bits)));
}

/***** Threads *****/

struct meeting {
    PAL_HANDLE begun, go, semaphore;
};

static void run_thread(void *argument)
{
    struct meeting *meeting = argument;
    DkEventSet(meeting->begun);
    (void)is_ready(meeting->go);
    DkSemaphoreRelease(meeting->semaphore, 1);
    DkThreadExit();
}

static void on_quit(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)arg, (void)context;
    DkExceptionReturn(event);
}

void walk_threads(void)
{
    struct meeting meeting = {.begun = DkNotificationEventCreate(PAL_FALSE),
                              .go = DkSynchronizationEventCreate(PAL_FALSE),
                              .semaphore = DkSemaphoreCreate(0, 2)};
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE never[] = {pipe, meeting.begun};
    expect(DkObjectsWaitAny(2, never, 1000) == NULL);
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)run_thread, &meeting, 0);
    if (expect(thread != NULL)) {
        expect(is_ready(meeting.begun));
        DkEventClear(meeting.begun);
        expect(DkThreadResume(thread));
        DkEventSet(meeting.go);
        PAL_HANDLE any[] = {pipe, meeting.semaphore};
        expect(DkObjectsWaitAny(2, any, 300000) == meeting.semaphore);
        while (!is_ready(thread))
            DkThreadYieldExecution();
        drop(thread);
    }
    drop(pipe);
    drop(meeting.begun);
    drop(meeting.go);
    drop(meeting.semaphore);
    expect(DkThreadDelayExecution(100) >= 100);
    expect(DkSetExceptionHandler(on_quit, PAL_EVENT_QUIT, 0) && DkSetExceptionHandler(NULL, PAL_EVENT_QUIT, 0));
    expect(DkThreadPrivate(NULL) != NULL || true);
}

/***** Processes *****/

static PAL_HANDLE start(PAL_STR role)
{
    PAL_STR arguments[] = {"walk", role, NULL};
    return DkProcessCreate(NULL, 0, arguments);
}

/* The end of a child: it sees that of its stream, if nothing else. */
static void finish(PAL_HANDLE child)
{
    PAL_STREAM_ATTR attr;
    char byte;
    if (!child)
        return;
    DkStreamDelete(child, PAL_DELETE_WR);
    while (is_ready(child) && DkStreamRead(child, 0, 1, &byte, NULL, 0) > 0)
        ;
    expect(DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected && attr.size == 0);
    drop(child);
}

static void pass_handles(PAL_HANDLE child)
{
    static const char *const uris[] = {"file:f",  "mem:", "dir:.", "pipe:", "pipe.srv:8", "udp.srv:127.0.0.1:0",
                                       "dev:null"};
    for (unsigned i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        const bool is_dir = memcmp(uris[i], "dir:", 4) == 0;
        PAL_HANDLE cargo = DkStreamOpen(uris[i], is_dir ? PAL_ACCESS_RDONLY : PAL_ACCESS_RDWR,
                                        PAL_SHARE_OWNER_W | PAL_SHARE_OWNER_R, i == 0 ? PAL_CREAT_TRY : 0, 0);
        const bool sent = cargo && DkSendHandle(child, cargo);
        if (expect(sent))
            pass_byte(child, child);
        drop(cargo);
    }
}

/* Takes a handle for each byte, until there are no more. */
static int play_taker(void)
{
    PAL_HANDLE parent = pal_control.parent_process;
    char byte;
    while (DkStreamRead(parent, 0, 1, &byte, NULL, 0) == 1) {
        drop(DkReceiveHandle(parent));
        DkStreamWrite(parent, 0, 1, &byte, NULL);
    }
    return 0;
}

/* Has a child of its own, and confines itself. */
static int play_parent(void)
{
    finish(start("idle"));
    DkProcessSandboxCreate("file:inner.manifest", PAL_SANDBOX_PIPE);
    PAL_HANDLE server = DkStreamOpen("pipe.srv:9", PAL_ACCESS_RDWR, 0, 0, 0);
    drop(server);
    return 0;
}

static void copy(PAL_FLG flags)
{
    PAL_HANDLE child = DkProcessCreate(NULL, flags, NULL);
    if (child && child == pal_control.parent_process) {
        walk_memory();
        DkProcessExit(0);
    }
    if (!expect(child != NULL))
        return;
    DkThreadResume(child);
    PAL_STREAM_ATTR attr;
    for (unsigned i = 0; i < 10 && !is_ready(child); i++)
        DkThreadYieldExecution();
    expect(DkStreamAttributesQuerybyHandle(child, &attr) && attr.size == 0);
    drop(child);
}

/* A copy that has nothing but this program. */
static void copy_committed(PAL_HANDLE channel)
{
    PAL_PTR program = pal_control.executable_range.start;
    PAL_NUM size = (uintptr_t)pal_control.executable_range.end - (uintptr_t)program;
    if (expect(DkPhysicalMemoryCommit(channel, 1, &program, &size, PAL_COMMIT_CHILD) == 1))
        copy(PAL_PROCESS_COMMITTED);
}

void walk_processes(void)
{
    PAL_HANDLE child = start("taker");
    if (expect(child != NULL))
        pass_handles(child);
    PAL_HANDLE server = DkStreamOpen("pipe.srv:10", PAL_ACCESS_RDWR, 0, 0, 0);
    drop(server);
    finish(child);
    finish(start("parent"));
    copy(PAL_PROCESS_COPY);
    PAL_HANDLE self = DkStreamOpen("process:1", PAL_ACCESS_RDWR, 0, 0, 0);
    drop(self);
}

/***** Memory channels *****/

static void to_self(PAL_HANDLE channel)
{
    PAL_NUM size = 2 * PAGE;
    PAL_PTR from = DkVirtualMemoryAlloc(NULL, size, 0, PAL_PROT_READ | PAL_PROT_WRITE), to = NULL;
    PAL_FLG prot = PAL_PROT_READ | PAL_PROT_WRITE;
    if (!from)
        return;
    const bool sent = DkPhysicalMemoryCommit(channel, 1, &from, &size, PAL_COMMIT_MOVE) == 1;
    if (!expect(sent && DkPhysicalMemoryMap(channel, 1, &to, &size, &prot) == 1))
        DkVirtualMemoryFree(from, size);
    else
        DkVirtualMemoryFree(to, size);
}

/* The key of the channel, then what is inherited and what is sent. */
static int play_receiver(void)
{
    PAL_HANDLE parent = pal_control.parent_process;
    char uri[32];
    PAL_NUM got = DkStreamRead(parent, 0, sizeof(uri) - 1, uri, NULL, 0);
    uri[got] = '\0';
    PAL_HANDLE channel = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    for (unsigned i = 0; i < 2; i++) {
        PAL_PTR at = NULL;
        PAL_NUM size = 2 * PAGE;
        PAL_FLG prot = PAL_PROT_READ;
        if (DkPhysicalMemoryMap(channel, 1, &at, &size, &prot) == 1)
            DkVirtualMemoryFree(at, size);
    }
    drop(channel);
    return DkStreamRead(parent, 0, 1, uri, NULL, 0) == 0 ? 0 : 1;
}

void walk_channels(void)
{
    PAL_NUM key, size = 2 * PAGE;
    char uri[32];
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    PAL_PTR memory = DkVirtualMemoryAlloc(NULL, size, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    if (expect(channel && memory)) {
        memset(memory, 1, size);
        expect(DkPhysicalMemoryCommit(channel, 1, &memory, &size, PAL_COMMIT_CHILD) == 1);
        PAL_HANDLE child = start("receiver");
        expect(DkPhysicalMemoryCommit(channel, 1, &memory, &size, 0) == 1);
        const PAL_NUM len = DkStreamGetName(channel, uri, sizeof(uri));
        expect(len > 0 && DkStreamWrite(child, 0, len, uri, NULL) == len);
        finish(child);
        copy_committed(channel);
        to_self(channel);
    }
    if (memory)
        DkVirtualMemoryFree(memory, size);
    drop(channel);
}

int play(const char *role)
{
    if (streq(role, "taker"))
        return play_taker();
    if (streq(role, "parent"))
        return play_parent();
    if (streq(role, "receiver"))
        return play_receiver();
    return 0;
}
