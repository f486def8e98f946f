/* SPDX-License-Identifier: MIT */
/* The ELF reader's memory phase: the relocations and notes of a mapped image, right and wrong.
 * What can be told from the file alone is in test_elf.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_expect.h"
#include "elf_note.h"
#include "elf_relocation.h"
#include "elf_symbol.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/***** relocations *****/

static void test_relocations(void **state)
{
    static const struct elf_relocation expected[] = {
        {SAMPLE_DATA(0, data[0]), SAMPLE_DATA(0, data[7]), 0, ELF_R_X86_64_RELATIVE, 0},
        {SAMPLE_DATA(0, data[1]), 0, 1, ELF_R_X86_64_GLOB_DAT, SYM_UNDEFINED},
        {SAMPLE_DATA(0, data[2]), 8, 2, ELF_R_X86_64_64, SYM_DATA},
        {SAMPLE_DATA(0, data[3]), 0, 3, ELF_R_X86_64_JUMP_SLOT, SYM_UNDEFINED},
    };
    struct elf_mapped mapped;
    struct elf_relocation_walk walk = {.image = &mapped.image, .dynamic = &mapped.dynamic};
    struct elf_relocation relocation;

    (void)state;
    open_sample(&mapped, &elf_sample_dyn);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(elf_next_relocation(&walk, &relocation, &fault), 1);
        assert_int_equal(relocation.offset, expected[i].offset);
        assert_int_equal(relocation.addend, expected[i].addend);
        assert_int_equal(relocation.number, expected[i].number);
        assert_int_equal(relocation.type, expected[i].type);
        assert_int_equal(relocation.symbol, expected[i].symbol);
    }
    assert_int_equal(elf_next_relocation(&walk, &relocation, &fault), 0);
    assert_int_equal(elf_next_relocation(&walk, &relocation, &fault), 0);
    elf_mapped_close(&mapped);
}

static void test_relocation_none(void **state)
{
    struct elf_sample sample = elf_sample_dyn;
    struct elf_mapped mapped;
    struct elf_relocation_walk walk = {.image = &mapped.image, .dynamic = &mapped.dynamic};
    struct elf_relocation relocation;

    (void)state;
    sample.rela[0] = (struct elf64_rela){0, SAMPLE_INFO(0, ELF_R_X86_64_NONE), 0};
    open_sample(&mapped, &sample);
    assert_int_equal(elf_next_relocation(&walk, &relocation, &fault), 1);
    assert_int_equal(relocation.type, ELF_R_X86_64_NONE);
    elf_mapped_close(&mapped);
}

/* Bits 1 to 63 stand for the 63 words after those covered so far. */
static void test_relr(void **state)
{
    static const struct elf_load load = {.vaddr = 0x1000, .memsz = 0x1000, .flags = ELF_PF_R | ELF_PF_W};
    static const uint64_t words[] = {0x1000, 0x7, UINT64_C(1) << 63 | 1, 1, 3, 0x1100, 0x1108};
    static const uint64_t expected[] = {0x1000, 0x1008, 0x1010, 0x1008 + 63 * 8 + 62 * 8, 0x1008 + 3 * 63 * 8,
                                        0x1100, 0x1108};
    struct elf_layout layout = {.load_count = 1, .loads = {load}};
    struct elf_image image = {&layout, 0};
    struct elf_dynamic dynamic = {.relr = words, .relr_count = COUNT(words)};
    struct elf_relr_walk walk = {.image = &image, .dynamic = &dynamic};
    uint64_t offset;

    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(elf_next_relr(&walk, &offset, &fault), 1);
        assert_int_equal(offset, expected[i]);
    }
    assert_int_equal(elf_next_relr(&walk, &offset, &fault), 0);
    assert_int_equal(elf_next_relr(&walk, &offset, &fault), 0);

    /* The last word of the segment is inside, the next one is not. */
    dynamic.relr = (const uint64_t[]){0x1ff8, 3};
    dynamic.relr_count = 2;
    walk = (struct elf_relr_walk){.image = &image, .dynamic = &dynamic};
    assert_int_equal(elf_next_relr(&walk, &offset, &fault), 1);
    expect_fault(elf_next_relr(&walk, &offset, &fault), "word 1: offset 0x2000 is not in a writable segment");
    /* An address at the top of the space must not make the next bitmap start over at 0. */
    dynamic.relr = (const uint64_t[]){UINT64_MAX - 7};
    dynamic.relr_count = 1;
    walk = (struct elf_relr_walk){.image = &image, .dynamic = &dynamic};
    expect_fault(elf_next_relr(&walk, &offset, &fault), "offset 0xfffffffffffffff8 is not in a writable segment");
}

/***** notes *****/

static void test_image_note(void **state)
{
    struct elf_sample sample = elf_sample_dyn;
    struct elf_mapped mapped;
    struct elf_note note;
    uint32_t version[2];

    (void)state;
    open_sample(&mapped, &sample);
    assert_int_equal(elf_image_note(&mapped.image, "PAL", 1, &note, &fault), 0);
    assert_int_equal(note.size, sizeof(version));
    memcpy(version, note.desc, sizeof(version));
    assert_int_equal(version[0], 1);
    assert_int_equal(version[1], 0);
    assert_int_equal(elf_image_note(&mapped.image, "PAL", 2, &note, &fault), -PAL_ERROR_NOTDEFINED);
    assert_int_equal(elf_image_note(&mapped.image, "GNU", 1, &note, &fault), -PAL_ERROR_NOTDEFINED);
    elf_mapped_close(&mapped);

    sample.phdrs[PH_NOTE].p_vaddr = 0x100000; /* in the file, but not in memory */
    open_sample(&mapped, &sample);
    assert_int_equal(elf_image_note(&mapped.image, "PAL", 1, &note, &fault), -PAL_ERROR_NOTDEFINED);
    elf_mapped_close(&mapped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relocations),
        cmocka_unit_test(test_relocation_none),
        cmocka_unit_test(test_relr),
        cmocka_unit_test(test_image_note),
    };
    return cmocka_run_group_tests_name("elf_relocations", tests, NULL, NULL);
}
