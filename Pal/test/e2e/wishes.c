/* SPDX-License-Identifier: MIT */
/* Guest: `wishes MODE` waits for what other programs ask of it, watching for that or not, until a line comes. */
#include "guest.h"
#include "pal_string.h"

#define LIMIT_US 600000 /* of a wait that nothing ends */

static PAL_NUM g_failure;
static unsigned g_told;

static void on_failure(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)context;
    g_failure = arg;
}

static void on_wish(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)arg, (void)context;
    g_told++;
}

static void handle_all(PAL_EVENT_HANDLER handler)
{
    static const PAL_NUM events[] = {PAL_EVENT_QUIT, PAL_EVENT_SUSPEND, PAL_EVENT_RESUME};
    for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        DkSetExceptionHandler(handler, events[i], 0);
}

static void tell(const char *what, PAL_NUM result)
{
    say("%s %lu, failure %lu, told %u\n", what, result, g_failure, g_told);
    g_failure = g_told = 0;
}

static PAL_HANDLE g_input;

static void read_line(void)
{
    char line[16];
    tell("read", DkStreamRead(g_input, 0, sizeof(line), line, NULL, 0));
}

/* All ways to wait, for less long than somebody sends signals. */
static int wait_each_way(void)
{
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    tell("event", DkObjectsWaitAny(1, &event, LIMIT_US) != NULL);
    tell("input", DkObjectsWaitAny(1, &g_input, LIMIT_US) != NULL);
    tell("slept", DkThreadDelayExecution(LIMIT_US) >= LIMIT_US);
    read_line();
    return 0;
}

/* Compute, without a call that a signal could meet. */
static int compute(void)
{
    for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
        ;
    return 0;
}

static int watch_and_forget(void)
{
    handle_all(on_wish);
    read_line();
    handle_all(NULL);
    say("forgotten\n");
    read_line();
    return 0;
}

/* A child of one that watches is a program of its own. */
static int make_child(void)
{
    PAL_STR args[] = {"wishes", "child", NULL};
    PAL_STREAM_ATTR attr = {0};
    PAL_NUM id = 0;
    handle_all(on_wish);
    PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
    if (!child || !DkStreamRead(child, 0, sizeof(id), &id, NULL, 0))
        return 1;
    say("%lu\n", id);
    while (!DkObjectsWaitAny(1, &child, NO_TIMEOUT))
        ;
    if (DkStreamAttributesQuerybyHandle(child, &attr) && attr.disconnected)
        tell("ended with", attr.size);
    return 0;
}

static int be_child(void)
{
    PAL_NUM id = pal_control.process_id;
    DkStreamWrite(pal_control.parent_process, 0, sizeof(id), &id, NULL);
    read_line();
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0);
    g_input = DkStreamOpen("dev:stdin", PAL_ACCESS_RDONLY, 0, 0, 0);
    if (streq(mode, "parent"))
        return make_child();
    if (streq(mode, "child"))
        return be_child();
    say("ready\n");
    if (streq(mode, "wait"))
        return wait_each_way();
    if (streq(mode, "compute"))
        return compute();
    if (streq(mode, "forget"))
        return watch_and_forget();
    read_line();
    return 0;
}
