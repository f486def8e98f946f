/* SPDX-License-Identifier: MIT */
/* A guest that makes processes and waits, so that others can look at them. Knows no test. */
#include "guest.h"
#include "pal_string.h"

#define CHILDREN 5

static PAL_HANDLE make_child(const char *role)
{
    PAL_STR args[] = {"process", role, NULL};
    PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
    if (!child)
        DkProcessExit(98);
    return child;
}

static PAL_NUM id_of(PAL_HANDLE child)
{
    PAL_NUM id = 0;
    DkStreamRead(child, 0, sizeof(id), &id, NULL, 0);
    return id;
}

/* Until somebody writes a line. */
static void wait_for_input(void)
{
    char line[16];
    PAL_HANDLE input = DkStreamOpen("dev:tty", PAL_ACCESS_RDONLY, 0, 0, 0);
    DkStreamRead(input, 0, sizeof(line), line, NULL, 0);
}

/* In a child: tell the number, live until the parent closes its handle. */
static int stay(void)
{
    PAL_NUM id = pal_control.process_id;
    char byte;
    DkStreamWrite(pal_control.parent_process, 0, sizeof(id), &id, NULL);
    DkStreamRead(pal_control.parent_process, 0, 1, &byte, NULL, 0);
    return 0;
}

/* Tell how a child ends that somebody else kills. */
static int watch(void)
{
    PAL_HANDLE child = make_child("stay");
    PAL_STREAM_ATTR attr;
    say("%lu\n", id_of(child));
    DkObjectsWaitAny(1, &child, NO_TIMEOUT);
    if (DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected)
        say("ended with %lu\n", attr.size);
    return 0;
}

/* Have all sorts of streams open, and a child. */
static int hold(void)
{
    DkStreamOpen("file:held", PAL_ACCESS_RDWR, PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W, PAL_CREAT_TRY, 0);
    DkStreamOpen("dir:.", PAL_ACCESS_RDONLY, 0, 0, 0);
    DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    DkStreamOpen("pipe.srv:1", PAL_ACCESS_RDWR, 0, 0, 0);
    DkStreamOpen("dev:random", PAL_ACCESS_RDONLY, 0, 0, 0);
    make_child("stay");
    say("%lu\n", id_of(make_child("stay")));
    wait_for_input();
    return 0;
}

/* Close the handles of children that have ended, and of children that will. */
static int forget(void)
{
    PAL_HANDLE children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++)
        id_of(children[i] = make_child("stay"));
    for (int i = 0; i < CHILDREN; i++)
        DkObjectClose(children[i]);
    for (int i = 0; i < CHILDREN; i++)
        DkObjectClose(make_child("leave"));
    say("ready\n");
    wait_for_input();
    return 0;
}

/* End at once, with children that stay. */
static int abandon(void)
{
    for (int i = 0; i < CHILDREN; i++)
        id_of(make_child("stay"));
    return 0;
}

static PAL_NUM g_failure;

static void on_failure(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)context;
    g_failure = arg;
}

/* Open and close streams until the process ends. */
static void open_and_close(void *argument)
{
    (void)argument;
    for (;;) {
        PAL_HANDLE pipe = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
        DkObjectClose(DkStreamOpen("file:held", PAL_ACCESS_RDONLY, 0, 0, 0));
        DkObjectClose(pipe);
    }
}

/* Have children while many streams are open, and others are being opened. */
static int crowd(void)
{
    static PAL_HANDLE files[150], children[CHILDREN];
    files[0] = DkStreamOpen("file:held", PAL_ACCESS_RDWR, PAL_SHARE_OWNER_R, PAL_CREAT_TRY, 0);
    for (unsigned i = 1; i < sizeof(files) / sizeof(files[0]); i++)
        files[i] = DkStreamOpen("file:held", PAL_ACCESS_RDONLY, 0, 0, 0);
    for (unsigned i = 20; i < 100; i++)
        DkObjectClose(files[i]);
    if (!DkThreadCreate(open_and_close, NULL, 0) || !DkThreadCreate(open_and_close, NULL, 0))
        return 97;
    for (unsigned i = 0; i < CHILDREN; i++)
        children[i] = make_child("stay");
    PAL_NUM ids[CHILDREN];
    for (unsigned i = 0; i < CHILDREN; i++)
        ids[i] = id_of(children[i]);
    say("%lu %lu %lu %lu %lu\n", ids[0], ids[1], ids[2], ids[3], ids[4]);
    wait_for_input();
    return 0;
}

/* Make a child, and once more if that fails. */
static int retry(void)
{
    PAL_STR args[] = {"process", "leave", NULL};
    DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0);
    PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
    if (!child)
        say("failure %lu\n", g_failure);
    for (int i = 0; !child && i < 2; i++)
        child = DkProcessCreate(NULL, 0, args);
    say("%s\n", child ? "made" : "not made");
    PAL_STREAM_ATTR attr = {0};
    DkObjectsWaitAny(1, &child, NO_TIMEOUT);
    return DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected ? (int)attr.size : 97;
}

/* Run another program, by its manifest, to its end. */
static int run(const char *uri)
{
    PAL_STR args[] = {"program", "of a library OS", NULL};
    PAL_HANDLE child = DkProcessCreate(uri, 0, args);
    PAL_STREAM_ATTR attr = {0};
    DkObjectsWaitAny(1, &child, NO_TIMEOUT);
    return DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected ? (int)attr.size : 97;
}

int main(int argc, char **argv);
int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } modes[] = {{"stay", stay},       {"watch", watch}, {"hold", hold},  {"forget", forget},
                 {"abandon", abandon}, {"retry", retry}, {"crowd", crowd}};
    for (unsigned i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(modes[i].name, argv[1]) == 0)
            return modes[i].run();
    }
    if (argc > 2 && strcmp(argv[1], "run") == 0)
        return run(argv[2]);
    return 0;
}
