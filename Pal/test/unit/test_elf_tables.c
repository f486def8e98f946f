/* SPDX-License-Identifier: MIT */
/* The ELF reader's memory phase: the tables of a mapped image, one function at a time, right and wrong.
 * What can be told from the file alone is in test_elf.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_expect.h"
#include "elf_symbol.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/***** image and dynamic section *****/

static void test_image_room(void **state)
{
    static const struct elf_layout layout = {
        .load_count = 2,
        .loads = {{.vaddr = 0x1000, .memsz = 0x100, .flags = ELF_PF_R | ELF_PF_X},
                  {.vaddr = 0x2000, .memsz = 0x200, .flags = ELF_PF_R | ELF_PF_W}},
    };
    static const struct elf_image image = {&layout, 0x100000};

    (void)state;
    assert_int_equal(elf_image_room(&image, 0xfff, 0), 0);
    assert_int_equal(elf_image_room(&image, 0x1000, 0), 0x100);
    assert_int_equal(elf_image_room(&image, 0x10ff, ELF_PF_R), 1);
    assert_int_equal(elf_image_room(&image, 0x1100, 0), 0);
    assert_int_equal(elf_image_room(&image, 0x1000, ELF_PF_W), 0);
    assert_int_equal(elf_image_room(&image, 0x2000, ELF_PF_R | ELF_PF_W), 0x200);
    assert_int_equal(elf_image_room(&image, UINT64_MAX, 0), 0);
    assert_ptr_equal(elf_image_at(&image, 0x1010, 0xf0, 0), (void *)0x101010);
    assert_null(elf_image_at(&image, 0x1010, 0xf1, 0));
    assert_null(elf_image_at(&image, 0x1010, UINT64_MAX, 0));
    assert_non_null(elf_image_at(&image, 0x10ff, 0, 0));
    assert_null(elf_image_at(&image, 0x1100, 0, 0));
}

static void test_dynamic(void **state)
{
    struct elf_mapped mapped;
    const struct elf_dynamic *dynamic = &mapped.dynamic;
    const char *name;
    uint64_t cursor = 0;

    (void)state;
    open_sample(&mapped, &elf_sample_dyn);
    assert_int_equal(dynamic->entry_count, DYN_NULL);
    assert_int_equal(dynamic->strings_size, SAMPLE_SIZE(strings));
    assert_int_equal(dynamic->symbol_limit, SYM_COUNT);
    assert_int_equal(dynamic->rela_count, 3);
    assert_int_equal(dynamic->relative_count, 1);
    assert_int_equal(dynamic->jmprel_count, 1);
    assert_int_equal(dynamic->relr_count, 2);
    assert_int_equal(dynamic->flags, 8);
    assert_int_equal(dynamic->flags_1, 1);
    assert_string_equal(dynamic->soname, "sample.so");
    assert_int_equal(dynamic->needed_count, 1);
    assert_int_equal(dynamic->debug_vaddr, SAMPLE_DATA(0, dynamic[DYN_DEBUG].d_val));
    assert_int_equal(elf_next_needed(dynamic, &cursor, &name, &fault), 1);
    assert_string_equal(name, "libpal.so");
    assert_int_equal(elf_next_needed(dynamic, &cursor, &name, &fault), 0);
    assert_int_equal(elf_next_needed(dynamic, &cursor, &name, &fault), 0);
    elf_mapped_close(&mapped);
}

/* Without DT_HASH the symbols end where the next table starts. */
static void test_symbol_limit(void **state)
{
    struct elf_sample sample = elf_sample_dyn;
    struct elf_mapped mapped;

    (void)state;
    sample.dynamic[DYN_HASH].d_tag = 0x60000002;
    open_sample(&mapped, &sample);
    assert_int_equal(mapped.dynamic.symbol_limit, SYM_COUNT);
    elf_mapped_close(&mapped);

    sample.dynamic[DYN_SPARE] = (struct elf64_dyn){ELF_DT_VERSYM, SAMPLE_AT(symbols[3]) + 8};
    sample.dynamic[DYN_GNU_HASH].d_tag = 0x60000002;
    open_sample(&mapped, &sample);
    assert_int_equal(mapped.dynamic.symbol_limit, 3);
    elf_mapped_close(&mapped);
}

/* A debugger's entry in a read-only dynamic section cannot be set. */
static void test_debug_read_only(void **state)
{
    struct elf_sample sample = elf_sample_dyn;
    struct elf_mapped mapped;

    (void)state;
    sample.phdrs[PH_DATA].p_flags = ELF_PF_R;
    open_sample(&mapped, &sample);
    assert_int_equal(mapped.dynamic.debug_vaddr, 0);
    elf_mapped_close(&mapped);
}

/* The string table may lie in memory that relocations write to. */
static void test_strings_change(void **state)
{
    struct elf_mapped mapped;
    struct elf_symbol symbol;
    char *last;

    (void)state;
    open_sample(&mapped, &elf_sample_dyn);
    last = (char *)mapped.memory + SAMPLE_AT(strings) + SAMPLE_SIZE(strings) - 1;
    assert_string_equal(elf_string(&mapped.dynamic, SAMPLE_STRING(needed)), "libpal.so");
    assert_string_equal(elf_string(&mapped.dynamic, SAMPLE_SIZE(strings) - 1), "");
    assert_null(elf_string(&mapped.dynamic, SAMPLE_SIZE(strings)));
    assert_null(elf_string(&mapped.dynamic, UINT64_MAX));
    *last = 'x';
    assert_null(elf_string(&mapped.dynamic, SAMPLE_STRING(needed)));
    expect_fault(elf_symbol_get(&mapped.dynamic, SYM_CODE, &symbol, &fault), "symbol 2: name 0xf is outside");
    elf_mapped_close(&mapped);
}

/***** symbols *****/

/* The sample with one hash table, the other, or none. */
enum { GNU_HASH, SYSV_HASH, NO_HASH, HASHES };

static struct elf_sample with_hash(int hash)
{
    struct elf_sample sample = elf_sample_dyn;

    if (hash != GNU_HASH)
        sample.dynamic[DYN_GNU_HASH].d_tag = 0x60000002;
    if (hash != SYSV_HASH)
        sample.dynamic[DYN_HASH].d_tag = 0x60000002;
    return sample;
}

static int lookup(const struct elf_sample *sample, const char *name, struct elf_symbol *out_symbol)
{
    struct elf_mapped mapped;
    int ret;

    open_sample(&mapped, sample);
    ret = elf_lookup(&mapped.image, &mapped.dynamic, name, out_symbol, &fault);
    if (ret == 0)
        assert_string_equal(out_symbol->name, name);
    elf_mapped_close(&mapped);
    return ret;
}

static void test_symbol_get(void **state)
{
    struct elf_mapped mapped;
    struct elf_symbol symbol;

    (void)state;
    open_sample(&mapped, &elf_sample_dyn);
    assert_int_equal(elf_symbol_count(&mapped.dynamic, &fault), SYM_COUNT);
    assert_int_equal(elf_symbol_get(&mapped.dynamic, SYM_NULL, &symbol, &fault), 0);
    assert_string_equal(symbol.name, "");
    assert_int_equal(elf_symbol_get(&mapped.dynamic, SYM_UNDEFINED, &symbol, &fault), 0);
    assert_string_equal(symbol.name, "DkProcessExit");
    assert_int_equal(symbol.section, ELF_SHN_UNDEF);
    assert_int_equal(elf_symbol_get(&mapped.dynamic, SYM_DATA, &symbol, &fault), 0);
    assert_string_equal(symbol.name, "sample_data");
    assert_int_equal(symbol.value, SAMPLE_DATA(0, data));
    assert_int_equal(symbol.size, 64);
    assert_int_equal(symbol.number, SYM_DATA);
    assert_int_equal(symbol.type, ELF_STT_OBJECT);
    assert_int_equal(symbol.binding, ELF_STB_WEAK);
    assert_int_equal(symbol.visibility, ELF_STV_PROTECTED);
    expect_fault(elf_symbol_get(&mapped.dynamic, SYM_COUNT, &symbol, &fault),
                 "symbol 5: the symbol table has at most 5");
    expect_fault(elf_symbol_get(&mapped.dynamic, UINT32_MAX, &symbol, &fault), "symbol 4294967295: ");
    elf_mapped_close(&mapped);
}

static void test_lookup(void **state)
{
    static const char *const absent[] = {"",          "sample_cod",    "sample_code2", "Sample_code",
                                         "libpal.so", "DkProcessExit", "sample_limi"};
    struct elf_symbol symbol;

    (void)state;
    for (int hash = 0; hash < HASHES; hash++) {
        struct elf_sample sample = with_hash(hash);

        assert_int_equal(lookup(&sample, "sample_code", &symbol), 0);
        assert_int_equal(symbol.value, SAMPLE_CODE(0));
        assert_int_equal(lookup(&sample, "sample_data", &symbol), 0);
        assert_int_equal(symbol.number, SYM_DATA);
        assert_int_equal(lookup(&sample, "sample_limit", &symbol), 0);
        assert_int_equal(symbol.value, 42);
        assert_int_equal(symbol.section, ELF_SHN_ABS);
        for (size_t i = 0; i < COUNT(absent); i++)
            assert_int_equal(lookup(&sample, absent[i], &symbol), -PAL_ERROR_NOTDEFINED);
    }
}

static void test_lookup_hides(void **state)
{
    static const struct {
        unsigned char info, other;
        uint16_t section;
        bool found;
    } cases[] = {
        {SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_FUNC), 0, 2, true},
        {SAMPLE_SYM(ELF_STB_WEAK, ELF_STT_FUNC), ELF_STV_PROTECTED, 2, true},
        {SAMPLE_SYM(ELF_STB_GNU_UNIQUE, ELF_STT_OBJECT), 0, 2, true},
        {SAMPLE_SYM(ELF_STB_LOCAL, ELF_STT_FUNC), 0, 2, false},
        {SAMPLE_SYM(13, ELF_STT_FUNC), 0, 2, false},
        {SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_FUNC), 1 /* internal */, 2, false},
        {SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_FUNC), 2 /* hidden */, 2, false},
        {SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_FUNC), 0, ELF_SHN_UNDEF, false},
    };
    struct elf_symbol symbol;

    (void)state;
    for (int hash = 0; hash < HASHES; hash++) {
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct elf_sample sample = with_hash(hash);

            sample.symbols[SYM_CODE].st_info = cases[i].info;
            sample.symbols[SYM_CODE].st_other = cases[i].other;
            sample.symbols[SYM_CODE].st_shndx = cases[i].section;
            assert_int_equal(lookup(&sample, "sample_code", &symbol), cases[i].found ? 0 : -PAL_ERROR_NOTDEFINED);
        }
    }
}

static void test_lookup_values(void **state)
{
    static const struct {
        uint64_t value;
        unsigned char type;
        uint16_t section;
        bool sane;
    } cases[] = {
        {0, ELF_STT_FUNC, 2, true},
        {0x4000, ELF_STT_NOTYPE, 2, true},
        {0x4001, ELF_STT_NOTYPE, 2, false},
        {UINT64_MAX, ELF_STT_FUNC, 2, false},
        {UINT64_MAX, ELF_STT_OBJECT, ELF_SHN_ABS, true},
        {16, ELF_STT_TLS, 2, true},
        {17, ELF_STT_TLS, 2, false},
    };
    struct elf_symbol symbol;

    (void)state;
    for (int hash = 0; hash < HASHES; hash++) {
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct elf_sample sample = with_hash(hash);
            int ret;

            sample.phdrs[PH_SPARE_TLS].p_type = ELF_PT_TLS;
            sample.symbols[SYM_CODE].st_info = (unsigned char)(ELF_STB_GLOBAL << 4 | cases[i].type);
            sample.symbols[SYM_CODE].st_value = cases[i].value;
            sample.symbols[SYM_CODE].st_shndx = cases[i].section;
            ret = lookup(&sample, "sample_code", &symbol);
            if (cases[i].sane)
                assert_int_equal(ret, 0);
            else
                expect_fault(ret, "of sample_code is outside the image");
            /* and whoever does not ask for it is not disturbed */
            assert_int_equal(lookup(&sample, "sample_data", &symbol), 0);
        }
    }
}

static void test_sysv_chains(void **state)
{
    struct elf_sample sample = with_hash(SYSV_HASH);
    struct elf_symbol symbol;

    (void)state;
    sample.hash.chains[SYM_LIMIT] = SYM_CODE;
    expect_fault(lookup(&sample, "nothing", &symbol), "DT_HASH: the chain of nothing is a circle");
    assert_int_equal(lookup(&sample, "sample_limit", &symbol), 0);
    sample.hash.chains[SYM_LIMIT] = SYM_COUNT;
    expect_fault(lookup(&sample, "nothing", &symbol), "DT_HASH: leads to symbol 5, which it does not have");
    sample.hash.buckets[0] = UINT32_MAX;
    expect_fault(lookup(&sample, "sample_code", &symbol), "DT_HASH: leads to symbol 4294967295");
    sample.hash.buckets[0] = 0;
    assert_int_equal(lookup(&sample, "sample_code", &symbol), -PAL_ERROR_NOTDEFINED);
}

static int64_t count_of(const struct elf_sample *sample)
{
    struct elf_mapped mapped;
    int64_t count;

    open_sample(&mapped, sample);
    count = elf_symbol_count(&mapped.dynamic, &fault);
    elf_mapped_close(&mapped);
    return count;
}

static void test_gnu_chains(void **state)
{
    struct elf_sample sample = with_hash(GNU_HASH);
    struct elf_symbol symbol;

    (void)state;
    assert_int_equal(count_of(&sample), SYM_COUNT);
    sample.gnu_hash.chains[1] |= 1; /* an earlier end */
    assert_int_equal(count_of(&sample), SYM_LIMIT);
    assert_int_equal(lookup(&sample, "sample_data", &symbol), 0);
    assert_int_equal(lookup(&sample, "sample_limit", &symbol), -PAL_ERROR_NOTDEFINED);

    sample = with_hash(GNU_HASH);
    sample.gnu_hash.chains[2] &= ~1u; /* no end */
    expect_fault(count_of(&sample), "DT_GNU_HASH: leads to symbol 5, which it does not have");
    assert_int_equal(lookup(&sample, "sample_limit", &symbol), 0);
    sample.gnu_hash.bloom[0] = UINT64_MAX;
    expect_fault(lookup(&sample, "nothing", &symbol), "DT_GNU_HASH: leads to symbol 5");

    sample.gnu_hash.buckets[0] = UINT32_MAX;
    expect_fault(count_of(&sample), "DT_GNU_HASH: leads to symbol 4294967295");
    expect_fault(lookup(&sample, "sample_code", &symbol), "DT_GNU_HASH: leads to symbol 4294967295");
    sample.gnu_hash.buckets[0] = SYM_CODE - 1;
    expect_fault(count_of(&sample), "DT_GNU_HASH: leads to symbol 1");
    expect_fault(lookup(&sample, "sample_code", &symbol), "DT_GNU_HASH: leads to symbol 1");

    /* What GNU ld writes if an object defines nothing: the count is not to be had from the table. */
    sample.gnu_hash.buckets[0] = 0;
    sample.gnu_hash.first_symbol = 1;
    assert_int_equal(count_of(&sample), SYM_COUNT);
    assert_int_equal(lookup(&sample, "sample_code", &symbol), -PAL_ERROR_NOTDEFINED);
    sample.gnu_hash.bloom[0] = 0;
    assert_int_equal(lookup(&sample, "sample_code", &symbol), -PAL_ERROR_NOTDEFINED);
}

/* The chains have no count of their own: this table lies at the end of its segment, with room for one. */
static void test_gnu_chains_at_end(void **state)
{
    struct elf_sample sample = with_hash(GNU_HASH);
    struct elf_symbol symbol;

    (void)state;
    sample.phdrs[PH_DATA].p_memsz = sample.phdrs[PH_DATA].p_filesz;
    sample.dynamic[DYN_GNU_HASH].d_val = SAMPLE_DATA(0, data[4]);
    memcpy(&sample.data[4], &sample.gnu_hash, 4 * sizeof(sample.data[0]));
    assert_int_equal(lookup(&sample, "sample_code", &symbol), 0);
    expect_fault(lookup(&sample, "sample_data", &symbol), "DT_GNU_HASH: leads to symbol 3");
    expect_fault(count_of(&sample), "DT_GNU_HASH: leads to symbol 3");
}

static void test_lookup_first(void **state)
{
    struct elf_symbol symbol;

    (void)state;
    for (int hash = SYSV_HASH; hash < HASHES; hash++) {
        struct elf_sample sample = with_hash(hash);

        sample.symbols[SYM_UNDEFINED].st_shndx = 2;
        assert_int_equal(lookup(&sample, "DkProcessExit", &symbol), 0);
        assert_int_equal(symbol.number, 1);
    }
}

static void test_lookup_bad_name(void **state)
{
    struct elf_sample sample = with_hash(NO_HASH);
    struct elf_symbol symbol;

    (void)state;
    sample.symbols[SYM_DATA].st_name = UINT32_MAX;
    assert_int_equal(lookup(&sample, "sample_code", &symbol), 0);
    expect_fault(lookup(&sample, "sample_limit", &symbol), "symbol 3: name 0xffffffff is outside the string table");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_room),     cmocka_unit_test(test_dynamic),
        cmocka_unit_test(test_symbol_limit),   cmocka_unit_test(test_debug_read_only),
        cmocka_unit_test(test_strings_change), cmocka_unit_test(test_symbol_get),
        cmocka_unit_test(test_lookup),         cmocka_unit_test(test_lookup_hides),
        cmocka_unit_test(test_lookup_values),  cmocka_unit_test(test_sysv_chains),
        cmocka_unit_test(test_gnu_chains),     cmocka_unit_test(test_gnu_chains_at_end),
        cmocka_unit_test(test_lookup_first),   cmocka_unit_test(test_lookup_bad_name),
    };

    return cmocka_run_group_tests_name("elf_tables", tests, NULL, NULL);
}
