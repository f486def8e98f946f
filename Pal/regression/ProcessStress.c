/* SPDX-License-Identifier: MIT */
/* Many processes: one after the other, at once, by many threads, in generations, with large parents; and that nothing is
 * left of them. */
#include "processes.h"

#define IN_SEQUENCE 1000
#define AT_ONCE     50
#define THREADS     4
#define OF_A_THREAD 25
#define GENERATIONS 4
#define LARGE       ((PAL_NUM)64 << 20)
#define PIPES       20000

static int play_number(char *argument)
{
    (void)argument;
    int number;
    if (read_fully(pal_control.parent_process, &number, sizeof(number)) != sizeof(number))
        return 255;
    return number;
}

/* Two children of each, down to the last generation; tells how many there were. */
static int play_tree(char *argument)
{
    const int left = argument[0] - '0';
    int sum = 1;
    PAL_HANDLE children[2];
    const char *next = text("%d", left - 1);
    for (int i = 0; left > 0 && i < 2; i++)
        children[i] = start_role("tree", next);
    for (int i = 0; left > 0 && i < 2; i++) {
        const int below = end_of(children[i]);
        sum = below < 0 ? 255 : sum + below;
    }
    return sum;
}

static const struct role roles[] = {{"number", play_number}, {"tree", play_tree}, {NULL, NULL}};

/* A child that was told a number ends with it. */
static bool number_comes_back(PAL_HANDLE child, int number)
{
    const bool told = write_fully(child, &number, sizeof(number));
    return end_of(child) == number && told;
}

static void test_sequence(void)
{
    int good = 0;
    for (int i = 0; i < IN_SEQUENCE; i++)
        good += number_comes_back(start_role("number", NULL), i & 127);
    check(good == IN_SEQUENCE && failure() == 0, "%d of %d children one after the other", good, IN_SEQUENCE);
    good = 0;
    for (int i = 0; i < IN_SEQUENCE; i++) {
        PAL_HANDLE child = start_role("number", NULL);
        good += child != NULL;
        DkObjectClose(child);
    }
    check(good == IN_SEQUENCE && failure() == 0, "%d of %d children whose handles are closed at once", good,
          IN_SEQUENCE);
}

static void test_at_once(void)
{
    PAL_HANDLE children[AT_ONCE];
    int good = 0;
    for (int i = 0; i < AT_ONCE; i++)
        children[i] = start_role("number", NULL);
    for (int i = AT_ONCE; i-- > 0;)
        good += number_comes_back(children[i], i);
    check(good == AT_ONCE && failure() == 0, "%d of %d children at once", good, AT_ONCE);
}

static int g_good;

static void make_children(void *unused)
{
    (void)unused;
    regression_thread_init();
    for (int i = 0; i < OF_A_THREAD; i++) {
        PAL_HANDLE children[2] = {start_role("number", NULL), start_role("number", NULL)};
        const bool first = number_comes_back(children[0], i), second = number_comes_back(children[1], i + 100);
        if (first && second && failure() == 0)
            __atomic_fetch_add(&g_good, 2, __ATOMIC_RELAXED);
    }
}

/* Memory comes and goes while others make processes. */
static bool g_stop;

static void churn(void *unused)
{
    (void)unused;
    regression_thread_init();
    const PAL_NUM page = pal_control.alloc_align;
    while (!__atomic_load_n(&g_stop, __ATOMIC_RELAXED)) {
        char *memory = DkVirtualMemoryAlloc(NULL, 16 * page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
        memory[page] = 1;
        DkVirtualMemoryProtect(memory + page, page, PAL_PROT_READ);
        DkVirtualMemoryFree(memory, 16 * page);
    }
}

static void test_threads(void)
{
    PAL_HANDLE threads[THREADS + 1];
    threads[THREADS] = DkThreadCreate((PAL_PTR)churn, NULL, 0);
    for (int i = 0; i < THREADS; i++)
        threads[i] = DkThreadCreate((PAL_PTR)make_children, NULL, 0);
    for (int i = 0; i <= THREADS; i++) {
        if (i == THREADS)
            __atomic_store_n(&g_stop, true, __ATOMIC_RELAXED);
        DkObjectsWaitAny(1, &threads[i], NO_TIMEOUT);
        DkObjectClose(threads[i]);
    }
    const int wanted = THREADS * OF_A_THREAD * 2;
    check(g_good == wanted, "%d of %d children of %d threads", g_good, wanted, THREADS);
}

static PAL_NUM time_of_children(int count)
{
    const PAL_NUM start = DkSystemTimeQuery();
    for (int i = 0; i < count; i++)
        number_comes_back(start_role("number", NULL), i);
    return DkSystemTimeQuery() - start;
}

/* What a parent has in memory does not make its children expensive. */
static void test_large_parent(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    const PAL_NUM small_us = time_of_children(50);
    char *memory = DkVirtualMemoryAlloc(NULL, LARGE, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    for (PAL_NUM offset = 0; offset < LARGE; offset += page)
        memory[offset] = 1;
    const PAL_NUM large_us = time_of_children(50);
    note("50 children of a small parent %lu us, of one with %lu MB %lu us", small_us, LARGE >> 20, large_us);
    check(memory[LARGE - page] == 1, "a large parent keeps its memory");
    DkVirtualMemoryFree(memory, LARGE);
}

/* Without descriptors there are no children; wherever it fails, nothing is lost. */
static void test_no_streams(void)
{
    static PAL_HANDLE pipes[PIPES];
    unsigned count = 0;
    failure();
    while (count < PIPES && (pipes[count] = DkStreamOpen("pipe:", PAL_ACCESS_RDWR, 0, 0, 0)))
        count++;
    if (count == PIPES) {
        skip("children without descriptors", "this process may have too many");
    } else {
        check(failure() == PAL_ERROR_TOOMANY, "no more streams after %u", count);
        int failed = 0;
        for (int i = 0; i < 100; i++) {
            if (i % 50 == 49)
                DkObjectClose(pipes[--count]);
            PAL_HANDLE child = start_role("number", NULL);
            failed += !child && failure() == PAL_ERROR_TOOMANY;
            DkObjectClose(child);
        }
        failure();
        check(failed == 100, "%d of 100 children are refused", failed);
    }
    while (count > 0)
        DkObjectClose(pipes[--count]);
    check(number_comes_back(start_role("number", NULL), 5) && failure() == 0, "and one is made after that");
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    test_sequence();
    test_at_once();
    test_threads();
    PAL_HANDLE tree = start_role("tree", text("%d", GENERATIONS));
    check(end_of(tree) == (2 << GENERATIONS) - 1, "%d generations", GENERATIONS);
    test_large_parent();
    test_no_streams();
}
