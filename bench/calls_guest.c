/* SPDX-License-Identifier: MIT */
/* calls_guest NAME: what one operation costs through the Host ABI, in nanoseconds. calls_native.c does the same things
 * natively, under the same names. Knows no host. */
#include "format.h"
#include "guest.h"
#include "pal_string.h"

#define ROUND_US  100000 /* how long one measurement takes, about */
#define BANDWIDTH ((PAL_NUM)64 << 20)
#define CHUNK     ((PAL_NUM)64 << 10)
#define MANY      1000

static char g_buffer[64 << 10];

static void must(bool good, const char *what)
{
    if (good)
        return;
    say("%s failed\n", what);
    DkProcessExit(1);
}

/* Repeat an operation for about ROUND_US and return what one takes, in ns. */
static uint64_t time_of(void (*operation)(void *), void *arg)
{
    uint64_t rounds = 1;
    for (;;) {
        const PAL_NUM start = DkSystemTimeQuery();
        for (uint64_t i = 0; i < rounds; i++)
            operation(arg);
        const PAL_NUM took_us = DkSystemTimeQuery() - start;
        if (took_us >= ROUND_US)
            return took_us * 1000 / rounds;
        rounds = took_us < ROUND_US / 100 ? rounds * 10 : rounds * (ROUND_US * 11 / 10) / took_us + 1;
    }
}

/***** Operations that need no host call *****/

static void query_time(void *arg)
{
    (void)arg;
    DkSystemTimeQuery();
}

static uint64_t bench_time(void)
{
    return time_of(query_time, NULL);
}

static void set_and_clear(void *event)
{
    DkEventSet(event);
    DkEventClear(event);
}

static uint64_t bench_event(void)
{
    return time_of(set_and_clear, DkNotificationEventCreate(PAL_FALSE));
}

static void wait_ready(void *event)
{
    PAL_HANDLE handle = event;
    DkObjectsWaitAny(1, &handle, NO_TIMEOUT);
}

static uint64_t bench_wait_ready(void)
{
    return time_of(wait_ready, DkNotificationEventCreate(PAL_TRUE));
}

static void release_and_take(void *semaphore)
{
    PAL_HANDLE handle = semaphore;
    DkSemaphoreRelease(semaphore, 1);
    DkObjectsWaitAny(1, &handle, NO_TIMEOUT);
}

static uint64_t bench_semaphore(void)
{
    return time_of(release_and_take, DkSemaphoreCreate(0, 10));
}

/***** Operations that need a host call, or two *****/

static void read_byte(void *file)
{
    DkStreamRead(file, 0, 1, g_buffer, NULL, 0);
}

static uint64_t bench_read(void)
{
    PAL_HANDLE file = DkStreamOpen("file:/etc/passwd", PAL_ACCESS_RDONLY, 0, 0, 0);
    must(file, "open");
    return time_of(read_byte, file);
}

static void write_byte(void *file)
{
    DkStreamWrite(file, 0, 1, g_buffer, NULL);
}

static uint64_t bench_write(void)
{
    PAL_HANDLE file = DkStreamOpen("dev:null", PAL_ACCESS_WRONLY, 0, 0, 0);
    must(file, "open");
    return time_of(write_byte, file);
}

static void open_and_close(void *arg)
{
    (void)arg;
    DkObjectClose(DkStreamOpen("file:/etc/passwd", PAL_ACCESS_RDONLY, 0, 0, 0));
}

static uint64_t bench_open(void)
{
    return time_of(open_and_close, NULL);
}

static void query_attributes(void *file)
{
    PAL_STREAM_ATTR attr;
    DkStreamAttributesQuerybyHandle(file, &attr);
}

static uint64_t bench_attributes(void)
{
    PAL_HANDLE file = DkStreamOpen("file:/etc/passwd", PAL_ACCESS_RDONLY, 0, 0, 0);
    must(file, "open");
    return time_of(query_attributes, file);
}

static void alloc_and_free(void *arg)
{
    (void)arg;
    DkVirtualMemoryFree(DkVirtualMemoryAlloc(NULL, 1 << 16, 0, PAL_PROT_READ | PAL_PROT_WRITE), 1 << 16);
}

static uint64_t bench_alloc(void)
{
    return time_of(alloc_and_free, NULL);
}

static void protect(void *memory)
{
    DkVirtualMemoryProtect(memory, 1 << 12, PAL_PROT_READ);
    DkVirtualMemoryProtect(memory, 1 << 12, PAL_PROT_READ | PAL_PROT_WRITE);
}

static uint64_t bench_protect(void)
{
    return time_of(protect, DkVirtualMemoryAlloc(NULL, 1 << 16, 0, PAL_PROT_READ | PAL_PROT_WRITE));
}

static void write_and_read(void *pipe)
{
    DkStreamWrite(pipe, 0, 1, g_buffer, NULL);
    DkStreamRead(pipe, 0, 1, g_buffer, NULL, 0);
}

static uint64_t bench_pipe(void)
{
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    must(pipe, "open");
    return time_of(write_and_read, pipe);
}

/***** Threads *****/

static void do_nothing(void *arg)
{
    (void)arg;
}

static void create_and_join(void *arg)
{
    (void)arg;
    PAL_HANDLE thread = DkThreadCreate(do_nothing, NULL, 0);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
    DkObjectClose(thread);
}

static uint64_t bench_thread(void)
{
    return time_of(create_and_join, NULL);
}

static PAL_HANDLE g_ping, g_pong;

static void answer_events(void *arg)
{
    (void)arg;
    for (;;) {
        DkObjectsWaitAny(1, &g_ping, NO_TIMEOUT);
        DkEventSet(g_pong);
    }
}

static void ping_event(void *arg)
{
    (void)arg;
    DkEventSet(g_ping);
    DkObjectsWaitAny(1, &g_pong, NO_TIMEOUT);
}

static uint64_t bench_event_ping_pong(void)
{
    g_ping = DkSynchronizationEventCreate(PAL_FALSE);
    g_pong = DkSynchronizationEventCreate(PAL_FALSE);
    must(DkThreadCreate(answer_events, NULL, 0), "thread");
    return time_of(ping_event, NULL);
}

/***** Streams between threads *****/

static void echo(void *stream)
{
    char byte;
    while (DkStreamRead(stream, 0, 1, &byte, NULL, 0) == 1)
        DkStreamWrite(stream, 0, 1, &byte, NULL);
}

/* Make both ends of a connection: a server named by a URI, and its client. */
static void connect_ends(PAL_STR server_uri, PAL_HANDLE *out_client, PAL_HANDLE *out_server)
{
    static char name[128];
    PAL_HANDLE listener = DkStreamOpen(server_uri, PAL_ACCESS_RDWR, 0, 0, 0);
    must(listener && DkStreamGetName(listener, name, sizeof(name)), "server");
    /* Without the ".srv" of its scheme the server's name is the client's. */
    char *const suffix = strchr(name, '.');
    memmove(suffix, suffix + strlen(".srv"), strlen(suffix + strlen(".srv")) + 1);
    *out_client = DkStreamOpen(name, PAL_ACCESS_RDWR, 0, 0, 0);
    must(*out_client, "client");
    *out_server = DkStreamWaitForClient(listener);
    must(*out_server, "connection");
}

static uint64_t ping_pong(PAL_STR server_uri)
{
    PAL_HANDLE client, server;
    connect_ends(server_uri, &client, &server);
    PAL_STREAM_ATTR attr;
    if (DkStreamAttributesQuerybyHandle(client, &attr)) {
        attr.tcp_nodelay = PAL_TRUE;
        DkStreamAttributesSetbyHandle(client, &attr);
    }
    must(DkThreadCreate(echo, server, 0), "thread");
    return time_of(write_and_read, client);
}

static uint64_t bench_pipe_ping_pong(void)
{
    return ping_pong("pipe.srv:4711");
}

static uint64_t bench_tcp_ping_pong(void)
{
    return ping_pong("tcp.srv:127.0.0.1:0");
}

static void drain(void *stream)
{
    static char buffer[64 << 10];
    while (DkStreamRead(stream, 0, sizeof(buffer), buffer, NULL, 0) > 0)
        ;
}

static void write_much(void *stream)
{
    for (PAL_NUM sent = 0; sent < BANDWIDTH;)
        sent += DkStreamWrite(stream, 0, CHUNK, g_buffer, NULL);
}

/* What 1 MiB takes. */
static uint64_t bandwidth(PAL_STR server_uri)
{
    PAL_HANDLE client, server;
    connect_ends(server_uri, &client, &server);
    must(DkThreadCreate(drain, server, 0), "thread");
    return time_of(write_much, client) / (BANDWIDTH >> 20);
}

static uint64_t bench_pipe_bandwidth(void)
{
    return bandwidth("pipe.srv:4711");
}

static uint64_t bench_tcp_bandwidth(void)
{
    return bandwidth("tcp.srv:127.0.0.1:0");
}

/***** Waiting for many *****/

struct many {
    PAL_NUM count;
    PAL_HANDLE handles[MANY];
};

static void wait_many(void *arg)
{
    struct many *many = arg;
    DkObjectsWaitAny(many->count, many->handles, NO_TIMEOUT);
}

/* The last of many pipes is ready. */
static uint64_t wait_any(PAL_NUM count)
{
    static struct many many;
    many.count = count;
    for (PAL_NUM i = 0; i < count; i++) {
        many.handles[i] = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
        must(many.handles[i], "pipe");
    }
    DkStreamWrite(many.handles[count - 1], 0, 1, g_buffer, NULL);
    return time_of(wait_many, &many);
}

/***** Processes, and memory between them *****/

static PAL_STR g_child_arguments[5] = {"calls_guest", "child"};

/* Start this program again as a child, and wait for its first byte. */
static void create_process(void *arg)
{
    char byte;
    (void)arg;
    PAL_HANDLE child = DkProcessCreate(NULL, 0, g_child_arguments);
    must(child && DkStreamRead(child, 0, 1, &byte, NULL, 0) == 1, "child");
    DkObjectClose(child);
}

static uint64_t bench_process(void)
{
    return time_of(create_process, NULL);
}

struct memory {
    PAL_HANDLE channel;
    PAL_PTR address;
    PAL_NUM size;
};

/* What a fork does with memory: the child gets all of it, and says so with a byte. */
static void pass_memory(void *arg)
{
    struct memory *memory = arg;
    must(DkPhysicalMemoryCommit(memory->channel, 1, &memory->address, &memory->size, PAL_COMMIT_CHILD) == 1, "commit");
    create_process(NULL);
}

static uint64_t bench_memory(PAL_NUM mib)
{
    static char key_text[32], size_text[32];
    struct memory memory = {.size = mib << 20};
    PAL_NUM key;
    memory.channel = DkCreatePhysicalMemoryChannel(&key);
    memory.address = DkVirtualMemoryAlloc(NULL, memory.size, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    must(memory.channel && memory.address, "memory");
    memset(memory.address, 1, memory.size);
    (void)format_string(key_text, sizeof(key_text), "gipc:%lu", key);
    (void)format_string(size_text, sizeof(size_text), "%lu", memory.size);
    g_child_arguments[2] = key_text;
    g_child_arguments[3] = size_text;
    return time_of(pass_memory, &memory);
}

static int run_child(int argc, char **argv)
{
    if (argc == 4) {
        PAL_HANDLE channel = DkStreamOpen(argv[2], PAL_ACCESS_RDWR, 0, 0, 0);
        PAL_PTR address = NULL;
        PAL_NUM size = number(argv[3]);
        PAL_FLG prot = PAL_PROT_READ | PAL_PROT_WRITE;
        must(channel, "channel");
        must(DkPhysicalMemoryMap(channel, 1, &address, &size, &prot) == 1 && *(char *)address == 1, "map");
    }
    DkStreamWrite(pal_control.parent_process, 0, 1, g_buffer, NULL);
    return 0;
}

static const struct {
    const char *name;
    uint64_t (*run)(void);
    uint64_t (*run_with)(PAL_NUM); /* instead, with the argument */
    PAL_NUM argument;
} g_benches[] = {
    {.name = "time", .run = bench_time},
    {.name = "event", .run = bench_event},
    {.name = "wait-ready", .run = bench_wait_ready},
    {.name = "semaphore", .run = bench_semaphore},
    {.name = "read", .run = bench_read},
    {.name = "write", .run = bench_write},
    {.name = "open", .run = bench_open},
    {.name = "attributes", .run = bench_attributes},
    {.name = "alloc", .run = bench_alloc},
    {.name = "protect", .run = bench_protect},
    {.name = "pipe", .run = bench_pipe},
    {.name = "thread", .run = bench_thread},
    {.name = "event-ping-pong", .run = bench_event_ping_pong},
    {.name = "pipe-ping-pong", .run = bench_pipe_ping_pong},
    {.name = "tcp-ping-pong", .run = bench_tcp_ping_pong},
    {.name = "pipe-bandwidth", .run = bench_pipe_bandwidth},
    {.name = "tcp-bandwidth", .run = bench_tcp_bandwidth},
    {.name = "wait-1", .run_with = wait_any, .argument = 1},
    {.name = "wait-10", .run_with = wait_any, .argument = 10},
    {.name = "wait-100", .run_with = wait_any, .argument = 100},
    {.name = "wait-1000", .run_with = wait_any, .argument = 1000},
    {.name = "process", .run = bench_process},
    {.name = "memory-1", .run_with = bench_memory, .argument = 1},
    {.name = "memory-20", .run_with = bench_memory, .argument = 20},
    {.name = "memory-200", .run_with = bench_memory, .argument = 200},
};

int main(int argc, char **argv)
{
    if (argc > 1 && streq(argv[1], "child"))
        return run_child(argc, argv);
    for (size_t i = 0; argc == 2 && i < sizeof(g_benches) / sizeof(g_benches[0]); i++) {
        if (!streq(argv[1], g_benches[i].name))
            continue;
        say("%lu\n", g_benches[i].run ? g_benches[i].run() : g_benches[i].run_with(g_benches[i].argument));
        DkProcessExit(0);
    }
    return 1;
}
