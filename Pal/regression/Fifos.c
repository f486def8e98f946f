/* SPDX-License-Identifier: MIT */
/* Anonymous pipes with PAL_OPTION_FIFO: their room, whole writes, sides that are given up, and who sleeps where others do not. */
#include "processes.h"

#define CODE     42
#define ROOM     65536u
#define WHOLE    4096u
#define PAUSE_US 20000
#define LOOPS    3000
#define RECORDS  400
#define WRITERS  3

static char g_buffer[2 * ROOM];

static PAL_HANDLE open_fifo(PAL_FLG options)
{
    return DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_FIFO | options);
}

static PAL_NUM put(PAL_HANDLE pipe, PAL_NUM how, PAL_NUM count)
{
    failure();
    return DkStreamWrite(pipe, how, count, g_buffer, NULL);
}

static PAL_NUM take(PAL_HANDLE pipe, PAL_NUM how, PAL_NUM count)
{
    failure();
    return DkStreamRead(pipe, how, count, g_buffer, NULL, 0);
}

static PAL_STREAM_ATTR attributes_of(PAL_HANDLE pipe)
{
    PAL_STREAM_ATTR attr = {0};
    check(DkStreamAttributesQuerybyHandle(pipe, &attr), "its attributes");
    return attr;
}

static void test_basics(void)
{
    PAL_HANDLE pipe = open_fifo(0);
    check(pipe && has_name(pipe, "pipe:"), "it has the name of any anonymous pipe");
    check(put(pipe, 0, 5) == 5 && put(pipe, 0, 3) == 3, "two writes");
    const PAL_STREAM_ATTR attr = attributes_of(pipe);
    check(attr.type == PAL_TYPE_PIPE && attr.size == 8 && attr.readable && attr.writeable && !attr.disconnected,
          "%lu bytes of them can be read", attr.size);
    check(take(pipe, 0, 100) == 8, "which one read gets");
    check(put(pipe, 0, 0) == 0 && failure() == 0 && take(pipe, 0, 0) == 0 && failure() == 0,
          "nothing is written and read");
    check_failure(take(pipe, PAL_SOCKET_NOW, 1), 0, PAL_ERROR_TRYAGAIN);
    check_void(DkStreamDelete(pipe, 0), PAL_ERROR_NOTSUPPORT);
    check_void(DkStreamDelete(pipe, PAL_DELETE_RD), PAL_ERROR_NOTSUPPORT);
    check_void(DkStreamDelete(pipe, PAL_DELETE_WR), PAL_ERROR_NOTSUPPORT);
    check(put(pipe, 0, 4) == 4, "a last write");
    check_failure(take(pipe, PAL_SOCKET_PEEK, 2), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(take(pipe, PAL_SOCKET_PEEK | PAL_SOCKET_NOW, 2), 0, PAL_ERROR_NOTSUPPORT);
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_WR), 0);
    check(take(pipe, 0, 100) == 4 && take(pipe, 0, 100) == 0 && failure() == 0, "is read, and then the end");
    check(attributes_of(pipe).disconnected, "and the attributes tell");
    DkObjectClose(pipe);
    pipe = open_fifo(0);
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_RD), 0);
    check_failure(put(pipe, 0, 1), 0, PAL_ERROR_CONNFAILED);
    check_failure(put(pipe, PAL_SOCKET_NOW, 1), 0, PAL_ERROR_CONNFAILED);
    DkObjectClose(pipe);
}

static void test_room(void)
{
    PAL_HANDLE pipe = open_fifo(PAL_OPTION_NONBLOCK);
    check(attributes_of(pipe).receivebuf == ROOM, "there is room for %u bytes", ROOM);
    check(put(pipe, 0, sizeof(g_buffer)) == ROOM, "and no more");
    check_failure(put(pipe, 0, 1), 0, PAL_ERROR_TRYAGAIN);
    PAL_STREAM_ATTR attr = {.share_flags = PAL_SET_RECEIVEBUF, .receivebuf = WHOLE};
    check_failure(DkStreamAttributesSetbyHandle(pipe, &attr), PAL_FALSE, PAL_ERROR_BUSY);
    attr.receivebuf = 2 * ROOM;
    check(DkStreamAttributesSetbyHandle(pipe, &attr) && attributes_of(pipe).receivebuf == 2 * ROOM, "room is made");
    check(put(pipe, 0, sizeof(g_buffer)) == ROOM && attributes_of(pipe).size == 2 * ROOM, "and filled");
    check(take(pipe, 0, sizeof(g_buffer)) == 2 * ROOM, "all of it is read");
    attr = attributes_of(pipe);
    attr.receivebuf = WHOLE;
    check(DkStreamAttributesSetbyHandle(pipe, &attr) && put(pipe, 0, 100) == 100, "room is taken away");
    check_failure(put(pipe, 0, WHOLE), 0, PAL_ERROR_TRYAGAIN);
    check(attributes_of(pipe).size == 100, "a small write is not divided");
    attr.share_flags = PAL_SET_RECEIVEBUF;
    attr.receivebuf = UINT64_MAX;
    check_failure(DkStreamAttributesSetbyHandle(pipe, &attr), PAL_FALSE, PAL_ERROR_INVAL);
    attr.share_flags = PAL_SET_SENDBUF;
    check_failure(DkStreamAttributesSetbyHandle(pipe, &attr), PAL_FALSE, PAL_ERROR_INVAL);
    check(take(pipe, 0, sizeof(g_buffer)) == 100, "it is emptied");
    DkObjectClose(pipe);
}

/***** Sleeping *****/

static PAL_HANDLE g_pipe;
static unsigned g_done;

static void finish(void)
{
    __atomic_fetch_add(&g_done, 1, __ATOMIC_RELEASE);
}

static void await(unsigned count)
{
    while (__atomic_load_n(&g_done, __ATOMIC_ACQUIRE) < count)
        DkThreadYieldExecution();
    g_done = 0;
}

static void write_later(void *param)
{
    (void)param;
    char bytes[3] = "ab";
    regression_thread_init();
    DkThreadDelayExecution(PAUSE_US);
    DkStreamWrite(g_pipe, 0, 1, &bytes[0], NULL);
    DkThreadDelayExecution(PAUSE_US);
    DkStreamWrite(g_pipe, PAL_SOCKET_NOW, 1, &bytes[1], NULL);
    finish();
}

static void read_later(void *param)
{
    (void)param;
    static char bytes[ROOM];
    regression_thread_init();
    DkThreadDelayExecution(PAUSE_US);
    for (PAL_NUM left = 2 * sizeof(g_buffer), got; left > 0; left -= got) {
        got = DkStreamRead(g_pipe, 0, sizeof(bytes), bytes, NULL, 0);
        if (got == 0)
            break;
    }
    finish();
}

/* Each call says itself whether it sleeps, whatever others said before. */
static void test_sleeping(void)
{
    g_pipe = open_fifo(0);
    check_failure(take(g_pipe, PAL_SOCKET_NOW, 1), 0, PAL_ERROR_TRYAGAIN);
    DkObjectClose(DkThreadCreate(write_later, NULL, 0));
    check(take(g_pipe, 0, 1) == 1 && take(g_pipe, PAL_SOCKET_WAIT, 1) == 1, "reads wait after one that did not");
    await(1);
    check(put(g_pipe, PAL_SOCKET_NOW, sizeof(g_buffer)) == ROOM, "a write that does not wait");
    check_failure(put(g_pipe, PAL_SOCKET_NOW, 1), 0, PAL_ERROR_TRYAGAIN);
    DkObjectClose(DkThreadCreate(read_later, NULL, 0));
    PAL_NUM total = ROOM;
    while (total < 2 * sizeof(g_buffer)) {
        const PAL_NUM left = 2 * sizeof(g_buffer) - total;
        const PAL_NUM got = put(g_pipe, 0, left < sizeof(g_buffer) ? left : sizeof(g_buffer));
        if (got == 0)
            break;
        total += got;
    }
    await(1);
    check(total == 2 * sizeof(g_buffer) && attributes_of(g_pipe).size == 0, "writes wait after that");
    DkObjectClose(g_pipe);
}

/* One process wants to sleep, the other not to, on the same side. */
static void test_sides_of_processes(void)
{
    PAL_HANDLE pipe = open_fifo(0), back = open_fifo(0);
    PAL_HANDLE child = DkProcessCreate(NULL, PAL_PROCESS_COPY, NULL);
    if (child && child == pal_control.parent_process) {
        bool good = take(pipe, PAL_SOCKET_NOW, 1) == 0 && failure() == PAL_ERROR_TRYAGAIN;
        good &= put(back, 0, 1) == 1;
        DkProcessExit(good ? CODE : 1);
    }
    check(child && take(back, 0, 1) == 1, "the other process does not wait for a byte");
    g_pipe = pipe;
    DkObjectClose(DkThreadCreate(write_later, NULL, 0));
    check(take(pipe, 0, 1) == 1, "this one does");
    await(1);
    PAL_STREAM_ATTR attr = {0};
    check(DkObjectsWaitAny(1, &child, NO_TIMEOUT) == child && DkStreamAttributesQuerybyHandle(child, &attr) &&
              attr.size == CODE,
          "and the other was right");
    DkObjectClose(child);
    DkObjectClose(pipe);
    DkObjectClose(back);
}

static void write_records(void *param)
{
    char record[WHOLE];
    regression_thread_init();
    memset(record, (int)(PAL_NUM)param, sizeof(record));
    for (unsigned i = 0; i < RECORDS; i++) {
        if (DkStreamWrite(g_pipe, 0, sizeof(record), record, NULL) != sizeof(record))
            break;
    }
    finish();
}

static void test_whole(void)
{
    unsigned torn = 0, counts[WRITERS] = {0};
    g_pipe = open_fifo(0);
    for (PAL_NUM i = 0; i < WRITERS; i++)
        DkObjectClose(DkThreadCreate(write_records, (void *)i, 0));
    for (unsigned i = 0; i < WRITERS * RECORDS; i++) {
        PAL_NUM size = 0, got;
        while (size < WHOLE && (got = DkStreamRead(g_pipe, 0, WHOLE - size, g_buffer + size, NULL, 0)) > 0)
            size += got;
        for (unsigned j = 0; j < WHOLE; j++)
            torn += g_buffer[j] != g_buffer[0];
        counts[(unsigned char)g_buffer[0] % WRITERS]++;
    }
    await(WRITERS);
    check(torn == 0 && counts[0] == RECORDS && counts[1] == RECORDS && counts[2] == RECORDS,
          "writes of %u bytes of several threads are not mixed", WHOLE);
    DkObjectClose(g_pipe);
}

/***** Waiting, and what is left *****/

static void test_waiting(void)
{
    PAL_HANDLE pipe = open_fifo(PAL_OPTION_NONBLOCK);
    check(!DkObjectsWaitAny(1, &pipe, 0), "nothing to read");
    check(put(pipe, 0, sizeof(g_buffer)) == ROOM && DkObjectsWaitAny(1, &pipe, 0) == pipe, "bytes to read");
    check(take(pipe, 0, sizeof(g_buffer)) == ROOM && DkObjectsWaitAny(1, &pipe, 0) == pipe,
          "and room, for the last write has found none");
    DkObjectClose(pipe);
    PAL_HANDLE list = DkStreamOpen("poll:list", PAL_ACCESS_RDWR, 0, 0, 0);
    if (!list)
        return;
    pipe = open_fifo(0);
    struct pal_poll entry = {.handle = pipe, .events = PAL_POLL_READ};
    check(put(pipe, 0, 1) == 1, "a byte");
    check_void(DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_WR), 0);
    check(DkStreamRead(list, 0, sizeof(entry), &entry, NULL, 0) > 0 && entry.ready == (PAL_POLL_READ | PAL_POLL_HANGUP),
          "a byte and a hang-up: %x", entry.ready);
    check(take(pipe, 0, 1) == 1 && DkStreamRead(list, 0, sizeof(entry), &entry, NULL, 0) > 0 &&
              entry.ready == PAL_POLL_HANGUP,
          "then the hang-up only: %x", entry.ready);
    DkObjectClose(pipe);
    DkObjectClose(list);
}

static void test_no_leak(void)
{
    unsigned good = 0;
    for (unsigned i = 0; i < LOOPS; i++) {
        PAL_HANDLE pipe = open_fifo(0);
        good += pipe && put(pipe, i % 2 ? 0 : PAL_SOCKET_NOW, 1) == 1;
        if (i % 3 == 0)
            DkStreamDelete(pipe, PAL_DELETE_OWN | PAL_DELETE_RD);
        DkObjectClose(pipe);
    }
    check(good == LOOPS, "%u pipes one after the other", good);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_basics();
    test_room();
    test_sleeping();
    test_sides_of_processes();
    test_whole();
    test_waiting();
    test_no_leak();
}
