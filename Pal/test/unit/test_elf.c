/* SPDX-License-Identifier: MIT */
/* The ELF reader's file phase: what it reads from a good file, and the limits of its rules. What the reader says about
 * broken files is in test_elf_broken.c, what it makes of real ones in test_elf_oracle.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_kinds.h"
#include "elf_expect.h"
#include "elf_note.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/***** faults *****/

static void test_fault_text(void **state)
{
    (void)state;
    assert_int_equal(elf_fault(&fault, "part %u: 0x%lx", 3, 0x1000ul), -PAL_ERROR_NOEXEC);
    assert_string_equal(fault.text, "part 3: 0x1000");
    assert_int_equal(elf_fault(&fault, "%300s", "cut"), -PAL_ERROR_NOEXEC);
    assert_int_equal(strlen(fault.text), sizeof(fault.text) - 1);
    assert_int_equal(elf_fault(&fault, "%s", "name\n\033[2J\x7f\xc3\xa4"), -PAL_ERROR_NOEXEC);
    assert_string_equal(fault.text, "name??[2J???");
}

static void test_relocation_names(void **state)
{
    (void)state;
    assert_string_equal(elf_relocation_name(0), "R_X86_64_NONE");
    assert_string_equal(elf_relocation_name(ELF_R_X86_64_64), "R_X86_64_64");
    assert_string_equal(elf_relocation_name(ELF_R_X86_64_COPY), "R_X86_64_COPY");
    assert_string_equal(elf_relocation_name(ELF_R_X86_64_JUMP_SLOT), "R_X86_64_JUMP_SLOT");
    assert_string_equal(elf_relocation_name(ELF_R_X86_64_DTPMOD64), "R_X86_64_DTPMOD64");
    assert_string_equal(elf_relocation_name(24), "R_X86_64_PC64");
    assert_string_equal(elf_relocation_name(33), "R_X86_64_SIZE64");
    assert_string_equal(elf_relocation_name(ELF_R_X86_64_TLSDESC), "R_X86_64_TLSDESC");
    assert_string_equal(elf_relocation_name(ELF_R_X86_64_IRELATIVE), "R_X86_64_IRELATIVE");
    assert_string_equal(elf_relocation_name(39), "unknown");
    assert_string_equal(elf_relocation_name(42), "R_X86_64_REX_GOTPCRELX");
    assert_string_equal(elf_relocation_name(43), "unknown");
    assert_string_equal(elf_relocation_name(UINT32_MAX), "unknown");
}

/***** header *****/

static void test_is_elf(void **state)
{
    (void)state;
    assert_true(elf_is_elf("\x7f"
                           "ELF",
                           4));
    assert_false(elf_is_elf("\x7f"
                            "ELF",
                            3));
    assert_false(elf_is_elf("\x7f"
                            "ELG",
                            4));
    assert_false(elf_is_elf("#!/bin/sh", 9));
    assert_false(elf_is_elf(NULL, 0));
}

static void test_not_elf(void **state)
{
    static const struct {
        const char *content;
        const char *text;
    } cases[] = {
        {"", "it is empty"},
        {"#!", "it is a script"},
        {"#", "it is text"},
        {"\xc3\xa4\n", "it is text"},
        {"a\x01", "it starts with 61 01 00 00"},
        {"\x7f"
         "EL",
         "it starts with 7f 45 4c 00"},
    };
    struct elf64_ehdr header;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = strlen(cases[i].content);
        char *copy = malloc(len ? len : 1);

        assert_non_null(copy);
        memcpy(copy, cases[i].content, len);
        expect_fault(elf_check_header(copy, len, len, &header, &fault), cases[i].text);
        free(copy);
    }
    expect_fault(elf_check_header(NULL, 0, 0, &header, &fault), "it is empty");
}

/* The buffer may end anywhere behind the header, and may be longer than the file. */
static void test_header_sizes(void **state)
{
    struct elf64_ehdr header;
    uint64_t end = SAMPLE_AT(phdrs[PH_COUNT]);

    (void)state;
    assert_int_equal(elf_check_header(&elf_sample_dyn, 64, end, &header, &fault), 0);
    assert_memory_equal(&header, &elf_sample_dyn, 64);
    expect_fault(elf_check_header(&elf_sample_dyn, 63, end, &header, &fault), "cut off, 0x3f of 0x40 bytes");
    expect_fault(elf_check_header(&elf_sample_dyn, 64, 63, &header, &fault), "cut off, 0x3f of 0x40 bytes");
    expect_fault(elf_check_header(&elf_sample_dyn, 64, end - 1, &header, &fault),
                 "program headers 0x40+0x230 end beyond the file (0x26f bytes)");
}

static void test_header_phnum(void **state)
{
    struct elf64_ehdr in = elf_sample_dyn.header;
    struct elf64_ehdr header;

    (void)state;
    in.e_phnum = ELF_PHNUM_MAX;
    assert_int_equal(elf_check_header(&in, sizeof(in), 64 + 64 * 56, &header, &fault), 0);
    in.e_phnum = ELF_PHNUM_MAX + 1;
    expect_fault(elf_check_header(&in, sizeof(in), UINT64_MAX, &header, &fault), "65 program headers, more than 64");
    in.e_phnum = 1;
    in.e_phoff = UINT64_MAX - 63;
    assert_int_equal(elf_check_header(&in, sizeof(in), UINT64_MAX, &header, &fault), 0);
    in.e_phoff = UINT64_MAX - 55; /* ends at 2^64 */
    expect_fault(elf_check_header(&in, sizeof(in), UINT64_MAX, &header, &fault), "end beyond the file");
}

/***** segments *****/

static void test_layout_dyn(void **state)
{
    struct elf_mapped mapped;
    const struct elf_layout *layout = &mapped.layout;

    (void)state;
    open_sample(&mapped, &elf_sample_dyn);
    assert_false(layout->fixed);
    assert_int_equal(layout->span_start, 0);
    assert_int_equal(layout->span_end, 0x4000);
    assert_int_equal(layout->align, 0x1000);
    assert_int_equal(layout->entry, SAMPLE_CODE(0));
    assert_int_equal(layout->phdr_vaddr, 64);
    assert_int_equal(layout->phdr_count, PH_COUNT);
    assert_int_equal(layout->load_count, 3);
    assert_int_equal(layout->loads[2].vaddr, SAMPLE_DATA(0, dynamic));
    assert_int_equal(layout->loads[2].filesz, SAMPLE_DATA_SIZE);
    assert_int_equal(layout->loads[2].memsz, SAMPLE_DATA_SIZE + 0x1000);
    assert_int_equal(layout->loads[2].offset, SAMPLE_AT(dynamic));
    assert_int_equal(layout->loads[2].flags, ELF_PF_R | ELF_PF_W);
    assert_int_equal(layout->loads[2].number, PH_DATA);
    assert_int_equal(layout->note_count, 1);
    assert_int_equal(layout->notes[0].number, PH_NOTE);
    assert_true(layout->dynamic.present);
    assert_int_equal(layout->dynamic.number, PH_DYNAMIC);
    assert_false(layout->interp.present);
    assert_false(layout->tls.present);
    assert_false(layout->relro.present);
    elf_mapped_close(&mapped);
}

static void test_layout_exec(void **state)
{
    struct elf_sample sample = elf_sample_exec;
    struct elf_mapped mapped;

    (void)state;
    sample.phdrs[PH_PHDR].p_type = ELF_PT_NULL;
    sample.phdrs[PH_SPARE_INTERP].p_type = ELF_PT_INTERP;
    sample.phdrs[PH_SPARE_TLS].p_type = ELF_PT_TLS;
    sample.phdrs[PH_SPARE_RELRO].p_type = ELF_PT_GNU_RELRO;
    open_sample(&mapped, &sample);
    assert_true(mapped.layout.fixed);
    assert_int_equal(mapped.layout.span_start, 0x400000);
    assert_int_equal(mapped.layout.entry, SAMPLE_CODE(0x400000));
    assert_int_equal(mapped.layout.phdr_vaddr, 0x400040); /* found in the load */
    assert_int_equal(mapped.layout.interp.offset, SAMPLE_AT(interp));
    assert_int_equal(mapped.layout.interp.filesz, 11);
    assert_int_equal(mapped.layout.tls.memsz, 16);
    assert_int_equal(mapped.layout.tls.filesz, 8);
    assert_int_equal(mapped.layout.tls.align, 8);
    assert_int_equal(mapped.layout.relro.vaddr, SAMPLE_DATA(0x400000, dynamic));
    elf_mapped_close(&mapped);
}

static void test_layout_no_phdrs_in_memory(void **state)
{
    struct elf_sample sample = elf_sample_dyn;
    struct elf_mapped mapped;

    (void)state;
    sample.phdrs[PH_PHDR].p_type = ELF_PT_NULL;
    sample.header.e_entry = 0;
    sample.phdrs[PH_READ].p_flags = 0; /* and what nobody can read is not there */
    sample.phdrs[PH_DYNAMIC].p_type = ELF_PT_NULL;
    sample.phdrs[PH_NOTE].p_type = ELF_PT_NULL;
    open_sample(&mapped, &sample);
    assert_int_equal(mapped.layout.phdr_vaddr, 0);
    assert_int_equal(mapped.layout.entry, 0);
    assert_int_equal(mapped.dynamic.symbol_limit, 0);
    elf_mapped_close(&mapped);
}

/* A header for tables of program headers that are no part of a file. */
static struct elf64_ehdr header_for(unsigned count)
{
    struct elf64_ehdr header = elf_sample_dyn.header;

    header.e_phnum = (uint16_t)count;
    header.e_entry = 0;
    return header;
}

static int check(const struct elf64_phdr *phdrs, unsigned count, uint64_t page_size, struct elf_layout *layout)
{
    struct elf64_ehdr header = header_for(count);

    return elf_check_segments(&header, phdrs, 0x10000, page_size, layout, &fault);
}

static struct elf64_phdr load_at(uint64_t vaddr, uint64_t memsz)
{
    return (struct elf64_phdr){
        .p_type = ELF_PT_LOAD, .p_flags = ELF_PF_R | ELF_PF_W, .p_vaddr = vaddr, .p_memsz = memsz, .p_align = 0x1000};
}

static void test_loads_max(void **state)
{
    struct elf64_phdr phdrs[ELF_LOADS_MAX + 1];
    struct elf_layout layout;

    (void)state;
    for (unsigned i = 0; i < COUNT(phdrs); i++)
        phdrs[i] = load_at(i * 0x1000, 0x1000);
    assert_int_equal(check(phdrs, ELF_LOADS_MAX, 0x1000, &layout), 0);
    assert_int_equal(layout.load_count, ELF_LOADS_MAX);
    expect_fault(check(phdrs, ELF_LOADS_MAX + 1, 0x1000, &layout), "program header 16: more than 16 PT_LOADs");
}

static void test_notes_max(void **state)
{
    struct elf64_phdr phdrs[ELF_NOTES_MAX + 2];
    struct elf_layout layout;

    (void)state;
    phdrs[0] = load_at(0, 0x1000);
    for (unsigned i = 1; i < COUNT(phdrs); i++)
        phdrs[i] = (struct elf64_phdr){.p_type = ELF_PT_NOTE, .p_filesz = 0x10000};
    assert_int_equal(check(phdrs, ELF_NOTES_MAX + 1, 0x1000, &layout), 0);
    assert_int_equal(layout.note_count, ELF_NOTES_MAX);
    expect_fault(check(phdrs, ELF_NOTES_MAX + 2, 0x1000, &layout), "program header 9: more than 8 PT_NOTEs");
}

static void test_load_order(void **state)
{
    static const struct {
        uint64_t first, first_size, second;
        uint64_t page_size;
        const char *text; /* NULL = accepted */
    } cases[] = {
        {0x1000, 0x1000, 0x2000, 0x1000, NULL},
        {0x1000, 0xfff, 0x2000, 0x1000, NULL},
        {0x1000, 0x1001, 0x2000, 0x1000, "program header 1: address 0x2000 overlaps program header 0, 0x1000+0x1001"},
        {0x1000, 0x800, 0x1800, 0x1000, "program header 1: address 0x1800 shares a page with program header 0"},
        {0x1000, 0x1000, 0x2fff, 0x1000, NULL},
        {0x1000, 0x1000, 0x1000, 0x1000, "program header 1: address 0x1000 overlaps program header 0"},
        {0x2000, 0x1000, 0x1000, 0x1000, "address 0x1000 is below that of program header 0, 0x2000"},
        {0x2000, 0x1000, 0, 0x1000, "address 0x0 is below that of program header 0, 0x2000"},
        {0x10000, 0x1000, 0x11000, 0x10000, "shares a page"},
        {0x10000, 0x1000, 0x20000, 0x10000, NULL},
    };
    struct elf_layout layout;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct elf64_phdr phdrs[2] = {load_at(cases[i].first, cases[i].first_size), load_at(cases[i].second, 1)};
        int ret = check(phdrs, 2, cases[i].page_size, &layout);

        if (cases[i].text)
            expect_fault(ret, cases[i].text);
        else
            assert_int_equal(ret, 0);
    }
}

static void test_load_limits(void **state)
{
    static const struct {
        uint64_t vaddr, offset, filesz, memsz, align;
        const char *text;
    } cases[] = {
        {0, 0, 0x10000, 0x10000, 0x1000, NULL},
        {0, 0, 0x10001, 0x10001, 0x1000, "file range 0x0+0x10001 ends beyond the file (0x10000 bytes)"},
        {0, 0x10000, 0, 1, 0x1000, NULL},
        {0, 0x10001, 0, 1, 0x1000, "file range 0x10001+0x0 ends beyond the file"},
        {0, 0x8000, 1, 1, 0x8000, NULL},
        {0, 0x8000, 1, 1, 0x10000, "address 0x0 and file offset 0x8000 differ modulo 0x10000"},
        {0, 0x10, 0, 1, 0x1000, NULL}, /* without file content the offset does not matter */
        {0x10, 0x10, 1, 1, 4, NULL},
        {0x10, 0x18, 1, 1, 8, "address 0x10 and file offset 0x18 differ modulo 0x1000"},
        {0, 0, 1, 1, ELF_ALIGN_MAX, NULL},
        {0, 0, 1, 1, ELF_ALIGN_MAX * 2, "alignment 0x80000000 exceeds 0x40000000"},
        {0, 0, 0, ELF_SPAN_MAX, 0x1000, NULL},
        {0, 0, 0, ELF_SPAN_MAX + 1, 0x1000, "memory from 0x0 to 0x400001000 exceeds 0x400000000 bytes"},
        {ELF_ADDRESS_END - 0x1000, 0, 1, 0x1000, 0, NULL},
        {ELF_ADDRESS_END - 0x1000, 0, 1, 0x1001, 0, "ends above 0x800000000000"},
        {UINT64_MAX - 0xfff, 0, 1, 0xfff, 0, "ends above 0x800000000000"},
        {UINT64_MAX - 0xfff, 0, 1, 0x1000, 0, "memory range 0xfffffffffffff000+0x1000 wraps around"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct elf64_phdr phdr = load_at(cases[i].vaddr, cases[i].memsz);
        struct elf_layout layout;
        int ret;

        phdr.p_offset = cases[i].offset;
        phdr.p_filesz = cases[i].filesz;
        phdr.p_align = cases[i].align;
        ret = check(&phdr, 1, 0x1000, &layout);
        if (cases[i].text)
            expect_fault(ret, cases[i].text);
        else
            assert_int_equal(ret, 0);
        if (ret == 0)
            assert_int_equal(layout.align, cases[i].align > 0x1000 ? cases[i].align : 0x1000);
    }
}

/* Linkers round the end of PT_GNU_RELRO up to a page. */
static void test_relro_limits(void **state)
{
    static const struct {
        uint64_t vaddr, memsz;
        const char *text;
    } cases[] = {
        {0x1000, 0x1800, NULL},
        {0x1000, 0x2000, NULL},
        {0x1000, 0x2001, "is outside the writable segments"},
        {0x2400, 0xc00, NULL},
        {0x9000, 0, NULL},
        {0x2800, 0x10, "is outside the writable segments"},
        {0xfff, 1, "is outside the writable segments"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct elf64_phdr phdrs[2] = {load_at(0x1000, 0x1800)};
        struct elf_layout layout;
        int ret;

        phdrs[1] = (struct elf64_phdr){
            .p_type = ELF_PT_GNU_RELRO, .p_vaddr = cases[i].vaddr, .p_memsz = cases[i].memsz, .p_flags = ELF_PF_R};
        ret = check(phdrs, 2, 0x1000, &layout);
        if (cases[i].text)
            expect_fault(ret, cases[i].text);
        else
            assert_int_equal(ret, 0);
    }
}

static void test_interp(void **state)
{
    static const struct {
        const char *bytes;
        uint64_t size;
        const char *text;
    } cases[] = {
        {"/lib/ld.so", 11, NULL},      {"/", 2, NULL},      {"a\0b", 4, NULL},
        {"", 0, "is empty"},           {"", 1, "is empty"}, {"/lib/ld.so", 10, "is not terminated"},
        {"/", 1, "is not terminated"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct elf_layout layout = {.interp = {.present = true, .number = 2, .filesz = cases[i].size}};
        char *copy = malloc(cases[i].size ? cases[i].size : 1);
        int ret;

        assert_non_null(copy);
        memcpy(copy, cases[i].bytes, cases[i].size);
        ret = elf_check_interp(&layout, copy, &fault);
        if (cases[i].text)
            expect_fault(ret, cases[i].text);
        else
            assert_int_equal(ret, 0);
        free(copy);
    }
}

/***** notes *****/

/* Notes as words: name size, description size, type, name, description. */
#define PAL_NAME 0x004c4150 /* "PAL" */
#define FOO_NAME 0x006f6f46 /* "Foo" */

static int find(const uint32_t *words, size_t size, uint64_t align, struct elf_note *out_note)
{
    unsigned char *copy = malloc(size ? size : 1);
    int ret;

    assert_non_null(copy);
    memcpy(copy, words, size);
    ret = elf_find_note(copy, size, align, "PAL", 1, out_note, &fault);
    if (ret == 0) /* back to where the caller can see it */
        out_note->desc = (const unsigned char *)words + ((const unsigned char *)out_note->desc - copy);
    free(copy);
    return ret;
}

static void test_notes(void **state)
{
    static const uint32_t two[] = {4, 3, 1, FOO_NAME, 0xaaaaaa, 4, 8, 1, PAL_NAME, 1, 2};
    static const uint32_t other_type[] = {4, 0, 2, PAL_NAME, 4, 0, 1, PAL_NAME};
    static const uint32_t other_name[] = {3, 0, 1, PAL_NAME, 5, 0, 1, PAL_NAME, 0, 0, 0, 1};
    static const uint32_t wide[] = {4, 4, 1, FOO_NAME, 9, 0, 4, 4, 1, PAL_NAME, 7, 0};
    static const uint32_t unpadded[] = {4, 5, 1, PAL_NAME, 1, 2};
    struct elf_note note;

    (void)state;
    assert_int_equal(find(two, sizeof(two), 4, &note), 0);
    assert_ptr_equal(note.desc, &two[9]);
    assert_int_equal(note.size, 8);
    assert_int_equal(find(two, 5 * 4, 4, &note), -PAL_ERROR_NOTDEFINED);
    assert_int_equal(find(two, 5 * 4 + 11, 4, &note), -PAL_ERROR_NOTDEFINED);
    expect_fault(find(two, sizeof(two) - 1, 4, &note), "note at 0x14: name 0x4, description 0x8 bytes end beyond 0x2b");
    assert_int_equal(find(two, 0, 4, &note), -PAL_ERROR_NOTDEFINED);

    assert_int_equal(find(other_type, sizeof(other_type), 0, &note), 0);
    assert_ptr_equal(note.desc, other_type + 8);
    assert_int_equal(note.size, 0);
    assert_int_equal(find(other_name, sizeof(other_name), 4, &note), -PAL_ERROR_NOTDEFINED);

    assert_int_equal(find(wide, sizeof(wide), 8, &note), 0);
    assert_ptr_equal(note.desc, &wide[10]);
    expect_fault(find(wide, sizeof(wide), 4, &note), "note at 0x24: ");

    assert_int_equal(find(unpadded, sizeof(unpadded) - 3, 4, &note), 0);
    assert_int_equal(note.size, 5);
    assert_int_equal(elf_find_note(unpadded, sizeof(unpadded) - 3, 4, "Foo", 1, &note, &fault), -PAL_ERROR_NOTDEFINED);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault_text),
        cmocka_unit_test(test_relocation_names),
        cmocka_unit_test(test_is_elf),
        cmocka_unit_test(test_not_elf),
        cmocka_unit_test(test_header_sizes),
        cmocka_unit_test(test_header_phnum),
        cmocka_unit_test(test_layout_dyn),
        cmocka_unit_test(test_layout_exec),
        cmocka_unit_test(test_layout_no_phdrs_in_memory),
        cmocka_unit_test(test_loads_max),
        cmocka_unit_test(test_notes_max),
        cmocka_unit_test(test_load_order),
        cmocka_unit_test(test_load_limits),
        cmocka_unit_test(test_relro_limits),
        cmocka_unit_test(test_interp),
        cmocka_unit_test(test_notes),
    };

    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
