/* SPDX-License-Identifier: MIT */
/* mem: files without a name: they are read, written, grown, mapped and passed to other processes, where they stay the
 * same; and every documented error. */
#include "processes.h"

#define LARGE ((PAL_NUM)1 << 32)

static char g_buffer[8192];

static PAL_HANDLE make_memory(void)
{
    PAL_HANDLE memory = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    if (!memory)
        bail_out("there is no mem:");
    return memory;
}

static bool reads_as(PAL_HANDLE memory, PAL_NUM offset, const char *contents)
{
    const PAL_NUM size = strlen(contents);
    return DkStreamRead(memory, offset, size, g_buffer, NULL, 0) == size && memcmp(g_buffer, contents, size) == 0;
}

static bool writes(PAL_HANDLE memory, PAL_NUM offset, const char *contents)
{
    const PAL_NUM size = strlen(contents);
    return DkStreamWrite(memory, offset, size, (PAL_PTR)(uintptr_t)contents, NULL) == size;
}

static PAL_NUM size_of(PAL_HANDLE memory)
{
    PAL_STREAM_ATTR attr;
    return DkStreamAttributesQuerybyHandle(memory, &attr) && attr.type == PAL_TYPE_FILE ? attr.size : ~0ul;
}

/* Take a mem: file, change it, and say so; then wait for the parent's change. */
static int play_partner(char *argument)
{
    (void)argument;
    PAL_HANDLE parent = pal_control_addr()->parent_process, memory = DkReceiveHandle(parent);
    const PAL_NUM page = pal_control_addr()->alloc_align;
    if (!memory || !reads_as(memory, 0, "from the parent"))
        return 1;
    char *mapped = DkStreamMap(memory, NULL, PAL_PROT_READ | PAL_PROT_WRITE, 0, page);
    if (!mapped)
        return 2;
    memcpy(mapped, "from the child ", 15);
    if (DkStreamSetLength(memory, 2 * page) != 2 * page)
        return 3;
    write_byte(parent, 'c');
    if (read_byte(parent) != 'p' || memcmp(mapped, "once more", 9) != 0)
        return 4;
    return 0;
}

static const struct role roles[] = {{"partner", play_partner}, {NULL, NULL}};

static void test_contents(void)
{
    PAL_HANDLE memory = make_memory(), other = make_memory();
    check(size_of(memory) == 0 && DkStreamRead(memory, 0, 1, g_buffer, NULL, 0) == 0, "it is empty at first");
    check(writes(memory, 0, "text") && writes(memory, 100, "more") && size_of(memory) == 104, "it grows");
    check(reads_as(memory, 0, "text") && reads_as(memory, 100, "more") && !reads_as(memory, 50, "x"), "it is read");
    check(DkStreamSetLength(memory, 2) == 2 && size_of(memory) == 2 && reads_as(memory, 0, "te"), "it is cut");
    check(DkStreamSetLength(memory, LARGE) == LARGE && size_of(memory) == LARGE, "what has no contents takes no room");
    check(size_of(other) == 0, "another one is another one");
    DkObjectClose(other);
    DkObjectClose(memory);
}

static void test_mapping(void)
{
    const PAL_NUM page = pal_control_addr()->alloc_align;
    PAL_HANDLE memory = make_memory();
    DkStreamSetLength(memory, page);
    char *shared = DkStreamMap(memory, NULL, PAL_PROT_READ | PAL_PROT_WRITE, 0, page);
    char *again = DkStreamMap(memory, NULL, PAL_PROT_READ | PAL_PROT_WRITE, 0, page);
    char *own = DkStreamMap(memory, NULL, PAL_PROT_READ | PAL_PROT_WRITECOPY, 0, page);
    if (!shared || !again || !own)
        bail_out("mem: cannot be mapped");
    own[1] = 'o';
    shared[0] = 's';
    check(again[0] == 's' && reads_as(memory, 0, "s"), "shared mappings and reads see writes");
    check(again[1] == 0, "and none of a private one");
    DkObjectClose(memory);
    again[0] = 't';
    check(shared[0] == 't', "mappings outlive the handle");
    DkStreamUnmap(own, page);
    DkStreamUnmap(again, page);
    DkStreamUnmap(shared, page);
}

static void test_sharing(void)
{
    const PAL_NUM page = pal_control_addr()->alloc_align;
    PAL_HANDLE memory = make_memory(), child = start_role("partner", NULL);
    writes(memory, 0, "from the parent");
    check(DkSendHandle(child, memory), "it is sent to a child");
    check(read_byte(child) == 'c' && reads_as(memory, 0, "from the child ") && size_of(memory) == 2 * page,
          "which writes to it and makes it longer");
    writes(memory, 0, "once more");
    check(write_byte(child, 'p') && end_of(child) == 0, "and sees what is written here");
    DkObjectClose(memory);
}

static void test_errors(void)
{
    PAL_STREAM_ATTR attr;
    PAL_HANDLE memory = make_memory();
    check_failure(DkStreamOpen("mem:name", PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_APPEND), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamAttributesQuery("mem:", &attr), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamGetName(memory, g_buffer, sizeof(g_buffer)), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(memory, "file:x"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(memory, "link:x"), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamChangeName(memory, "mem:"), 0, PAL_ERROR_NOTSUPPORT);
    check_void(DkStreamDelete(memory, 0), PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamWaitForClient(memory), 0, PAL_ERROR_NOTSERVER);
    DkObjectClose(memory);
    check_failure(DkStreamRead(memory, 0, 1, g_buffer, NULL, 0), 0, PAL_ERROR_BADHANDLE);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    test_contents();
    test_mapping();
    test_sharing();
    test_errors();
}
