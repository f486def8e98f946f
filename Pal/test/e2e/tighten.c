/* SPDX-License-Identifier: MIT */
/* A program that takes steps and prints what came of each: `open URI`, `confine URI` (DkProcessSandboxCreate), `child
 * STEP...` (the other steps in a child process) and `thread` (another thread from now on). Knows no policy. */
#include "guest.h"
#include "pal_string.h"

enum { CHILD_ARGUMENTS = 16 };

static PAL_NUM g_failure;

static void on_failure(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)context;
    g_failure = arg;
}

static void wait_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        DkThreadDelayExecution(1000000);
}

static void tell(const char *step, const char *uri, bool good)
{
    if (good)
        say("%s %s: yes\n", step, uri);
    else
        say("%s %s: %lu\n", step, uri, g_failure);
}

/* Have a child take the steps, and wait until it has. */
static void make_child(char **steps)
{
    PAL_STR arguments[CHILD_ARGUMENTS] = {"child"};
    for (int i = 1; i < CHILD_ARGUMENTS - 1 && steps[i - 1]; i++)
        arguments[i] = steps[i - 1];
    PAL_HANDLE child = DkProcessCreate(NULL, 0, arguments);
    tell("child", "", child);
    if (child)
        DkObjectsWaitAny(1, &child, NO_TIMEOUT);
}

int main(int argc, char **argv);
int main(int argc, char **argv)
{
    DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0);
    for (int i = 1; i < argc; i++) {
        if (streq(argv[i], "thread")) {
            DkThreadCreate((PAL_PTR)wait_for_ever, NULL, 0);
        } else if (streq(argv[i], "child")) {
            make_child(argv + i + 1);
            break;
        } else if (i + 1 < argc && streq(argv[i], "open")) {
            i++;
            PAL_HANDLE handle = DkStreamOpen(argv[i], PAL_ACCESS_RDONLY, 0, 0, 0);
            tell("open", argv[i], handle);
            if (handle)
                DkObjectClose(handle);
        } else if (i + 1 < argc && streq(argv[i], "confine")) {
            i++;
            tell("confine", argv[i], DkProcessSandboxCreate(argv[i], 0));
        } else {
            return 99;
        }
    }
    return 0;
}
