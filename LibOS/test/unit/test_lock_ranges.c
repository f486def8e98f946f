/* SPDX-License-Identifier: MIT */
/* Tests of fs/lock_ranges.c: random requests of several owners, next to an array that has an entry for each byte.
 * Knows no files. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "fs/lock_ranges.h"

#define BYTES  60
#define OWNERS 3

enum { NONE, SHARED, EXCLUSIVE };

static unsigned char g_model[OWNERS][BYTES];
static unsigned g_allocated;
static uint32_t g_random = 7;

static unsigned random_below(unsigned limit)
{
    g_random = g_random * 1664525 + 1013904223;
    return (g_random >> 8) % limit;
}

static struct lock_owner owner(unsigned number)
{
    return (struct lock_owner){.id = 1 + number / 2, .is_file = number % 2, .pid = (int32_t)number};
}

static struct lock_range range(unsigned number, bool exclusive, unsigned first, unsigned last)
{
    return (struct lock_range){.owner = owner(number),
                               .exclusive = exclusive,
                               .first = first,
                               .last = last == BYTES - 1 ? LOCK_RANGE_END : last};
}

static void get_spares(struct list *spares)
{
    list_init(spares);
    for (int i = 0; i < LOCK_SPARES; i++) {
        struct lock_range *spare = calloc(1, sizeof(*spare));
        assert_non_null(spare);
        list_add_back(spares, &spare->node);
        g_allocated++;
    }
}

static void free_all(struct list *list)
{
    list_for_each(node, list) {
        free(list_entry(node, struct lock_range, node));
        g_allocated--;
    }
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

/* Each owner's ranges stand together, in order, with nothing between two that could be one. */
static void compare(struct list *locks)
{
    unsigned char found[OWNERS][BYTES] = {{0}};
    unsigned count = 0, expected = 0;
    const struct lock_range *before = NULL;
    list_for_each(node, locks) {
        const struct lock_range *lock = list_entry(node, struct lock_range, node);
        const unsigned number = (unsigned)lock->owner.pid;
        const int64_t last = lock->last == LOCK_RANGE_END ? BYTES - 1 : lock->last;
        assert_true(lock->first <= last);
        for (int64_t i = lock->first; i <= last; i++) {
            assert_int_equal(found[number][i], NONE);
            found[number][i] = lock->exclusive ? EXCLUSIVE : SHARED;
        }
        if (before && lock_same_owner(&before->owner, &lock->owner))
            assert_true(before->last < lock->first);
        before = lock;
        count++;
    }
    assert_memory_equal(found, g_model, sizeof(found));
    for (unsigned number = 0; number < OWNERS; number++) {
        for (unsigned i = 0; i < BYTES; i++)
            expected += g_model[number][i] != NONE && (i == 0 || g_model[number][i] != g_model[number][i - 1]);
    }
    assert_int_equal(count, expected);
}

static void test_random(void **state)
{
    (void)state;
    struct list locks, spares;
    list_init(&locks);
    for (unsigned round = 0; round < 50000; round++) {
        const unsigned number = random_below(OWNERS), kind = random_below(3);
        const unsigned first = random_below(BYTES),
                       last = first + random_below(random_below(4) ? 8 : BYTES) % (BYTES - first);
        const struct lock_range wanted = range(number, kind == EXCLUSIVE, first, last);
        if (kind != NONE) {
            const struct lock_range *conflict = lock_conflict(&locks, &wanted);
            assert_int_equal(conflict != NULL, model_conflict(number, wanted.exclusive, first, last));
            if (conflict) {
                assert_false(lock_same_owner(&conflict->owner, &wanted.owner));
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
        get_spares(&spares);
        const bool told = lock_change(&locks, &wanted, kind == NONE, &spares);
        assert_true(told || !freed); /* too often does no harm */
        free_all(&spares);
        compare(&locks);
    }
    free_all(&locks);
    assert_int_equal(g_allocated, 0);
}

/* Releasing everything takes no memory at all. */
static void test_release(void **state)
{
    (void)state;
    struct list locks, spares, none;
    list_init(&locks);
    list_init(&none);
    for (unsigned i = 0; i < 5; i++) {
        const struct lock_range wanted = range(0, i % 2, i * 10, i * 10 + 4);
        get_spares(&spares);
        lock_change(&locks, &wanted, false, &spares);
        free_all(&spares);
    }
    const struct lock_range all = range(0, false, 0, BYTES - 1);
    assert_true(lock_change(&locks, &all, true, &none));
    assert_true(list_is_empty(&locks));
    free_all(&none);
    assert_int_equal(g_allocated, 0);
    list_init(&none);
    assert_false(lock_change(&locks, &all, true, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_release)};
    return cmocka_run_group_tests_name("lock_ranges", tests, NULL, NULL);
}
