/* SPDX-License-Identifier: MIT */
/* Passing handles between processes: every kind there and back, what it can do on the other side, pipe servers that other
 * processes reach, and every documented error. */
#include "processes.h"

#define MANY     300
#define TIME_OUT 60000000

static char g_buffer[4096];

/***** What children do *****/

static PAL_HANDLE parent(void)
{
    return pal_control_addr()->parent_process;
}

/* Send every handle back that comes, until the parent is gone. */
static int play_mirror(char *argument)
{
    (void)argument;
    PAL_HANDLE cargo;
    while ((cargo = DkReceiveHandle(parent()))) {
        if (!DkSendHandle(parent(), cargo))
            return 1;
        DkObjectClose(cargo);
    }
    return failure() == PAL_ERROR_CONNFAILED ? 0 : 2;
}

/* Take a stream, and write upon it what is read from it, until its end. */
static int play_echo(char *argument)
{
    (void)argument;
    PAL_HANDLE stream = DkReceiveHandle(parent());
    PAL_NUM got;
    while ((got = DkStreamRead(stream, 0, sizeof(g_buffer), g_buffer, NULL, 0)) > 0) {
        if (!write_fully(stream, g_buffer, got))
            return 1;
    }
    return failure() == 0 ? 0 : 2;
}

/* Take a server, and answer its first client. */
static int play_server(char *argument)
{
    (void)argument;
    PAL_HANDLE server = DkReceiveHandle(parent());
    write_byte(parent(), 'r');
    PAL_HANDLE client = server ? DkStreamWaitForClient(server) : NULL;
    return client && read_byte(client) == 'q' && write_byte(client, 'a') ? 0 : 1;
}

/* Open a pipe server of a number, and answer clients until the parent says that it is enough. */
static int play_open_server(char *argument)
{
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    if (!server)
        return failure();
    write_byte(parent(), 'r');
    while (read_byte(parent()) == 'c') {
        PAL_HANDLE client = DkStreamWaitForClient(server);
        if (read_byte(client) != 'q' || !write_byte(client, 'a'))
            return 100;
        DkObjectClose(client);
    }
    return 0;
}

/* Be a client of a pipe server; the result is the failure, or 0. */
static int play_client(char *argument)
{
    PAL_HANDLE client = DkStreamOpen(text("pipe:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    if (!client)
        return failure();
    return write_byte(client, 'q') && read_byte(client) == 'a' ? 0 : 100;
}

/* Have a child of one's own be the client. */
static int play_grandparent(char *argument)
{
    return end_of(start_role("client", argument));
}

static int play_nothing(char *argument)
{
    (void)argument;
    return 0;
}

static const struct role roles[] = {
    {"mirror", play_mirror},   {"echo", play_echo},
    {"server", play_server},   {"open_server", play_open_server},
    {"client", play_client},   {"grandparent", play_grandparent},
    {"nothing", play_nothing}, {NULL, NULL},
};

/***** Every kind there and back *****/

static PAL_HANDLE g_mirror;

static const char *name_of(PAL_HANDLE handle)
{
    char name[512];
    return DkStreamGetName(handle, name, sizeof(name)) ? text("%s", name) : "";
}

static PAL_IDX type_of(PAL_HANDLE handle)
{
    PAL_STREAM_ATTR attr;
    return DkStreamAttributesQuerybyHandle(handle, &attr) ? attr.type : PAL_TYPE_NONE;
}

/* A handle's copy that has been in another process. */
static PAL_HANDLE reflect(PAL_HANDLE handle)
{
    if (!DkSendHandle(g_mirror, handle)) {
        note("%s cannot be sent: failure %d", name_of(handle), failure());
        return NULL;
    }
    PAL_HANDLE copy = DkReceiveHandle(g_mirror);
    if (!copy)
        note("%s does not come back: failure %d", name_of(handle), failure());
    return copy;
}

/* Reflect a handle and close the original: the copy is all there is. */
static PAL_HANDLE exchange(PAL_HANDLE handle)
{
    const char *name = name_of(handle);
    const PAL_IDX type = type_of(handle);
    PAL_HANDLE copy = reflect(handle);
    check(copy && copy != handle && strcmp(name_of(copy), name) == 0 && type_of(copy) == type,
          "%s has been there and back", name);
    DkObjectClose(handle);
    return copy;
}

static bool passes(PAL_HANDLE from, PAL_HANDLE to)
{
    char message[] = "message", got[sizeof(message)];
    return DkStreamWrite(from, 0, sizeof(message), message, NULL) == sizeof(message) &&
           DkObjectsWaitAny(1, &to, TIME_OUT) == to && read_fully(to, got, sizeof(got)) == sizeof(got) &&
           memcmp(message, got, sizeof(got)) == 0;
}

static void test_file(void)
{
    const char *uri = scratch("file:", "passed");
    PAL_HANDLE file = DkStreamOpen(uri, PAL_ACCESS_RDWR, 0600, PAL_CREAT_ALWAYS, PAL_OPTION_NONBLOCK);
    PAL_HANDLE reader = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0);
    file = exchange(file);
    reader = exchange(reader);
    check(DkStreamWrite(file, 3, 4, (PAL_PTR)(uintptr_t) "data", NULL) == 4 &&
              DkStreamRead(reader, 3, 10, g_buffer, NULL, 0) == 4,
          "a file is written and read");
    check_failure(DkStreamWrite(reader, 0, 1, g_buffer, NULL), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamSetLength(reader, 0), 0, PAL_ERROR_DENIED);
    check(DkStreamChangeName(file, scratch("file:", "renamed")), "renamed");
    file = exchange(file);
    DkStreamDelete(file, 0);
    check(failure() == 0, "and deleted");
    DkObjectClose(file);
    DkObjectClose(reader);
}

/* Each of the handles has a position of its own. */
static void test_directory(void)
{
    PAL_HANDLE directory = DkStreamOpen(scratch("dir:", "passed"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    PAL_HANDLE a = DkStreamOpen(scratch("dir:", "passed/a"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    PAL_HANDLE b = DkStreamOpen(scratch("dir:", "passed/b"), PAL_ACCESS_RDONLY, 0700, PAL_CREAT_ALWAYS, 0);
    check(DkStreamRead(directory, 0, 4, g_buffer, NULL, 0) == 3, "one name is read");
    PAL_HANDLE copy = reflect(directory);
    check(DkStreamRead(copy, 1, sizeof(g_buffer), g_buffer, NULL, 0) == 6, "the copy begins at the start");
    check(DkStreamRead(directory, 1, sizeof(g_buffer), g_buffer, NULL, 0) == 3, "the original goes on");
    DkObjectClose(copy);
    DkStreamDelete(a, 0);
    DkStreamDelete(b, 0);
    DkObjectClose(a);
    DkObjectClose(b);
    directory = exchange(directory);
    DkStreamDelete(directory, 0);
    check(failure() == 0, "it is deleted");
    DkObjectClose(directory);
}

static void test_devices(void)
{
    char byte;
    PAL_HANDLE zero = exchange(DkStreamOpen("dev:zero", PAL_ACCESS_RDONLY, 0, 0, 0));
    PAL_HANDLE full = exchange(DkStreamOpen("dev:full", PAL_ACCESS_RDWR, 0, 0, 0));
    PAL_HANDLE tty = exchange(DkStreamOpen("dev:tty", PAL_ACCESS_RDWR, 0, 0, 0));
    check(DkStreamRead(zero, 0, 1, &byte, NULL, 0) == 1 && byte == 0, "dev:zero is read");
    check_failure(DkStreamWrite(zero, 0, 1, &byte, NULL), 0, PAL_ERROR_DENIED);
    check_failure(DkStreamWrite(full, 0, 1, &byte, NULL), 0, PAL_ERROR_NOSPACE);
    static char comment[] = "# written to a dev:tty that has been away\n";
    check(DkStreamWrite(tty, 0, strlen(comment), comment, NULL) == strlen(comment), "dev:tty is written to");
    DkObjectClose(zero);
    DkObjectClose(full);
    DkObjectClose(tty);
}

static void test_pipes(void)
{
    const PAL_NUM id = random_number();
    PAL_HANDLE pipe = exchange(DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0));
    check(passes(pipe, pipe), "what is written to it is read from it");
    DkObjectClose(pipe);
    pipe = exchange(DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_FIFO));
    check_void(DkStreamDelete(pipe, 0), PAL_ERROR_NOTSUPPORT);
    check(passes(pipe, pipe), "so it is with PAL_OPTION_FIFO, which it still has");
    DkObjectClose(pipe);
    PAL_HANDLE server = exchange(DkStreamOpen(text("pipe.srv:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0));
    PAL_HANDLE client = DkStreamOpen(text("pipe:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server);
    client = exchange(client);
    end = exchange(end);
    check(passes(client, end) && passes(end, client), "both ends of a pipe work in both directions");
    DkObjectClose(end);
    failure();
    check(read_byte(client) == -1 && failure() == 0, "and end");
    DkObjectClose(client);
    check_failure(DkStreamOpen(text("pipe.srv:%lu", id), 0, 0, 0, 0), 0, PAL_ERROR_ADDRINUSE);
    DkObjectClose(server);
    check_failure(DkStreamOpen(text("pipe:%lu", id), 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
}

static void test_tcp(void)
{
    PAL_HANDLE server = exchange(DkStreamOpen("tcp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, 0));
    const char *target = text("tcp:%s", name_of(server) + strlen("tcp.srv:"));
    PAL_HANDLE client = exchange(DkStreamOpen(target, PAL_ACCESS_RDWR, 0, 0, 0));
    PAL_HANDLE end = exchange(DkStreamWaitForClient(server));
    check(passes(client, end) && passes(end, client), "both ends of a connection work in both directions");
    DkObjectClose(client);
    failure();
    check(read_byte(end) == -1 && failure() == 0, "and end");
    DkObjectClose(end);
    DkObjectClose(server);
}

static void test_udp(void)
{
    char from[128];
    PAL_HANDLE server = exchange(DkStreamOpen("udp.srv:127.0.0.1:0", PAL_ACCESS_RDWR, 0, 0, 0));
    const char *target = text("udp:%s", name_of(server) + strlen("udp.srv:"));
    PAL_HANDLE fixed = exchange(DkStreamOpen(target, PAL_ACCESS_RDWR, 0, 0, 0));
    PAL_HANDLE free = exchange(DkStreamOpen("udp:", PAL_ACCESS_RDWR, 0, 0, 0));
    check(DkStreamWrite(free, 0, 4, (PAL_PTR)(uintptr_t) "free", target) == 4 &&
              DkStreamRead(server, 0, 10, g_buffer, from, sizeof(from)) == 4 &&
              DkStreamWrite(server, 0, 4, g_buffer, from) == 4 && DkStreamRead(free, 0, 10, g_buffer, NULL, 0) == 4,
          "a datagram and its answer");
    check(DkStreamWrite(fixed, 0, 5, (PAL_PTR)(uintptr_t) "fixed", NULL) == 5, "a client begins");
    PAL_HANDLE client = DkStreamWaitForClient(server);
    check_failure(DkSendHandle(g_mirror, client), PAL_FALSE, PAL_ERROR_BUSY);
    check(DkStreamRead(client, 0, 10, g_buffer, NULL, 0) == 5, "its handle is passed only when that has been read");
    client = exchange(client);
    check(passes(client, fixed) && passes(fixed, client), "then it works");
    DkObjectClose(client);
    DkObjectClose(fixed);
    DkObjectClose(free);
    DkObjectClose(server);
}

static void test_channel(void)
{
    const PAL_NUM page = pal_control_addr()->alloc_align;
    PAL_NUM key = 0, size = page;
    PAL_PTR sent = DkVirtualMemoryAlloc(NULL, page, 0, PAL_PROT_READ | PAL_PROT_WRITE), taken = NULL;
    PAL_FLG prot = PAL_PROT_READ;
    PAL_HANDLE channel = exchange(DkCreatePhysicalMemoryChannel(&key));
    PAL_HANDLE other = exchange(DkStreamOpen(text("gipc:%lu", key), PAL_ACCESS_RDWR, 0, 0, 0));
    memcpy(sent, "moved", 6);
    check(DkPhysicalMemoryCommit(channel, 1, &sent, &size, 0) == 1 &&
              DkPhysicalMemoryMap(other, 1, &taken, &size, &prot) == 1 && memcmp(taken, "moved", 6) == 0,
          "memory goes through a channel whose both ends have been away");
    DkVirtualMemoryFree(taken, page);
    DkVirtualMemoryFree(sent, page);
    DkObjectClose(other);
    DkObjectClose(channel);
}

static void test_options(void)
{
    char byte;
    PAL_HANDLE pipe = exchange(DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK));
    check_failure(DkStreamRead(pipe, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    /* It is the handle's own, not the stream's. */
    PAL_HANDLE copy = reflect(pipe);
    PAL_STREAM_ATTR attr;
    DkStreamAttributesQuerybyHandle(copy, &attr);
    attr.nonblocking = false;
    check(DkStreamAttributesSetbyHandle(copy, &attr), "a copy is made to block");
    check_failure(DkStreamRead(pipe, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    DkObjectClose(copy);
    DkObjectClose(pipe);
}

static void test_many(void)
{
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    unsigned good = 0;
    for (unsigned i = 0; i < MANY; i++) {
        PAL_HANDLE copy = reflect(pipe);
        good += copy && passes(i % 2 ? copy : pipe, i % 2 ? pipe : copy);
        DkObjectClose(pipe);
        pipe = copy;
    }
    check(good == MANY, "a handle is passed %u times", good);
    DkObjectClose(pipe);
}

/***** Used by the other process *****/

static void test_used_by_child(void)
{
    const PAL_NUM id = random_number();
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE client = DkStreamOpen(text("pipe:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE end = DkStreamWaitForClient(server), child = start_role("echo", NULL);
    check(DkSendHandle(child, end), "one end of a pipe is sent to a child");
    DkObjectClose(end);
    check(passes(client, client), "which sends back what comes");
    check_void(DkStreamDelete(client, PAL_DELETE_WR), 0);
    check(read_byte(client) == -1, "until the end");
    check(end_of(child) == 0, "and ends");
    DkObjectClose(client);
    child = start_role("server", NULL);
    check(DkSendHandle(child, server) && read_byte(child) == 'r', "a server is sent to a child");
    DkObjectClose(server);
    client = DkStreamOpen(text("pipe:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    check(client && write_byte(client, 'q') && read_byte(client) == 'a', "which serves although it is closed here");
    check(end_of(child) == 0, "and ends");
    DkObjectClose(client);
    check_failure(DkStreamOpen(text("pipe:%lu", id), 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
}

/***** Pipe servers of other processes *****/

static bool is_served(PAL_NUM id)
{
    PAL_HANDLE client = DkStreamOpen(text("pipe:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    const bool good = client && write_byte(client, 'q') && read_byte(client) == 'a';
    DkObjectClose(client);
    return good;
}

static void test_servers_of_others(void)
{
    const PAL_NUM id = random_number();
    PAL_HANDLE child = start_role("open_server", text("%lu", id));
    check(read_byte(child) == 'r', "a child opens a pipe server");
    check(write_byte(child, 'c') && is_served(id), "which serves this process");
    PAL_HANDLE other = start_role("client", text("%lu", id));
    check(write_byte(child, 'c') && end_of(other) == 0, "and another child");
    other = start_role("grandparent", text("%lu", id));
    check(write_byte(child, 'c') && end_of(other) == 0, "and a grandchild");
    check_failure(DkStreamOpen(text("pipe.srv:%lu", id), 0, 0, 0, 0), 0, PAL_ERROR_ADDRINUSE);
    check(end_of(start_role("open_server", text("%lu", id))) == PAL_ERROR_ADDRINUSE,
          "its number is taken for others, too");
    check(write_byte(child, 'e') && end_of(child) == 0, "the child ends");
    check_failure(DkStreamOpen(text("pipe:%lu", id), 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check(end_of(start_role("client", text("%lu", id))) == PAL_ERROR_STREAMNOTEXIST,
          "there is no such server any more");
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    check(server != NULL, "and the number is free");
    DkObjectClose(server);
}

/* A server that was there before there was a second process. */
static void test_early_server(PAL_HANDLE server, PAL_NUM id)
{
    PAL_HANDLE child = start_role("client", text("%lu", id));
    PAL_HANDLE end = DkStreamWaitForClient(server);
    check(end && read_byte(end) == 'q' && write_byte(end, 'a') && end_of(child) == 0,
          "a server that is older than all children serves them");
    DkObjectClose(end);
    DkObjectClose(server);
    check(end_of(start_role("client", text("%lu", id))) == PAL_ERROR_STREAMNOTEXIST, "until it is closed");
}

/***** Errors *****/

static PAL_HANDLE g_blocked_on;
static int g_code;
static bool g_done;

static void block(void *param)
{
    (void)param;
    regression_thread_init();
    DkReceiveHandle(g_blocked_on);
    g_code = failure();
    __atomic_store_n(&g_done, true, __ATOMIC_RELEASE);
}

static void test_interrupted(void)
{
    g_blocked_on = g_mirror;
    PAL_HANDLE thread = DkThreadCreate(block, NULL, 0);
    /* Once may be too early. */
    while (!__atomic_load_n(&g_done, __ATOMIC_ACQUIRE)) {
        DkThreadDelayExecution(20000);
        DkThreadResume(thread);
    }
    check(g_code == PAL_ERROR_INTERRUPTED, "a thread that waits for a handle is interrupted");
    DkObjectClose(thread);
}

static void test_errors(void)
{
    PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    PAL_HANDLE semaphore = DkSemaphoreCreate(0, 1);
    PAL_STREAM_ATTR attr;
    check_failure(DkSendHandle(g_mirror, event), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkSendHandle(g_mirror, semaphore), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkSendHandle(g_mirror, g_mirror), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkSendHandle(g_mirror, NULL), PAL_FALSE, PAL_ERROR_BADHANDLE);
    check_failure(DkSendHandle(NULL, pipe), PAL_FALSE, PAL_ERROR_BADHANDLE);
    check_failure(DkSendHandle(pipe, pipe), PAL_FALSE, PAL_ERROR_NOTCONNECTION);
    check_failure(DkReceiveHandle(pipe), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkSendHandle(event, pipe), PAL_FALSE, PAL_ERROR_BADHANDLE);
    check_failure(DkReceiveHandle(event), 0, PAL_ERROR_BADHANDLE);
    check_failure(DkReceiveHandle(NULL), 0, PAL_ERROR_BADHANDLE);
    check(DkStreamAttributesQuerybyHandle(g_mirror, &attr), "attributes of a process");
    attr.nonblocking = true;
    check(DkStreamAttributesSetbyHandle(g_mirror, &attr), "of which nonblocking is set");
    check_failure(DkReceiveHandle(g_mirror), 0, PAL_ERROR_TRYAGAIN);
    attr.nonblocking = false;
    check(DkStreamAttributesSetbyHandle(g_mirror, &attr), "and taken back");
    PAL_HANDLE child = start_role("nothing", NULL);
    check(read_byte(child) == -1, "a child ends");
    check_failure(DkReceiveHandle(child), 0, PAL_ERROR_CONNFAILED);
    check_failure(DkSendHandle(child, pipe), PAL_FALSE, PAL_ERROR_CONNFAILED);
    DkObjectClose(child);
    DkObjectClose(semaphore);
    DkObjectClose(event);
    DkObjectClose(pipe);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    const PAL_NUM id = random_number();
    PAL_HANDLE early = DkStreamOpen(text("pipe.srv:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    test_early_server(early, id);
    g_mirror = start_role("mirror", NULL);
    if (!g_mirror)
        bail_out("no process can be made");
    test_file();
    test_directory();
    test_devices();
    test_pipes();
    test_tcp();
    test_udp();
    test_channel();
    test_options();
    test_many();
    test_used_by_child();
    test_servers_of_others();
    test_interrupted();
    test_errors();
    DkObjectClose(g_mirror);
}
