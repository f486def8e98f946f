/* SPDX-License-Identifier: MIT */
/* Guest: `standard` says what the standard descriptors are; `standard echo` turns the terminal's echo off, `standard child`
 * has a child do that, and `standard read` reads a line in two pieces. */
#include "guest.h"
#include "pal_string.h"

#define ECHO 010

static void describe(const char *name)
{
    PAL_STREAM_ATTR attr;
    if (DkStreamAttributesQuery(name, &attr))
        say("%s kind %u size %lu\n", name, PAL_MODE_KIND(attr.mode), attr.size);
}

static int echo_off(void)
{
    struct pal_terminal state;
    PAL_HANDLE terminal = DkStreamOpen("dev:stdin.terminal", PAL_ACCESS_RDWR, 0, 0, 0);
    if (DkStreamRead(terminal, 0, sizeof(state), &state, NULL, 0) != sizeof(state))
        return 1;
    state.local &= ~(PAL_FLG)ECHO;
    return DkStreamWrite(terminal, PAL_TERMINAL_NOW, sizeof(state), &state, NULL) == 0;
}

static int echo_off_in_child(void)
{
    PAL_STR args[] = {"standard", "echo", NULL};
    PAL_STREAM_ATTR attr = {0};
    struct pal_terminal state = {.local = ECHO};
    PAL_HANDLE terminal = DkStreamOpen("dev:stdin.terminal", PAL_ACCESS_RDONLY, 0, 0, 0);
    PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
    if (!child || DkObjectsWaitAny(1, &child, 10000000) != child || !DkStreamAttributesQuerybyHandle(child, &attr))
        return 1;
    (void)DkStreamRead(terminal, 0, sizeof(state), &state, NULL, 0);
    say("child %lu echo %u\n", attr.size, state.local & ECHO);
    return 0;
}

static int read_twice(void)
{
    char first[2], rest[64];
    PAL_HANDLE input = DkStreamOpen("dev:stdin", PAL_ACCESS_RDONLY, 0, 0, 0);
    const PAL_NUM begin = DkStreamRead(input, 0, sizeof(first), first, NULL, 0);
    const PAL_NUM end = DkStreamRead(input, 0, sizeof(rest), rest, NULL, 0);
    say("%.*s,%.*s\n", (int)begin, first, (int)end, rest);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && streq(argv[1], "echo"))
        return echo_off();
    if (argc > 1 && streq(argv[1], "child"))
        return echo_off_in_child();
    if (argc > 1 && streq(argv[1], "read"))
        return read_twice();
    describe("dev:stdin");
    describe("dev:stdout");
    describe("dev:stderr");
    return 0;
}
