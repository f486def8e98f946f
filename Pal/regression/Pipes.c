/* SPDX-License-Identifier: MIT */
/* Pipes: anonymous ones, servers and their clients, ends, backlog, blocking and not, and every documented error. */
#include "regression.h"

#define CLIENTS     200
#define SERVERS     500
#define LOOPS       3000
#define REFUSED     20000
#define THREADS     4
#define PER_THREAD  100
#define BULK        (4u << 20)
#define BACKLOG_MAX 100000

static char g_buffer[65536];

static PAL_HANDLE open_pipe(const char *scheme, PAL_NUM id, PAL_FLG options)
{
    return DkStreamOpen(text("%s%lu", scheme, id), PAL_ACCESS_RDWR, 0, 0, options);
}

static bool sends(PAL_HANDLE handle, const char *message)
{
    return DkStreamWrite(handle, 0, strlen(message), (PAL_PTR)(uintptr_t)message, NULL) == strlen(message);
}

static bool receives(PAL_HANDLE handle, const char *message)
{
    char buffer[64];
    const PAL_NUM size = strlen(message);
    return DkStreamRead(handle, 0, sizeof(buffer), buffer, NULL, 0) == size && memcmp(buffer, message, size) == 0;
}

static bool at_end(PAL_HANDLE handle)
{
    char byte;
    failure();
    return DkStreamRead(handle, 0, 1, &byte, NULL, 0) == 0 && failure() == 0;
}

static void test_anonymous(void)
{
    char byte = 'x';
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    check(sends(pipe, "hello") && receives(pipe, "hello"), "what is written to an anonymous pipe is read from it");
    check(sends(pipe, "one") && sends(pipe, "two") && receives(pipe, "onetwo"), "it is a stream of bytes");
    check(has_name(pipe, "pipe:"), "its name is pipe:");
    check(sends(pipe, "last"), "a last message");
    check_void(DkStreamDelete(pipe, PAL_DELETE_WR), 0);
    check(receives(pipe, "last") && at_end(pipe), "is read after the writing side has been shut, and then the end");
    check_failure(DkStreamWrite(pipe, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    DkObjectClose(pipe);
    pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDONLY, 0, 0, 0);
    check(sends(pipe, "any"), "a pipe has both directions whatever the access");
    check_void(DkStreamDelete(pipe, PAL_DELETE_RD), 0);
    check_failure(DkStreamWrite(pipe, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    check_void(DkStreamDelete(pipe, 0), 0);
    DkObjectClose(pipe);
}

static void test_server(void)
{
    const PAL_NUM id = random_number();
    char byte = 'x';
    PAL_HANDLE server = open_pipe("pipe.srv:", id, 0);
    PAL_HANDLE client = open_pipe("pipe:", id, 0);
    check(sends(client, "early"), "a client may write before it has been waited for");
    PAL_HANDLE end = DkStreamWaitForClient(server);
    check(end && receives(end, "early"), "its server reads that");
    check(sends(end, "answer") && receives(client, "answer"), "and answers");
    check(has_name(server, text("pipe.srv:%lu", id)) && has_name(client, text("pipe:%lu", id)) &&
              has_name(end, text("pipe:%lu", id)),
          "all three have their names");
    check(sends(end, "bye"), "a farewell");
    DkObjectClose(end);
    check(receives(client, "bye") && at_end(client) && at_end(client), "arrives, and then the end");
    check_failure(DkStreamWrite(client, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    DkObjectClose(client);
    check_failure(DkStreamRead(server, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(server, 0, 1, &byte, NULL), 0, PAL_ERROR_NOTCONNECTION);
    check_void(DkStreamDelete(server, 0), PAL_ERROR_NOTSUPPORT);
    DkObjectClose(server);
}

static void test_half_closed(void)
{
    const PAL_NUM id = random_number();
    char byte = 'x';
    PAL_HANDLE server = open_pipe("pipe.srv:", id, 0);
    PAL_HANDLE client = open_pipe("pipe:", id, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    check_void(DkStreamDelete(client, PAL_DELETE_WR), 0);
    check(at_end(end) && sends(end, "still") && receives(client, "still"), "one direction is shut, the other works");
    check_failure(DkStreamWrite(client, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    check_void(DkStreamDelete(client, 0), 0);
    check(at_end(client), "then both");
    check_failure(DkStreamWrite(end, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    DkObjectClose(end);
    DkObjectClose(client);
    DkObjectClose(server);
}

static void test_names(void)
{
    static const PAL_NUM ids[] = {0, 1, 0xffffffff, 0x100000000, (PAL_NUM)-1};
    PAL_HANDLE servers[5];
    bool good = true;
    for (unsigned i = 0; i < 5; i++)
        servers[i] = open_pipe("pipe.srv:", ids[i], 0);
    for (unsigned i = 0; i < 5; i++) {
        PAL_HANDLE client = open_pipe("pipe:", ids[i], 0);
        PAL_HANDLE end = DkStreamWaitForClient(servers[i]);
        good = good && sends(client, "to you") && receives(end, "to you");
        DkObjectClose(client);
        DkObjectClose(end);
    }
    check(good, "all 64 bits of a number count");
    check_failure(open_pipe("pipe.srv:", 1, 0), 0, PAL_ERROR_ADDRINUSE);
    for (unsigned i = 0; i < 5; i++)
        DkObjectClose(servers[i]);
    check_failure(open_pipe("pipe:", 1, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    servers[0] = open_pipe("pipe.srv:", 1, 0);
    check(servers[0] != NULL, "the number of a server that was closed is free");
    DkObjectClose(servers[0]);
    check_failure(DkStreamOpen("pipe:x", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe:1", 0, 0, 0, PAL_OPTION_FIFO), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe.srv:1", 0, 0, 0, PAL_OPTION_FIFO), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe:-1", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe:01", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe:18446744073709551616", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe.srv:", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
}

static void test_many_servers(void)
{
    static PAL_HANDLE servers[SERVERS];
    const PAL_NUM first = random_number() >> 1;
    unsigned made = 0, reached = 0;
    for (unsigned i = 0; i < SERVERS; i++)
        made += (servers[i] = open_pipe("pipe.srv:", first + i, 0)) != NULL;
    if (made < SERVERS)
        note("%u servers, then failure %d", made, failure());
    for (unsigned i = 0; i < made; i++) {
        PAL_HANDLE client = open_pipe("pipe:", first + i, 0);
        PAL_HANDLE end = client ? DkStreamWaitForClient(servers[i]) : NULL;
        reached += end && sends(client, "x") && receives(end, "x");
        DkObjectClose(client);
        DkObjectClose(end);
    }
    check(made > 100 && reached == made, "%u servers at once", made);
    for (unsigned i = 0; i < made; i++)
        DkObjectClose(servers[i]);
    failure();
}

static void test_backlog(void)
{
    static PAL_HANDLE clients[CLIENTS];
    const PAL_NUM id = random_number();
    PAL_HANDLE server = open_pipe("pipe.srv:", id, PAL_OPTION_NONBLOCK);
    check_failure(DkStreamWaitForClient(server), 0, PAL_ERROR_TRYAGAIN);
    unsigned connected = 0, served = 0;
    for (unsigned i = 0; i < CLIENTS; i++)
        connected += (clients[i] = open_pipe("pipe:", id, 0)) && sends(clients[i], text("%u", i));
    check(connected == CLIENTS, "%u clients connect before the first is waited for", connected);
    for (unsigned i = 0; i < CLIENTS; i++) {
        PAL_HANDLE end = DkStreamWaitForClient(server);
        served += end && receives(end, text("%u", i));
        DkObjectClose(end);
        DkObjectClose(clients[i]);
    }
    check(served == CLIENTS, "and are served in their order");
    DkObjectClose(server);
}

static void test_full_backlog(void)
{
    static PAL_HANDLE clients[BACKLOG_MAX];
    const PAL_NUM id = random_number();
    PAL_HANDLE server = open_pipe("pipe.srv:", id, 0);
    unsigned count = 0;
    failure();
    while (count < BACKLOG_MAX && (clients[count] = open_pipe("pipe:", id, PAL_OPTION_NONBLOCK)))
        count++;
    const int code = failure();
    check(code == PAL_ERROR_TRYAGAIN || code == PAL_ERROR_TOOMANY, "after %u clients the backlog is full (failure %d)",
          count, code);
    for (unsigned i = 0; i < count / 2; i++)
        DkObjectClose(DkStreamWaitForClient(server));
    PAL_HANDLE again = open_pipe("pipe:", id, PAL_OPTION_NONBLOCK);
    check(again != NULL, "when some have been waited for there is room again");
    DkObjectClose(again);
    DkObjectClose(server);
    check(at_end(clients[count - 1]), "the server goes, and who still waited sees the end");
    for (unsigned i = 0; i < count; i++)
        DkObjectClose(clients[i]);
    failure();
}

/* Fill a pipe; returns what went in. */
static PAL_NUM fill(PAL_HANDLE pipe)
{
    PAL_NUM total = 0, got;
    failure();
    while ((got = DkStreamWrite(pipe, 0, sizeof(g_buffer), g_buffer, NULL)) > 0)
        total += got;
    return total;
}

static void test_nonblocking(void)
{
    char byte;
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    check_failure(DkStreamRead(pipe, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    for (unsigned round = 0; round < 3; round++) {
        const PAL_NUM total = fill(pipe);
        check(total > 0 && failure() == PAL_ERROR_TRYAGAIN, "round %u: %lu bytes, then it is full", round, total);
        PAL_NUM drained = 0, got;
        while ((got = DkStreamRead(pipe, 0, sizeof(g_buffer), g_buffer, NULL, 0)) > 0)
            drained += got;
        check(drained == total && failure() == PAL_ERROR_TRYAGAIN, "all of it comes out");
        check(DkObjectsWaitAny(1, &pipe, 0) == pipe, "and there is room again");
    }
    DkObjectClose(pipe);
}

/***** Threads *****/

static PAL_NUM g_id;
static PAL_HANDLE g_pipe;
static int g_code;
static unsigned g_done;

static void announce_end(void)
{
    __atomic_fetch_add(&g_done, 1, __ATOMIC_RELEASE);
}

static void await_ends(unsigned count)
{
    while (__atomic_load_n(&g_done, __ATOMIC_ACQUIRE) < count)
        DkThreadYieldExecution();
    g_done = 0;
}

static void write_bulk(void *param)
{
    (void)param;
    regression_thread_init();
    static uint8_t bytes[65536];
    for (PAL_NUM total = 0; total < BULK;) {
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)((total + i) * 31 >> 3);
        PAL_NUM count = BULK - total < sizeof(bytes) ? BULK - total : sizeof(bytes);
        const PAL_NUM got = DkStreamWrite(g_pipe, 0, count, bytes, NULL);
        if (got == 0)
            break;
        total += got;
    }
    DkStreamDelete(g_pipe, PAL_DELETE_WR);
    announce_end();
}

static void test_bulk(void)
{
    g_pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    DkObjectClose(DkThreadCreate(write_bulk, NULL, 0));
    PAL_NUM total = 0, got;
    bool good = true;
    while ((got = DkStreamRead(g_pipe, 0, 10007, g_buffer, NULL, 0)) > 0) {
        for (PAL_NUM i = 0; i < got; i++)
            good = good && (uint8_t)g_buffer[i] == (uint8_t)((total + i) * 31 >> 3);
        total += got;
    }
    check(good && total == BULK, "%u bytes go through a pipe between two threads", BULK);
    await_ends(1);
    DkObjectClose(g_pipe);
}

static void connect_often(void *param)
{
    (void)param;
    regression_thread_init();
    for (unsigned i = 0; i < PER_THREAD; i++) {
        PAL_HANDLE client = open_pipe("pipe:", g_id, 0);
        if (!client || !sends(client, "ping") || !receives(client, "pong"))
            g_code = -1;
        DkObjectClose(client);
    }
    announce_end();
}

static void test_many_clients(void)
{
    g_id = random_number();
    g_code = 0;
    PAL_HANDLE server = open_pipe("pipe.srv:", g_id, 0);
    for (unsigned i = 0; i < THREADS; i++)
        DkObjectClose(DkThreadCreate(connect_often, NULL, 0));
    unsigned served = 0;
    for (unsigned i = 0; i < THREADS * PER_THREAD; i++) {
        PAL_HANDLE end = DkStreamWaitForClient(server);
        served += end && receives(end, "ping") && sends(end, "pong");
        DkObjectClose(end);
    }
    await_ends(THREADS);
    check(served == THREADS * PER_THREAD && g_code == 0, "%u threads connect to one server, %u times in all", THREADS,
          served);
    DkObjectClose(server);
}

static void block_in_read(void *param)
{
    (void)param;
    char byte;
    regression_thread_init();
    DkStreamRead(g_pipe, 0, 1, &byte, NULL, 0);
    g_code = failure();
    announce_end();
}

static void block_in_write(void *param)
{
    (void)param;
    regression_thread_init();
    PAL_NUM got;
    while ((got = DkStreamWrite(g_pipe, 0, sizeof(g_buffer), g_buffer, NULL)) == sizeof(g_buffer))
        ;
    g_code = got > 0 ? PAL_ERROR_INTERRUPTED : failure();
    announce_end();
}

static void block_in_wait(void *param)
{
    (void)param;
    regression_thread_init();
    DkStreamWaitForClient(g_pipe);
    g_code = failure();
    announce_end();
}

/* From the moment when g_code is BADHANDLE, and as long as it is. */
static void use_closed(void *param)
{
    char name[64];
    (void)param;
    regression_thread_init();
    while (!__atomic_load_n(&g_code, __ATOMIC_ACQUIRE))
        DkThreadYieldExecution();
    while (__atomic_load_n(&g_code, __ATOMIC_ACQUIRE) == PAL_ERROR_BADHANDLE) {
        DkStreamGetName(g_pipe, name, sizeof(name));
        const int code = failure();
        if (code != PAL_ERROR_BADHANDLE)
            __atomic_store_n(&g_code, code, __ATOMIC_RELEASE);
    }
    announce_end();
}

/* What is being made may lie where a closed handle was, and is nobody's before it is returned. */
static void test_use_of_closed(void)
{
    const PAL_NUM id = random_number();
    unsigned refused = 0;
    PAL_HANDLE server = open_pipe("pipe.srv:", id, 0);
    g_pipe = open_pipe("pipe.srv:", random_number(), 0);
    g_code = 0;
    PAL_HANDLE thread = DkThreadCreate(use_closed, NULL, 0);
    DkObjectClose(g_pipe);
    __atomic_store_n(&g_code, PAL_ERROR_BADHANDLE, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < REFUSED; i++)
        refused += !open_pipe("pipe.srv:", id, 0) && failure() == PAL_ERROR_ADDRINUSE;
    check(refused == REFUSED && __atomic_exchange_n(&g_code, 0, __ATOMIC_ACQ_REL) == PAL_ERROR_BADHANDLE,
          "a closed handle is none while others are made: %u", refused);
    await_ends(1);
    DkObjectClose(thread);
    DkObjectClose(server);
}

static void test_interrupted(void (*blocked)(void *), const char *uri, PAL_FLG options, const char *what)
{
    g_code = 0;
    g_pipe = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0, 0, options);
    PAL_HANDLE thread = DkThreadCreate(blocked, NULL, 0);
    /* Once may be too early. */
    while (!__atomic_load_n(&g_done, __ATOMIC_ACQUIRE)) {
        DkThreadDelayExecution(20000);
        DkThreadResume(thread);
    }
    await_ends(1);
    check(g_code == PAL_ERROR_INTERRUPTED, "a thread that blocks in %s is interrupted", what);
    DkObjectClose(thread);
    DkObjectClose(g_pipe);
}

static void test_no_leak(void)
{
    const PAL_NUM id = random_number();
    unsigned good = 0;
    for (unsigned i = 0; i < LOOPS; i++) {
        PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
        PAL_HANDLE server = open_pipe("pipe.srv:", id, 0);
        PAL_HANDLE client = open_pipe("pipe:", id, 0);
        PAL_HANDLE end = i % 2 ? DkStreamWaitForClient(server) : pipe;
        PAL_HANDLE second = open_pipe("pipe.srv:", id, 0);
        good += pipe && server && client && end && !second;
        if (end != pipe)
            DkObjectClose(end);
        DkObjectClose(server);
        DkObjectClose(client);
        DkObjectClose(pipe);
    }
    check(good == LOOPS, "%u times all kinds of pipes", good);
    failure();
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_anonymous();
    test_server();
    test_half_closed();
    test_names();
    test_many_servers();
    test_backlog();
    test_full_backlog();
    test_nonblocking();
    test_bulk();
    test_many_clients();
    test_use_of_closed();
    test_interrupted(block_in_read, "pipe:", 0, "DkStreamRead");
    test_interrupted(block_in_write, "pipe:", 0, "DkStreamWrite");
    test_interrupted(block_in_read, "pipe:", PAL_OPTION_FIFO, "DkStreamRead");
    test_interrupted(block_in_write, "pipe:", PAL_OPTION_FIFO, "DkStreamWrite");
    test_interrupted(block_in_wait, text("pipe.srv:%lu", random_number()), 0, "DkStreamWaitForClient");
    test_no_leak();
}
