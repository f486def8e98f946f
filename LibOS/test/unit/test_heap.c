/* SPDX-License-Identifier: MIT */
/* Tests of base/heap.c: objects of all sizes that live and die at random, on memory that is counted. Knows no host but the
 * one that it stands in for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/mman.h>

#include "base.h"

#define END     0x600000000000ul
#define OBJECTS 500
#define ROUNDS  100000
#define RESERVE 0x00100000 /* MAP_FIXED_NOREPLACE */

static uint64_t g_limit = 1024ul << 20, g_taken, g_start;
static uint32_t g_random = 3;

/***** The host, and what the heap uses of other rooms *****/

PAL_PTR DkVirtualMemoryAlloc(PAL_PTR addr, PAL_NUM size, PAL_FLG alloc_type, PAL_FLG prot)
{
    assert_int_equal(alloc_type, 0);
    assert_int_equal(prot, PAL_PROT_READ | PAL_PROT_WRITE);
    assert_int_equal((uint64_t)addr, g_start + g_taken);
    if (g_taken + size > g_limit)
        return NULL;
    g_taken += size;
    void *got = mmap(addr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | RESERVE, -1, 0);
    assert_ptr_equal(got, addr);
    return got;
}

void lock_wait(struct lock *lock)
{
    (void)lock;
    fail_msg("nobody else has the lock");
}

void lock_wake(struct lock *lock)
{
    (void)lock;
}

/***** Tests *****/

static unsigned random_below(unsigned limit)
{
    g_random = g_random * 1664525 + 1013904223;
    return (g_random >> 8) % limit;
}

static struct {
    unsigned char *memory;
    size_t size;
    unsigned char byte;
} g_objects[OBJECTS];

/* All bytes of small objects, the ends of large ones. */
static void check_filled(const unsigned char *memory, size_t size, unsigned char byte)
{
    for (size_t i = 0; i < size; i = i == 300 && size > 600 ? size - 300 : i + 1)
        assert_int_equal(memory[i], byte);
}

static int setup(void **state)
{
    (void)state;
    uint64_t start, end;
    heap_init(END + 5);
    heap_range(&start, &end);
    assert_int_equal(start, end);
    assert_true(start < END && start % PAGE_SIZE == 0);
    assert_int_equal(g_guest_end, start);
    g_start = start;
    return 0;
}

static void test_random(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const unsigned i = random_below(OBJECTS);
        if (g_objects[i].memory) {
            check_filled(g_objects[i].memory, g_objects[i].size, g_objects[i].byte);
            heap_free(g_objects[i].memory);
            g_objects[i].memory = NULL;
            continue;
        }
        const bool zero = random_below(2);
        const size_t size = random_below(1u << random_below(18));
        unsigned char *memory = zero ? heap_zalloc(size) : heap_alloc(size);
        assert_non_null(memory);
        assert_int_equal((uint64_t)memory % 16, 0);
        assert_in_range((uint64_t)memory, g_start, g_start + g_taken - size);
        if (zero)
            check_filled(memory, size, 0);
        g_objects[i].memory = memory;
        g_objects[i].size = size;
        g_objects[i].byte = (unsigned char)random_below(256);
        memset(memory, g_objects[i].byte, size);
    }
    for (unsigned i = 0; i < OBJECTS; i++) {
        heap_free(g_objects[i].memory);
        g_objects[i].memory = NULL;
    }
}

/* A freed object is what the next of its size gets; rounding gives away a quarter at most. */
static void test_classes(void **state)
{
    (void)state;
    for (size_t size = 1; size < 1u << 22; size += size / 7 + 1) {
        void *first = heap_alloc(size);
        assert_non_null(first);
        heap_free(first);
        assert_ptr_equal(heap_alloc(size), first);
        heap_free(first);
    }
    for (size_t size = 1u << 23; size < 1u << 26; size *= 2) {
        const uint64_t before = g_taken;
        assert_non_null(heap_alloc(size - 1));
        assert_non_null(heap_alloc(size + 1));
        assert_true(g_taken - before <= size + size / 4 * 5 + (2ul << 20));
    }
}

static void test_failures(void **state)
{
    (void)state;
    heap_free(NULL);
    assert_null(heap_alloc(SIZE_MAX));
    assert_null(heap_alloc(SIZE_MAX - 15));
    assert_null(heap_zalloc(1ul << 62));
    assert_null(heap_alloc(64ul << 30));
    g_limit = g_taken;
    assert_null(heap_alloc(8ul << 20));
    assert_null(heap_zalloc(8ul << 20));
    g_limit += 64ul << 20;
    assert_non_null(heap_zalloc(8ul << 20));
    char *copy = heap_strdup("hello world", 5);
    assert_string_equal(copy, "hello");
    heap_free(copy);
    copy = heap_strdup("", 0);
    assert_string_equal(copy, "");
    heap_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
