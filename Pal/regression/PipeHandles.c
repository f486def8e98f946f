/* SPDX-License-Identifier: MIT */
/* Handles that travel through a pipe (PAL_OPTION_HANDLES), beside its bytes: between threads of one process as between copies
 * of it. Handles.c has what each kind of handle can do where it arrives. */
#include "processes.h"

#define CODE     42
#define MANY     5
#define ROOM_MAX 4096

/* A pipe that carries handles, with its two ends. */
struct ends {
    PAL_HANDLE server, client, accepted;
};

static struct ends make_ends(PAL_FLG options)
{
    const PAL_NUM id = random_number();
    struct ends ends;
    ends.server = DkStreamOpen(text("pipe.srv:%lu", id), PAL_ACCESS_RDWR, 0, 0, 0);
    ends.client = DkStreamOpen(text("pipe:%lu", id), PAL_ACCESS_RDWR, 0, 0, options);
    ends.accepted = ends.client ? DkStreamWaitForClient(ends.server) : NULL;
    check(ends.accepted != NULL, "a pipe is opened");
    return ends;
}

static void close_ends(const struct ends *ends)
{
    DkObjectClose(ends->server);
    DkObjectClose(ends->client);
    DkObjectClose(ends->accepted);
}

/* A file in memory that tells which one it is. */
static PAL_HANDLE numbered(PAL_NUM number)
{
    PAL_HANDLE file = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    return DkStreamWrite(file, 0, sizeof(number), &number, NULL) == sizeof(number) ? file : NULL;
}

static PAL_NUM number_of(PAL_HANDLE file)
{
    PAL_NUM number = 0;
    return DkStreamRead(file, 0, sizeof(number), &number, NULL, 0) == sizeof(number) ? number : 0;
}

static bool send_number(PAL_HANDLE pipe, PAL_NUM number)
{
    PAL_HANDLE file = numbered(number);
    const bool sent = DkSendHandle(pipe, file);
    DkObjectClose(file);
    return sent;
}

static PAL_NUM receive_number(PAL_HANDLE pipe)
{
    PAL_HANDLE file = DkReceiveHandle(pipe);
    const PAL_NUM number = file ? number_of(file) : 0;
    if (file)
        DkObjectClose(file);
    return number;
}

/* Whether handles go from one end to the other, in order, and leave the bytes alone. */
static bool carries(PAL_HANDLE from, PAL_HANDLE to)
{
    bool good = write_byte(from, 'a');
    for (PAL_NUM i = 1; i <= MANY; i++)
        good &= send_number(from, i);
    good &= write_byte(from, 'b') && read_byte(to) == 'a' && read_byte(to) == 'b';
    for (PAL_NUM i = 1; i <= MANY; i++)
        good &= receive_number(to) == i;
    return good;
}

static void test_both_ways(void)
{
    const struct ends ends = make_ends(PAL_OPTION_HANDLES);
    check(carries(ends.client, ends.accepted), "handles travel from the client to the server");
    check(carries(ends.accepted, ends.client), "and the other way");
    check_failure(DkReceiveHandle(ends.client), 0, PAL_ERROR_TRYAGAIN);
    check_failure(DkReceiveHandle(ends.accepted), 0, PAL_ERROR_TRYAGAIN);
    close_ends(&ends);
}

static void test_no_room(void)
{
    const struct ends ends = make_ends(PAL_OPTION_HANDLES);
    PAL_HANDLE file = numbered(7);
    unsigned count = 0, received = 0;
    failure();
    while (count < ROOM_MAX && DkSendHandle(ends.client, file))
        count++;
    check(failure() == PAL_ERROR_TRYAGAIN && count > 0, "there is room for some, and no waiting for more");
    while (receive_number(ends.accepted) == 7)
        received++;
    check(received == count && failure() == PAL_ERROR_TRYAGAIN, "all of them arrive");
    check(DkSendHandle(ends.client, file) && receive_number(ends.accepted) == 7, "and then there is room again");
    DkObjectClose(file);
    close_ends(&ends);
}

/* A pipe's end that is on its way, and the pipe on which it is. */
static void test_on_its_way(void)
{
    const struct ends outer = make_ends(PAL_OPTION_HANDLES), inner = make_ends(PAL_OPTION_HANDLES);
    check(DkSendHandle(outer.client, inner.client), "an end of another pipe is sent");
    DkObjectClose(inner.client);
    PAL_HANDLE end = DkReceiveHandle(outer.accepted);
    check(end && carries(end, inner.accepted) && carries(inner.accepted, end), "it carries handles where it arrives");
    check(DkSendHandle(outer.client, end), "it is sent again");
    DkObjectClose(end);
    check(write_byte(inner.accepted, 'x'), "and is open while nobody has it");
    close_ends(&outer);
    check(read_byte(inner.accepted) == -1, "but closed when it can arrive nowhere any more");
    DkObjectClose(inner.accepted);
    DkObjectClose(inner.server);
    const struct ends own = make_ends(PAL_OPTION_HANDLES);
    check(DkSendHandle(own.client, own.accepted), "an end is sent to itself");
    end = DkReceiveHandle(own.accepted);
    check(end && carries(own.client, end), "and is another handle of the same pipe");
    DkObjectClose(end);
    close_ends(&own);
}

/* The sides of an anonymous pipe, one of which its process has given up. */
static void test_sides(void)
{
    const struct ends ends = make_ends(PAL_OPTION_HANDLES);
    PAL_HANDLE reads = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0);
    check(DkSendHandle(ends.client, reads), "a pipe with both sides is sent");
    PAL_HANDLE writes = DkReceiveHandle(ends.accepted);
    check_void(DkStreamDelete(reads, PAL_DELETE_OWN | PAL_DELETE_WR), 0);
    check_void(DkStreamDelete(writes, PAL_DELETE_OWN | PAL_DELETE_RD), 0);
    check(DkSendHandle(ends.client, reads) && DkSendHandle(ends.client, writes), "its sides are sent");
    DkObjectClose(reads);
    DkObjectClose(writes);
    reads = DkReceiveHandle(ends.accepted);
    writes = DkReceiveHandle(ends.accepted);
    check(write_byte(writes, 'x') && read_byte(reads) == 'x', "and are the sides of the same pipe");
    check(!write_byte(reads, 'y') && read_byte(writes) == -1, "and nothing else");
    DkObjectClose(writes);
    check(read_byte(reads) == -1, "and end when they are closed");
    DkObjectClose(reads);
    close_ends(&ends);
}

static void test_copies(void)
{
    const struct ends ends = make_ends(PAL_OPTION_HANDLES);
    PAL_HANDLE child = DkProcessCreate(NULL, PAL_PROCESS_COPY, NULL);
    if (child && child == pal_control.parent_process) {
        const bool good = read_byte(ends.accepted) == 'f' && receive_number(ends.accepted) == 5 &&
                          send_number(ends.accepted, 6) && write_byte(ends.accepted, 'g');
        DkProcessExit(good ? CODE : 1);
    }
    check(child && send_number(ends.client, 5) && write_byte(ends.client, 'f'), "a copy is sent a handle");
    check(read_byte(ends.client) == 'g' && receive_number(ends.client) == 6, "and sends one back");
    PAL_STREAM_ATTR attr;
    while (DkObjectsWaitAny(1, &child, NO_TIMEOUT) != child)
        ;
    check(DkStreamAttributesQuerybyHandle(child, &attr) && attr.size == CODE, "its exit code");
    DkObjectClose(child);
    close_ends(&ends);
}

static void test_errors(void)
{
    struct ends ends = make_ends(0);
    PAL_HANDLE file = numbered(1), event = DkNotificationEventCreate(PAL_FALSE);
    check_failure(DkSendHandle(ends.client, file), PAL_FALSE, PAL_ERROR_NOTCONNECTION);
    check_failure(DkReceiveHandle(ends.accepted), 0, PAL_ERROR_NOTCONNECTION);
    close_ends(&ends);
    ends = make_ends(PAL_OPTION_HANDLES);
    check_failure(DkSendHandle(ends.client, event), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkSendHandle(ends.server, file), PAL_FALSE, PAL_ERROR_BADHANDLE);
    check_failure(DkReceiveHandle(ends.server), 0, PAL_ERROR_BADHANDLE);
    check(send_number(ends.client, 3), "one is sent before the end");
    DkObjectClose(ends.client);
    check(receive_number(ends.accepted) == 3, "and arrives after it");
    check_failure(DkReceiveHandle(ends.accepted), 0, PAL_ERROR_CONNFAILED);
    check_failure(DkSendHandle(ends.accepted, file), PAL_FALSE, PAL_ERROR_CONNFAILED);
    DkObjectClose(ends.accepted);
    DkObjectClose(ends.server);
    check_failure(DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_HANDLES), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_HANDLES), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("pipe.srv:1", PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_HANDLES), 0, PAL_ERROR_INVAL);
    DkObjectClose(event);
    DkObjectClose(file);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_both_ways();
    test_no_room();
    test_on_its_way();
    test_sides();
    test_copies();
    test_errors();
}
