/* SPDX-License-Identifier: MIT */
/* Processes that confine themselves and their children further: what they can do becomes less, and never more. */
#include "processes.h"

/* Whether a file can be opened; forgets why not. */
static bool can_open(const char *name)
{
    PAL_HANDLE file = DkStreamOpen(scratch("file:", name), PAL_ACCESS_RDONLY, 0, 0, 0);
    if (file)
        DkObjectClose(file);
    else
        failure();
    return file;
}

/* As exit code: whether the files outside and inside can be opened. */
static int reach(void)
{
    return (can_open("outside") ? 1 : 0) | (can_open("inside/file") ? 2 : 0);
}

static bool confine(const char *manifest, PAL_FLG flags)
{
    return DkProcessSandboxCreate(scratch("file:", manifest), flags);
}

/***** Roles of children *****/

static int play_reach(char *argument)
{
    (void)argument;
    return reach();
}

/* What the host cannot do. */
#define CANNOT 50

/* Give up what is outside, and tell what is left. */
static int play_tighten(char *argument)
{
    (void)argument;
    failure();
    if (reach() != 3)
        return 10;
    if (!confine("narrow", 0))
        return failure() == PAL_ERROR_NOTSUPPORT ? CANNOT : 11;
    return reach();
}

static int play_tighten_child(char *argument)
{
    const int own = play_tighten(argument);
    const int childs = end_of(start_role("reach", NULL));
    return own == childs ? own : 12;
}

/* Give up what is outside, then ask for it again. */
static int play_loosen(char *argument)
{
    const int before = play_tighten(argument);
    if (before == CANNOT)
        return CANNOT;
    confine("inside/wide", 0);
    failure();
    return reach();
}

/* Give up what is inside as well. */
static int play_both(char *argument)
{
    const int before = play_tighten(argument);
    if (before == CANNOT)
        return CANNOT;
    return confine("inside/other", 0) ? reach() : 13;
}

/* Have pipes of one's own: one's child reaches a server that one's parent does not. */
static int play_isolate(char *argument)
{
    failure();
    if (!confine("inside/wide", PAL_SANDBOX_PIPE))
        return failure() == PAL_ERROR_NOTSUPPORT ? CANNOT : 10;
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    if (!server || !write_byte(pal_control.parent_process, 's') || read_byte(pal_control.parent_process) != 'g')
        return 11;
    PAL_HANDLE child = start_role("client", argument);
    PAL_HANDLE client = DkStreamWaitForClient(server);
    return read_byte(client) == 'x' && end_of(child) == 0 ? 0 : 12;
}

static int play_client(char *argument)
{
    PAL_HANDLE pipe = DkStreamOpen(text("pipe:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    return pipe && write_byte(pipe, 'x') ? 0 : 1;
}

static const struct role roles[] = {
    {"reach", play_reach},
    {"tighten", play_tighten},
    {"tighten-child", play_tighten_child},
    {"loosen", play_loosen},
    {"both", play_both},
    {"isolate", play_isolate},
    {"client", play_client},
    {NULL, NULL},
};

/***** Tests *****/

/* A child ends with this code, or the host cannot confine it. */
static void expect(PAL_HANDLE child, int code, const char *name)
{
    const int got = end_of(child);
    if (got == CANNOT)
        skip(name, "this host cannot confine files");
    else
        check(got == code, "%s (%d)", name, got);
}

static void prepare(void)
{
    const PAL_FLG owner = PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W | PAL_SHARE_OWNER_X;
    static const char *const directories[] = {"inside", "elsewhere"};
    for (int i = 0; i < 2; i++)
        DkObjectClose(DkStreamOpen(scratch("dir:", directories[i]), PAL_ACCESS_RDONLY, owner, PAL_CREAT_TRY, 0));
    const bool files = write_file(scratch("file:", "outside"), "o") && write_file(scratch("file:", "inside/file"), "i");
    const bool manifests =
        write_file(scratch("file:", "narrow"), text("fs.root.uri = %s\n", scratch("file:", "inside"))) &&
        write_file(scratch("file:", "inside/other"), text("fs.root.uri = %s\n", scratch("file:", "elsewhere"))) &&
        write_file(scratch("file:", "inside/wide"), text("fs.root.uri = %s\n", scratch("file:", "."))) &&
        write_file(scratch("file:", "garbage"), "no manifest\n");
    check(files && manifests, "files and manifests");
}

static void test_errors(void)
{
    failure();
    check_failure(DkProcessSandboxCreate(NULL, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkProcessSandboxCreate((PAL_STR)16, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkProcessSandboxCreate("nothing", 0), 0, PAL_ERROR_INVAL);
    check_failure(DkProcessSandboxCreate("dir:.", 0), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(confine("narrow", 2), 0, PAL_ERROR_INVAL);
    check_failure(confine("absent", 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(confine("garbage", 0), 0, PAL_ERROR_INVAL);
    check_failure(confine("inside", 0), 0, PAL_ERROR_INVAL);
    check_failure(confine("outside/absent", 0), 0, PAL_ERROR_STREAMISFILE);
    if (make_fifo("fifo"))
        check_failure(confine("fifo", 0), 0, PAL_ERROR_INVAL);
    check(reach() == 3, "what has failed has changed nothing");
}

static void test_isolation(void)
{
    const char *id = text("%lu", (unsigned long)random_number());
    PAL_HANDLE child = start_role("isolate", id);
    if (read_byte(child) == 's') {
        failure();
        check_failure(DkStreamOpen(text("pipe:%s", id), PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
        write_byte(child, 'g');
    }
    expect(child, 0, "pipes of a child are its own and its children's");
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    prepare();
    test_errors();
    expect(start_role("reach", NULL), 3, "a child reaches what its parent reaches");
    expect(start_role("tighten", NULL), 2, "less after it has confined itself");
    expect(start_role("tighten-child", NULL), 2, "and so does its own child");
    expect(start_role("loosen", NULL), 2, "what was given up does not come back");
    expect(start_role("both", NULL), 0, "what one manifest denies, another does not grant");
    check(reach() == 3, "the parent is not affected");
    test_isolation();
}
