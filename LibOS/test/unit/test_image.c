/* SPDX-License-Identifier: MIT */
/* Tests of checkpoint/image.c: what is accepted as an image, and that nothing beyond its end is looked at. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "checkpoint/image.h"

#define CONTENTS 2 /* pages */
#define RANGES   3
#define TABLE    ((1 + CONTENTS) * PAGE_SIZE)
#define SIZE     (TABLE + RANGES * sizeof(struct image_range))

static const struct image_header expected = {
    .page_size = PAGE_SIZE, .library = 0x1234, .library_start = 0x5fff0000, .features = 7, .hwcap = 0xff, .hwcap2 = 2};

static struct image_header *header_of(char *image)
{
    return (struct image_header *)(void *)image;
}

static struct image_range *ranges_of(char *image)
{
    return (struct image_range *)(void *)(image + TABLE);
}

static void sign(char *image)
{
    struct image_header *header = header_of(image);
    header->sum = image_sum_bytes(0, header, offsetof(struct image_header, sum));
}

static void sign_ranges(char *image)
{
    header_of(image)->ranges_sum = image_sum_bytes(0, ranges_of(image), RANGES * sizeof(struct image_range));
    sign(image);
}

/* Of exactly its size, so that reading on is noticed. */
static char *make(void)
{
    char *image = calloc(1, SIZE);
    assert_non_null(image);
    *header_of(image) = expected;
    header_of(image)->magic = IMAGE_MAGIC;
    header_of(image)->version = IMAGE_VERSION;
    header_of(image)->size = SIZE;
    header_of(image)->ranges = TABLE;
    header_of(image)->range_count = RANGES;
    ranges_of(image)[0] = (struct image_range){.start = 0x10000, .end = 0x20000, .kind = IMAGE_EMPTY};
    ranges_of(image)[1] = (struct image_range){
        .start = 0x10000, .end = 0x10000 + CONTENTS * PAGE_SIZE, .offset = PAGE_SIZE, .kind = IMAGE_STORED};
    ranges_of(image)[2] =
        (struct image_range){.start = 0, .end = PAGE_SIZE, .offset = 2 * PAGE_SIZE, .kind = IMAGE_STREAM};
    sign_ranges(image);
    return image;
}

static void accepts_a_good_one(void **state)
{
    (void)state;
    char *image = make();
    assert_null(image_check(image, SIZE, &expected));
    /* A processor that can do more. */
    struct image_header more = expected;
    more.features = more.hwcap = more.hwcap2 = UINT64_MAX;
    assert_null(image_check(image, SIZE, &more));
    free(image);
}

static void sees_each_bit_of_header_and_table(void **state)
{
    (void)state;
    char *image = make();
    for (size_t at = 0; at < SIZE; at++) {
        if (at == sizeof(struct image_header))
            at = TABLE;
        for (unsigned bit = 0; bit < 8; bit++) {
            image[at] = (char)(image[at] ^ 1 << bit);
            assert_non_null(image_check(image, SIZE, &expected));
            image[at] = (char)(image[at] ^ 1 << bit);
        }
    }
    assert_null(image_check(image, SIZE, &expected));
    free(image);
}

static void refuses_another_size(void **state)
{
    (void)state;
    for (size_t size = PAGE_SIZE; size < SIZE; size += 8) {
        char *whole = make(), *cut = malloc(size);
        assert_non_null(cut);
        memcpy(cut, whole, size);
        assert_string_equal(image_check(cut, size, &expected), "is not complete");
        free(cut);
        free(whole);
    }
    char *image = make();
    assert_string_equal(image_check(image, SIZE + 1, &expected), "is not complete");
    free(image);
}

static void refuses_another_world(void **state)
{
    (void)state;
    static const size_t members[] = {offsetof(struct image_header, library),
                                     offsetof(struct image_header, library_start),
                                     offsetof(struct image_header, features), offsetof(struct image_header, hwcap),
                                     offsetof(struct image_header, hwcap2)};
    for (size_t i = 0; i < array_count(members); i++) {
        char *image = make();
        *(uint64_t *)(void *)(image + members[i]) += 1ul << 40;
        sign(image);
        assert_non_null(image_check(image, SIZE, &expected));
        free(image);
    }
    char *image = make();
    header_of(image)->version++;
    sign(image);
    assert_string_equal(image_check(image, SIZE, &expected), "is an image of another version");
    free(image);
}

/* Rightly signed, and wrong. */
static void refuses_bad_ranges(void **state)
{
    (void)state;
    static const struct image_range bad[] = {
        {.start = 0x10000, .end = 0x10000, .offset = PAGE_SIZE, .kind = IMAGE_STORED},
        {.start = 0x11000, .end = 0x10000, .offset = PAGE_SIZE, .kind = IMAGE_STORED},
        {.start = 0x10001, .end = 0x11001, .offset = PAGE_SIZE, .kind = IMAGE_STORED},
        {.start = 0x10000, .end = 0x11000, .offset = 1, .kind = IMAGE_STORED},
        {.start = 0x10000, .end = 0x11000, .offset = TABLE, .kind = IMAGE_STORED},
        {.start = 0x10000, .end = 0x14000, .offset = 0, .kind = IMAGE_LIBRARY},
        {.start = 0x10000, .end = 0x11000, .offset = 0 - PAGE_SIZE, .kind = IMAGE_SHARED},
        {.start = 0, .end = 0 - PAGE_SIZE, .offset = PAGE_SIZE, .kind = IMAGE_STREAM},
        {.start = 0x10000, .end = 0x11000, .offset = PAGE_SIZE, .kind = IMAGE_KINDS},
        {.start = 0x10000, .end = 0x11000, .offset = PAGE_SIZE, .kind = UINT32_MAX},
    };
    for (size_t i = 0; i < array_count(bad); i++) {
        char *image = make();
        ranges_of(image)[1] = bad[i];
        sign_ranges(image);
        assert_non_null(image_check(image, SIZE, &expected));
        free(image);
    }
}

static void survives_any_table(void **state)
{
    static const uint64_t values[] = {0,
                                      1,
                                      RANGES + 1,
                                      IMAGE_RANGES_MAX,
                                      IMAGE_RANGES_MAX + 1,
                                      TABLE - PAGE_SIZE,
                                      SIZE,
                                      UINT64_MAX,
                                      1ul << 63,
                                      UINT64_MAX - PAGE_SIZE + 1,
                                      PAGE_SIZE,
                                      SIZE - 8};
    (void)state;
    for (size_t i = 0; i < array_count(values); i++) {
        for (size_t j = 0; j < array_count(values); j++) {
            char *image = make();
            header_of(image)->ranges = values[i];
            header_of(image)->range_count = values[j];
            sign(image);
            /* An empty table is one without contents. */
            const char *fault = image_check(image, SIZE, &expected);
            assert_true(fault != NULL || values[j] == 0 || header_of(image)->ranges_sum == 0);
            free(image);
        }
    }
}

static void sums_tell_words_apart(void **state)
{
    (void)state;
    static uint64_t pages[2 * PAGE_SIZE / sizeof(uint64_t)];
    const uint64_t zero = image_sum(0, pages, sizeof(pages));
    for (size_t i = 0; i < array_count(pages); i++) {
        pages[i] = 1ul << i % 64;
        assert_true(image_sum(0, pages, sizeof(pages)) != zero);
        pages[i] = 0;
    }
    assert_true(image_sum(0, pages, PAGE_SIZE) != zero);
    assert_true(image_sum(image_sum(0, pages, PAGE_SIZE), pages, PAGE_SIZE) == zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_a_good_one),    cmocka_unit_test(sees_each_bit_of_header_and_table),
        cmocka_unit_test(refuses_another_size),  cmocka_unit_test(refuses_another_world),
        cmocka_unit_test(refuses_bad_ranges),    cmocka_unit_test(survives_any_table),
        cmocka_unit_test(sums_tell_words_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
