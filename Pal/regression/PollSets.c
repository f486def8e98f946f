/* SPDX-License-Identifier: MIT */
/* Waiting for many streams: poll:list and poll:set. */
#include "threads.h"

#define MANY       4096
#define DELAY_US   20000
#define ALL_EVENTS 63

static PAL_HANDLE g_list;

/***** Lists *****/

static bool look(struct pal_poll *entries, PAL_NUM count, PAL_NUM timeout_us)
{
    return DkStreamRead(g_list, timeout_us, count * sizeof(*entries), entries, NULL, 0) == count * sizeof(*entries);
}

/* What is so of one handle now. */
static PAL_FLG ready_of(PAL_HANDLE handle, PAL_FLG events)
{
    struct pal_poll entry = {handle, events, 0x1000};
    return look(&entry, 1, 0) ? entry.ready : 0;
}

static PAL_HANDLE open_pair(PAL_HANDLE *out_peer)
{
    const uint64_t id = random_number();
    PAL_HANDLE server = open_stream(text("pipe.srv:%lu", id));
    PAL_HANDLE client = open_stream(text("pipe:%lu", id));
    *out_peer = DkStreamWaitForClient(server);
    DkObjectClose(server);
    return client;
}

static void test_list_of_streams(void)
{
    PAL_HANDLE pipe = open_stream("pipe:"), other = open_stream("pipe:"), peer, end;
    struct pal_poll entries[] = {{pipe, PAL_POLL_READ, 9}, {NULL, PAL_POLL_READ, 9}, {other, PAL_POLL_WRITE, 9}};
    check(look(entries, 3, NO_TIMEOUT), "a list waits");
    check(entries[0].ready == 0 && entries[1].ready == 0 && entries[2].ready == PAL_POLL_WRITE, "and tells of all");
    check(entries[0].handle == pipe && entries[2].events == PAL_POLL_WRITE, "but changes nothing else");
    check_failure(DkStreamRead(g_list, 0, sizeof(entries[0]), entries, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    write_byte(pipe);
    check(ready_of(pipe, PAL_POLL_READ) == PAL_POLL_READ, "something to read");
    check(ready_of(pipe, PAL_POLL_READ | PAL_POLL_WRITE) == (PAL_POLL_READ | PAL_POLL_WRITE), "and room");
    check(ready_of(pipe, 0) == 0, "nothing that was not asked for");
    check(read_byte(pipe) && ready_of(pipe, PAL_POLL_READ) == 0, "when it is read it is not ready");
    const PAL_NUM start = DkSystemTimeQuery();
    check_failure(DkStreamRead(g_list, DELAY_US, sizeof(entries[0]), entries, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    check(DkSystemTimeQuery() - start >= DELAY_US, "it waits as long as it is told");
    end = open_pair(&peer);
    check(ready_of(end, ALL_EVENTS) == PAL_POLL_WRITE, "a pipe with two ends");
    DkStreamDelete(peer, PAL_DELETE_WR);
    check(ready_of(end, ALL_EVENTS) == (PAL_POLL_READ | PAL_POLL_WRITE | PAL_POLL_PEER_CLOSED),
          "whose peer stops writing");
    check(ready_of(end, PAL_POLL_READ) == PAL_POLL_READ, "which is told who asks for it");
    DkObjectClose(peer);
    check((ready_of(end, 0) & PAL_POLL_HANGUP) != 0, "and goes, which is told always");
    DkObjectClose(end);
    DkObjectClose(other);
    DkObjectClose(pipe);
}

static void test_list_of_others(void)
{
    PAL_HANDLE pipe = open_stream("pipe:"), set = DkSynchronizationEventCreate(PAL_FALSE);
    PAL_HANDLE stays = DkNotificationEventCreate(PAL_FALSE), semaphore = DkSemaphoreCreate(1, 1);
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "always"), PAL_ACCESS_RDWR, 0600, PAL_CREAT_ALWAYS, 0);
    struct pal_poll entries[] = {{pipe, PAL_POLL_READ, 0}, {set, PAL_POLL_READ, 0}, {stays, 0, 0}};
    failure();
    check(!look(entries, 3, 0) && failure() == PAL_ERROR_TRYAGAIN, "events that are clear");
    DkEventSet(set);
    DkEventSet(stays);
    check(look(entries, 3, 0) && entries[0].ready == 0 && entries[1].ready == PAL_POLL_READ &&
              entries[2].ready == PAL_POLL_READ,
          "events that are set, with a stream");
    check(look(entries, 3, NO_TIMEOUT) && entries[1].ready == 0 && entries[2].ready == PAL_POLL_READ,
          "one is taken, the other stays");
    check_failure(wait_for(set, 0), 0, PAL_ERROR_TRYAGAIN);
    write_byte(pipe);
    DkEventSet(set);
    check(look(entries, 3, 0) && entries[0].ready == PAL_POLL_READ && entries[1].ready == PAL_POLL_READ,
          "streams are looked at, too");
    check(ready_of(semaphore, 0) == PAL_POLL_READ && ready_of(semaphore, 0) == 0, "a semaphore is taken");
    check(ready_of(file, PAL_POLL_READ | PAL_POLL_WRITE) == (PAL_POLL_READ | PAL_POLL_WRITE) &&
              ready_of(file, PAL_POLL_WRITE) == PAL_POLL_WRITE && ready_of(file, 0) == 0,
          "a file is always ready for what it is asked for");
    check(ready_of(g_list, PAL_POLL_READ) == PAL_POLL_READ, "so is a list");
    DkStreamDelete(file, 0);
    DkObjectClose(file);
    DkObjectClose(semaphore);
    DkObjectClose(stays);
    DkObjectClose(set);
    DkObjectClose(pipe);
}

static void later(void *event)
{
    DkThreadDelayExecution(DELAY_US);
    DkEventSet(event);
}

static void write_later(void *pipe)
{
    DkThreadDelayExecution(DELAY_US);
    write_byte(pipe);
}

static void test_list_wakes(void)
{
    PAL_HANDLE pipe = open_stream("pipe:"), event = DkSynchronizationEventCreate(PAL_FALSE);
    struct pal_poll entries[] = {{pipe, PAL_POLL_READ, 9}, {event, PAL_POLL_READ, 9}};
    PAL_HANDLE thread = start(later, event);
    check(look(entries, 2, NO_TIMEOUT) && entries[0].ready == 0 && entries[1].ready == PAL_POLL_READ,
          "woken by an event beside a stream");
    check(join(thread) && !wait_for(event, 0), "which was taken");
    thread = start(write_later, pipe);
    check(look(entries, 2, NO_TIMEOUT) && entries[0].ready == PAL_POLL_READ && entries[1].ready == 0,
          "woken by a stream beside an event");
    check(join(thread) && read_byte(pipe), "which can be read");
    thread = start(later, event);
    check(look(entries + 1, 1, LIMIT_US) && entries[1].ready == PAL_POLL_READ, "woken by an event alone");
    entries[1].handle = thread;
    check(look(entries, 2, LIMIT_US) && entries[1].ready == PAL_POLL_READ, "by the end of a thread");
    join(thread);
    DkObjectClose(event);
    DkObjectClose(pipe);
}

static struct pal_poll g_many[MANY + 1];

static void test_list_of_many(void)
{
    static const PAL_NUM counts[] = {63, 64, 65, 1000, MANY, MANY + 1};
    PAL_HANDLE empty = open_stream("pipe:"), full = open_stream("pipe:"), event = DkNotificationEventCreate(PAL_FALSE);
    write_byte(full);
    for (unsigned n = 0; n < sizeof(counts) / sizeof(counts[0]); n++) {
        const PAL_NUM count = counts[n];
        for (PAL_NUM i = 0; i < count; i++)
            g_many[i] = (struct pal_poll){i % 7 == 3 ? event : empty, PAL_POLL_READ, 1};
        g_many[count - 1].handle = full;
        check(look(g_many, count, NO_TIMEOUT) && g_many[count - 1].ready == PAL_POLL_READ && g_many[0].ready == 0 &&
                  g_many[count / 2].ready == 0,
              "%lu entries, the last one ready", count);
        g_many[count - 1].handle = event;
        PAL_HANDLE thread = start(later, event);
        check(look(g_many, count, NO_TIMEOUT) && g_many[3].ready == PAL_POLL_READ, "and woken by an event");
        join(thread);
        DkEventClear(event);
    }
    for (PAL_NUM i = 0; i < 20; i++)
        g_many[i] = (struct pal_poll){event, PAL_POLL_READ, 1};
    check_failure(DkStreamRead(g_list, 0, 20 * sizeof(g_many[0]), g_many, NULL, 0), 0, PAL_ERROR_TRYAGAIN);
    DkEventSet(event);
    check(look(g_many, 20, 0) && g_many[0].ready && g_many[19].ready, "one event twenty times");
    DkObjectClose(event);
    DkObjectClose(full);
    DkObjectClose(empty);
}

static void test_list_errors(void)
{
    PAL_HANDLE pipe = open_stream("pipe:"), closed = open_stream("pipe:");
    struct pal_poll entries[] = {{pipe, PAL_POLL_WRITE, 7}, {closed, PAL_POLL_WRITE, 7}};
    DkObjectClose(closed);
    check_failure(DkStreamRead(g_list, 0, sizeof(entries), entries, NULL, 0), 0, PAL_ERROR_BADHANDLE);
    check(entries[0].ready == 7, "nothing is told then");
    entries[1] = (struct pal_poll){(PAL_HANDLE)entries, 0, 0};
    check_failure(DkStreamRead(g_list, 0, sizeof(entries), entries, NULL, 0), 0, PAL_ERROR_BADHANDLE);
    entries[0].events = 64;
    check_failure(DkStreamRead(g_list, 0, sizeof(entries[0]), entries, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(g_list, 0, 0, entries, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(g_list, 0, sizeof(entries) - 1, entries, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(g_list, 0, sizeof(entries), NULL, NULL, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamRead(g_list, 0, sizeof(entries), (PAL_PTR)64, NULL, 0), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamRead(g_list, 0, (PAL_NUM)1 << 40, entries, NULL, 0), 0, PAL_ERROR_TOOLONG);
    check_failure(DkStreamWrite(g_list, 0, sizeof(entries), entries, NULL), 0, PAL_ERROR_NOTSUPPORT);
    check_failure(DkStreamOpen("poll:", 0, 0, 0, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamOpen("poll:lis", 0, 0, 0, 0), 0, PAL_ERROR_STREAMNOTEXIST);
    check_failure(DkStreamOpen("poll:set", 0, 0, PAL_CREAT_ALWAYS, 0), 0, PAL_ERROR_STREAMEXIST);
    check_failure(DkStreamSetLength(g_list, 0), 0, PAL_ERROR_NOTSUPPORT);
    DkObjectClose(pipe);
}

/***** Sets *****/

static PAL_HANDLE open_set(void)
{
    PAL_HANDLE set = DkStreamOpen("poll:set", PAL_ACCESS_RDWR, 0, 0, 0);
    if (!set)
        bail_out("no set");
    return set;
}

/* Make one change; returns 0 or the code of its failure. */
static int change(PAL_HANDLE set, PAL_HANDLE handle, PAL_FLG how, PAL_FLG events, PAL_NUM cookie)
{
    struct pal_poll_change one = {handle, events, how, cookie};
    failure();
    return DkStreamWrite(set, 0, sizeof(one), &one, NULL) == sizeof(one) ? 0 : failure();
}

/* How many are told, at most 10. */
static PAL_NUM told(PAL_HANDLE set, struct pal_poll_ready *out, PAL_NUM timeout_us)
{
    return DkStreamRead(set, timeout_us, 10 * sizeof(*out), out, NULL, 0) / sizeof(*out);
}

/* Whether only one member is told, with these flags. */
static bool tells(PAL_HANDLE set, PAL_NUM cookie, PAL_FLG ready)
{
    struct pal_poll_ready one[10];
    return told(set, one, 0) == 1 && one[0].cookie == cookie && one[0].ready == ready && one[0].reserved == 0;
}

static bool tells_nothing(PAL_HANDLE set)
{
    struct pal_poll_ready one[10];
    failure();
    return told(set, one, 0) == 0 && failure() == PAL_ERROR_TRYAGAIN;
}

static void test_set(void)
{
    const PAL_NUM cookie = 0xfedcba9876543210;
    PAL_HANDLE set = open_set(), peer, end = open_pair(&peer);
    char name[16];
    check(DkStreamGetName(set, name, sizeof(name)) == 8 && strcmp(name, "poll:set") == 0, "a set knows its name");
    check(tells_nothing(set), "it is empty");
    check(change(set, end, PAL_POLL_ADD, PAL_POLL_READ, cookie) == 0 && tells_nothing(set), "a member");
    check(change(set, end, PAL_POLL_ADD, PAL_POLL_READ, 1) == PAL_ERROR_STREAMEXIST, "cannot become one again");
    write_byte(peer);
    check(tells(set, cookie, PAL_POLL_READ) && tells(set, cookie, PAL_POLL_READ), "is told while it is ready");
    check(change(set, end, PAL_POLL_CHANGE, PAL_POLL_WRITE, 5) == 0 && tells(set, 5, PAL_POLL_WRITE), "is changed");
    check(change(set, end, PAL_POLL_REMOVE, ~0u, 0) == 0 && tells_nothing(set), "is removed");
    check(change(set, end, PAL_POLL_REMOVE, 0, 0) == PAL_ERROR_STREAMNOTEXIST, "once");
    check(change(set, end, PAL_POLL_CHANGE, 0, 0) == PAL_ERROR_STREAMNOTEXIST, "and cannot be changed");
    check(change(set, end, PAL_POLL_ADD, PAL_POLL_READ | PAL_POLL_EDGE, 6) == 0 && tells(set, 6, PAL_POLL_READ) &&
              tells_nothing(set),
          "EDGE tells once");
    write_byte(peer);
    check(tells(set, 6, PAL_POLL_READ), "and again when there is more");
    check(change(set, end, PAL_POLL_CHANGE, PAL_POLL_READ | PAL_POLL_ONESHOT, 7) == 0 && tells(set, 7, PAL_POLL_READ),
          "ONESHOT tells");
    write_byte(peer);
    check(tells_nothing(set), "once");
    check(change(set, end, PAL_POLL_CHANGE, PAL_POLL_READ | PAL_POLL_PEER_CLOSED, 8) == 0 &&
              tells(set, 8, PAL_POLL_READ),
          "until it is changed");
    DkStreamDelete(peer, PAL_DELETE_WR);
    check(tells(set, 8, PAL_POLL_READ | PAL_POLL_PEER_CLOSED), "the peer stops writing");
    DkObjectClose(peer);
    check(change(set, end, PAL_POLL_CHANGE, 0, 9) == 0 && tells(set, 9, PAL_POLL_HANGUP), "and goes");
    DkObjectClose(end);
    check(tells_nothing(set), "what is closed is no member");
    DkObjectClose(set);
}

/* What is read from and written to in two ways is one member. */
static void test_pairs(void)
{
    PAL_HANDLE set = open_set(), pipe = open_stream("pipe:");
    check(change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ, 1) == 0 && tells_nothing(set), "an anonymous pipe");
    check(change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ, 1) == PAL_ERROR_STREAMEXIST, "is added once");
    write_byte(pipe);
    check(tells(set, 1, PAL_POLL_READ), "can be read");
    check(change(set, pipe, PAL_POLL_CHANGE, PAL_POLL_READ | PAL_POLL_WRITE, 2) == 0 &&
              tells(set, 2, PAL_POLL_READ | PAL_POLL_WRITE),
          "and written, and is told once");
    check(change(set, pipe, PAL_POLL_CHANGE, PAL_POLL_WRITE, 3) == 0 && tells(set, 3, PAL_POLL_WRITE), "only written");
    check(change(set, pipe, PAL_POLL_CHANGE, PAL_POLL_READ, 4) == 0 && tells(set, 4, PAL_POLL_READ), "only read");
    check(change(set, pipe, PAL_POLL_REMOVE, 0, 0) == 0 && tells_nothing(set), "is removed");
    check(change(set, pipe, PAL_POLL_REMOVE, 0, 0) == PAL_ERROR_STREAMNOTEXIST, "once");
    check(change(set, pipe, PAL_POLL_CHANGE, PAL_POLL_WRITE, 0) == PAL_ERROR_STREAMNOTEXIST, "and not changed then");
    check(change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ | PAL_POLL_WRITE, 5) == 0 &&
              tells(set, 5, PAL_POLL_READ | PAL_POLL_WRITE),
          "is added for both");
    DkObjectClose(pipe);
    check(tells_nothing(set), "and closed");
    DkObjectClose(set);
}

static void test_set_of_many(void)
{
    enum { COUNT = 300 };
    static PAL_HANDLE pipes[COUNT];
    static struct pal_poll_ready ready[COUNT];
    static struct pal_poll_change changes[COUNT];
    unsigned char seen[COUNT] = {0};
    unsigned count = 0;
    PAL_HANDLE set = open_set();
    for (unsigned i = 0; i < COUNT; i++) {
        pipes[i] = open_stream("pipe:");
        changes[i] = (struct pal_poll_change){pipes[i], PAL_POLL_READ, PAL_POLL_ADD, i};
        write_byte(pipes[i]);
    }
    check(DkStreamWrite(set, 0, sizeof(changes), changes, NULL) == sizeof(changes), "many changes in one call");
    for (unsigned round = 0; round < COUNT; round++) {
        const PAL_NUM size = DkStreamRead(set, 0, 7 * sizeof(ready[0]), ready, NULL, 0);
        for (unsigned i = 0; i < size / sizeof(ready[0]) && ready[i].cookie < COUNT; i++)
            count += !seen[ready[i].cookie]++;
    }
    check(count == COUNT, "all have their turn");
    check(DkStreamRead(set, 0, sizeof(ready), ready, NULL, 0) >= 200 * sizeof(ready[0]), "many are told at once");
    changes[0].how = changes[1].how = PAL_POLL_REMOVE;
    changes[2].how = 3;
    check(DkStreamWrite(set, 0, sizeof(changes), changes, NULL) == 2 * sizeof(changes[0]), "changes up to a bad one");
    check_failure(DkStreamWrite(set, 0, sizeof(changes[0]), &changes[2], NULL), 0, PAL_ERROR_INVAL);
    for (unsigned i = 0; i < COUNT; i++)
        DkObjectClose(pipes[i]);
    check(tells_nothing(set), "all are closed");
    DkObjectClose(set);
}

static void test_set_waits(void)
{
    PAL_HANDLE set = open_set(), outer = open_set(), pipe = open_stream("pipe:");
    PAL_HANDLE event = DkSynchronizationEventCreate(PAL_FALSE);
    PAL_HANDLE both[] = {set, event};
    struct pal_poll_ready ready[10];
    struct pal_poll entries[] = {{set, PAL_POLL_READ, 9}, {event, PAL_POLL_READ, 9}};
    change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ, 1);
    PAL_NUM before = DkSystemTimeQuery();
    failure();
    check(told(set, ready, DELAY_US) == 0 && failure() == PAL_ERROR_TRYAGAIN &&
              DkSystemTimeQuery() - before >= DELAY_US,
          "a set waits as long as it is told");
    PAL_HANDLE thread = start(write_later, pipe);
    check(told(set, ready, NO_TIMEOUT) == 1 && ready[0].cookie == 1, "or until a member is ready");
    join(thread);
    check(wait_for(set, 0) == set, "DkObjectsWaitAny finds it ready");
    check(ready_of(set, PAL_POLL_READ) == PAL_POLL_READ, "and so does a list");
    check(change(outer, set, PAL_POLL_ADD, PAL_POLL_READ, 2) == 0 && tells(outer, 2, PAL_POLL_READ), "and another set");
    check(change(set, outer, PAL_POLL_ADD, PAL_POLL_READ, 3) == PAL_ERROR_LINKLOOP, "but not each in the other");
    check(change(set, set, PAL_POLL_ADD, PAL_POLL_READ, 3) == PAL_ERROR_INVAL, "nor in itself");
    read_byte(pipe);
    check(!wait_for(set, 0) && ready_of(set, PAL_POLL_READ) == 0 && tells_nothing(outer), "until it is not");
    thread = start(later, event);
    check(DkObjectsWaitAny(2, both, LIMIT_US) == event, "a wait for a set and an event ends with the event");
    join(thread);
    thread = start(write_later, pipe);
    check(look(entries, 2, LIMIT_US) && entries[0].ready == PAL_POLL_READ && entries[1].ready == 0, "or with the set");
    join(thread);
    DkObjectClose(set);
    check(tells_nothing(outer), "a closed set is no member");
    DkObjectClose(outer);
    DkObjectClose(event);
    DkObjectClose(pipe);
}

static void test_set_errors(void)
{
    PAL_HANDLE set = open_set(), pipe = open_stream("pipe:"), event = DkNotificationEventCreate(PAL_TRUE);
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "member"), PAL_ACCESS_RDWR, 0600, PAL_CREAT_ALWAYS, 0);
    struct pal_poll_change one = {pipe, PAL_POLL_READ, PAL_POLL_ADD, 1};
    struct pal_poll_ready ready[2];
    check(change(set, event, PAL_POLL_ADD, PAL_POLL_READ, 1) == PAL_ERROR_NOTSUPPORT, "an event is no member");
    check(change(set, file, PAL_POLL_ADD, PAL_POLL_READ, 1) == PAL_ERROR_NOTSUPPORT, "nor is a file");
    check(change(set, g_list, PAL_POLL_ADD, PAL_POLL_READ, 1) == PAL_ERROR_NOTSUPPORT, "nor a list");
    check(change(set, pipe, 3, PAL_POLL_READ, 1) == PAL_ERROR_INVAL, "an unknown change");
    check(change(set, pipe, PAL_POLL_ADD, 512, 1) == PAL_ERROR_INVAL, "an unknown flag");
    check(change(set, NULL, PAL_POLL_ADD, PAL_POLL_READ, 1) == PAL_ERROR_BADHANDLE, "no handle");
    check_failure(DkStreamWrite(set, 1, sizeof(one), &one, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(set, 0, sizeof(one) - 1, &one, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(set, 0, 0, NULL, NULL), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamWrite(set, 0, sizeof(one), (PAL_PTR)64, NULL), 0, PAL_ERROR_BADADDR);
    check_failure(DkStreamRead(set, 0, 0, NULL, NULL, 0), 0, PAL_ERROR_INVAL);
    check_failure(DkStreamRead(set, 0, sizeof(ready[0]) + 1, ready, NULL, 0), 0, PAL_ERROR_INVAL);
    write_byte(pipe);
    change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ, 1);
    check_failure(DkStreamRead(set, 0, sizeof(ready), (PAL_PTR)64, NULL, 0), 0, PAL_ERROR_BADADDR);
    check(tells(set, 1, PAL_POLL_READ), "it is told again");
    check(change(set, pipe, PAL_POLL_REMOVE, 0, 0) == 0 &&
              change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ | PAL_POLL_EXCLUSIVE, 4) == 0 &&
              tells(set, 4, PAL_POLL_READ),
          "EXCLUSIVE is added");
    DkStreamDelete(file, 0);
    DkObjectClose(file);
    DkObjectClose(event);
    DkObjectClose(pipe);
    DkObjectClose(set);
}

/***** Interrupted *****/

static void wait_in_set(void *set)
{
    struct pal_poll_ready ready;
    regression_thread_init();
    DkStreamRead(set, NO_TIMEOUT, sizeof(ready), &ready, NULL, 0);
    check(failure() == PAL_ERROR_INTERRUPTED, "a wait in a set is interrupted");
}

static void wait_in_list(void *set)
{
    struct pal_poll entry = {set, PAL_POLL_READ, 9};
    regression_thread_init();
    look(&entry, 1, NO_TIMEOUT);
    check(failure() == PAL_ERROR_INTERRUPTED && entry.ready == 9, "a wait in a list is interrupted");
}

static void test_interruption(void)
{
    PAL_HANDLE set = open_set();
    void (*const waits[])(void *) = {wait_in_set, wait_in_list};
    for (unsigned i = 0; i < 2; i++) {
        PAL_HANDLE thread = start(waits[i], set);
        bool ended = false;
        for (unsigned n = 0; n < 1000 && !ended; n++) {
            DkThreadDelayExecution(1000);
            DkThreadResume(thread);
            ended = wait_for(thread, 0) == thread;
        }
        check(ended, "at once");
        DkObjectClose(thread);
    }
    DkObjectClose(set);
}

/***** Other processes *****/

/* A child that keeps a pipe open, and writes to it when it is told to. */
static void play_child(void)
{
    PAL_HANDLE pipe = DkReceiveHandle(pal_control.parent_process);
    const bool done = read_byte(pal_control.parent_process) && write_byte(pipe) &&
                      write_byte(pal_control.parent_process) && read_byte(pal_control.parent_process);
    DkProcessExit(done ? 0 : 1);
}

static void test_shared(void)
{
    PAL_STR args[] = {"child", NULL};
    PAL_HANDLE set = open_set(), pipe = open_stream("pipe:");
    PAL_HANDLE child = DkProcessCreate(NULL, 0, args);
    check(child && DkSendHandle(child, pipe), "a member is passed to a child");
    check_failure(DkSendHandle(child, set), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check_failure(DkSendHandle(child, g_list), PAL_FALSE, PAL_ERROR_NOTSUPPORT);
    check(change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ | PAL_POLL_WRITE, 1) == 0 && tells(set, 1, PAL_POLL_WRITE),
          "and is a member as before");
    check(change(set, child, PAL_POLL_ADD, PAL_POLL_READ, 2) == 0, "the child is one");
    DkObjectClose(pipe);
    check(tells_nothing(set), "what is closed is no member even if others have it");
    write_byte(child);
    struct pal_poll_ready ready[10];
    check(told(set, ready, LIMIT_US) == 1 && ready[0].cookie == 2 && ready[0].ready == PAL_POLL_READ,
          "nor when they write to it");
    check(read_byte(child) && write_byte(child) && told(set, ready, LIMIT_US) == 1 &&
              (ready[0].ready & PAL_POLL_HANGUP),
          "the end of a child");
    DkObjectClose(child);
    DkObjectClose(set);
}

static void test_speed(void)
{
    enum { ROUNDS = 20000 };
    PAL_HANDLE set = open_set(), pipe = open_stream("pipe:");
    write_byte(pipe);
    change(set, pipe, PAL_POLL_ADD, PAL_POLL_READ, 1);
    struct pal_poll entry = {pipe, PAL_POLL_READ, 0};
    struct pal_poll_ready ready[10];
    const PAL_NUM start = DkSystemTimeQuery();
    for (unsigned i = 0; i < ROUNDS; i++)
        look(&entry, 1, 0);
    const PAL_NUM middle = DkSystemTimeQuery();
    for (unsigned i = 0; i < ROUNDS; i++)
        told(set, ready, 0);
    note("%lu ns for a list, %lu ns for a set", (middle - start) * 1000 / ROUNDS,
         (DkSystemTimeQuery() - middle) * 1000 / ROUNDS);
    DkObjectClose(pipe);
    DkObjectClose(set);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    if (pal_control.parent_process)
        play_child();
    g_list = DkStreamOpen("poll:list", PAL_ACCESS_RDONLY, 0, 0, 0);
    if (!g_list && failure() == PAL_ERROR_NOTIMPLEMENTED) {
        skip("poll:", "the host has not got it");
        return;
    }
    test_list_of_streams();
    test_list_of_others();
    test_list_wakes();
    test_list_of_many();
    test_list_errors();
    test_set();
    test_pairs();
    test_set_of_many();
    test_set_waits();
    test_set_errors();
    test_interruption();
    test_shared();
    test_speed();
}
