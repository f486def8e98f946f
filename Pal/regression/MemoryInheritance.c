/* SPDX-License-Identifier: MIT */
/* Memory that children inherit through a channel (PAL_COMMIT_CHILD): what they get of it, and who does. */
#include "channels.h"

#define MANY    200
#define THREADS 4

/***** Roles of children: each opens the channel whose key it is given *****/

/* What an heir is told on its stream: the ranges to map, and where to look. */
struct will {
    char *addresses[2]; /* to be mapped at */
    PAL_NUM sizes[2];
    PAL_NUM count;
    int seeds[2];
};

/* Map what was inherited, at the same addresses or anywhere, and change it. */
static int play_heir(char *argument)
{
    struct will will;
    PAL_PTR addresses[2];
    PAL_FLG prots[2] = {RW, RW};
    if (read_fully(pal_control.parent_process, &will, sizeof(will)) != sizeof(will))
        return 1;
    PAL_HANDLE channel = open_given(argument);
    for (int i = 0; i < 2; i++)
        addresses[i] = will.addresses[i];
    failure();
    if (DkPhysicalMemoryMap(channel, will.count, addresses, will.sizes, prots) != will.count)
        return 2;
    for (unsigned i = 0; i < will.count; i++) {
        if (will.addresses[i] && addresses[i] != will.addresses[i])
            return 3;
        if (!is_filled(addresses[i], will.sizes[i], will.seeds[i]))
            return 4;
        fill(addresses[i], will.sizes[i], 99);
    }
    /* The parent changes its own, then lets this go on. */
    if (!write_byte(pal_control.parent_process, 'm') || read_byte(pal_control.parent_process) != 'g')
        return 5;
    for (unsigned i = 0; i < will.count; i++) {
        if (!is_filled(addresses[i], will.sizes[i], 99))
            return 6;
    }
    return 0;
}

/* Who has inherited nothing finds nothing. */
static int play_disinherited(char *argument)
{
    PAL_HANDLE channel = DkStreamOpen(text("gipc:%s", argument), PAL_ACCESS_RDWR, 0, 0, PAL_OPTION_NONBLOCK);
    failure();
    const char *memory = map(channel, NULL, page(), RW);
    return !memory && failure() == PAL_ERROR_TRYAGAIN ? 0 : 1;
}

/* Have a child of one's own look for what one has inherited but not mapped; then map it after all. */
static int play_ancestor(char *argument)
{
    if (end_of(start_role("disinherited", argument)) != 0)
        return 1;
    const char *memory = map(open_given(argument), NULL, page(), PAL_PROT_READ);
    return memory && is_filled(memory, page(), 5) ? 0 : 2;
}

/* Inherited ranges come first, then those that were sent. */
static int play_order(char *argument)
{
    PAL_HANDLE channel = open_given(argument);
    failure();
    if (map(channel, NULL, 3 * page(), RW) || failure() != PAL_ERROR_INVAL)
        return 1;
    for (int seed = 1; seed <= 3; seed++) {
        const char *memory = map(channel, NULL, page(), RW);
        if (!memory || !is_filled(memory, page(), seed))
            return 1 + seed;
    }
    return 0;
}

/* Many ranges, some of them on other addresses than they came from. */
static int play_many(char *argument)
{
    static PAL_PTR addresses[MANY];
    static PAL_NUM sizes[MANY];
    static PAL_FLG prots[MANY];
    PAL_HANDLE channel = open_given(argument);
    for (int i = 0; i < MANY; i++) {
        sizes[i] = (PAL_NUM)(1 + i % 3) * page();
        prots[i] = i & 1 ? PAL_PROT_READ : RW;
    }
    if (DkPhysicalMemoryMap(channel, MANY, addresses, sizes, prots) != MANY)
        return 1;
    for (int i = 0; i < MANY; i++) {
        if (!is_filled(addresses[i], sizes[i], i))
            return 2;
    }
    return 0;
}

/* A range of pages of different kinds: read-only, writable, of a file. */
static int play_mixture(char *argument)
{
    const char *memory = map(open_given(argument), NULL, 4 * page(), PAL_PROT_READ);
    return memory && memory[0] == 'r' && memory[page()] == 'w' && memory[2 * page()] == 'f' && memory[3 * page()] == 0
               ? 0
               : 1;
}

static int play_idle(char *argument)
{
    (void)argument;
    return read_byte(pal_control.parent_process);
}

static const struct role roles[] = {
    {"heir", play_heir}, {"disinherited", play_disinherited}, {"ancestor", play_ancestor}, {"order", play_order},
    {"many", play_many}, {"mixture", play_mixture},           {"sparse", play_sparse},     {"idle", play_idle},
    {NULL, NULL},
};

/* Leave two ranges to a child. anywhere: whether it chooses the addresses. */
static bool leave(PAL_NUM size, bool anywhere)
{
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    char *own[2] = {allocate(size), allocate(2 * page())};
    PAL_PTR addresses[2] = {own[0], own[1]};
    struct will will = {.sizes = {size, 2 * page()}, .count = 2, .seeds = {11, 12}};
    for (int i = 0; i < 2; i++) {
        fill(own[i], will.sizes[i], will.seeds[i]);
        will.addresses[i] = anywhere ? NULL : own[i];
    }
    bool good = DkPhysicalMemoryCommit(channel, 2, addresses, will.sizes, PAL_COMMIT_CHILD) == 2;
    PAL_NUM start = DkSystemTimeQuery();
    PAL_HANDLE child = start_role("heir", text("%lu", key));
    start = DkSystemTimeQuery() - start;
    fill(own[0], size, 55);
    good = good && write_fully(child, &will, sizeof(will)) && read_byte(child) == 'm';
    good = good && is_filled(own[0], size, 55) && is_filled(own[1], 2 * page(), 12);
    fill(own[1], 2 * page(), 56);
    good = good && write_byte(child, 'g') && end_of(child) == 0;
    note("creation of a child that inherits %lu KB: %lu us", size >> 10, start);
    for (int i = 0; i < 2; i++)
        DkVirtualMemoryFree(own[i], will.sizes[i]);
    DkObjectClose(channel);
    return good;
}

static void test_heirs(void)
{
    check(leave(4 * page(), false), "a child inherits ranges at their addresses");
    check(leave(4 * page(), true), "and at others");
    check(leave(20 * MB, false), "many pages");
    check(leave(20 * MB, true), "and at others");
    check(failure() == 0, "no failure");
}

static void test_sparse(void)
{
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    char *own = allocate(GB);
    for (PAL_NUM offset = 0; offset < GB; offset += GB / 16)
        own[offset] = 's';
    check(commit(channel, own, GB, PAL_COMMIT_CHILD), "1 GB, mostly untouched");
    const PAL_NUM start = DkSystemTimeQuery();
    check(end_of(start_role("sparse", text("%lu", key))) == 0, "is inherited");
    note("and looked at in %lu us", DkSystemTimeQuery() - start);
    DkVirtualMemoryFree(own, GB);
    DkObjectClose(channel);
}

static void test_who_inherits(void)
{
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    const char *name = text("%lu", key);
    char *own = allocate(4 * page());
    for (int i = 0; i < 3; i++)
        fill(own + (PAL_NUM)i * page(), page(), i + 1);
    check(commit(channel, own + 2 * page(), page(), 0) && commit(channel, own, page(), PAL_COMMIT_CHILD) &&
              commit(channel, own + page(), page(), PAL_COMMIT_CHILD) && end_of(start_role("order", name)) == 0,
          "what is inherited comes before what is sent");
    check(commit(channel, own, page(), PAL_COMMIT_CHILD), "a range for the next child");
    PAL_HANDLE heir = start_role("idle", NULL);
    check(end_of(start_role("disinherited", name)) == 0, "is not for the one after it");
    DkObjectClose(heir);

    fill(own, page(), 5);
    check(commit(channel, own, page(), PAL_COMMIT_CHILD) && end_of(start_role("ancestor", name)) == 0,
          "what a child has inherited is not for its children");
    PAL_NUM other_key;
    PAL_HANDLE other = DkCreatePhysicalMemoryChannel(&other_key);
    check(commit(other, own, page(), PAL_COMMIT_CHILD), "a range for the next child");
    DkObjectClose(other);
    other = DkCreatePhysicalMemoryChannel(&other_key);
    check(end_of(start_role("disinherited", text("%lu", other_key))) == 0, "is taken back when the channel is closed");
    DkObjectClose(other);
    DkObjectClose(channel);
    DkVirtualMemoryFree(own, 4 * page());
}

static void test_many(void)
{
    static PAL_PTR addresses[MANY];
    static PAL_NUM sizes[MANY];
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    for (int i = 0; i < MANY; i++) {
        sizes[i] = (PAL_NUM)(1 + i % 3) * page();
        addresses[i] = allocate(sizes[i]);
        fill(addresses[i], sizes[i], i);
    }
    check(DkPhysicalMemoryCommit(channel, MANY, addresses, sizes, 0) == MANY &&
              end_of(start_role("many", text("%lu", key))) == 0,
          "%d ranges sent", MANY);
    check(DkPhysicalMemoryCommit(channel, MANY, addresses, sizes, PAL_COMMIT_CHILD) == MANY &&
              end_of(start_role("many", text("%lu", key))) == 0,
          "%d ranges inherited", MANY);
    for (int i = 0; i < MANY; i++)
        DkVirtualMemoryFree(addresses[i], sizes[i]);
    DkObjectClose(channel);
}

static void test_mixture(void)
{
    PAL_NUM key;
    PAL_HANDLE channel = DkCreatePhysicalMemoryChannel(&key);
    char *own = allocate(4 * page());
    own[0] = 'r';
    own[page()] = 'w';
    PAL_HANDLE file = DkStreamOpen(scratch("file:", "content"), PAL_ACCESS_RDWR, PAL_SHARE_OWNER_R | PAL_SHARE_OWNER_W,
                                   PAL_CREAT_TRY, 0);
    static char content[] = "from a file";
    check(DkStreamWrite(file, 0, sizeof(content), content, NULL) == sizeof(content) &&
              DkStreamMap(file, own + 2 * page(), PAL_PROT_READ | PAL_PROT_WRITECOPY, 0, page()) == own + 2 * page() &&
              DkVirtualMemoryProtect(own, page(), PAL_PROT_READ),
          "memory of several kinds");
    check(commit(channel, own, 4 * page(), 0) && end_of(start_role("mixture", text("%lu", key))) == 0, "is sent");
    check(commit(channel, own, 4 * page(), PAL_COMMIT_CHILD) && end_of(start_role("mixture", text("%lu", key))) == 0,
          "and inherited");
    DkObjectClose(file);
    DkObjectClose(channel);
    DkVirtualMemoryFree(own, 4 * page());
}

static int g_good;

static void leave_from_thread(void *unused)
{
    (void)unused;
    regression_thread_init();
    for (int i = 0; i < 5; i++) {
        if (leave(MB, i & 1) && failure() == 0)
            __atomic_fetch_add(&g_good, 1, __ATOMIC_RELAXED);
    }
}

static void test_threads(void)
{
    PAL_HANDLE threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = DkThreadCreate((PAL_PTR)leave_from_thread, NULL, 0);
    for (int i = 0; i < THREADS; i++) {
        DkObjectsWaitAny(1, &threads[i], NO_TIMEOUT);
        DkObjectClose(threads[i]);
    }
    check(g_good == 5 * THREADS,
          "threads that make children at the same time: %d of %d inherit what was meant for them", g_good, 5 * THREADS);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)envp;
    play_role(roles, argc, argv);
    test_heirs();
    test_sparse();
    test_who_inherits();
    test_many();
    test_mixture();
    test_threads();
}
