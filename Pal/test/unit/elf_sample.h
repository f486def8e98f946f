/* SPDX-License-Identifier: MIT */
/* A small ELF file that is right in every detail, as data: what broken ones are made of by changing a field or two.
 * It has one of each thing that the reader looks at. Its code ends the program with 7, in the way that pal.h says.
 * Knows neither the reader's rules nor how a test applies them. */
#ifndef PAL_TEST_UNIT_ELF_SAMPLE_H
#define PAL_TEST_UNIT_ELF_SAMPLE_H

#include "elf64.h"

#include <stddef.h>
#include <stdint.h>

/* Program headers. The spare ones are complete but of type PT_NULL: a test makes them count by setting the type. */
enum {
    PH_PHDR,
    PH_READ, /* everything up to code */
    PH_EXEC, /* code */
    PH_DATA, /* from dynamic to the end, and 0x1000 bytes of zeros */
    PH_DYNAMIC,
    PH_NOTE,
    PH_STACK,
    PH_SPARE_INTERP,
    PH_SPARE_TLS,
    PH_SPARE_RELRO,
    PH_COUNT
};

enum {
    DYN_NEEDED,
    DYN_SONAME,
    DYN_HASH,
    DYN_GNU_HASH,
    DYN_STRTAB,
    DYN_STRSZ,
    DYN_SYMTAB,
    DYN_SYMENT,
    DYN_RELA,
    DYN_RELASZ,
    DYN_RELAENT,
    DYN_RELACOUNT,
    DYN_JMPREL,
    DYN_PLTRELSZ,
    DYN_PLTREL,
    DYN_RELR,
    DYN_RELRSZ,
    DYN_RELRENT,
    DYN_FLAGS,
    DYN_FLAGS_1,
    DYN_DEBUG,
    DYN_SPARE, /* of a tag that nobody knows */
    DYN_NULL,
    DYN_COUNT
};

enum { SYM_NULL, SYM_UNDEFINED, SYM_CODE, SYM_DATA, SYM_LIMIT, SYM_COUNT };

struct elf_sample {
    struct elf64_ehdr header;
    struct elf64_phdr phdrs[PH_COUNT];
    char interp[16];
    struct {
        struct elf64_nhdr head;
        char name[4];
        uint32_t major;
        uint32_t minor;
    } note;
    struct {
        uint32_t bucket_count;
        uint32_t first_symbol;
        uint32_t bloom_count;
        uint32_t bloom_shift;
        uint64_t bloom[1];
        uint32_t buckets[1];
        uint32_t chains[3];
    } gnu_hash;
    struct {
        uint32_t bucket_count;
        uint32_t chain_count;
        uint32_t buckets[1];
        uint32_t chains[SYM_COUNT];
    } hash;
    struct elf64_sym symbols[SYM_COUNT];
    struct {
        char empty[1];
        char undefined[14];
        char code[12];
        char data[12];
        char limit[13];
        char needed[10];
        char soname[10];
    } strings;
    struct elf64_rela rela[3];
    struct elf64_rela jmprel[1];
    uint64_t relr[2];
    unsigned char code[16];
    struct elf64_dyn dynamic[DYN_COUNT];
    uint64_t data[8];
};

/* Sizes and places in the file, and addresses for a file that is linked at base. Each segment has pages of its own in
 * memory but no padding in the file. */
#define SAMPLE_SIZE(field)        sizeof(((struct elf_sample *)0)->field)
#define SAMPLE_AT(field)          offsetof(struct elf_sample, field)
#define SAMPLE_READ(base, field)  ((base) + SAMPLE_AT(field))
#define SAMPLE_CODE(base)         ((base) + 0x1000 + SAMPLE_AT(code))
#define SAMPLE_DATA(base, field)  ((base) + 0x2000 + SAMPLE_AT(field))
#define SAMPLE_STRING(field)      (offsetof(struct elf_sample, strings.field) - offsetof(struct elf_sample, strings))
#define SAMPLE_DATA_SIZE          (sizeof(struct elf_sample) - SAMPLE_AT(dynamic))
#define SAMPLE_INFO(symbol, type) ((uint64_t)(symbol) << 32 | (type))
#define SAMPLE_SYM(binding, kind) ((binding) << 4 | (kind))

#define SAMPLE_PHDR(kind, access, field, address, size, extra, alignment)                                              \
    {                                                                                                                  \
        .p_type = (kind), .p_flags = (access), .p_offset = SAMPLE_AT(field), .p_vaddr = (address),                     \
        .p_paddr = (address), .p_filesz = (size), .p_memsz = (size) + (extra), .p_align = (alignment)                  \
    }

/* An initializer for a struct elf_sample of a type (ELF_ET_*) that is linked at a page-aligned base. */
#define SAMPLE(file_type, base)                                                                                        \
    {                                                                                                                  \
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELF_CLASS64, ELF_DATA_LSB, ELF_EV_CURRENT},                        \
                   .e_type = (file_type),                                                                              \
                   .e_machine = ELF_EM_X86_64,                                                                         \
                   .e_version = ELF_EV_CURRENT,                                                                        \
                   .e_entry = SAMPLE_CODE(base),                                                                       \
                   .e_phoff = SAMPLE_AT(phdrs),                                                                        \
                   .e_ehsize = sizeof(struct elf64_ehdr),                                                              \
                   .e_phentsize = sizeof(struct elf64_phdr),                                                           \
                   .e_phnum = PH_COUNT},                                                                               \
        .phdrs =                                                                                                       \
            {                                                                                                          \
                [PH_PHDR] =                                                                                            \
                    SAMPLE_PHDR(ELF_PT_PHDR, ELF_PF_R, phdrs, SAMPLE_READ(base, phdrs), SAMPLE_SIZE(phdrs), 0, 8),     \
                [PH_READ] =                                                                                            \
                    SAMPLE_PHDR(ELF_PT_LOAD, ELF_PF_R, header, SAMPLE_READ(base, header), SAMPLE_AT(code), 0, 0x1000), \
                [PH_EXEC] = SAMPLE_PHDR(ELF_PT_LOAD, ELF_PF_R | ELF_PF_X, code, SAMPLE_CODE(base), SAMPLE_SIZE(code),  \
                                        0, 0x1000),                                                                    \
                [PH_DATA] = SAMPLE_PHDR(ELF_PT_LOAD, ELF_PF_R | ELF_PF_W, dynamic, SAMPLE_DATA(base, dynamic),         \
                                        SAMPLE_DATA_SIZE, 0x1000, 0x1000),                                             \
                [PH_DYNAMIC] = SAMPLE_PHDR(ELF_PT_DYNAMIC, ELF_PF_R | ELF_PF_W, dynamic, SAMPLE_DATA(base, dynamic),   \
                                           SAMPLE_SIZE(dynamic), 0, 8),                                                \
                [PH_NOTE] =                                                                                            \
                    SAMPLE_PHDR(ELF_PT_NOTE, ELF_PF_R, note, SAMPLE_READ(base, note), SAMPLE_SIZE(note), 0, 4),        \
                [PH_STACK] = {.p_type = ELF_PT_GNU_STACK, .p_flags = ELF_PF_R | ELF_PF_W, .p_align = 16},              \
                [PH_SPARE_INTERP] = SAMPLE_PHDR(ELF_PT_NULL, ELF_PF_R, interp, SAMPLE_READ(base, interp), 11, 0, 1),   \
                [PH_SPARE_TLS] = SAMPLE_PHDR(ELF_PT_NULL, ELF_PF_R, data, SAMPLE_DATA(base, data), 8, 8, 8),           \
                [PH_SPARE_RELRO] = SAMPLE_PHDR(ELF_PT_NULL, ELF_PF_R, dynamic, SAMPLE_DATA(base, dynamic),             \
                                               SAMPLE_SIZE(dynamic), 0, 1),                                            \
            },                                                                                                         \
        .interp = "/lib/ld.so", .note = {{4, 8, 1}, "PAL", 1, 0},                                                      \
        .gnu_hash = {1, SYM_CODE, 1, 6, {0x2100010822}, {SYM_CODE}, {0xbdf36140, 0xbdf3b420, 0x7cff42e5}},             \
        .hash = {1, SYM_COUNT, {SYM_UNDEFINED}, {0, SYM_CODE, SYM_DATA, SYM_LIMIT, 0}},                                \
        .symbols =                                                                                                     \
            {                                                                                                          \
                [SYM_UNDEFINED] = {.st_name = SAMPLE_STRING(undefined),                                                \
                                   .st_info = SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_FUNC)},                               \
                [SYM_CODE] = {SAMPLE_STRING(code), SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_FUNC), 0, 2, SAMPLE_CODE(base),  \
                              7},                                                                                      \
                [SYM_DATA] = {SAMPLE_STRING(data), SAMPLE_SYM(ELF_STB_WEAK, ELF_STT_OBJECT), ELF_STV_PROTECTED, 3,     \
                              SAMPLE_DATA(base, data), SAMPLE_SIZE(data)},                                             \
                [SYM_LIMIT] = {SAMPLE_STRING(limit), SAMPLE_SYM(ELF_STB_GLOBAL, ELF_STT_NOTYPE), 0, ELF_SHN_ABS, 42,   \
                               0},                                                                                     \
            },                                                                                                         \
        .strings = {"", "DkProcessExit", "sample_code", "sample_data", "sample_limit", "libpal.so", "sample.so"},      \
        .rela = {{SAMPLE_DATA(base, data[0]), SAMPLE_INFO(0, ELF_R_X86_64_RELATIVE),                                   \
                  (int64_t)SAMPLE_DATA(base, data[7])},                                                                \
                 {SAMPLE_DATA(base, data[1]), SAMPLE_INFO(SYM_UNDEFINED, ELF_R_X86_64_GLOB_DAT), 0},                   \
                 {SAMPLE_DATA(base, data[2]), SAMPLE_INFO(SYM_DATA, ELF_R_X86_64_64), 8}},                             \
        .jmprel = {{SAMPLE_DATA(base, data[3]), SAMPLE_INFO(SYM_UNDEFINED, ELF_R_X86_64_JUMP_SLOT), 0}},               \
        .relr = {SAMPLE_DATA(base, data[4]), 0x3},  /* data[4] and data[5] */                                          \
            .code = {0xb8, 7, 0, 0, 0, 0xff, 0xe1}, /* mov $7,%eax; jmp *%rcx */                                       \
            .dynamic =                                                                                                 \
                {                                                                                                      \
                    [DYN_NEEDED] = {ELF_DT_NEEDED, SAMPLE_STRING(needed)},                                             \
                    [DYN_SONAME] = {ELF_DT_SONAME, SAMPLE_STRING(soname)},                                             \
                    [DYN_HASH] = {ELF_DT_HASH, SAMPLE_READ(base, hash)},                                               \
                    [DYN_GNU_HASH] = {ELF_DT_GNU_HASH, SAMPLE_READ(base, gnu_hash)},                                   \
                    [DYN_STRTAB] = {ELF_DT_STRTAB, SAMPLE_READ(base, strings)},                                        \
                    [DYN_STRSZ] = {ELF_DT_STRSZ, SAMPLE_SIZE(strings)},                                                \
                    [DYN_SYMTAB] = {ELF_DT_SYMTAB, SAMPLE_READ(base, symbols)},                                        \
                    [DYN_SYMENT] = {ELF_DT_SYMENT, SAMPLE_SIZE(symbols[0])},                                           \
                    [DYN_RELA] = {ELF_DT_RELA, SAMPLE_READ(base, rela)},                                               \
                    [DYN_RELASZ] = {ELF_DT_RELASZ, SAMPLE_SIZE(rela)},                                                 \
                    [DYN_RELAENT] = {ELF_DT_RELAENT, SAMPLE_SIZE(rela[0])},                                            \
                    [DYN_RELACOUNT] = {ELF_DT_RELACOUNT, 1},                                                           \
                    [DYN_JMPREL] = {ELF_DT_JMPREL, SAMPLE_READ(base, jmprel)},                                         \
                    [DYN_PLTRELSZ] = {ELF_DT_PLTRELSZ, SAMPLE_SIZE(jmprel)},                                           \
                    [DYN_PLTREL] = {ELF_DT_PLTREL, ELF_DT_RELA},                                                       \
                    [DYN_RELR] = {ELF_DT_RELR, SAMPLE_READ(base, relr)},                                               \
                    [DYN_RELRSZ] = {ELF_DT_RELRSZ, SAMPLE_SIZE(relr)},                                                 \
                    [DYN_RELRENT] = {ELF_DT_RELRENT, SAMPLE_SIZE(relr[0])},                                            \
                    [DYN_FLAGS] = {ELF_DT_FLAGS, 8},     /* DF_BIND_NOW */                                             \
                    [DYN_FLAGS_1] = {ELF_DT_FLAGS_1, 1}, /* DF_1_NOW */                                                \
                    [DYN_DEBUG] = {ELF_DT_DEBUG, 0},                                                                   \
                    [DYN_SPARE] = {0x60000001, 0},                                                                     \
                },                                                                                                     \
        .data = {                                                                                                      \
            0,                                                                                                         \
            0,                                                                                                         \
            0,                                                                                                         \
            0,                                                                                                         \
            SAMPLE_DATA(base, data[6]),                                                                                \
            SAMPLE_DATA(base, data[7]),                                                                                \
            6,                                                                                                         \
            7                                                                                                          \
        }                                                                                                              \
    }

#endif
