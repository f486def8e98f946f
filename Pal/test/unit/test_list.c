/* SPDX-License-Identifier: MIT */
/* Tests list.h: order, removal, and loops whose body removes. Knows nothing of list users. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "list.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS = 5, ROUNDS = 20000 };

struct item {
    int before;
    struct list_node link;
    char name;
};

/* The names in order; also walks backwards, to see that both directions agree. */
static void assert_names(struct list *list, const char *expected)
{
    size_t len = strlen(expected);
    size_t count = 0;
    list_for_each(node, list) {
        assert_true(count < len);
        assert_int_equal(list_entry(node, struct item, link)->name, expected[count]);
        count++;
    }
    assert_int_equal(count, len);
    for (struct list_node *node = list->head.prev; node != &list->head; node = node->prev)
        assert_int_equal(list_entry(node, struct item, link)->name, expected[--count]);
    assert_int_equal(count, 0);
    assert_int_equal(list_is_empty(list), len == 0);
}

static void make(struct list *list, struct item items[ITEMS])
{
    list_init(list);
    for (int i = 0; i < ITEMS; i++) {
        items[i].name = (char)('a' + i);
        list_add_back(list, &items[i].link);
    }
}

static void an_empty_list(void **state)
{
    (void)state;
    struct list list;
    list_init(&list);
    assert_true(list_is_empty(&list));
    assert_null(list_first(&list));
    assert_names(&list, "");
}

static void nodes_are_added_at_both_ends_and_between(void **state)
{
    (void)state;
    struct list list;
    struct item items[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}, {.name = 'd'}};
    list_init(&list);
    list_add_front(&list, &items[1].link);
    assert_names(&list, "b");
    list_add_front(&list, &items[0].link);
    list_add_back(&list, &items[3].link);
    assert_names(&list, "abd");
    list_add_before(&items[3].link, &items[2].link);
    assert_names(&list, "abcd");
    assert_ptr_equal(list_first(&list), &items[0].link);
    assert_ptr_equal(list_entry(list_first(&list), struct item, link), &items[0]);
}

static void nodes_are_removed_anywhere(void **state)
{
    (void)state;
    struct list list;
    struct item items[ITEMS];
    make(&list, items);
    list_remove(&items[2].link);
    assert_names(&list, "abde");
    list_remove(&items[0].link);
    assert_names(&list, "bde");
    list_remove(&items[4].link);
    assert_names(&list, "bd");
    list_remove(&items[1].link);
    list_remove(&items[3].link);
    assert_names(&list, "");
}

static void a_removed_node_is_linked_no_more(void **state)
{
    (void)state;
    struct list list;
    struct item items[ITEMS];
    make(&list, items);
    assert_true(list_is_linked(&items[1].link));
    list_remove(&items[1].link);
    assert_false(list_is_linked(&items[1].link));
    list_remove(&items[1].link);
    assert_names(&list, "acde");
    list_add_back(&list, &items[1].link);
    assert_names(&list, "acdeb");

    struct item fresh;
    list_node_init(&fresh.link);
    assert_false(list_is_linked(&fresh.link));
    list_remove(&fresh.link);
    assert_false(list_is_linked(&fresh.link));
}

static void a_loop_may_remove_its_current_node(void **state)
{
    (void)state;
    for (unsigned removed = 0; removed < 1U << ITEMS; removed++) {
        struct list list;
        struct item items[ITEMS];
        char left[ITEMS + 1] = "";
        char seen[ITEMS + 1] = "";
        make(&list, items);
        list_for_each(node, &list) {
            char name = list_entry(node, struct item, link)->name;
            strncat(seen, &name, 1);
            if (removed & 1U << (name - 'a'))
                list_remove(node);
            else
                strncat(left, &name, 1);
        }
        assert_string_equal(seen, "abcde");
        assert_names(&list, left);
    }
}

static void a_loop_may_free_its_current_object(void **state)
{
    (void)state;
    struct list list;
    list_init(&list);
    for (int i = 0; i < ITEMS; i++) {
        struct item *item = malloc(sizeof(*item));
        assert_non_null(item);
        list_add_front(&list, &item->link);
    }
    list_for_each(node, &list) {
        list_remove(node);
        free(list_entry(node, struct item, link));
    }
    assert_true(list_is_empty(&list));
}

static void loops_nest_break_and_continue(void **state)
{
    (void)state;
    struct list list;
    struct item items[ITEMS];
    int pairs = 0;
    make(&list, items);
    list_for_each(outer, &list) {
        if (outer == &items[1].link)
            continue;
        list_for_each(inner, &list) {
            if (inner == outer)
                break;
            pairs++;
        }
    }
    assert_int_equal(pairs, 0 + 2 + 3 + 4);
}

static struct list *next_list(struct list **at)
{
    return (*at)++;
}

static void the_list_is_evaluated_once(void **state)
{
    (void)state;
    struct list lists[2];
    struct item items[ITEMS];
    make(&lists[0], items);
    list_init(&lists[1]);
    struct list *at = lists;
    int count = 0;
    list_for_each(node, next_list(&at)) {
        assert_ptr_equal(node, &items[count].link);
        count++;
    }
    assert_int_equal(count, ITEMS);
    assert_ptr_equal(at, &lists[1]);
}

/* Against an array that does the same, with a small generator of our own: one seed, one run. */
static void random_use_agrees_with_a_model(void **state)
{
    (void)state;
    struct list list;
    struct item items[ITEMS];
    char model[ITEMS + 1] = "";
    uint32_t random = 1;
    list_init(&list);
    for (int i = 0; i < ITEMS; i++) {
        items[i].name = (char)('a' + i);
        list_node_init(&items[i].link);
    }
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        struct item *item = &items[(random >> 16) % ITEMS];
        char *at = strchr(model, item->name);
        if (at) {
            list_remove(&item->link);
            memmove(at, at + 1, strlen(at));
        } else if (random >> 31) {
            list_add_front(&list, &item->link);
            memmove(model + 1, model, strlen(model) + 1);
            model[0] = item->name;
        } else {
            list_add_back(&list, &item->link);
            strncat(model, &item->name, 1);
        }
        assert_names(&list, model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list),
        cmocka_unit_test(nodes_are_added_at_both_ends_and_between),
        cmocka_unit_test(nodes_are_removed_anywhere),
        cmocka_unit_test(a_removed_node_is_linked_no_more),
        cmocka_unit_test(a_loop_may_remove_its_current_node),
        cmocka_unit_test(a_loop_may_free_its_current_object),
        cmocka_unit_test(loops_nest_break_and_continue),
        cmocka_unit_test(the_list_is_evaluated_once),
        cmocka_unit_test(random_use_agrees_with_a_model),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
