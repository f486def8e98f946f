/* SPDX-License-Identifier: MIT */
/* Tests slab.c on a region that faults wherever it was not committed, and with readers beside the allocating thread.
 * Knows the documented layout of groups only where it forges pointers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "slab.h"

#include "pal_error.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, REGION_SIZE = 1 << 20, MAX_OBJECTS = REGION_SIZE / 16 };

/* A region without access, and what was asked to be committed of it. */
struct fixture {
    struct slab slab;
    unsigned char *region;
    size_t committed_size;
    size_t commit_count;
    int fail_with; /* what commit returns instead of committing, if not 0 */
    unsigned char *objects[MAX_OBJECTS];
};

static int commit(void *arg, void *address, size_t size)
{
    struct fixture *f = arg;
    if (f->fail_with)
        return f->fail_with;
    assert_ptr_equal(address, f->region + f->committed_size);
    assert_int_not_equal(size, 0);
    assert_true(size <= REGION_SIZE - f->committed_size);
    assert_int_equal(mprotect(address, size, PROT_READ | PROT_WRITE), 0);
    f->committed_size += size;
    f->commit_count++;
    return 0;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (!f)
        return -1;
    f->region = mmap(NULL, REGION_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *state = f;
    return f->region == MAP_FAILED ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    munmap(f->region, REGION_SIZE);
    free(f);
    return 0;
}

static void init(struct fixture *f, size_t object_size)
{
    struct slab_memory memory = {.commit = commit, .arg = f};
    assert_int_equal(slab_init(&f->slab, f->region, REGION_SIZE, object_size, memory), 0);
}

static unsigned char *alloc(struct fixture *f)
{
    void *object = NULL;
    assert_int_equal(slab_alloc(&f->slab, &object), 0);
    assert_non_null(object);
    return object;
}

/* Allocate until there is no more; the objects are in f->objects. */
static size_t alloc_all(struct fixture *f)
{
    size_t count = 0;
    void *object = NULL;
    int ret;
    while ((ret = slab_alloc(&f->slab, &object)) == 0)
        f->objects[count++] = object;
    assert_int_equal(ret, -PAL_ERROR_NOMEM);
    return count;
}

static size_t slot_size(size_t object_size)
{
    size_t size = 16;
    while (size < object_size)
        size *= 2;
    return size;
}

static void bad_arguments_are_refused(void **state)
{
    struct fixture *f = *state;
    struct slab_memory memory = {.commit = commit, .arg = f};
    assert_int_equal(slab_init(&f->slab, f->region, REGION_SIZE, 0, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, NULL, REGION_SIZE, 16, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region + 16, REGION_SIZE - 16, 16, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, 0, 16, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, 64 * 16 - 1, 16, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, 64 * 100, 100, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, REGION_SIZE, REGION_SIZE / 64 + 1, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, REGION_SIZE, SIZE_MAX, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, SIZE_MAX, SIZE_MAX / 64, memory), -PAL_ERROR_INVAL);
    assert_int_equal(slab_init(&f->slab, f->region, 64 * 128, 100, memory), 0);
    assert_int_equal(f->commit_count, 0);
}

static void a_new_slab_touches_nothing(void **state)
{
    struct fixture *f = *state;
    init(f, 100);
    assert_int_equal(slab_count(&f->slab), 0);
    assert_false(slab_owns(&f->slab, f->region));
    assert_false(slab_owns(&f->slab, f->region + 128));
    assert_int_equal(slab_free(&f->slab, f->region + 128), -PAL_ERROR_BADHANDLE);
    assert_int_equal(f->commit_count, 0);
}

static size_t resident_pages(const struct fixture *f)
{
    unsigned char resident[REGION_SIZE / PAGE];
    size_t count = 0;
    assert_int_equal(mincore(f->region, REGION_SIZE, resident), 0);
    for (size_t i = 0; i < sizeof(resident); i++)
        count += resident[i] & 1;
    return count;
}

static void the_first_object_touches_one_page(void **state)
{
    struct fixture *f = *state;
    init(f, 256);
    alloc(f);
    assert_int_equal(f->commit_count, 1);
    assert_int_equal(resident_pages(f), 1);
}

static void every_size_fills_its_region(void **state)
{
    static const size_t sizes[] = {1, 15, 16, 17, 32, 33, 64, 65, 100, 128, 256, 300, 512, 1024, 2000, 4096, 16384};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t slot = slot_size(sizes[i]);
        f->committed_size = 0;
        assert_int_equal(mprotect(f->region, REGION_SIZE, PROT_NONE), 0);
        init(f, sizes[i]);
        size_t count = alloc_all(f);
        assert_int_equal(count, REGION_SIZE / slot / 64 * 63);
        assert_int_equal(slab_count(&f->slab), count);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal((uintptr_t)f->objects[j] % (slot < 64 ? slot : 64), 0);
            assert_true(slab_owns(&f->slab, f->objects[j]));
            memset(f->objects[j], 0xff, sizes[i]);
        }
        /* Had two objects or the bookkeeping overlapped, the maps would be wrong by now. */
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(slab_free(&f->slab, f->objects[j]), 0);
            assert_false(slab_owns(&f->slab, f->objects[j]));
        }
        assert_int_equal(slab_count(&f->slab), 0);
        assert_int_equal(alloc_all(f), count);
    }
}

static void objects_do_not_overlap(void **state)
{
    struct fixture *f = *state;
    init(f, 48);
    size_t count = alloc_all(f);
    for (size_t i = 0; i < count; i++)
        memcpy(f->objects[i], &i, sizeof(i));
    for (size_t i = 0; i < count; i++)
        assert_memory_equal(f->objects[i], &i, sizeof(i));
}

static void objects_are_zeroed(void **state)
{
    static const unsigned char zeros[256];
    struct fixture *f = *state;
    init(f, 256);
    for (int round = 0; round < 1000; round++) {
        unsigned char *object = alloc(f);
        assert_memory_equal(object, zeros, sizeof(zeros));
        memset(object, 0xff, sizeof(zeros));
        if (round % 3)
            assert_int_equal(slab_free(&f->slab, object), 0);
    }
}

static void freed_memory_keeps_its_content(void **state)
{
    struct fixture *f = *state;
    unsigned char content[200];
    init(f, sizeof(content));
    unsigned char *object = alloc(f);
    memset(object, 0x5a, sizeof(content));
    memset(content, 0x5a, sizeof(content));
    assert_int_equal(slab_free(&f->slab, object), 0);
    assert_memory_equal(object, content, sizeof(content));
}

static void assert_foreign(struct fixture *f, uintptr_t value)
{
    const void *pointer = (const void *)value;
    size_t count = slab_count(&f->slab);
    assert_false(slab_owns(&f->slab, pointer));
    assert_int_equal(slab_free(&f->slab, (void *)value), -PAL_ERROR_BADHANDLE);
    assert_int_equal(slab_count(&f->slab), count);
}

static void forged_pointers_are_refused(void **state)
{
    struct fixture *f = *state;
    init(f, 128);
    for (int i = 0; i < 100; i++)
        alloc(f);
    uintptr_t region = (uintptr_t)f->region;
    int on_stack = 0;
    const uintptr_t forged[] = {
        0, 1, 128, UINTPTR_MAX, UINTPTR_MAX - 127, (uintptr_t)&on_stack, (uintptr_t)f, region - 1, region - 128,
        region + REGION_SIZE, region + REGION_SIZE - 128, region + REGION_SIZE + 128, region ^ (UINTPTR_MAX / 2 + 1),
        /* The bookkeeping of both groups, a slot never given out, the first one of a group not yet in use. */
        region, region + 64 * 128, region + 127 * 128, region + 128 * 128, region + 129 * 128};
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
        assert_foreign(f, forged[i]);
    for (uintptr_t inside = 1; inside < 128; inside++)
        assert_foreign(f, region + 128 + inside);
    assert_true(slab_owns(&f->slab, f->region + 128));
}

/* Every byte of the region, committed or not: only the starts of live objects are owned. */
static void exactly_the_live_objects_are_owned(void **state)
{
    struct fixture *f = *state;
    init(f, 60);
    size_t count = alloc_all(f);
    for (size_t i = 0; i < count; i++)
        if (i % 3 == 0 || i > count / 2)
            assert_int_equal(slab_free(&f->slab, f->objects[i]), 0);
    size_t owned = 0;
    for (size_t offset = 0; offset < REGION_SIZE; offset++)
        owned += slab_owns(&f->slab, f->region + offset);
    assert_int_equal(owned, slab_count(&f->slab));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(slab_owns(&f->slab, f->objects[i]), !(i % 3 == 0 || i > count / 2));
}

static void freeing_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    init(f, 64);
    unsigned char *a = alloc(f);
    unsigned char *b = alloc(f);
    assert_int_equal(slab_free(&f->slab, a), 0);
    assert_int_equal(slab_free(&f->slab, a), -PAL_ERROR_BADHANDLE);
    assert_int_equal(slab_count(&f->slab), 1);
    assert_int_equal(slab_free(&f->slab, b), 0);
    assert_int_equal(slab_free(&f->slab, b), -PAL_ERROR_BADHANDLE);
    assert_ptr_not_equal(alloc(f), alloc(f));
}

static void an_object_of_another_slab_is_foreign(void **state)
{
    struct fixture *f = *state;
    struct slab other;
    void *object = NULL;
    init(f, 64);
    alloc(f);
    _Alignas(SLAB_REGION_ALIGNMENT) static unsigned char memory[64 * 64];
    assert_int_equal(slab_init(&other, memory, sizeof(memory), 64, (struct slab_memory){.commit = NULL}), 0);
    assert_int_equal(slab_alloc(&other, &object), 0);
    assert_true(slab_owns(&other, object));
    assert_foreign(f, (uintptr_t)object);
}

static void memory_without_commit_is_used_as_it_is(void **state)
{
    (void)state;
    /* One group and 63 more slots, which are no whole group. */
    enum { SIZE = 127 * 32 };
    unsigned char *memory = aligned_alloc(SLAB_REGION_ALIGNMENT, SIZE + 32);
    assert_non_null(memory);
    memset(memory, 0xff, SIZE);
    struct slab slab;
    void *object = NULL;
    assert_int_equal(slab_init(&slab, memory, SIZE, 32, (struct slab_memory){.commit = NULL}), 0);
    for (int i = 0; i < 63; i++)
        assert_int_equal(slab_alloc(&slab, &object), 0);
    object = &slab;
    assert_int_equal(slab_alloc(&slab, &object), -PAL_ERROR_NOMEM);
    assert_ptr_equal(object, &slab);
    free(memory);
}

static void a_failed_commit_leaves_the_slab_as_it_was(void **state)
{
    struct fixture *f = *state;
    void *object = NULL;
    init(f, 1024);
    f->fail_with = -PAL_ERROR_DENIED;
    assert_int_equal(slab_alloc(&f->slab, &object), -PAL_ERROR_DENIED);
    assert_null(object);
    assert_int_equal(slab_count(&f->slab), 0);
    f->fail_with = 0;
    for (int i = 0; i < 63; i++)
        f->objects[i] = alloc(f);
    f->fail_with = -PAL_ERROR_NOMEM;
    assert_int_equal(slab_alloc(&f->slab, &object), -PAL_ERROR_NOMEM);
    assert_int_equal(slab_free(&f->slab, f->objects[40]), 0);
    assert_ptr_equal(alloc(f), f->objects[40]);
    f->fail_with = 0;
    assert_true(slab_owns(&f->slab, alloc(f)));
    assert_int_equal(slab_count(&f->slab), 64);
}

static void memory_is_committed_as_it_is_needed(void **state)
{
    struct fixture *f = *state;
    init(f, 64);
    for (size_t count = 1; count <= REGION_SIZE / 64 / 64 * 63; count++) {
        alloc(f);
        size_t groups = (count + 62) / 63;
        size_t steps = (groups * 64 * 64 + 65535) / 65536;
        assert_int_equal(f->commit_count, steps);
        assert_int_equal(f->committed_size, steps * 65536);
    }
}

/* Against an array of what should be live, with a small generator of our own: one seed, one run. */
static void random_use_agrees_with_a_model(void **state)
{
    struct fixture *f = *state;
    enum { LIVE_MAX = 600, ROUNDS = 200000 };
    size_t live_count = 0;
    uint32_t random = 1;
    init(f, 16);
    for (int round = 0; round < ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        /* Mostly growing, then mostly shrinking, so that groups fill up and empty again. */
        bool grow = (random >> 28) < (round / 5000 % 2 ? 5 : 11);
        if (grow && live_count < LIVE_MAX) {
            unsigned char *object = alloc(f);
            memset(object, 0xff, 16);
            f->objects[live_count++] = object;
        } else if (live_count > 0) {
            size_t victim = (random >> 8) % live_count;
            assert_true(slab_owns(&f->slab, f->objects[victim]));
            assert_int_equal(slab_free(&f->slab, f->objects[victim]), 0);
            assert_false(slab_owns(&f->slab, f->objects[victim]));
            f->objects[victim] = f->objects[--live_count];
        }
        assert_int_equal(slab_count(&f->slab), live_count);
    }
    for (size_t i = 0; i < live_count; i++)
        assert_true(slab_owns(&f->slab, f->objects[i]));
    /* Freed slots were used again before new groups were. */
    assert_true(f->committed_size <= 65536);
}

struct reader {
    struct fixture *f;
    const void *kept;
    const void *never;
    atomic_bool stop;
    size_t wrong_count;
};

static void *read_ownership(void *arg)
{
    struct reader *reader = arg;
    struct slab *slab = &reader->f->slab;
    while (!atomic_load(&reader->stop)) {
        reader->wrong_count += !slab_owns(slab, reader->kept);
        reader->wrong_count += slab_owns(slab, reader->never);
        for (size_t offset = 0; offset < REGION_SIZE; offset += 1024)
            reader->wrong_count += slab_owns(slab, reader->f->region + offset + 8);
    }
    return NULL;
}

/* The answers about objects that nobody frees or allocates hold while their neighbours come and go. */
static void ownership_is_read_beside_alloc_and_free(void **state)
{
    struct fixture *f = *state;
    init(f, 64);
    struct reader reader = {.f = f, .kept = alloc(f), .never = f->region};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_ownership, &reader), 0);
    for (int round = 0; round < 20; round++) {
        size_t count = alloc_all(f);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(slab_free(&f->slab, f->objects[i]), 0);
    }
    atomic_store(&reader.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reader.wrong_count, 0);
    assert_int_equal(slab_count(&f->slab), 1);
}

#define WITH_REGION(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_REGION(bad_arguments_are_refused),
        WITH_REGION(a_new_slab_touches_nothing),
        WITH_REGION(the_first_object_touches_one_page),
        WITH_REGION(every_size_fills_its_region),
        WITH_REGION(objects_do_not_overlap),
        WITH_REGION(objects_are_zeroed),
        WITH_REGION(freed_memory_keeps_its_content),
        WITH_REGION(forged_pointers_are_refused),
        WITH_REGION(exactly_the_live_objects_are_owned),
        WITH_REGION(freeing_twice_is_refused),
        WITH_REGION(an_object_of_another_slab_is_foreign),
        WITH_REGION(memory_without_commit_is_used_as_it_is),
        WITH_REGION(a_failed_commit_leaves_the_slab_as_it_was),
        WITH_REGION(memory_is_committed_as_it_is_needed),
        WITH_REGION(random_use_agrees_with_a_model),
        WITH_REGION(ownership_is_read_beside_alloc_and_free),
    };
    return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
