/* SPDX-License-Identifier: MIT */
/* Tests of locks/lock_ranges.c: random requests of several owners, next to an array that has an entry for each byte.
 * Knows no files. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "locks/lock_ranges.h"

#define BYTES    60
#define OWNERS   3
#define CAPACITY (OWNERS * BYTES / 2 + LOCK_ROOM)

enum { NONE, SHARED, EXCLUSIVE };

static struct lock_range g_ranges[CAPACITY];
static struct lock_counts g_counts;
static const struct lock_set g_set = {g_ranges, &g_counts, CAPACITY};

static unsigned char g_model[OWNERS][BYTES];
static uint32_t g_random = 7;

static unsigned random_below(unsigned limit)
{
    g_random = g_random * 1664525 + 1013904223;
    return (g_random >> 8) % limit;
}

static struct lock_range range(unsigned number, bool exclusive, unsigned first, unsigned last)
{
    return (struct lock_range){.kind = number % 2 ? LOCK_OF_FILE : LOCK_OF_PROCESS,
                               .exclusive = exclusive,
                               .device = 1,
                               .inode = 2,
                               .owner = 1 + number / 2,
                               .first = first,
                               .last = last == BYTES - 1 ? LOCK_RANGE_END : last,
                               .pid = (int32_t)number};
}

/* Another file, and locks of the whole one: nothing of what is done has to do with them. */
static void add_strangers(void)
{
    struct lock_range other = range(0, true, 0, BYTES - 1);
    other.inode = 3;
    assert_false(lock_change(&g_set, &other, false));
    other.inode = 2;
    other.kind = LOCK_OF_WHOLE;
    assert_false(lock_change(&g_set, &other, false));
}

static bool is_stranger(const struct lock_range *lock)
{
    return lock->inode == 3 || lock->kind == LOCK_OF_WHOLE;
}

static void clear(void)
{
    memset(g_ranges, 0, sizeof(g_ranges));
    memset(&g_counts, 0, sizeof(g_counts));
}

static bool model_conflict(unsigned number, bool exclusive, unsigned first, unsigned last)
{
    for (unsigned other = 0; other < OWNERS; other++) {
        for (unsigned i = first; other != number && i <= last; i++) {
            if (g_model[other][i] == EXCLUSIVE || (exclusive && g_model[other][i] != NONE))
                return true;
        }
    }
    return false;
}

/* Each byte is as in the model, and nothing stands beside what could be one with it. */
static void compare(void)
{
    unsigned char found[OWNERS][BYTES] = {{0}};
    unsigned count = 0, expected = 0, strangers = 0;
    for (uint32_t n = 0; n < lock_set_end(&g_set); n++) {
        const struct lock_range *lock = &g_ranges[n];
        if (lock->kind == LOCK_FREE || is_stranger(lock)) {
            strangers += lock->kind != LOCK_FREE;
            continue;
        }
        const unsigned number = (unsigned)lock->pid;
        const int64_t last = lock->last == LOCK_RANGE_END ? BYTES - 1 : lock->last;
        assert_true(lock->first <= last);
        for (int64_t i = lock->first; i <= last; i++) {
            assert_int_equal(found[number][i], NONE);
            found[number][i] = lock->exclusive ? EXCLUSIVE : SHARED;
        }
        count++;
    }
    assert_memory_equal(found, g_model, sizeof(found));
    for (unsigned number = 0; number < OWNERS; number++) {
        for (unsigned i = 0; i < BYTES; i++)
            expected += g_model[number][i] != NONE && (i == 0 || g_model[number][i] != g_model[number][i - 1]);
    }
    assert_int_equal(count, expected);
    assert_int_equal(strangers, 2);
}

static void test_random(void **state)
{
    (void)state;
    clear();
    add_strangers();
    for (unsigned round = 0; round < 50000; round++) {
        const unsigned number = random_below(OWNERS), kind = random_below(3);
        const unsigned first = random_below(BYTES),
                       last = first + random_below(random_below(4) ? 8 : BYTES) % (BYTES - first);
        const struct lock_range wanted = range(number, kind == EXCLUSIVE, first, last);
        if (kind != NONE) {
            const struct lock_range *conflict = lock_conflict(&g_set, &wanted);
            assert_int_equal(conflict != NULL, model_conflict(number, wanted.exclusive, first, last));
            if (conflict) {
                assert_false(lock_same_owner(conflict, &wanted));
                assert_true(conflict->first <= wanted.last && conflict->last >= wanted.first);
                continue;
            }
        }
        bool freed = false;
        for (unsigned i = first; i <= last; i++) {
            freed |=
                g_model[number][i] != NONE && (kind == NONE || (kind == SHARED && g_model[number][i] == EXCLUSIVE));
            g_model[number][i] = (unsigned char)kind;
        }
        assert_true(lock_has_room(&g_set));
        const bool told = lock_change(&g_set, &wanted, kind == NONE);
        assert_true(told || !freed); /* too often does no harm */
        compare();
    }
}

/* F_GETLK tells of the owner that came first, and of its lowest range. */
static void test_order(void **state)
{
    (void)state;
    clear();
    const struct lock_range all = range(2, true, 0, BYTES - 1);
    const struct lock_range wanted[] = {range(1, false, 30, 39), range(0, false, 0, 9), range(1, false, 20, 25)};
    for (unsigned i = 0; i < 3; i++)
        lock_change(&g_set, &wanted[i], false);
    const struct lock_range *first = lock_conflict(&g_set, &all);
    assert_int_equal(first->pid, 1);
    assert_int_equal(first->first, 20);
    assert_true(lock_forget(&g_set, &wanted[0]));
    assert_int_equal(lock_conflict(&g_set, &all)->pid, 0);
    assert_false(lock_forget(&g_set, &wanted[0]));
    assert_int_equal(lock_count(&g_set, &wanted[1]), 1);
}

/* A full set says so; releasing everything takes no room at all. */
static void test_room(void **state)
{
    (void)state;
    clear();
    unsigned count = 0;
    for (; lock_has_room(&g_set); count++) {
        struct lock_range wanted = range(0, count % 2, 0, 0);
        wanted.first = wanted.last = count;
        assert_false(lock_change(&g_set, &wanted, false));
    }
    assert_int_equal(count, CAPACITY - LOCK_ROOM + 1);
    struct lock_range all = range(0, false, 0, 0);
    all.last = LOCK_RANGE_END;
    assert_true(lock_change(&g_set, &all, true));
    assert_int_equal(g_counts.end, 0);
    assert_false(lock_change(&g_set, &all, true));
}

/* Whatever another process has written there: nothing leads out of the array. */
static void test_nonsense(void **state)
{
    (void)state;
    clear();
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned i = 0; i < 8; i++)
            ((unsigned char *)g_ranges)[random_below(sizeof(g_ranges))] = (unsigned char)random_below(256);
        if (round % 5 == 0)
            g_counts.end = random_below(2) ? UINT32_MAX : random_below(2 * CAPACITY);
        const struct lock_range wanted =
            range(random_below(OWNERS), random_below(2), random_below(BYTES / 2), BYTES / 2 + random_below(BYTES / 2));
        (void)lock_conflict(&g_set, &wanted);
        if (lock_has_room(&g_set))
            lock_change(&g_set, &wanted, random_below(2));
        lock_forget(&g_set, &wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_room), cmocka_unit_test(test_nonsense)};
    return cmocka_run_group_tests_name("lock_ranges", tests, NULL, NULL);
}
