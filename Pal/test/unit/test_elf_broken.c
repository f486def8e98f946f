/* SPDX-License-Identifier: MIT */
/* Every kind of elf_kinds.h through the reader: the right phase finds the fault and says what it is.
 * Knows nothing about how a fault is found. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_kinds.h"
#include "elf_mapped.h"
#include "elf_note.h"
#include "elf_relocation.h"
#include "elf_symbol.h"

#include <stdio.h>

/* The file of a kind, in memory of exactly its size; the caller frees it. */
static unsigned char *make(const struct elf_kind *kind, size_t *out_size)
{
    struct elf_sample sample;
    size_t size = kind->sample && !kind->size ? sizeof(sample) : kind->size;
    unsigned char *file = malloc(size ? size : 1);

    assert_non_null(file);
    if (!kind->sample) {
        memcpy(file, kind->content, size);
    } else {
        sample = *kind->sample;
        for (size_t i = 0; i < ELF_PATCHES; i++)
            memcpy((unsigned char *)&sample + kind->patches[i].offset, &kind->patches[i].value, kind->patches[i].size);
        memcpy(file, &sample, size);
    }
    *out_size = size;
    return file;
}

static int read_relocations(const struct elf_mapped *mapped, struct elf_fault *fault)
{
    struct elf_relocation_walk walk = {.image = &mapped->image, .dynamic = &mapped->dynamic};
    struct elf_relr_walk relr_walk = {.image = &mapped->image, .dynamic = &mapped->dynamic};
    struct elf_relocation relocation;
    struct elf_symbol symbol;
    uint64_t offset;
    int ret;

    while ((ret = elf_next_relocation(&walk, &relocation, fault)) > 0)
        if (relocation.symbol && (ret = elf_symbol_get(&mapped->dynamic, relocation.symbol, &symbol, fault)) < 0)
            return ret;
    while (ret == 0 && (ret = elf_next_relr(&relr_walk, &offset, fault)) > 0)
        ret = 0;
    return ret;
}

/* All that a loader does with an image but writing to it. */
static int read_all(struct elf_mapped *mapped, const unsigned char *file, struct elf_fault *fault)
{
    struct elf_note note;
    const char *needed;
    uint64_t cursor = 0;
    int ret = elf_mapped_read(mapped, file, fault);

    if (ret == 0)
        ret = read_relocations(mapped, fault);
    while (ret == 0 && (ret = elf_next_needed(&mapped->dynamic, &cursor, &needed, fault)) > 0)
        ret = 0;
    if (ret == 0)
        ret = elf_image_note(&mapped->image, "PAL", 1, &note, fault);
    return ret == -PAL_ERROR_NOTDEFINED ? 0 : ret;
}

static void test_kind(void **state)
{
    const struct elf_kind *kind = *state;
    struct elf_mapped mapped;
    struct elf_fault fault = {""};
    enum elf_finder finder = NOBODY;
    size_t size;
    unsigned char *file = make(kind, &size);
    int ret = elf_mapped_check(&mapped, file, size, &fault);

    if (ret < 0)
        finder = FILE_PHASE;
    else if ((ret = read_all(&mapped, file, &fault)) < 0)
        finder = MEMORY_PHASE;
    elf_mapped_close(&mapped);
    free(file);

    if (kind->finder == LOADER || kind->finder == NOBODY) {
        assert_string_equal(fault.text, "");
        assert_int_equal(ret, 0);
        return;
    }
    assert_int_equal(ret, -PAL_ERROR_NOEXEC);
    if (!strstr(fault.text, kind->fault))
        assert_string_equal(fault.text, kind->fault);
    assert_int_equal(finder, kind->finder);
}

static void test_names_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELF_KIND_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(elf_kinds[i].name, elf_kinds[j].name);
}

/* A caller may have read less of the file than there is. */
static void test_every_length(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof(struct elf_sample); size++) {
        struct elf_kind kind = {.sample = &elf_sample_dyn, .size = size};
        struct elf_mapped mapped;
        struct elf_fault fault = {""};
        size_t file_size;
        unsigned char *file = make(&kind, &file_size);

        if (size) {
            assert_int_equal(elf_mapped_check(&mapped, file, size, &fault), -PAL_ERROR_NOEXEC);
            assert_int_not_equal(fault.text[0], '\0');
        }
        free(file);
    }
}

/* Any single byte of any value: refused or not, but never an access outside, which the sanitizers would see. */
static void test_every_byte(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t at = 0; at < sizeof(struct elf_sample); at++) {
        for (size_t i = 0; i < sizeof(values); i++) {
            struct elf_kind kind = {.sample = &elf_sample_dyn, .patches = {{at, 1, values[i]}}};
            struct elf_mapped mapped;
            struct elf_fault fault = {""};
            size_t size;
            unsigned char *file = make(&kind, &size);
            int ret = elf_mapped_check(&mapped, file, size, &fault);

            if (ret == 0 && mapped.layout.span_end - mapped.layout.span_start <= 0x1000000)
                ret = read_all(&mapped, file, &fault);
            elf_mapped_close(&mapped);
            free(file);
            assert_true(ret == 0 || ret == -PAL_ERROR_NOEXEC);
            assert_true((ret == 0) == (fault.text[0] == '\0'));
        }
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_names_unique),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_every_byte),
    };
    static struct elf_kind kinds[ELF_KIND_COUNT]; /* cmocka's states are not const */
    static struct CMUnitTest tests[ELF_KIND_COUNT + sizeof(others) / sizeof(others[0])];

    memcpy(kinds, elf_kinds, sizeof(kinds));
    for (size_t i = 0; i < ELF_KIND_COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = kinds[i].name, .test_func = test_kind, .initial_state = &kinds[i]};
    memcpy(tests + ELF_KIND_COUNT, others, sizeof(others));
    return cmocka_run_group_tests_name("elf_broken", tests, NULL, NULL);
}
