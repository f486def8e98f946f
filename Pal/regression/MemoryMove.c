/* SPDX-License-Identifier: MIT */
/* Memory that a thread sends to itself: PAL_COMMIT_MOVE; and that memory at addresses which the host chooses never lies
 * where the program has put some. */
#include "channels.h"

#define PAGES 8

static PAL_HANDLE g_channel;

static bool move(char *from, char *to, PAL_NUM size)
{
    return commit(g_channel, from, size, PAL_COMMIT_MOVE) && map(g_channel, to, size, PAL_PROT_NONE) == to;
}

static bool is_mapped(char *address)
{
    const bool mapped = DkVirtualMemoryProtect(address, page(), RW);
    failure();
    return mapped;
}

static void test_move(void)
{
    const PAL_NUM size = PAGES * page();
    char *from = allocate(size), *to = allocate(size);
    fill(from, size, 1);
    fill(to, size, 2);
    check(move(from, to, size), "memory is moved");
    check(is_filled(to, size, 1), "with what is in it");
    check(!is_mapped(from) && !is_mapped(from + size - page()), "and is no longer where it was");
    to[0] = 'x';
    check(to[0] == 'x', "it can be written, as it could be");
    check(move(to + 2 * page(), from, page()) && from[0] == (char)3 && !is_mapped(to + 2 * page()) &&
              is_mapped(to + page()) && is_mapped(to + 3 * page()),
          "a part of it");
    check(commit(g_channel, from, page(), PAL_COMMIT_MOVE), "it is sent");
    char *chosen = map(g_channel, NULL, page(), PAL_PROT_NONE);
    check(chosen && chosen != from && chosen[0] == 3 && !is_mapped(from), "to an address that is chosen");
    check(chosen >= (char *)pal_control.user_address.start && chosen < (char *)pal_control.user_address.end,
          "where memory may be");
    DkVirtualMemoryProtect(chosen, page(), PAL_PROT_READ);
    check(move(chosen, from, page()) && from[0] == 3, "memory that is only read");
    DkVirtualMemoryFree(from, size);
    DkVirtualMemoryFree(to, size);
}

static void test_files(void)
{
    const PAL_NUM size = 2 * page();
    char byte = 0;
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "moved"), PAL_ACCESS_RDWR, 0600, PAL_CREAT_ALWAYS, 0);
    DkStreamSetLength(file, size);
    char *shared = DkStreamMap(file, NULL, RW, 0, size), *to = allocate(size);
    char *private = DkStreamMap(file, NULL, RW | PAL_PROT_WRITECOPY, 0, size);
    shared[page()] = 's';
    check(move(shared, to, size) && to[page()] == 's', "a file that is mapped");
    to[page()] = 't';
    check(DkStreamRead(file, page(), 1, &byte, NULL, 0) == 1 && byte == 't', "is written as before");
    private[0] = 'p';
    check(move(private, shared, size) && shared[0] == 'p' && to[0] == 0, "what is private stays so");
    DkVirtualMemoryFree(shared, size);
    DkVirtualMemoryFree(to, size);
    DkStreamDelete(file, 0);
    DkObjectClose(file);
}

static void test_pending(void)
{
    const PAL_NUM size = PAGES * page();
    char *from = allocate(size), *other = allocate(size), *to = allocate(size);
    fill(from, size, 1);
    fill(other, size, 2);
    check(commit(g_channel, from, size, PAL_COMMIT_MOVE), "what is sent");
    fill(from, size, 3);
    check(is_filled(from, size, 3), "stays as it is");
    check_failure(map(g_channel, to, page(), RW), 0, PAL_ERROR_INVAL);
    check_failure(map(g_channel, from, size, RW), 0, PAL_ERROR_INVAL);
    check_failure(map(g_channel, from + page(), size, RW), 0, PAL_ERROR_INVAL);
    check_failure(map(g_channel, from - page(), size, RW), 0, PAL_ERROR_INVAL);
    check(map(g_channel, to, size, RW) == to && is_filled(to, size, 3), "and is as it was last when it is moved");
    check(commit(g_channel, to, size, PAL_COMMIT_MOVE) && commit(g_channel, other, size, PAL_COMMIT_MOVE) &&
              map(g_channel, from, size, RW) == from && is_filled(from, size, 2) && is_filled(to, size, 3),
          "another one takes its place");
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key), second = open_channel(key, PAL_OPTION_NONBLOCK);
    check(commit(channel, to, page(), PAL_COMMIT_MOVE) && commit(channel, from, page(), 0) &&
              map(second, other, page(), RW) == other && other[0] == 3,
          "another handle of the channel will do");
    check(map(second, other, page(), RW) == other && other[0] == 2, "what was sent to others is theirs");
    DkObjectClose(second);
    DkObjectClose(channel);
    DkVirtualMemoryFree(from, size);
    DkVirtualMemoryFree(other, size);
    DkVirtualMemoryFree(to, size);
}

static void test_errors(void)
{
    char *memory = allocate(4 * page());
    PAL_PTR addresses[] = {memory, memory + page()};
    PAL_NUM sizes[] = {page(), page()};
    check_failure(DkPhysicalMemoryCommit(g_channel, 2, addresses, sizes, PAL_COMMIT_MOVE), 0, PAL_ERROR_INVAL);
    check_failure(DkPhysicalMemoryCommit(g_channel, 0, addresses, sizes, PAL_COMMIT_MOVE), 0, PAL_ERROR_INVAL);
    check_failure(DkPhysicalMemoryCommit(g_channel, 1, addresses, sizes, PAL_COMMIT_MOVE | PAL_COMMIT_CHILD), 0,
                  PAL_ERROR_INVAL);
    check_failure(DkPhysicalMemoryCommit(g_channel, 1, addresses, sizes, 4), 0, PAL_ERROR_INVAL);
    check_failure(commit(g_channel, memory + 1, page(), PAL_COMMIT_MOVE), 0, PAL_ERROR_INVAL);
    check_failure(commit(g_channel, pal_control.user_address.end, page(), PAL_COMMIT_MOVE), 0, PAL_ERROR_DENIED);
    DkVirtualMemoryFree(memory + page(), page());
    check(commit(g_channel, memory + page(), page(), PAL_COMMIT_MOVE), "memory that is not there");
    check_failure(map(g_channel, memory + 3 * page(), page(), RW), 0, PAL_ERROR_BADADDR);
    check(commit(g_channel, memory + page(), page(), PAL_COMMIT_MOVE), "again");
    check_failure(map(g_channel, NULL, page(), RW), 0, PAL_ERROR_BADADDR);
    check(commit(g_channel, memory, page(), PAL_COMMIT_MOVE), "memory that is there");
    check_failure(map(g_channel, pal_control.user_address.end, page(), RW), 0, PAL_ERROR_DENIED);
    check(map(g_channel, memory + page(), page(), RW) == memory + page(), "is moved after an attempt to the PAL's");
    DkVirtualMemoryFree(memory, 4 * page());
}

/* Each thread moves its own, all by one channel. */
static void move_around(void *done)
{
    const PAL_NUM size = 2 * page();
    char *a = allocate(size), *b = allocate(size);
    bool good = a && b;
    if (good)
        fill(a, size, 5);
    for (int i = 0; good && i < 1000; i++)
        good = i % 2 == 0 ? move(a, b, size) && is_filled(b, size, 5) : move(b, a, size) && is_filled(a, size, 5);
    *(bool *)done = good;
}

static void test_threads(void)
{
    enum { THREADS = 4 };
    PAL_HANDLE threads[THREADS];
    bool done[THREADS] = {false};
    for (int i = 0; i < THREADS; i++)
        threads[i] = DkThreadCreate((PAL_PTR)move_around, &done[i], 0);
    for (int i = 0; i < THREADS; i++) {
        check(DkObjectsWaitAny(1, &threads[i], NO_TIMEOUT) == threads[i] && done[i], "a thread moves its own");
        DkObjectClose(threads[i]);
    }
}

static void test_speed(void)
{
    enum { ROUNDS = 10000 };
    const PAL_NUM size = 16 * page();
    char *a = allocate(size), *b = allocate(size);
    fill(a, size, 1);
    const PAL_NUM start = DkSystemTimeQuery();
    for (int i = 0; i < ROUNDS; i++)
        (void)(i % 2 == 0 ? move(a, b, size) : move(b, a, size));
    note("%lu ns for each move of 16 pages", (DkSystemTimeQuery() - start) * 1000 / ROUNDS);
    DkVirtualMemoryFree(a, size);
    DkVirtualMemoryFree(b, size);
}

/***** Addresses that the host chooses *****/

static void test_chosen_addresses(void)
{
    enum { TRIES = 64 };
    const PAL_NUM size = 16 * page();
    char *chosen[TRIES], *own = allocate(page()) - 4 * size;
    own = DkVirtualMemoryAlloc(own, 2 * size, 0, RW);
    fill(own, 2 * size, 7);
    bool apart = own != NULL;
    for (int i = 0; i < TRIES; i++) {
        chosen[i] = allocate(i % 3 == 0 ? page() : size);
        apart = apart && chosen[i] && (chosen[i] >= own + 2 * size || chosen[i] + size <= own);
    }
    check(apart && is_filled(own, 2 * size, 7), "what the host chooses is not where the program has something");
    for (int i = 0; i < TRIES; i++)
        DkVirtualMemoryFree(chosen[i], i % 3 == 0 ? page() : size);
    apart = true;
    for (int i = 0; i < TRIES; i++) {
        chosen[i] = allocate(size);
        apart = apart && chosen[i] && (chosen[i] >= own + 2 * size || chosen[i] + size <= own);
    }
    check(apart && is_filled(own, 2 * size, 7), "nor after something was freed");
}

void regression_main(int argc, char **argv, char **envp)
{
    PAL_NUM key;
    (void)argc, (void)argv, (void)envp;
    g_channel = DkCreatePhysicalMemoryChannel(&key);
    test_move();
    test_files();
    test_pending();
    test_errors();
    test_threads();
    test_speed();
    test_chosen_addresses();
    DkObjectClose(g_channel);
}
