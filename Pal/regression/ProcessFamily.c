/* SPDX-License-Identifier: MIT */
/* What processes of an instance have in common, what they can pass to each other, and what they have not. */
#include "processes.h"

#define BUSY_CHILDREN 100

static PAL_HANDLE parent(void)
{
    return pal_control.parent_process;
}

/***** Roles of children *****/

static int play_exit(char *argument)
{
    return to_number(argument);
}

static int play_idle(char *argument)
{
    (void)argument;
    return read_byte(parent());
}

static int play_control(char *argument)
{
    (void)argument;
    PAL_CONTROL seen = pal_control;
    write_fully(parent(), &seen, sizeof(seen));
    return 0;
}

/* In the middle of nowhere, so that a child's own things are not there. */
static char *place(void)
{
    return (char *)pal_control.user_address.start + ((PAL_NUM)1 << 40);
}

/* Whether memory that the parent had at this address is not here. */
static int play_memory(char *argument)
{
    (void)argument;
    char *address;
    if (read_fully(parent(), &address, sizeof(address)) != sizeof(address))
        return 1;
    failure();
    const bool there = DkVirtualMemoryProtect(address, pal_control.alloc_align, PAL_PROT_READ);
    return there || failure() != PAL_ERROR_NOMEM ? 2 : 0;
}

/* Take a stream from the parent and answer on it; make a pipe server, pass one of its streams back and serve it. */
static int play_handles(char *argument)
{
    PAL_HANDLE pipe = DkReceiveHandle(parent());
    if (!pipe || read_byte(pipe) != 'a' || !write_byte(pipe, 'b'))
        return 1;
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE client = DkStreamOpen(text("pipe:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE served = DkStreamWaitForClient(server);
    if (!served || !DkSendHandle(parent(), client))
        return 2;
    DkObjectClose(client);
    return read_byte(served) == 'c' && write_byte(served, 'd') && read_byte(served) == -1 ? 0 : 3;
}

/* Connect to a pipe server of another process by its number. */
static int play_client(char *argument)
{
    PAL_HANDLE pipe = DkStreamOpen(text("pipe:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    return pipe && write_byte(pipe, 'x') && read_byte(pipe) == 'y' ? 0 : 1;
}

/* Serve a pipe by its number. */
static int play_server(char *argument)
{
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
    if (!server || !write_byte(parent(), 'r'))
        return 1;
    PAL_HANDLE client = DkStreamWaitForClient(server);
    return client && read_byte(client) == 'x' && write_byte(client, 'y') ? 0 : 2;
}

/* Make a child of one generation less and pass its exit code on. */
static int play_generation(char *argument)
{
    const int left = to_number(argument);
    if (left == 0)
        return 77;
    return end_of(start_role("generation", text("%d", left - 1)));
}

/* Whether a place that the parent maps and unmaps all the time is empty here. */
static int play_place(char *argument)
{
    (void)argument;
    failure();
    const bool there = DkVirtualMemoryProtect(place(), pal_control.alloc_align, PAL_PROT_READ);
    return there || failure() != PAL_ERROR_NOMEM ? 1 : 0;
}

static const struct role roles[] = {
    {"exit", play_exit},
    {"idle", play_idle},
    {"control", play_control},
    {"memory", play_memory},
    {"place", play_place},
    {"handles", play_handles},
    {"client", play_client},
    {"server", play_server},
    {"generation", play_generation},
    {NULL, NULL},
};

/***** What children have and have not *****/

static void test_control(void)
{
    PAL_CONTROL seen = {0};
    check(pal_control.parent_process == NULL, "the first process has no parent");
    PAL_HANDLE child = start_role("control", NULL);
    check(read_fully(child, &seen, sizeof(seen)) == sizeof(seen) && end_of(child) == 0, "a child's control block");
    check(seen.parent_process && seen.process_id && seen.process_id != pal_control.process_id,
          "a child has a parent and a number of its own");
    check(seen.user_address.start == pal_control.user_address.start &&
              seen.user_address.end == pal_control.user_address.end,
          "the user's range is the same");
    check(seen.pagesize == pal_control.pagesize && seen.cpu_info.cpu_family == pal_control.cpu_info.cpu_family &&
              seen.cpu_info.cpu_num > 0,
          "so are the facts of the host");
}

static void test_memory(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    char *memory = DkVirtualMemoryAlloc(place(), page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    check(memory == place(), "memory of the parent");
    memory[0] = 'm';
    PAL_HANDLE child = start_role("memory", NULL);
    check(write_fully(child, &memory, sizeof(memory)) && end_of(child) == 0, "is not the child's");
    check(memory[0] == 'm', "and stays the parent's");
    DkVirtualMemoryFree(memory, page);
}

static void map_and_unmap(void *over)
{
    const PAL_NUM page = pal_control.alloc_align;
    regression_thread_init();
    while (!__atomic_load_n((bool *)over, __ATOMIC_SEQ_CST)) {
        DkVirtualMemoryAlloc(place(), page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
        DkVirtualMemoryFree(place(), page);
    }
}

/* What another thread maps while a child is made is not the child's either. */
static void test_busy_memory(void)
{
    static bool over;
    int good = 0;
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)map_and_unmap, &over, 0);
    for (int i = 0; i < BUSY_CHILDREN; i++)
        good += end_of(start_role("place", NULL)) == 0;
    __atomic_store_n(&over, true, __ATOMIC_SEQ_CST);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
    DkObjectClose(thread);
    check(good == BUSY_CHILDREN, "nor is what another thread maps meanwhile: %d of %d children", good, BUSY_CHILDREN);
}

static void test_handles(void)
{
    const char *id = text("%lu", (unsigned long)random_number());
    PAL_HANDLE server = DkStreamOpen("pipe.srv:4711", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE client = DkStreamOpen("pipe:4711", PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE own = DkStreamWaitForClient(server);
    PAL_HANDLE child = start_role("handles", id);
    check(DkSendHandle(child, client) && write_byte(own, 'a') && read_byte(own) == 'b', "a handle passed to a child");
    PAL_HANDLE given = DkReceiveHandle(child);
    check(given && write_byte(given, 'c') && read_byte(given) == 'd', "a handle passed by a child");
    DkObjectClose(given);
    check(end_of(child) == 0, "the end of a stream that was passed");
    DkObjectClose(client);

    /* Nothing is passed that was not sent: a bystander does not keep the client's end alive. */
    client = DkStreamOpen("pipe:4711", PAL_ACCESS_RDWR, 0, 0, 0);
    DkObjectClose(own);
    own = DkStreamWaitForClient(server);
    PAL_HANDLE bystander = start_role("idle", NULL);
    DkObjectClose(client);
    check(read_byte(own) == -1, "a child has no handle that it was not given");
    check(write_byte(bystander, 1) && end_of(bystander) == 1, "a bystander");
    DkObjectClose(own);
    DkObjectClose(server);
}

static void test_names(void)
{
    const char *id = text("%lu", (unsigned long)random_number());
    PAL_HANDLE server = DkStreamOpen(text("pipe.srv:%s", id), PAL_ACCESS_RDWR, 0, 0, 0);
    PAL_HANDLE child = start_role("client", id);
    PAL_HANDLE own = DkStreamWaitForClient(server);
    check(read_byte(own) == 'x' && write_byte(own, 'y') && end_of(child) == 0, "a child connects to its parent's pipe");
    DkObjectClose(own);
    DkObjectClose(server);
    PAL_HANDLE first = start_role("server", id);
    check(read_byte(first) == 'r', "a child serves a pipe");
    PAL_HANDLE second = start_role("client", id);
    check(end_of(first) == 0 && end_of(second) == 0, "its sibling connects to it");
    failure();
    check_failure(DkStreamOpen(text("pipe:%s", id), PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
}

static void create_from_thread(void *code)
{
    regression_thread_init();
    *(int *)code = end_of(start_role("exit", "11"));
}

static void test_origins(void)
{
    int code = -1;
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)create_from_thread, &code, 0);
    DkObjectsWaitAny(1, &thread, NO_TIMEOUT);
    DkObjectClose(thread);
    check(code == 11, "a child made by another thread");
    check(end_of(start_role("generation", "5")) == 77, "a child of a child of a child ...");
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    test_control();
    test_memory();
    test_busy_memory();
    test_handles();
    test_names();
    test_origins();
}
