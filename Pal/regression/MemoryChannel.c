/* SPDX-License-Identifier: MIT */
/* The physical memory channel: copies that are independent of each other, order, sparse ranges, protections, other
 * processes, and every documented error. */
#include "channels.h"

/***** Roles of children *****/

/* Map a range of two pages at any address, change it, and send it back. */
static int play_returner(char *argument)
{
    PAL_HANDLE channel = open_given(argument);
    char *memory = map(channel, NULL, 2 * page(), RW);
    if (!memory || !is_filled(memory, 2 * page(), 1))
        return 1;
    fill(memory, 2 * page(), 2);
    return commit(channel, memory, 2 * page(), 0) ? 0 : 2;
}

static int play_taker(char *argument)
{
    (void)argument;
    PAL_HANDLE channel = DkReceiveHandle(pal_control.parent_process);
    const char *memory = map(channel, NULL, page(), RW);
    return memory && is_filled(memory, page(), 7) ? 0 : 1;
}

static const struct role roles[] = {
    {"returner", play_returner}, {"taker", play_taker}, {"sparse", play_sparse}, {NULL, NULL}};

/***** Within one process *****/

static void test_copies(void)
{
    PAL_NUM key = 0;
    PAL_HANDLE sender = DkCreatePhysicalMemoryChannel(&key);
    PAL_HANDLE receiver = open_channel(key, 0);
    check(sender && receiver, "a channel and its other end");
    char name[64];
    check(DkStreamGetName(receiver, name, sizeof(name)) > 0 && strcmp(name, text("gipc:%lu", key)) == 0, "its name");

    char *own = allocate(4 * page());
    fill(own, 4 * page(), 1);
    check(commit(sender, own, 4 * page(), 0), "commit");
    fill(own, 4 * page(), 2);
    char *copy = map(receiver, NULL, 4 * page(), RW);
    check(copy && copy != own && is_filled(copy, 4 * page(), 1), "what was committed is as it was then");
    fill(copy, 4 * page(), 3);
    check(is_filled(own, 4 * page(), 2), "what the receiver writes is its own");
    check(commit(sender, own, 4 * page(), 0) && map(receiver, copy, 4 * page(), RW) == copy &&
              is_filled(copy, 4 * page(), 2),
          "mapping at an address replaces what is there");
    check(DkVirtualMemoryAlloc(copy + page(), page(), PAL_ALLOC_RENEW, RW) && is_filled(copy, page(), 2) &&
              is_filled(copy + page(), page(), 0) && copy[2 * page()] == 4,
          "what has come can be emptied");
    check(commit(receiver, copy, page(), 0) && is_filled(map(sender, own, page(), RW), page(), 2),
          "a channel has two directions");

    PAL_PTR addresses[3] = {own, own + page(), own + 2 * page()};
    PAL_NUM sizes[3] = {page(), page(), 2 * page()};
    PAL_FLG prots[3] = {RW, PAL_PROT_READ | PAL_PROT_WRITECOPY, PAL_PROT_READ};
    fill(own, 4 * page(), 4);
    check(DkPhysicalMemoryCommit(sender, 3, addresses, sizes, 0) == 3, "three ranges at once");
    memset(addresses, 0, sizeof(addresses));
    check(DkPhysicalMemoryMap(receiver, 1, addresses, sizes, prots) == 1 &&
              DkPhysicalMemoryMap(receiver, 2, addresses + 1, sizes + 1, prots + 1) == 2,
          "received one by one");
    check(memcmp(addresses[0], own, page()) == 0 && memcmp(addresses[1], own + page(), page()) == 0 &&
              memcmp(addresses[2], own + 2 * page(), 2 * page()) == 0,
          "in the order of sending");
    *(char *)addresses[1] = 1;
    check(*(volatile char *)addresses[1] == 1, "WRITECOPY can be written");
    check(failure() == 0, "no failure");
    DkVirtualMemoryFree(own, 4 * page());
    DkObjectClose(sender);
    DkObjectClose(receiver);
}

/* Microseconds that it takes to send and map a block, at best; 0 if it does not arrive. */
static PAL_NUM time_of(PAL_HANDLE sender, PAL_HANDLE receiver, char *own, PAL_NUM size)
{
    PAL_NUM best = NO_TIMEOUT;
    for (int i = 0; i < 3; i++) {
        const PAL_NUM start = DkSystemTimeQuery();
        const bool sent = commit(sender, own, size, 0);
        char *copy = map(receiver, NULL, size, RW);
        const PAL_NUM taken = DkSystemTimeQuery() - start + 1;
        bool same = sent && copy;
        for (PAL_NUM offset = 0; same && offset < size; offset += size / 16)
            same = copy[offset] == own[offset] && copy[offset + page()] == own[offset + page()];
        if (copy)
            DkVirtualMemoryFree(copy, size);
        if (!same)
            return 0;
        best = taken < best ? taken : best;
    }
    return best;
}

/* Pages that nobody has touched cost next to nothing. */
static void test_sparse(void)
{
    PAL_NUM key;
    PAL_HANDLE sender = DkCreatePhysicalMemoryChannel(&key);
    PAL_HANDLE receiver = open_channel(key, 0);
    char *sparse = allocate(GB), *full = allocate(64 * MB);
    for (PAL_NUM offset = 0; offset < GB; offset += GB / 16)
        sparse[offset] = 's';
    fill(full, 64 * MB, 6);
    const PAL_NUM sparse_us = time_of(sender, receiver, sparse, GB);
    const PAL_NUM full_us = time_of(sender, receiver, full, 64 * MB);
    note("1 GB with 16 pages of content: %lu us; 64 MB full of it: %lu us", sparse_us, full_us);
    check(sparse_us > 0 && full_us > 0, "1 GB, mostly untouched, and 64 MB arrive");
    check(sparse_us < full_us, "the smaller block takes longer");

    PAL_HANDLE child = start_role("sparse", text("%lu", key));
    check(commit(sender, sparse, GB, 0) && end_of(child) == 0, "also in a child that was there before");
    DkVirtualMemoryFree(sparse, GB);
    DkVirtualMemoryFree(full, 64 * MB);
    DkObjectClose(sender);
    DkObjectClose(receiver);
}

static PAL_HANDLE g_waiting;

static void wait_for_memory(void *channel)
{
    regression_thread_init();
    __atomic_store_n(&g_waiting, pal_control.first_thread, __ATOMIC_SEQ_CST);
    const char *memory = map(channel, NULL, page(), RW);
    __atomic_store_n(&g_waiting, memory ? channel : NULL, __ATOMIC_SEQ_CST);
    DkThreadExit();
}

static void interrupt_me(void *channel)
{
    regression_thread_init();
    const bool mapped = map(channel, NULL, page(), RW);
    __atomic_store_n(&g_waiting, !mapped && failure() == PAL_ERROR_INTERRUPTED ? channel : NULL, __ATOMIC_SEQ_CST);
}

static void test_waiting(void)
{
    PAL_NUM key;
    PAL_HANDLE sender = DkCreatePhysicalMemoryChannel(&key);
    PAL_HANDLE receiver = open_channel(key, 0);
    char *own = allocate(page());
    PAL_HANDLE thread = DkThreadCreate((PAL_PTR)wait_for_memory, receiver, 0);
    DkThreadDelayExecution(20000);
    check(commit(receiver, own, page(), 0) && map(sender, own, page(), RW) == own,
          "who waits for memory keeps nobody from sending by the same handle");
    check(commit(sender, own, page(), 0) && DkObjectsWaitAny(1, &thread, NO_TIMEOUT) == thread && g_waiting == receiver,
          "mapping waits for what is not sent yet");
    DkObjectClose(thread);
    g_waiting = NULL;
    thread = DkThreadCreate((PAL_PTR)interrupt_me, receiver, 0);
    /* Once may be too early. */
    do {
        DkThreadDelayExecution(20000);
    } while (DkThreadResume(thread) && DkObjectsWaitAny(1, &thread, 1000000) != thread);
    failure();
    check(g_waiting == receiver, "and can be interrupted");
    DkObjectClose(thread);
    check(DkObjectsWaitAny(1, &receiver, 0) == NULL && failure() == PAL_ERROR_TRYAGAIN, "nothing is there");
    check(commit(sender, own, page(), 0) && DkObjectsWaitAny(1, &receiver, NO_TIMEOUT) == receiver,
          "a channel can be waited for");
    DkVirtualMemoryFree(own, page());
    DkObjectClose(sender);
    DkObjectClose(receiver);
}

/***** With other processes *****/

static void test_processes(void)
{
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    char *own = allocate(2 * page());
    fill(own, 2 * page(), 1);
    PAL_HANDLE child = start_role("returner", text("%lu", key));
    check(commit(channel, own, 2 * page(), 0), "sent to a child that runs");
    char *back = map(channel, NULL, 2 * page(), RW);
    check(back && is_filled(back, 2 * page(), 2) && is_filled(own, 2 * page(), 1) && end_of(child) == 0,
          "changed and sent back");
    DkObjectClose(channel);

    /* A channel that is made when there are several processes, and a process that is made later. */
    channel = DkCreatePhysicalMemoryChannel(&key);
    check(commit(channel, own, 2 * page(), 0), "sent before there is anybody");
    child = start_role("returner", text("%lu", key));
    back = map(channel, NULL, 2 * page(), RW);
    check(back && is_filled(back, 2 * page(), 2) && end_of(child) == 0, "received nevertheless");
    DkObjectClose(channel);

    channel = DkCreatePhysicalMemoryChannel(&key);
    PAL_HANDLE other_end = open_channel(key, 0);
    child = start_role("taker", NULL);
    fill(own, page(), 7);
    check(DkSendHandle(child, other_end) && commit(channel, own, page(), 0) && end_of(child) == 0,
          "a channel passed as a handle");
    DkObjectClose(channel);
    DkObjectClose(other_end);
    check(failure() == 0, "no failure");
    DkVirtualMemoryFree(own, 2 * page());
}

/***** Errors *****/

static void test_errors(void)
{
    PAL_NUM key;
    failure();
    check_failure(DkCreatePhysicalMemoryChannel(NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkCreatePhysicalMemoryChannel((PAL_NUM *)16), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamOpen("gipc:1", PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("gipc:", PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("gipc:x", PAL_ACCESS_RDWR, 0, 0, 0), 0, PAL_ERROR_INVAL);
    PAL_HANDLE sender = DkCreatePhysicalMemoryChannel(&key);
    PAL_HANDLE receiver = open_channel(key, PAL_OPTION_NONBLOCK);
    char *own = allocate(2 * page());
    char *end = pal_control.user_address.end;
    PAL_PTR addresses[2] = {own, own + page()};
    PAL_NUM sizes[2] = {page(), page()};
    PAL_FLG prots[2] = {RW, RW};
    for (PAL_FLG flags = 0; flags <= PAL_COMMIT_CHILD; flags++) {
        check_failure(DkPhysicalMemoryCommit(NULL, 1, addresses, sizes, flags), 0, PAL_ERROR_BADHANDLE);
        check_failure(DkPhysicalMemoryCommit(sender, 0, addresses, sizes, flags), 0, PAL_ERROR_INVAL);
        check_failure(DkPhysicalMemoryCommit(sender, 1, NULL, sizes, flags), 0, PAL_ERROR_BADADDR);
        check_failure(DkPhysicalMemoryCommit(sender, 1, addresses, NULL, flags), 0, PAL_ERROR_BADADDR);
        check_failure(DkPhysicalMemoryCommit(sender, (PAL_NUM)1 << 50, addresses, sizes, flags), 0, PAL_ERROR_NOMEM);
        check_failure(commit(sender, NULL, page(), flags), 0, PAL_ERROR_INVAL);
        check_failure(commit(sender, own, 0, flags), 0, PAL_ERROR_INVAL);
        check_failure(commit(sender, own, 1, flags), 0, PAL_ERROR_INVAL);
        check_failure(commit(sender, own + 1, page(), flags), 0, PAL_ERROR_INVAL);
        check_failure(commit(sender, end, page(), flags), 0, PAL_ERROR_DENIED);
        check_failure(commit(sender, (char *)-page(), 2 * page(), flags), 0, PAL_ERROR_OVERFLOW);
        check_failure(commit(sender, end - page(), 2 * page(), flags), 0, PAL_ERROR_DENIED);
    }
    check_failure(commit(sender, own, page(), 4), 0, PAL_ERROR_INVAL);
    check_failure(DkPhysicalMemoryMap(NULL, 1, addresses, sizes, prots), 0, PAL_ERROR_BADHANDLE);
    check_failure(DkPhysicalMemoryMap(receiver, 0, addresses, sizes, prots), 0, PAL_ERROR_INVAL);
    check_failure(DkPhysicalMemoryMap(receiver, 1, NULL, sizes, prots), 0, PAL_ERROR_BADADDR);
    check_failure(DkPhysicalMemoryMap(receiver, 1, addresses, NULL, prots), 0, PAL_ERROR_BADADDR);
    check_failure(DkPhysicalMemoryMap(receiver, 1, addresses, sizes, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(map(receiver, own, page(), 0x10), 0, PAL_ERROR_INVAL);
    check_failure(map(receiver, own, 0, RW), 0, PAL_ERROR_INVAL);
    check_failure(map(receiver, own + 1, page(), RW), 0, PAL_ERROR_INVAL);
    check_failure(map(receiver, end, page(), RW), 0, PAL_ERROR_DENIED);
    check_failure(map(receiver, NULL, page(), RW), 0, PAL_ERROR_TRYAGAIN);
    PAL_HANDLE event = DkNotificationEventCreate(PAL_FALSE);
    check_failure(commit(event, own, page(), 0), 0, PAL_ERROR_BADHANDLE);
    check_failure(map(event, own, page(), RW), 0, PAL_ERROR_BADHANDLE);
    DkObjectClose(event);
    char byte;
    check_failure(DkStreamRead(sender, 0, 1, &byte, NULL, 0), 0, PAL_ERROR_NOTCONNECTION);
    check_failure(DkStreamWrite(sender, 0, 1, &byte, NULL), 0, PAL_ERROR_NOTCONNECTION);

    fill(own, 2 * page(), 1);
    check(DkPhysicalMemoryCommit(sender, 2, addresses, sizes, 0) == 2, "two ranges");
    check_failure(map(receiver, NULL, 2 * page(), RW), 0, PAL_ERROR_INVAL);
    check_failure(map(receiver, NULL, 3 * page(), RW), 0, PAL_ERROR_INVAL);
    sizes[1] = 2 * page();
    addresses[0] = addresses[1] = NULL;
    check(DkPhysicalMemoryMap(receiver, 2, addresses, sizes, prots) == 1 && addresses[0] && !addresses[1] &&
              failure() == 0,
          "one range of two if the second is not as sent");
    check(map(receiver, NULL, page(), RW) != NULL, "the second range as it was sent");

    DkVirtualMemoryFree(own + page(), page());
    check_failure(commit(sender, own, 2 * page(), 0), 0, PAL_ERROR_BADADDR);
    check_failure(commit(sender, own, 2 * page(), PAL_COMMIT_CHILD), 0, PAL_ERROR_BADADDR);
    DkVirtualMemoryProtect(own, page(), PAL_PROT_NONE);
    check_failure(commit(sender, own, page(), 0), 0, PAL_ERROR_BADADDR);
    DkVirtualMemoryProtect(own, page(), RW);

    int sent = 0;
    while (sent < 100000 && commit(sender, own, page(), 0))
        sent++;
    check(sent > 10 && failure() == PAL_ERROR_TRYAGAIN, "a channel is full some time");
    note("after %d", sent);
    DkObjectClose(sender);
    int received = 0;
    while (map(receiver, own, page(), RW))
        received++;
    check(received == sent && failure() == PAL_ERROR_CONNFAILED, "what was sent is there after the sender has gone");
    check_failure(commit(receiver, own, page(), 0), 0, PAL_ERROR_CONNFAILED);
    check_failure(open_channel(key, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    DkObjectClose(receiver);
    check_failure(commit(receiver, own, page(), 0), 0, PAL_ERROR_BADHANDLE);
    DkVirtualMemoryFree(own, page());
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    test_copies();
    test_waiting();
    test_errors();
    test_sparse();
    test_processes();
}
