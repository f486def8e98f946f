/* SPDX-License-Identifier: MIT */
/* The walk: once while something may fail, and once more, when all has to work again and nothing may have been lost. */
#include "walk.h"
#include "format.h"
#include "pal_string.h"

/* How long to wait for what should come: not at all long when something may have failed on the way. */
#define READY_US (g_strict ? 5000000 : 20000)

static bool g_strict; /* nothing is made to fail any more */
static unsigned g_wrong;

static void on_failure(PAL_PTR event, PAL_NUM arg, PAL_CONTEXT *context)
{
    (void)event, (void)arg, (void)context;
}

bool expect_at(bool condition, const char *file, int line)
{
    if (g_strict && !condition) {
        g_wrong++;
        say("%s:%d: does not work any more\n", file, line);
    }
    return condition;
}

bool is_ready(PAL_HANDLE handle)
{
    return handle && DkObjectsWaitAny(1, &handle, READY_US) == handle;
}

void drop(PAL_HANDLE handle)
{
    if (handle)
        DkObjectClose(handle);
}

void pass_byte(PAL_HANDLE from, PAL_HANDLE to)
{
    char byte = 'b', got = 0;
    const bool sent = from && DkStreamWrite(from, 0, 1, &byte, NULL) == 1;
    expect(sent && is_ready(to) && DkStreamRead(to, 0, 1, &got, NULL, 0) == 1 && got == byte);
}

/* Descriptors of this process: those of streams. How many threads have a pipe to sleep by is a matter of moments. */
static unsigned count_descriptors(void)
{
    static const char by_pipe[] = "pipe:";
    char uri[32], target[64];
    unsigned count = 0;
    for (unsigned i = 0; i < 64; i++) {
        format_string(uri, sizeof(uri), "link:/proc/self/fd/%u", i);
        PAL_HANDLE link = DkStreamOpen(uri, PAL_ACCESS_RDONLY, 0, 0, 0);
        const PAL_NUM len = DkStreamRead(link, PAL_LINK_TARGET, sizeof(target), target, NULL, 0);
        count += len > 0 && (len < sizeof(by_pipe) - 1 || memcmp(target, by_pipe, sizeof(by_pipe) - 1) != 0);
        drop(link);
    }
    return count;
}

static void walk(void)
{
    walk_memory();
    walk_files();
    walk_streams();
    walk_sockets();
    walk_threads();
    walk_processes();
    walk_channels();
}

int main(int argc, char **argv)
{
    DkSetExceptionHandler(on_failure, PAL_EVENT_FAILURE, 0);
    if (pal_control.parent_process)
        return play(argc > 1 ? argv[1] : "");
    walk();
    say("again\n");
    g_strict = true;
    walk();
    /* What has been lost shows in the second walk as well as in the first. */
    say("descriptors %u\n", count_descriptors());
    return g_wrong > 0 ? 1 : 0;
}
