/* SPDX-License-Identifier: MIT */
/* Processes: what they are given, both directions of their streams, how they end, and every documented error. */
#include "processes.h"

#define LONG_ARGUMENT 100000
#define BULK          ((size_t)1 << 20)

static PAL_HANDLE parent(void)
{
    return pal_control.parent_process;
}

/***** Roles of children *****/

/* A child without a role tells what it got: the count, then each argument with its NUL. */
static void tell_arguments(int argc, char **argv)
{
    write_fully(parent(), &argc, sizeof(argc));
    for (int i = 0; i < argc; i++)
        write_fully(parent(), argv[i], strlen(argv[i]) + 1);
    DkProcessExit(argv[argc] ? 1 : 0);
}

static int play_exit(char *argument)
{
    return to_number(argument);
}

static int play_fault(char *argument)
{
    (void)argument;
    int *volatile nowhere = (int *)8;
    *nowhere = 1;
    return 0;
}

/* Send back all that comes, changed a little. */
static int play_echo(char *argument)
{
    (void)argument;
    static char buffer[4096];
    size_t got;
    while ((got = DkStreamRead(parent(), 0, sizeof(buffer), buffer, NULL, 0)) > 0) {
        for (size_t i = 0; i < got; i++)
            buffer[i] = (char)(buffer[i] ^ 1);
        write_fully(parent(), buffer, got);
    }
    return failure();
}

static int play_idle(char *argument)
{
    (void)argument;
    return read_byte(parent());
}

/* Read a bit, and end with the rest unread. */
static int play_careless(char *argument)
{
    (void)argument;
    return read_byte(parent()) == 'u' && write_byte(parent(), 'v') ? 9 : 1;
}

/* Give the parent up, and end when somebody connects. */
static int play_orphan(char *argument)
{
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    if (!server || !write_byte(parent(), 'r'))
        return 1;
    DkObjectClose(parent());
    PAL_HANDLE client = DkStreamWaitForClient(server);
    if (!client)
        return 2;
    write_byte(client, 'o');
    return 5;
}

static void leave(void *unused)
{
    (void)unused;
    regression_thread_init();
    DkThreadExit();
}

static int play_threads(char *argument)
{
    (void)argument;
    for (int i = 0; i < 3; i++)
        DkThreadCreate(leave, NULL, 0);
    DkThreadExit();
    return 1;
}

/* End while another thread sleeps and a third is busy. */
static void sleep_long(void *unused)
{
    (void)unused;
    regression_thread_init();
    DkThreadDelayExecution(1000000000);
}

static void be_busy(void *unused)
{
    (void)unused;
    regression_thread_init();
    for (volatile unsigned long i = 0;; i++)
        ;
}

static int play_exit_all(char *argument)
{
    (void)argument;
    DkThreadCreate(sleep_long, NULL, 0);
    DkThreadCreate(be_busy, NULL, 0);
    DkThreadDelayExecution(1000);
    return 6;
}

static const struct role roles[] = {
    {"exit", play_exit},       {"fault", play_fault},       {"echo", play_echo},
    {"idle", play_idle},       {"careless", play_careless}, {"orphan", play_orphan},
    {"threads", play_threads}, {"exit-all", play_exit_all}, {NULL, NULL},
};

/***** Arguments *****/

/* Make a child that tells its arguments, and compare them. */
static bool tells(PAL_STR *args, int count)
{
    static char got[LONG_ARGUMENT + 1000];
    int argc = -1;
    PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
    if (!child || read_fully(child, &argc, sizeof(argc)) != sizeof(argc) || argc != count)
        return false;
    for (int i = 0; i < count; i++) {
        const size_t size = strlen(args[i]) + 1;
        if (size > sizeof(got) || read_fully(child, got, size) != size || memcmp(got, args[i], size) != 0)
            return false;
    }
    return end_of(child) == 0;
}

static void test_arguments(void)
{
    static char long_argument[LONG_ARGUMENT + 1];
    static char too_long[(2 << 20) + 1];
    memset(long_argument, 'l', LONG_ARGUMENT);
    memset(too_long, 'l', sizeof(too_long) - 1);
    PAL_STR none[] = {NULL}, one[] = {"alone", NULL}, empty[] = {"", NULL};
    PAL_STR large[] = {"large", NULL, NULL};
    check(tells(NULL, 0), "no arguments: argc is 0");
    check(tells(none, 0), "an empty list of arguments: argc is 0");
    check(tells(one, 1), "a name alone");
    check(tells(empty, 1), "an empty name");
    large[0] = long_argument;
    check(tells(large, 1), "an argument of %d bytes", LONG_ARGUMENT);
    failure();
    large[0] = too_long;
    check_failure(DkProcessCreate(NULL, 0, large), 0, PAL_ERROR_TOOBIG);
    check_failure(DkProcessCreate(NULL, 0, (PAL_STR *)16), 0, PAL_ERROR_BADADDR);
    large[0] = (PAL_STR)16;
    check_failure(DkProcessCreate(NULL, 0, large), 0, PAL_ERROR_BADADDR);
}

/***** What is run *****/

static void test_files(void)
{
    PAL_STR exit_7[] = {"child", "exit", "7", NULL};
    failure();
    check(end_of(DkProcessCreate(NULL, 0, exit_7)) == 7, "the same program");
    check(end_of(DkProcessCreate(pal_control.executable, 0, exit_7)) == 7, "an executable");
    const char *manifest = scratch("file:", "child.manifest");
    check(write_file(manifest, text("loader.exec = %s\n", pal_control.executable)) &&
              end_of(DkProcessCreate(manifest, 0, exit_7)) == 7,
          "a manifest");
    check(failure() == 0, "no failure");
    const char *garbage = scratch("file:", "garbage");
    check(write_file(garbage, "neither this nor that\n"), "a file of garbage");
    check_failure(DkProcessCreate(garbage, 0, NULL), 0, PAL_ERROR_NOEXEC);
    const char *broken = scratch("file:", "broken");
    check(write_file(broken, "\177ELF, it says"), "a broken executable");
    check_failure(DkProcessCreate(broken, 0, NULL), 0, PAL_ERROR_NOEXEC);
    check_failure(DkProcessCreate(scratch("file:", "absent"), 0, NULL), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkProcessCreate(scratch("file:", "."), 0, NULL), 0, PAL_ERROR_NOEXEC);
    if (make_fifo("fifo"))
        check_failure(DkProcessCreate(scratch("file:", "fifo"), 0, NULL), 0, PAL_ERROR_NOEXEC);
    check_failure(DkProcessCreate("dir:.", 0, NULL), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkProcessCreate("pipe:", 0, NULL), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkProcessCreate("nothing", 0, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkProcessCreate("", 0, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkProcessCreate((PAL_STR)16, 0, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkProcessCreate(NULL, 4, NULL), 0, PAL_ERROR_INVAL);
}

/***** Streams *****/

static void feed(void *process)
{
    regression_thread_init();
    static char block[BULK];
    for (size_t i = 0; i < BULK; i++)
        block[i] = (char)(i * 31 >> 3);
    write_fully(process, block, BULK);
    DkStreamDelete(process, PAL_DELETE_WR);
}

static void test_stream(void)
{
    static char back[BULK];
    PAL_HANDLE child = start_role("echo", NULL);
    PAL_HANDLE feeder = DkThreadCreate((PAL_PTR)feed, child, 0);
    const size_t got = read_fully(child, back, BULK);
    bool same = got == BULK;
    for (size_t i = 0; same && i < BULK; i++)
        same = back[i] == (char)((char)(i * 31 >> 3) ^ 1);
    check(same, "both directions of the stream, %lu bytes", (unsigned long)got);
    DkObjectsWaitAny(1, &feeder, NO_TIMEOUT);
    DkObjectClose(feeder);
    check(end_of(child) == 0, "a shut down stream ends for the child");

    child = start_role("idle", NULL);
    PAL_STREAM_ATTR attr;
    char byte;
    check(DkStreamAttributesQuerybyHandle(child, &attr) && attr.type == PAL_TYPE_PROCESS && !attr.disconnected &&
              !attr.readable && attr.writeable && !attr.nonblocking && attr.size == 0,
          "attributes of a running child");
    attr.nonblocking = PAL_TRUE;
    check(DkStreamAttributesSetbyHandle(child, &attr) && DkStreamAttributesQuerybyHandle(child, &attr) &&
              attr.nonblocking,
          "a stream that does not block");
    failure();
    check_failure(DkStreamRead(child, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkObjectsWaitAny(1, &child, 1000), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkStreamGetName(child, &byte, 1), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamMap(child, NULL, PAL_PROT_READ, 0, pal_control.alloc_align), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamFlush(child), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWaitForClient(child), 0, PAL_ERROR_NOTSERVER);
    attr.nonblocking = PAL_FALSE;
    check(DkStreamAttributesSetbyHandle(child, &attr) && write_byte(child, 33) && end_of(child) == 33,
          "and blocks again");
}

/***** Ends *****/

static void test_ends(void)
{
    static const int codes[] = {0, 1, 42, 255};
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        check(end_of(start_role("exit", text("%d", codes[i]))) == codes[i], "exit code %d", codes[i]);
    check(end_of(start_role("exit", "300")) == (300 & 255), "the low 8 bits of an exit code");
    check(end_of(start_role("fault", NULL)) == 128 + 11, "exit code after a fault that nobody handles");
    check(end_of(start_role("threads", NULL)) == 0, "the end of all threads is the end, with code 0");
    check(end_of(start_role("exit-all", NULL)) == 6, "the exit of a process ends threads that sleep or work");

    PAL_HANDLE child = start_role("exit", "3");
    check(DkObjectsWaitAny(1, &child, NO_TIMEOUT) == child, "the end of a child is waited for");
    PAL_STREAM_ATTR attr = {0};
    char byte;
    check(DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected && attr.size == 3 && attr.readable,
          "attributes of a child that has ended");
    check(DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected && attr.size == 3, "and once more");
    failure();
    check(DkStreamRead(child, 0, 1, &byte, NULL, 0) == 0 && failure() == 0, "its stream has ended");
    check_failure(DkStreamWrite(child, 0, 1, &byte, NULL), 0, PAL_ERROR_CONNFAILED);
    check_failure(DkReceiveHandle(child), 0, PAL_ERROR_CONNFAILED);
    check_failure(DkSendHandle(child, child), 0, PAL_ERROR_NOTSUPPORT);
    DkObjectClose(child);
    check_void(DkObjectClose(child), PAL_ERROR_BADHANDLE);
    check_failure(DkStreamAttributesQuerybyHandle(child, &attr), 0, PAL_ERROR_BADHANDLE);

    child = start_role("careless", NULL);
    check(write_fully(child, "unread", 6) && read_byte(child) == 'v' && read_byte(child) == -1 && end_of(child) == 9,
          "a child that has ended with bytes unread");
}

static void test_orphan(void)
{
    const char *id = text("%lu", (unsigned long)random_number());
    PAL_HANDLE child = start_role("orphan", id);
    PAL_STREAM_ATTR attr;
    check(read_byte(child) == 'r' && read_byte(child) == -1, "a child closes its end of the stream");
    check(DkStreamAttributesQuerybyHandle(child, &attr) && !attr.disconnected, "and lives on");
    PAL_HANDLE pipe = DkStreamOpen(text("pipe:%s", id), PAL_ACCESS_RDWR, 0, 0, 0);
    check(read_byte(pipe) == 'o' && read_byte(pipe) == -1 && end_of(child) == 5, "until its end");
    DkObjectClose(pipe);

    child = start_role("orphan", id);
    check(read_byte(child) == 'r', "a child");
    DkObjectClose(child);
    pipe = DkStreamOpen(text("pipe:%s", id), PAL_ACCESS_RDWR, 0, 0, 0);
    check(read_byte(pipe) == 'o', "outlives its handle");
    DkObjectClose(pipe);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    if (parent() && argc < 2)
        tell_arguments(argc, argv);
    play_role(roles, argc, argv);
    test_arguments();
    test_files();
    test_stream();
    test_ends();
    test_orphan();
}
