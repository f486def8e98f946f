/* SPDX-License-Identifier: MIT */
/* Tests of mm/mappings.c: by hand, and by long random runs next to an array that has an entry for each page.
 * Knows no host. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "mm/mappings.h"

#define LOW   0x10000ul
#define PAGES 3000
#define HIGH  (LOW + PAGES * PAGE_SIZE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW    (PROT_READ | PROT_WRITE)

struct file {
    int references;
};

static struct file g_files[3];
static void *g_memory[1000];
static unsigned g_memory_count;
static bool g_memory_fails;

static void *allocate(size_t size)
{
    if (g_memory_fails)
        return NULL;
    assert_true(g_memory_count < 1000);
    return g_memory[g_memory_count++] = malloc(size);
}

static void hold(struct file *file)
{
    file->references++;
}

static int teardown(void **state)
{
    (void)state;
    while (g_memory_count)
        free(g_memory[--g_memory_count]);
    memset(g_files, 0, sizeof(g_files));
    return 0;
}

static void begin(struct map_set *set)
{
    mappings_init(set, LOW, HIGH, 12345, allocate, hold);
}

static void put_dropped(struct map_set *set)
{
    while (set->dropped) {
        struct map_node *node = set->dropped;
        set->dropped = node->next;
        node->map.file->references--;
        mappings_give(set, node);
    }
}

static uint64_t page(unsigned number)
{
    return LOW + number * PAGE_SIZE;
}

static void insert(struct map_set *set, unsigned first, unsigned last, int prot, int flags, struct file *file,
                   uint64_t offset)
{
    const struct mapping map = {
        .start = page(first), .end = page(last), .prot = prot, .flags = flags, .file = file, .offset = offset};
    assert_true(mappings_reserve(set, 2));
    mappings_insert(set, &map);
}

static void cut_out(struct map_set *set, unsigned first, unsigned last)
{
    assert_true(mappings_reserve(set, 1));
    mappings_remove(set, page(first), page(last));
}

/* Heap order, order by address, gaps and their maxima, sums: what has to hold at any time. */
static unsigned check_subtree(const struct map_set *set, const struct map_node *node)
{
    if (!node)
        return 0;
    uint64_t max = node->gap;
    const struct map_node *children[2] = {node->left, node->right};
    for (int i = 0; i < 2; i++) {
        if (!children[i])
            continue;
        assert_ptr_equal(children[i]->parent, node);
        assert_true(children[i]->priority <= node->priority);
        assert_true(i == 0 ? children[i]->map.start < node->map.start : children[i]->map.start > node->map.start);
        max = children[i]->max_gap > max ? children[i]->max_gap : max;
    }
    assert_int_equal(node->max_gap, max);
    return 1 + check_subtree(set, node->left) + check_subtree(set, node->right);
}

static void check_set(const struct map_set *set)
{
    uint64_t end = set->low, total = 0, data = 0, committed = 0, locked = 0;
    unsigned count = 0;
    const struct map_node *first = mappings_find(set, 0);
    assert_null(first->previous);
    for (const struct map_node *node = first; node; node = node->next) {
        const struct mapping *map = &node->map;
        const uint64_t guard = map->flags & MAP_GROWSDOWN ? MAP_GUARD_GAP : 0;
        const uint64_t size = map->end - map->start;
        assert_true(map->start >= end);
        assert_true(map->end > map->start);
        assert_int_equal(node->gap, map->start > end + guard ? map->start - guard - end : 0);
        end = map->end;
        if (node == &set->end)
            break;
        assert_ptr_equal(node->next->previous, node);
        count++;
        total += size;
        const bool writable = !(map->flags & MAP_SHARED) && map->prot & PROT_WRITE;
        data += writable && !guard ? size : 0;
        committed += writable || (map->flags & (MAP_SHARED | MAP_ANONYMOUS)) == (MAP_SHARED | MAP_ANONYMOUS) ? size : 0;
        locked += map->flags & MAP_LOCKED ? size : 0;
    }
    assert_int_equal(count, set->count);
    assert_int_equal(total, set->total);
    assert_int_equal(data, set->data);
    assert_int_equal(committed, set->committed);
    assert_int_equal(locked, set->locked);
    assert_int_equal(check_subtree(set, &set->end), count + 1);
}

static void expect(const struct map_set *set, unsigned index, unsigned first, unsigned last, int prot, uint64_t offset)
{
    const struct map_node *node = mappings_find(set, 0);
    while (index-- > 0)
        node = node->next;
    assert_ptr_not_equal(node, &set->end);
    assert_int_equal(node->map.start, page(first));
    assert_int_equal(node->map.end, page(last));
    assert_int_equal(node->map.prot, prot);
    assert_int_equal(node->map.offset, offset);
}

static void test_empty(void **state)
{
    (void)state;
    struct map_set set;
    begin(&set);
    check_set(&set);
    assert_ptr_equal(mappings_find(&set, 0), &set.end);
    assert_ptr_equal(mappings_find(&set, UINT64_MAX - 1), &set.end);
    assert_true(mappings_is_free(&set, LOW, HIGH, true));
    assert_false(mappings_is_free(&set, LOW - PAGE_SIZE, HIGH, false));
    assert_false(mappings_is_free(&set, LOW, HIGH + PAGE_SIZE, false));
    assert_false(mappings_is_free(&set, page(2), page(1), false));
    mappings_remove(&set, LOW, HIGH);
    mappings_change(&set, LOW, HIGH, RW, 0, 0);
    check_set(&set);
    assert_int_equal(mappings_search(&set, PAGES * PAGE_SIZE, PAGE_SIZE, LOW, HIGH), LOW);
    assert_int_equal(mappings_search(&set, PAGES * PAGE_SIZE + 1, PAGE_SIZE, LOW, HIGH), 0);
    assert_int_equal(mappings_search(&set, UINT64_MAX, PAGE_SIZE, 0, UINT64_MAX), 0);
}

static void test_merging(void **state)
{
    (void)state;
    struct map_set set;
    begin(&set);
    insert(&set, 20, 30, RW, ANON, NULL, 0);
    insert(&set, 10, 20, RW, ANON, NULL, 0); /* in front */
    insert(&set, 30, 40, RW, ANON, NULL, 0); /* behind */
    insert(&set, 50, 60, RW, ANON, NULL, 0);
    assert_int_equal(set.count, 2);
    insert(&set, 40, 50, RW, ANON, NULL, 0); /* between */
    assert_int_equal(set.count, 1);
    expect(&set, 0, 10, 60, RW, 0);
    insert(&set, 60, 61, PROT_READ, ANON, NULL, 0);
    insert(&set, 61, 62, PROT_READ, ANON | MAP_NORESERVE, NULL, 0);
    assert_int_equal(set.count, 3);
    mappings_change(&set, page(61), page(62), -1, MAP_NORESERVE, 0);
    assert_int_equal(set.count, 2);
    assert_true(mappings_reserve(&set, 2));
    mappings_change(&set, page(10), page(60), PROT_READ, 0, 0);
    assert_int_equal(set.count, 1);
    expect(&set, 0, 10, 62, PROT_READ, 0);
    insert(&set, 62, 63, PROT_READ, ANON | MM_CODE, NULL, 0);
    insert(&set, 9, 10, PROT_READ, ANON, NULL, 0);
    expect(&set, 0, 9, 63, PROT_READ, 0);
    assert_int_equal(mappings_find(&set, LOW)->map.flags, ANON | MM_CODE);
    check_set(&set);
}

static void test_files(void **state)
{
    (void)state;
    struct map_set set;
    struct file *file = &g_files[0], *other = &g_files[1];
    begin(&set);
    insert(&set, 10, 20, RW, MAP_PRIVATE, file, 0x5000);
    insert(&set, 20, 22, RW, MAP_PRIVATE, file, 0xf000); /* goes on */
    assert_int_equal(set.count, 1);
    assert_int_equal(file->references, 1);
    insert(&set, 22, 23, RW, MAP_PRIVATE, file, 0x10000); /* does not */
    insert(&set, 23, 24, RW, MAP_PRIVATE, other, 0x11000);
    assert_int_equal(set.count, 3);
    cut_out(&set, 12, 14);
    assert_int_equal(set.count, 4);
    expect(&set, 0, 10, 12, RW, 0x5000);
    expect(&set, 1, 14, 22, RW, 0x9000);
    assert_int_equal(file->references, 3);
    cut_out(&set, 8, 11);
    expect(&set, 0, 11, 12, RW, 0x6000);
    assert_true(mappings_reserve(&set, 2));
    mappings_change(&set, page(16), page(18), PROT_READ, 0, 0);
    expect(&set, 2, 16, 18, PROT_READ, 0xb000);
    expect(&set, 3, 18, 22, RW, 0xd000);
    check_set(&set);
    mappings_change(&set, page(16), page(18), RW, 0, 0);
    expect(&set, 1, 14, 22, RW, 0x9000);
    insert(&set, 12, 14, RW, MAP_PRIVATE, file, 0x7000);
    expect(&set, 0, 11, 22, RW, 0x6000);
    check_set(&set);
    put_dropped(&set);
    assert_int_equal(file->references, 2);
    cut_out(&set, 0, PAGES);
    put_dropped(&set);
    assert_int_equal(file->references, 0);
    assert_int_equal(other->references, 0);
    check_set(&set);
}

static void test_borders(void **state)
{
    (void)state;
    static const struct {
        unsigned first, last, count;
    } rows[] = {
        {5, 10, 1},  {20, 25, 1}, {5, 11, 1},  {19, 25, 1}, {10, 20, 0}, {5, 25, 0},  {10, 15, 1},
        {15, 20, 1}, {14, 15, 2}, {11, 19, 2}, {10, 11, 1}, {19, 20, 1}, {15, 15, 1},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct map_set set;
        begin(&set);
        insert(&set, 10, 20, RW, ANON, NULL, 0);
        if (rows[i].first < rows[i].last)
            cut_out(&set, rows[i].first, rows[i].last);
        assert_int_equal(set.count, rows[i].count);
        check_set(&set);
    }
}

static void test_search(void **state)
{
    (void)state;
    struct map_set set;
    begin(&set);
    insert(&set, 100, 200, RW, ANON, NULL, 0);
    insert(&set, 210, 300, PROT_READ, ANON, NULL, 0);
    insert(&set, 900, 1000, RW, ANON | MAP_GROWSDOWN, NULL, 0);
    const struct {
        unsigned pages, align, low, high;
        int found; /* -1 = none */
    } rows[] = {
        {1, 1, 0, PAGES, PAGES - 1}, {1, 1, 0, 1000, 900 - 256 - 1},
        {344, 1, 0, 1000, 300},      {345, 1, 0, 1000, -1},
        {345, 1, 0, 1001, -1},       {1, 1, 0, 300, 209},
        {10, 1, 0, 300, 200},        {11, 1, 0, 300, 89},
        {100, 1, 0, 300, 0},         {101, 1, 0, 300, -1},
        {5, 1, 0, 205, 200},         {6, 1, 0, 205, 94},
        {5, 1, 203, 208, 203},       {6, 1, 203, 208, -1},
        {1, 1, 200, 201, 200},       {2, 1, 100, 200, -1},
        {2, 16, 0, 300, 208},        {4, 16, 0, 300, 96},
        {4, 256, 0, 1000, 496},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint64_t found = mappings_search(&set, rows[i].pages * PAGE_SIZE, rows[i].align * PAGE_SIZE,
                                               page(rows[i].low), page(rows[i].high));
        const int number = found ? (int)((found - LOW) / PAGE_SIZE) : -1;
        if (number != rows[i].found)
            fail_msg("row %u: found page %d", i, number);
    }
    assert_false(mappings_is_free(&set, page(800), page(900), true));
    assert_true(mappings_is_free(&set, page(800), page(900), false));
    assert_true(mappings_is_free(&set, page(600), page(644), true));
}

static void test_no_memory(void **state)
{
    (void)state;
    struct map_set set;
    begin(&set);
    g_memory_fails = true;
    assert_false(mappings_reserve(&set, 1));
    g_memory_fails = false;
    assert_true(mappings_reserve(&set, 40));
    g_memory_fails = true;
    assert_true(mappings_reserve(&set, 40));
    assert_false(mappings_reserve(&set, 400));
    g_memory_fails = false;
    check_set(&set);
}

/***** Random runs *****/

/* What a page is mapped as; all zeros = it is not. */
struct model_page {
    int prot, flags;
    struct file *file;
    uint64_t offset;
};

static struct model_page g_model[PAGES];
static uint32_t g_random = 1;

static unsigned random_below(unsigned limit)
{
    g_random = g_random * 1664525 + 1013904223;
    return (g_random >> 8) % limit;
}

static void compare(const struct map_set *set)
{
    const struct map_node *node = mappings_find(set, 0);
    unsigned count = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        const struct model_page *is = &g_model[i];
        while (node->map.end <= page(i))
            node = node->next;
        const bool mapped = node->map.start <= page(i);
        assert_int_equal(mapped, is->flags != 0);
        if (!mapped)
            continue;
        assert_int_equal(node->map.prot, is->prot);
        assert_int_equal(node->map.flags, is->flags);
        assert_ptr_equal(node->map.file, is->file);
        if (is->file)
            assert_int_equal(node->map.offset + (page(i) - node->map.start), is->offset);
        const struct model_page *before = i ? is - 1 : NULL;
        const bool same = before && before->flags == is->flags && before->prot == is->prot &&
                          before->file == is->file && (!is->file || before->offset + PAGE_SIZE == is->offset);
        count += !same;
    }
    assert_int_equal(count, set->count); /* nothing that could be one is two */
    check_set(set);
}

/* The naive search: from the top, page by page. Alignment 1 page and no guards, which the model has not. */
static uint64_t model_search(unsigned pages, unsigned low, unsigned high)
{
    for (unsigned end = high, free = 0; end > low; end--) {
        free = g_model[end - 1].flags ? 0 : free + 1;
        if (free == pages)
            return page(end - 1);
    }
    return 0;
}

static void random_insert(struct map_set *set, unsigned first, unsigned last)
{
    struct file *file = random_below(3) ? NULL : &g_files[random_below(3)];
    const int flags = file ? random_below(2) ? MAP_PRIVATE : MAP_SHARED : random_below(4) ? ANON : ANON | MAP_LOCKED;
    const int prot = random_below(2) ? RW : PROT_READ;
    const uint64_t offset = file ? page(first) - LOW + (random_below(3) ? 0 : PAGE_SIZE) : 0;
    cut_out(set, first, last);
    insert(set, first, last, prot, flags, file, offset);
    for (unsigned i = first; i < last; i++)
        g_model[i] = (struct model_page){prot, flags, file, file ? offset + (i - first) * PAGE_SIZE : 0};
}

static void random_change(struct map_set *set, unsigned first, unsigned last)
{
    const int prot = (int)random_below(3) - 1;
    const int clear = random_below(2) ? MAP_LOCKED : 0, add = random_below(3) ? 0 : MAP_NORESERVE;
    assert_true(mappings_reserve(set, 2));
    mappings_change(set, page(first), page(last), prot, clear, add);
    for (unsigned i = first; i < last; i++) {
        if (!g_model[i].flags)
            continue;
        g_model[i].prot = prot < 0 ? g_model[i].prot : prot;
        g_model[i].flags = (g_model[i].flags & ~clear) | add;
    }
}

static void test_random(void **state)
{
    (void)state;
    struct map_set set;
    begin(&set);
    memset(g_model, 0, sizeof(g_model));
    for (unsigned round = 0; round < 20000; round++) {
        const unsigned first = random_below(PAGES), room = PAGES - first;
        const unsigned last = first + 1 + random_below(room < 40 ? room : 40);
        switch (random_below(4)) {
        case 0:
        case 1:
            random_insert(&set, first, last);
            break;
        case 2:
            cut_out(&set, first, last);
            memset(&g_model[first], 0, (last - first) * sizeof(g_model[0]));
            break;
        default:
            random_change(&set, first, last);
            break;
        }
        put_dropped(&set);
        const unsigned pages = 1 + random_below(12), low = random_below(PAGES),
                       high = low + random_below(PAGES - low) + 1;
        assert_int_equal(mappings_search(&set, pages * PAGE_SIZE, PAGE_SIZE, page(low), page(high)),
                         model_search(pages, low, high));
        if (round % 16 == 0)
            compare(&set);
    }
    compare(&set);
    int references = 0;
    for (const struct map_node *node = mappings_find(&set, 0); node != &set.end; node = node->next)
        references += node->map.file != NULL;
    assert_int_equal(references, g_files[0].references + g_files[1].references + g_files[2].references);
}

/* A program that maps in ascending order must not make a list of the tree. */
static void test_height(void **state)
{
    (void)state;
    struct map_set set;
    mappings_init(&set, LOW, LOW + (1ul << 40), 1, allocate, hold);
    for (unsigned i = 0; i < 8000; i++)
        insert(&set, 2 * i, 2 * i + 1, RW, ANON, NULL, 0);
    unsigned highest = 0;
    for (const struct map_node *node = mappings_find(&set, 0); node; node = node->next) {
        unsigned height = 0;
        for (const struct map_node *up = node; up; up = up->parent)
            height++;
        highest = height > highest ? height : highest;
    }
    assert_in_range(highest, 13, 60);
    check_set(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_empty, teardown),  cmocka_unit_test_teardown(test_merging, teardown),
        cmocka_unit_test_teardown(test_files, teardown),  cmocka_unit_test_teardown(test_borders, teardown),
        cmocka_unit_test_teardown(test_search, teardown), cmocka_unit_test_teardown(test_no_memory, teardown),
        cmocka_unit_test_teardown(test_random, teardown), cmocka_unit_test_teardown(test_height, teardown),
    };
    return cmocka_run_group_tests_name("mappings", tests, NULL, NULL);
}
