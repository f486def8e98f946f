/* SPDX-License-Identifier: MIT */
/* DkObjectsWaitAny: every kind of object in every company, time limits, turns, many objects, and every documented error.
 * How threads wake each other is WakeUps.c's. */
#include "regression.h"
#include "threads.h"

#define MANY  1000
#define PIPES 100

/***** Errors *****/

static void test_errors(void)
{
    PAL_HANDLE event = DkNotificationEventCreate(PAL_TRUE), closed = DkNotificationEventCreate(PAL_TRUE);
    DkObjectClose(closed);
    PAL_HANDLE handles[3] = {event, NULL, NULL};
    failure();
    check_failure(DkObjectsWaitAny(0, handles, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkObjectsWaitAny((PAL_NUM)1 << 40, handles, 0), 0, PAL_ERROR_TOOLONG);
    check_failure(DkObjectsWaitAny((PAL_NUM)-1, handles, 0), 0, PAL_ERROR_TOOLONG);
    check_failure(DkObjectsWaitAny(1, NULL, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkObjectsWaitAny(1, (PAL_HANDLE *)8, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkObjectsWaitAny(2, (PAL_HANDLE *)-16, 0), 0, PAL_ERROR_BADADDR);
    check(DkObjectsWaitAny(3, handles, 0) == event, "NULL entries are passed over");
    handles[1] = closed;
    check_failure(DkObjectsWaitAny(3, handles, 0), 0, PAL_ERROR_BADHANDLE);
    check_failure(wait_for(closed, NO_TIMEOUT), 0, PAL_ERROR_BADHANDLE);
    handles[1] = (PAL_HANDLE)(void *)handles;
    check_failure(DkObjectsWaitAny(3, handles, 0), 0, PAL_ERROR_BADHANDLE);
    handles[0] = handles[1] = NULL;
    check_failure(DkObjectsWaitAny(3, handles, 0), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkObjectsWaitAny(3, handles, 1000), 0, PAL_ERROR_TRYAGAIN);
    DkObjectClose(event);
}

/***** Kinds *****/

enum kind {
    NOTIFICATION,
    SYNCHRONIZATION,
    SEMAPHORE,
    THREAD,
    PIPE,
    PIPE_SERVER,
    TCP_SERVER,
    UDP_SERVER,
    PROCESS,
    KINDS
};

static const char *const g_kinds[KINDS] = {"a notification event",
                                           "a synchronization event",
                                           "a semaphore",
                                           "a thread",
                                           "a pipe",
                                           "a pipe server",
                                           "a TCP server",
                                           "a UDP server",
                                           "a process"};
static PAL_HANDLE g_objects[KINDS], g_client, g_release;
static uint64_t g_pipe_id;

/* Ends when it is released. */
static void run_until_released(void *param)
{
    (void)param;
    wait_for(g_release, LIMIT_US);
}

/* A child of this program ends when its parent says so. */
static void be_child(void)
{
    read_byte(pal_control.parent_process);
    DkProcessExit(0);
}

static PAL_HANDLE start_child(void)
{
    PAL_STR args[] = {"WaitAny", NULL};
    return DkProcessCreate(NULL, 0, args);
}

static void make_objects(void)
{
    g_pipe_id = random_number();
    g_release = DkNotificationEventCreate(PAL_FALSE);
    g_objects[NOTIFICATION] = DkNotificationEventCreate(PAL_FALSE);
    g_objects[SYNCHRONIZATION] = DkSynchronizationEventCreate(PAL_FALSE);
    g_objects[SEMAPHORE] = DkSemaphoreCreate(0, 10);
    g_objects[THREAD] = start(run_until_released, NULL);
    g_objects[PIPE] = open_stream("pipe:");
    g_objects[PIPE_SERVER] = open_stream(text("pipe.srv:%lu", g_pipe_id));
    g_objects[TCP_SERVER] = open_stream("tcp.srv:127.0.0.1:0");
    g_objects[UDP_SERVER] = open_stream("udp.srv:127.0.0.1:0");
    g_objects[PROCESS] = start_child();
    for (unsigned i = 0; i < KINDS; i++) {
        if (!g_objects[i])
            skip(g_kinds[i], "the host cannot make one");
    }
    failure();
}

/* Open a client of a server whose URI has a host's port. */
static PAL_HANDLE connect_to(PAL_HANDLE server, const char *scheme)
{
    char name[256];
    DkStreamGetName(server, name, sizeof(name));
    const char *address = name;
    while (*address && *address++ != ':')
        ;
    return open_stream(text("%s%s", scheme, address));
}

static void make_ready(void *param)
{
    const enum kind kind = (enum kind)(uintptr_t)param;
    PAL_HANDLE object = g_objects[kind];
    DkThreadDelayExecution(2000);
    switch (kind) {
    case NOTIFICATION:
    case SYNCHRONIZATION:
        DkEventSet(object);
        break;
    case SEMAPHORE:
        DkSemaphoreRelease(object, 1);
        break;
    case THREAD:
        DkEventSet(g_release);
        break;
    case PIPE:
    case PROCESS:
        write_byte(object);
        break;
    case PIPE_SERVER:
        g_client = open_stream(text("pipe:%lu", g_pipe_id));
        break;
    case TCP_SERVER:
        g_client = connect_to(object, "tcp:");
        break;
    case UDP_SERVER:
        g_client = connect_to(object, "udp:");
        write_byte(g_client);
        break;
    case KINDS:
        break;
    }
}

/* Each in turn is made ready while all of those left are waited for. */
static void test_kinds(void)
{
    PAL_HANDLE handles[KINDS];
    make_objects();
    memcpy(handles, g_objects, sizeof(handles));
    check_failure(DkObjectsWaitAny(KINDS, handles, 0), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkObjectsWaitAny(KINDS, handles, 1000), 0, PAL_ERROR_TRYAGAIN);
    for (unsigned i = 0; i < KINDS; i++) {
        if (!g_objects[i])
            continue;
        g_client = NULL;
        PAL_HANDLE helper = start(make_ready, (void *)(uintptr_t)i);
        const PAL_HANDLE got = DkObjectsWaitAny(KINDS, handles, LIMIT_US);
        check(got == g_objects[i], "%s among all kinds", g_kinds[i]);
        join(helper);
        const bool taken = i == SYNCHRONIZATION || i == SEMAPHORE;
        failure();
        check(wait_for(got, 0) == (taken ? NULL : got) && failure() == (taken ? PAL_ERROR_TRYAGAIN : 0), "which is %s",
              taken ? "taken" : "left as it is");
        handles[i] = NULL;
        if (g_client)
            DkObjectClose(g_client);
    }
    for (unsigned i = 0; i < KINDS; i++) {
        if (g_objects[i])
            DkObjectClose(g_objects[i]);
    }
    DkObjectClose(g_release);
    failure();
}

static void test_streams(void)
{
    PAL_HANDLE console = DkStreamOpen("dev:tty", PAL_ACCESS_WRONLY, 0, 0, 0);
    check(wait_for(console, 0) == console, "a console that is only written to has room");
    DkObjectClose(console);
    const char *name = scratch("file:", "WaitAny");
    PAL_HANDLE file = DkStreamOpen(name, PAL_ACCESS_RDWR, 0600, PAL_CREAT_TRY, 0);
    if (file) {
        check(wait_for(file, NO_TIMEOUT) == file, "a file is always ready");
        DkStreamDelete(file, 0);
        DkObjectClose(file);
    }
    PAL_HANDLE pipe = open_stream("pipe:");
    if (!pipe) {
        skip("a full pipe", "the host has no pipes");
        failure();
        return;
    }
    static char buffer[65536];
    PAL_NUM written = 0, got;
    while ((got = DkStreamWrite(pipe, 0, sizeof(buffer), buffer, NULL)) > 0)
        written += got;
    check(failure() == PAL_ERROR_TRYAGAIN, "a pipe is full after %lu bytes", written);
    check(wait_for(pipe, 0) == pipe, "and readable");
    DkObjectClose(pipe);
}

/* A pipe with nothing to read is waited for because it had no room. */
static void test_room(void)
{
    static char buffer[65536];
    const uint64_t id = random_number();
    PAL_HANDLE server = open_stream(text("pipe.srv:%lu", id)), client = open_stream(text("pipe:%lu", id));
    PAL_HANDLE other = client ? DkStreamWaitForClient(server) : NULL;
    if (!other) {
        skip("room in a pipe", "the host has no pipes");
        failure();
        return;
    }
    check(wait_for(client, 0) == NULL, "an empty pipe that was not written to has nothing to wait for");
    PAL_NUM written = 0, got;
    while ((got = DkStreamWrite(client, 0, sizeof(buffer), buffer, NULL)) > 0)
        written += got;
    failure();
    check_failure(wait_for(client, 1000), 0, PAL_ERROR_TRYAGAIN);
    while (written > 0 && (got = DkStreamRead(other, 0, sizeof(buffer), buffer, NULL, 0)) > 0)
        written -= got;
    check(wait_for(client, LIMIT_US) == client, "a full one is ready when there is room");
    DkObjectClose(other);
    check(wait_for(client, LIMIT_US) == client, "and when its other end is gone");
    DkObjectClose(client);
    DkObjectClose(server);
}

/***** Time *****/

static void test_limits(void)
{
    static const PAL_NUM limits[] = {0, 1, 999, 1000, 20000, 100001};
    PAL_HANDLE handles[2] = {DkSynchronizationEventCreate(PAL_FALSE), open_stream("pipe:")};
    failure();
    for (unsigned count = 1; count <= (handles[1] ? 2 : 1); count++) {
        for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
            const PAL_NUM begin = DkSystemTimeQuery();
            check_failure(DkObjectsWaitAny(count, handles, limits[i]), 0, PAL_ERROR_TRYAGAIN);
            const PAL_NUM took = DkSystemTimeQuery() - begin;
            /* The clock may be set meanwhile, a little; and the host may be busy. */
            check(took + 100 >= limits[i] && took < limits[i] + 20000000, "%lu us took %lu", limits[i], took);
        }
    }
    DkObjectClose(handles[0]);
    if (handles[1])
        DkObjectClose(handles[1]);
}

static void set_later(void *event)
{
    DkThreadDelayExecution(2000);
    DkEventSet(event);
}

static void test_long_limits(void)
{
    static const PAL_NUM limits[] = {NO_TIMEOUT, NO_TIMEOUT - 1, (PAL_NUM)1 << 63, (PAL_NUM)1 << 62, (PAL_NUM)1 << 53};
    PAL_HANDLE event = DkSynchronizationEventCreate(PAL_FALSE);
    PAL_HANDLE handles[2] = {event, open_stream("pipe:")};
    failure();
    for (unsigned i = 0; i < 2 * sizeof(limits) / sizeof(limits[0]); i++) {
        PAL_HANDLE helper = start(set_later, event);
        const PAL_HANDLE got = DkObjectsWaitAny(1 + i % 2, handles, limits[i / 2]);
        check(got == event && failure() == 0, "a limit of 0x%lx us does not overflow", limits[i / 2]);
        join(helper);
    }
    DkObjectClose(event);
    if (handles[1])
        DkObjectClose(handles[1]);
}

/***** Turns and numbers *****/

static void test_turns(void)
{
    PAL_HANDLE pipe = open_stream("pipe:");
    PAL_HANDLE handles[4] = {DkNotificationEventCreate(PAL_TRUE), DkSemaphoreCreate(MANY, MANY),
                             DkNotificationEventCreate(PAL_TRUE), pipe};
    unsigned turns[4] = {0};
    if (pipe)
        write_byte(pipe);
    failure();
    for (unsigned i = 0; i < MANY; i++) {
        const PAL_HANDLE got = DkObjectsWaitAny(4, handles, 0);
        for (unsigned k = 0; k < 4; k++)
            turns[k] += got && got == handles[k];
    }
    for (unsigned k = 0; k < (pipe ? 4 : 3); k++)
        check(turns[k] >= MANY / 20, "number %u of those that are always ready has %u turns of %d", k, turns[k], MANY);
    for (unsigned k = 0; k < (pipe ? 4 : 3); k++)
        DkObjectClose(handles[k]);
}

static void test_many_events(void)
{
    static PAL_HANDLE events[MANY];
    for (unsigned i = 0; i < MANY; i++)
        events[i] = DkSynchronizationEventCreate(PAL_FALSE);
    failure();
    check_failure(DkObjectsWaitAny(MANY, events, 0), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkObjectsWaitAny(MANY, events, 1000), 0, PAL_ERROR_TRYAGAIN);
    bool right = true;
    for (unsigned i = 0; i < MANY; i += 37) {
        DkEventSet(events[i]);
        right = right && DkObjectsWaitAny(MANY, events, LIMIT_US) == events[i];
    }
    check(right, "each of %d events ends a wait for all", MANY);
    for (unsigned i = 0; i < MANY; i += 111) {
        PAL_HANDLE helper = start(set_later, events[i]);
        right = right && DkObjectsWaitAny(MANY, events, LIMIT_US) == events[i];
        join(helper);
    }
    check(right && failure() == 0, "also when it is set later");
    check_failure(DkObjectsWaitAny(MANY, events, 0), 0, PAL_ERROR_TRYAGAIN);
    for (unsigned i = 0; i < MANY; i++)
        DkObjectClose(events[i]);
}

static void write_later(void *pipe)
{
    DkThreadDelayExecution(2000);
    write_byte(pipe);
}

static void test_many_pipes(void)
{
    PAL_HANDLE handles[2 * PIPES];
    unsigned count = 0;
    bool right = true;
    for (; count < PIPES && (handles[count] = open_stream("pipe:")); count++)
        ;
    failure();
    for (unsigned i = 0; i < count; i++)
        handles[count + i] = DkSynchronizationEventCreate(PAL_FALSE);
    for (unsigned i = 0; i < count; i += 7) {
        PAL_HANDLE helper = start(i % 2 ? set_later : write_later, handles[i % 2 ? count + i : i]);
        const PAL_HANDLE got = DkObjectsWaitAny(2 * count, handles, LIMIT_US);
        right = right && got == handles[i % 2 ? count + i : i];
        if (got == handles[i])
            read_byte(got);
        join(helper);
    }
    check(right && failure() == 0, "%u pipes and as many events", count);
    for (unsigned i = 0; i < 2 * count; i++)
        DkObjectClose(handles[i]);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    if (pal_control.parent_process)
        be_child();
    test_errors();
    test_kinds();
    test_streams();
    test_room();
    test_limits();
    test_long_limits();
    test_turns();
    test_many_events();
    test_many_pipes();
}
