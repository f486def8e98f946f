/* SPDX-License-Identifier: MIT */
/* The broadcast stream: who hears what is written to it, and who does not. */
#include "processes.h"

#define CHILDREN 5

static PAL_HANDLE stream(void)
{
    return pal_control.broadcast_stream;
}

static PAL_HANDLE parent(void)
{
    return pal_control.parent_process;
}

static bool set_nonblocking(bool nonblocking)
{
    PAL_STREAM_ATTR attr;
    if (!DkStreamAttributesQuerybyHandle(stream(), &attr))
        return false;
    attr.nonblocking = nonblocking;
    return DkStreamAttributesSetbyHandle(stream(), &attr);
}

/* Listen from here on. */
static bool listen(void)
{
    PAL_STREAM_ATTR attr;
    return DkStreamAttributesQuerybyHandle(stream(), &attr);
}

static bool say(const char *message)
{
    const PAL_NUM size = strlen(message);
    return DkStreamWrite(stream(), 0, size, (char *)(uintptr_t)message, NULL) == size;
}

static bool hear(const char *message)
{
    char buffer[64];
    const PAL_NUM size = DkStreamRead(stream(), 0, sizeof(buffer), buffer, NULL, 0);
    return size == strlen(message) && memcmp(buffer, message, size) == 0;
}

/* Whether nothing waits to be read. */
static bool is_silent(void)
{
    char buffer[64];
    if (!set_nonblocking(true))
        return false;
    failure();
    const bool silent =
        DkStreamRead(stream(), 0, sizeof(buffer), buffer, NULL, 0) == 0 && failure() == PAL_ERROR_TRYAGAIN;
    return set_nonblocking(false) && silent;
}

/***** Roles of children: what they do is told by the parent, one step after the other *****/

static int play_listener(char *argument)
{
    if (!listen() || !write_byte(parent(), 'l') || !hear("to all") || !hear("once more"))
        return 1;
    /* A word of one's own is heard by the others only. */
    if (read_byte(parent()) != 's' || !say(argument) || !write_byte(parent(), 'd'))
        return 2;
    for (int i = 0; i < CHILDREN - 1; i++) {
        char word[8];
        if (DkStreamRead(stream(), 0, sizeof(word), word, NULL, 0) != 1 || word[0] == argument[0])
            return 3;
    }
    return is_silent() ? 0 : 4;
}

/* Has a stream, but listens too late. */
static int play_late(char *argument)
{
    (void)argument;
    return read_byte(parent()) == 'l' && is_silent() ? 0 : 1;
}

/* A generation further on. */
static int play_between(char *argument)
{
    (void)argument;
    PAL_HANDLE child = start_role("late", NULL);
    if (!write_byte(child, 'l') || end_of(child) != 0 || !listen() || !say("from between"))
        return 1;
    return hear("to between") ? 0 : 2;
}

/* Leaves the instance: hears the parent no more, and is not heard. */
static int play_hermit(char *argument)
{
    if (!listen() || !DkProcessSandboxCreate(argument, PAL_SANDBOX_PIPE))
        return 1;
    if (!say("nobody hears this") || !write_byte(parent(), 'l') || read_byte(parent()) != 's' || !is_silent())
        return 2;
    PAL_HANDLE child = start_role("follower", NULL);
    const bool heard = read_byte(child) == 'l' && say("to followers");
    return heard && end_of(child) == 0 ? 0 : 3;
}

static int play_follower(char *argument)
{
    (void)argument;
    return listen() && write_byte(parent(), 'l') && hear("to followers") ? 0 : 1;
}

/* Once it has heard something, everybody has been told what was said before. */
static int play_witness(char *argument)
{
    return listen() && write_byte(parent(), 'l') && hear(argument) && hear("that is all") ? 0 : 1;
}

/* Writes more than the others care to read. */
static int play_flood(char *argument)
{
    static char full[PAL_BROADCAST_MAX];
    memset(full, argument[0], sizeof(full));
    for (int i = 0; i < 1000; i++) {
        if (DkStreamWrite(stream(), 0, sizeof(full), full, NULL) != sizeof(full))
            return 1;
    }
    return 0;
}

static const struct role roles[] = {
    {"listener", play_listener}, {"late", play_late},   {"between", play_between}, {"hermit", play_hermit},
    {"follower", play_follower}, {"flood", play_flood}, {"witness", play_witness}, {NULL, NULL},
};

/***** Tests *****/

static void test_alone(void)
{
    static char full[PAL_BROADCAST_MAX + 1];
    char buffer[8];
    PAL_STREAM_ATTR attr;
    PAL_HANDLE handle = stream();
    memset(full, 'f', sizeof(full));
    check(say("into the void"), "a process that is alone can write");
    check(DkStreamAttributesQuerybyHandle(handle, &attr) && attr.type == PAL_TYPE_BROADCAST && !attr.readable &&
              attr.writeable && !attr.nonblocking && attr.size == 0,
          "attributes");
    check_failure(DkObjectsWaitAny(1, &handle, 0), 0, PAL_ERROR_TRYAGAIN);
    check(is_silent(), "nobody hears himself");
    check_failure(DkStreamWrite(handle, 0, sizeof(full), full, NULL), 0, PAL_ERROR_TOOBIG);
    check_failure(DkStreamWrite(handle, 0, 1, full, "udp:127.0.0.1:1"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamGetName(handle, buffer, sizeof(buffer)), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamSetLength(handle, 1), 0, PAL_ERROR_NOTSUPPORT);
    check_void(DkStreamDelete(handle, 0), PAL_ERROR_NOTSUPPORT);
}

static void test_all(void)
{
    PAL_HANDLE children[CHILDREN];
    int listening = 0, done = 0, good = 0;
    for (int i = 0; i < CHILDREN; i++)
        children[i] = start_role("listener", text("%d", i));
    PAL_HANDLE late = start_role("late", NULL);
    for (int i = 0; i < CHILDREN; i++)
        listening += read_byte(children[i]) == 'l';
    check(listening == CHILDREN && say("to all") && say("once more"), "two messages to %d processes", CHILDREN);
    for (int i = 0; i < CHILDREN; i++)
        done += write_byte(children[i], 's') && read_byte(children[i]) == 'd';
    for (int i = 0; i < CHILDREN; i++)
        good += end_of(children[i]) == 0;
    check(done == CHILDREN && good == CHILDREN, "each hears them, and each other, and not itself");
    check(write_byte(late, 'l') && end_of(late) == 0, "what was said before it listened it does not hear");

    PAL_STREAM_ATTR attr;
    PAL_HANDLE handle = stream();
    check(DkObjectsWaitAny(1, &handle, NO_TIMEOUT) == handle, "waiting for messages");
    check(DkStreamAttributesQuerybyHandle(handle, &attr) && attr.readable && attr.size == 1,
          "the size of the first one");
    unsigned heard = 0;
    for (int i = 0; i < CHILDREN; i++) {
        char word[8];
        if (DkStreamRead(handle, 0, sizeof(word), word, NULL, 0) == 1)
            heard |= 1u << (word[0] - '0');
    }
    check(heard == (1u << CHILDREN) - 1 && is_silent(), "a message of each child, and no more");
}

static void test_generations(void)
{
    PAL_HANDLE between = start_role("between", NULL);
    char start[4];
    check(DkStreamRead(stream(), 0, sizeof(start), start, NULL, 0) == sizeof(start) && memcmp(start, "from", 4) == 0,
          "the start of a message of a child");
    check(say("to between") && end_of(between) == 0, "and an answer");
    check(is_silent(), "the rest of the message is lost");
}

/* Copies begin anew; this process still listens. */
static void test_copy(void)
{
    PAL_HANDLE child = DkProcessCreate(NULL, PAL_PROCESS_COPY, NULL);
    if (!child) {
        skip("copies", "this host has none");
        return;
    }
    if (child == pal_control.parent_process) {
        const bool good = say("from the copy") && listen() && say("it listens") && hear("to the copy") && is_silent();
        DkProcessExit(good ? 0 : 1);
    }
    check(hear("from the copy") && hear("it listens") && say("to the copy"), "a copy and its creator hear each other");
    DkObjectsWaitAny(1, &child, NO_TIMEOUT);
    check(end_of(child) == 0, "by streams of their own");
}

static void test_isolation(const char *manifest)
{
    PAL_HANDLE hermit = start_role("hermit", manifest);
    PAL_HANDLE witness = start_role("witness", "to the hermit");
    const bool said =
        read_byte(witness) == 'l' && read_byte(hermit) == 'l' && say("to the hermit") && say("that is all");
    check(said && end_of(witness) == 0 && write_byte(hermit, 's'), "an isolated process");
    check(end_of(hermit) == 0 && is_silent(), "hears its followers' instance only, and is not heard in this one");
}

static void test_flood(void)
{
    static char full[PAL_BROADCAST_MAX];
    check(end_of(start_role("flood", "x")) == 0, "a writer is not held up by who does not read");
    int good = 0, wrong = 0;
    set_nonblocking(true);
    for (PAL_NUM size; (size = DkStreamRead(stream(), 0, sizeof(full), full, NULL, 0)) > 0;) {
        const bool whole = size == sizeof(full) && full[0] == 'x' && full[sizeof(full) - 1] == 'x';
        good += whole;
        wrong += !whole;
    }
    set_nonblocking(false);
    check(good > 0 && wrong == 0, "which misses messages, but no part of one");
}

static void test_close(void)
{
    PAL_HANDLE handle = stream();
    char byte;
    check_void(DkObjectClose(handle), 0);
    check_failure(DkStreamRead(handle, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_BADHANDLE);
    check(end_of(start_role("flood", "y")) == 0, "others go on without it");
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    if (!stream()) {
        skip("the broadcast stream", "this host has none");
        return;
    }
    const char *manifest = text("file:%s/../regression.manifest", environment("REGRESSION_DIR"));
    test_alone();
    test_all();
    test_generations();
    test_copy();
    test_isolation(manifest);
    test_flood();
    test_close();
}
