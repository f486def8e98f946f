/* SPDX-License-Identifier: MIT */
/* Broken ELF files (and some good ones), each a sample with a few fields changed, and what is to be said about them.
 * Read by the unit test, which asks the reader, and by elf_forge, which writes them for tests of the whole loader.
 * Knows only the text of a fault, not who finds it. */
#ifndef PAL_TEST_UNIT_ELF_KINDS_H
#define PAL_TEST_UNIT_ELF_KINDS_H

#include "elf_sample.h"

#include <stddef.h>
#include <stdint.h>

/* Who is to find the fault. */
enum elf_finder {
    NOBODY,       /* nothing is wrong */
    FILE_PHASE,   /* elf_check_header, elf_check_segments or elf_check_interp */
    MEMORY_PHASE, /* the rest of the reader, once the segments are mapped */
    LOADER        /* who maps and relocates; the reader finds nothing wrong */
};

/* One field of the sample and its new value. */
struct elf_patch {
    size_t offset;
    size_t size; /* 0 = no patch */
    uint64_t value;
};
#define SET(field, value)                                                                                              \
    {                                                                                                                  \
        SAMPLE_AT(field), SAMPLE_SIZE(field), (value)                                                                  \
    }

#define ELF_PATCHES 4
struct elf_kind {
    const char *name;
    enum elf_finder finder;
    const char *fault;               /* a part of what is said; empty if nothing is wrong */
    const struct elf_sample *sample; /* NULL: the file is content */
    const char *content;
    size_t size; /* of the file; 0 = the whole sample */
    struct elf_patch patches[ELF_PATCHES];
};

static const struct elf_sample elf_sample_dyn = SAMPLE(ELF_ET_DYN, UINT64_C(0));
static const struct elf_sample elf_sample_exec = SAMPLE(ELF_ET_EXEC, UINT64_C(0x400000));
/* Below what a host maps for anyone. */
static const struct elf_sample elf_sample_low = SAMPLE(ELF_ET_EXEC, UINT64_C(0x1000));
/* Up to the end of the lower half of the address space, whose last page Linux gives to nobody. */
static const struct elf_sample elf_sample_high = SAMPLE(ELF_ET_EXEC, UINT64_C(0x7fffffffc000));

#define CONTENT(kind, text, said)                                                                                      \
    {                                                                                                                  \
        .name = (kind), .finder = FILE_PHASE, .fault = (said), .content = (text), .size = sizeof(text) - 1             \
    }
#define GOOD(kind, base, ...)                                                                                          \
    {                                                                                                                  \
        .name = (kind), .finder = NOBODY, .fault = "", .sample = &(base), .patches = { __VA_ARGS__ }                   \
    }
#define CUT(kind, bytes, said)                                                                                         \
    {                                                                                                                  \
        .name = (kind), .finder = FILE_PHASE, .fault = (said), .sample = &elf_sample_dyn, .size = (bytes)              \
    }
#define BAD(kind, who, said, ...)                                                                                      \
    {                                                                                                                  \
        .name = (kind), .finder = (who), .fault = (said), .sample = &elf_sample_dyn, .patches = { __VA_ARGS__ }        \
    }
#define BAD_EXEC(kind, who, said, base, ...)                                                                           \
    {                                                                                                                  \
        .name = (kind), .finder = (who), .fault = (said), .sample = &(base), .patches = { __VA_ARGS__ }                \
    }

/* Drop entries of the dynamic section by giving them a tag that nobody reads. */
#define DROP(entry) SET(dynamic[entry].d_tag, 0x60000002)

static const struct elf_kind elf_kinds[] = {
    /* good ones */
    GOOD("good", elf_sample_dyn, {0}),
    GOOD("good-exec", elf_sample_exec, {0}),
    GOOD("good-osabi-gnu", elf_sample_dyn, SET(header.e_ident[ELF_EI_OSABI], ELF_OSABI_GNU)),
    GOOD("good-no-note", elf_sample_dyn, SET(phdrs[PH_NOTE].p_type, ELF_PT_NULL)),
    GOOD("good-no-stack", elf_sample_dyn, SET(phdrs[PH_STACK].p_type, ELF_PT_NULL)),
    GOOD("good-no-phdr", elf_sample_dyn, SET(phdrs[PH_PHDR].p_type, ELF_PT_NULL)),
    GOOD("good-static", elf_sample_dyn, SET(phdrs[PH_DYNAMIC].p_type, ELF_PT_NULL)),
    GOOD("good-no-hash", elf_sample_dyn, DROP(DYN_HASH), DROP(DYN_GNU_HASH)),
    GOOD("good-sysv-hash", elf_sample_dyn, DROP(DYN_GNU_HASH)),
    GOOD("good-gnu-hash", elf_sample_dyn, DROP(DYN_HASH)),
    GOOD("good-tls", elf_sample_dyn, SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_TLS)),
    GOOD("good-relro", elf_sample_dyn, SET(phdrs[PH_SPARE_RELRO].p_type, ELF_PT_GNU_RELRO)),
    GOOD("good-align-0", elf_sample_dyn, SET(phdrs[PH_EXEC].p_align, 0)),
    GOOD("good-align-1", elf_sample_dyn, SET(phdrs[PH_EXEC].p_align, 1)),
    GOOD("good-empty-load", elf_sample_dyn, SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_LOAD),
         SET(phdrs[PH_SPARE_TLS].p_filesz, 0), SET(phdrs[PH_SPARE_TLS].p_memsz, 0)),

    /* not ELF */
    CONTENT("empty", "", "not an ELF file: it is empty"),
    CONTENT("script", "#!/bin/sh\nexit 7\n", "not an ELF file: it is a script (#!)"),
    CONTENT("text", "Hello, world.\n", "not an ELF file: it is text"),
    CONTENT("one-byte", "\x7f", "not an ELF file: it starts with 7f 00 00 00"),
    CONTENT("gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "not an ELF file: it starts with 1f 8b 08 00"),
    BAD("magic", FILE_PHASE, "not an ELF file: it starts with 7f 45 4c 47", SET(header.e_ident[3], 'G')),

    /* cut off */
    CUT("cut-magic", 4, "ELF header: cut off, 0x4 of 0x40 bytes"),
    CUT("cut-header", 63, "ELF header: cut off, 0x3f of 0x40 bytes"),
    CUT("cut-phdrs", SAMPLE_AT(phdrs[PH_COUNT]) - 1, "ELF header: program headers 0x40+0x230 end beyond the file"),
    CUT("cut-read", SAMPLE_AT(strings), "program header 1: file range 0x0+"),
    CUT("cut-code", SAMPLE_AT(code), "program header 2: file range "),
    CUT("cut-data", sizeof(struct elf_sample) - 1, "program header 3: file range "),

    /* header */
    BAD("class-32", FILE_PHASE, "ELF header: class 1 (32-bit)", SET(header.e_ident[ELF_EI_CLASS], ELF_CLASS32)),
    BAD("class-unknown", FILE_PHASE, "ELF header: class 3 (unknown)", SET(header.e_ident[ELF_EI_CLASS], 3)),
    BAD("big-endian", FILE_PHASE, "ELF header: data encoding 2 (big-endian)",
        SET(header.e_ident[ELF_EI_DATA], ELF_DATA_MSB)),
    BAD("encoding-unknown", FILE_PHASE, "ELF header: data encoding 0 (unknown)", SET(header.e_ident[ELF_EI_DATA], 0)),
    BAD("ident-version", FILE_PHASE, "ELF header: identification version 2, not 1",
        SET(header.e_ident[ELF_EI_VERSION], 2)),
    BAD("version", FILE_PHASE, "ELF header: version 0, not 1", SET(header.e_version, 0)),
    BAD("osabi", FILE_PHASE, "ELF header: OS ABI 9, not 0", SET(header.e_ident[ELF_EI_OSABI], 9)),
    BAD("machine-aarch64", FILE_PHASE, "ELF header: machine 183 (AArch64), not 62", SET(header.e_machine, 183)),
    BAD("machine-unknown", FILE_PHASE, "ELF header: machine 60000 (unknown), not 62", SET(header.e_machine, 60000)),
    BAD("type-relocatable", FILE_PHASE, "ELF header: type 1 (relocatable object)", SET(header.e_type, ELF_ET_REL)),
    BAD("type-core", FILE_PHASE, "ELF header: type 4 (core dump)", SET(header.e_type, ELF_ET_CORE)),
    BAD("type-unknown", FILE_PHASE, "ELF header: type 65280 (unknown)", SET(header.e_type, 0xff00)),
    BAD("ehsize", FILE_PHASE, "ELF header: header size 0x34, not 0x40", SET(header.e_ehsize, 52)),
    BAD("phentsize", FILE_PHASE, "ELF header: program header size 0x20, not 0x38", SET(header.e_phentsize, 32)),
    BAD("phnum-0", FILE_PHASE, "ELF header: no program headers", SET(header.e_phnum, 0)),
    BAD("phnum-65", FILE_PHASE, "ELF header: 65 program headers, more than 64", SET(header.e_phnum, 65)),
    BAD("phnum-65535", FILE_PHASE, "ELF header: 65535 program headers, more than 64", SET(header.e_phnum, 65535)),
    BAD("phoff-outside", FILE_PHASE, "ELF header: program headers 0x100000+0x230 end beyond the file",
        SET(header.e_phoff, 0x100000)),
    BAD("phoff-overflow", FILE_PHASE, "ELF header: program headers 0xfffffffffffffff8+0x230 end beyond the file",
        SET(header.e_phoff, ~UINT64_C(7))),
    BAD("phoff-unaligned", FILE_PHASE, "ELF header: program headers at 0x44, not aligned to 8",
        SET(header.e_phoff, 0x44)),
    BAD("entry-outside", FILE_PHASE, "ELF header: entry 0x10000 is not in an executable segment",
        SET(header.e_entry, 0x10000)),
    BAD("entry-in-data", FILE_PHASE, "is not in an executable segment",
        SET(header.e_entry, SAMPLE_DATA(UINT64_C(0), data))),
    BAD("entry-behind-code", FILE_PHASE, "is not in an executable segment",
        SET(header.e_entry, SAMPLE_CODE(UINT64_C(0)) + SAMPLE_SIZE(code))),
    BAD_EXEC("entry-0", FILE_PHASE, "ELF header: entry 0x0 is not in an executable segment", elf_sample_exec,
             SET(header.e_entry, 0)),

    /* segments */
    BAD("load-none", FILE_PHASE, "program headers: no PT_LOAD", SET(phdrs[PH_READ].p_type, ELF_PT_NULL),
        SET(phdrs[PH_EXEC].p_type, ELF_PT_NULL), SET(phdrs[PH_DATA].p_type, ELF_PT_NULL)),
    BAD("load-outside-file", FILE_PHASE, "program header 3: file range 0x10",
        SET(phdrs[PH_DATA].p_offset, 0x100000 + SAMPLE_AT(dynamic))),
    BAD("load-offset-overflow", FILE_PHASE, "program header 1: file range 0xfffffffffffff000+",
        SET(phdrs[PH_READ].p_offset, ~UINT64_C(0xfff))),
    BAD("load-filesz-overflow", FILE_PHASE, "program header 3: file range ", SET(phdrs[PH_DATA].p_filesz, UINT64_MAX),
        SET(phdrs[PH_DATA].p_memsz, UINT64_MAX)),
    BAD("filesz-above-memsz", FILE_PHASE, "program header 3: file size 0x40 exceeds memory size 0x3f",
        SET(phdrs[PH_DATA].p_filesz, 0x40), SET(phdrs[PH_DATA].p_memsz, 0x3f)),
    BAD("load-wraps", FILE_PHASE, "program header 3: memory range ", SET(phdrs[PH_DATA].p_memsz, UINT64_MAX)),
    BAD("load-above-end", FILE_PHASE, "ends above 0x800000000000",
        SET(phdrs[PH_DATA].p_memsz, UINT64_C(0x800000000000))),
    BAD("span-too-large", FILE_PHASE, "program headers: memory from 0x0 to 0x400003000 exceeds 0x400000000 bytes",
        SET(phdrs[PH_DATA].p_memsz, UINT64_C(0x400000000))),
    BAD("align-3", FILE_PHASE, "program header 2: alignment 0x3 is not a power of two", SET(phdrs[PH_EXEC].p_align, 3)),
    BAD("align-huge", FILE_PHASE, "program header 2: alignment 0x8000000000000000 exceeds 0x40000000",
        SET(phdrs[PH_EXEC].p_align, UINT64_C(1) << 63)),
    BAD("align-disagrees", FILE_PHASE, "program header 2: address 0x1", SET(phdrs[PH_EXEC].p_align, 0x2000)),
    BAD("offset-disagrees", FILE_PHASE, "program header 2: address 0x1", SET(phdrs[PH_EXEC].p_offset, 1)),
    BAD("load-descends", FILE_PHASE, "program header 3: address 0x1",
        SET(phdrs[PH_EXEC].p_vaddr, SAMPLE_AT(code) + 0x6000),
        SET(phdrs[PH_DATA].p_vaddr, SAMPLE_AT(dynamic) + 0x1000)),
    BAD("load-overlaps", FILE_PHASE, "program header 2: address 0x", SET(phdrs[PH_READ].p_memsz, 0x5000)),
    BAD("load-shares-page", FILE_PHASE, "shares a page with program header 1, 0x0+",
        SET(phdrs[PH_EXEC].p_vaddr, SAMPLE_AT(code))),
    BAD("write-exec", FILE_PHASE, "program header 2: writable and executable",
        SET(phdrs[PH_EXEC].p_flags, ELF_PF_R | ELF_PF_W | ELF_PF_X)),
    BAD("stack-exec", FILE_PHASE, "program header 6: writable and executable stack",
        SET(phdrs[PH_STACK].p_flags, ELF_PF_R | ELF_PF_W | ELF_PF_X)),
    BAD_EXEC("low", FILE_PHASE, "program header 1: address 0x1000 is below 0x10000", elf_sample_low, {0}),
    BAD_EXEC("taken", LOADER, "0x7fffffffc000", elf_sample_high, {0}),

    /* other program headers */
    BAD("phdr-elsewhere", FILE_PHASE, "program header 0: no program headers at address 0x48",
        SET(phdrs[PH_PHDR].p_vaddr, 0x48)),
    BAD("phdr-outside", FILE_PHASE, "program header 0: no program headers at address 0x100000",
        SET(phdrs[PH_PHDR].p_vaddr, 0x100000)),
    BAD("second-phdr", FILE_PHASE, "program header 7: a second PT_PHDR",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_PHDR)),
    BAD("second-dynamic", FILE_PHASE, "program header 7: a second PT_DYNAMIC",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_DYNAMIC)),
    BAD("second-stack", FILE_PHASE, "program header 7: a second PT_GNU_STACK",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_GNU_STACK)),
    BAD("second-interp", FILE_PHASE, "program header 8: a second PT_INTERP",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_INTERP), SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_INTERP)),
    BAD("second-tls", FILE_PHASE, "program header 8: a second PT_TLS", SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_TLS),
        SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_TLS)),
    BAD("second-relro", FILE_PHASE, "program header 9: a second PT_GNU_RELRO",
        SET(phdrs[PH_SPARE_RELRO].p_type, ELF_PT_GNU_RELRO), SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_GNU_RELRO)),
    BAD("interp-empty", FILE_PHASE, "program header 7: interpreter path is empty",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_INTERP), SET(phdrs[PH_SPARE_INTERP].p_filesz, 0)),
    BAD("interp-unterminated", FILE_PHASE, "program header 7: interpreter path is not terminated",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_INTERP), SET(phdrs[PH_SPARE_INTERP].p_filesz, 10)),
    BAD("interp-outside", FILE_PHASE, "program header 7: file range ",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_INTERP),
        SET(phdrs[PH_SPARE_INTERP].p_offset, sizeof(struct elf_sample) - 4)),
    BAD("interp-long", FILE_PHASE, "program header 7: interpreter path of 0x1001 bytes, more than 0x1000",
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_INTERP), SET(phdrs[PH_SPARE_INTERP].p_filesz, 0x1001)),
    BAD("dynamic-outside", FILE_PHASE, "program header 4: dynamic section 0x100000+",
        SET(phdrs[PH_DYNAMIC].p_vaddr, 0x100000)),
    BAD("dynamic-in-zeros", FILE_PHASE, "is outside the image",
        SET(phdrs[PH_DYNAMIC].p_vaddr, SAMPLE_DATA(UINT64_C(0), data[8]))),
    BAD("dynamic-too-large", FILE_PHASE, "is outside the image", SET(phdrs[PH_DYNAMIC].p_filesz, SAMPLE_DATA_SIZE + 1)),
    BAD("dynamic-unaligned", FILE_PHASE, "program header 4: dynamic section at 0x",
        SET(phdrs[PH_DYNAMIC].p_vaddr, SAMPLE_DATA(UINT64_C(0), dynamic) + 4)),
    BAD("tls-huge", FILE_PHASE, "program header 8: thread-local storage of 0xffffffffffffffff bytes exceeds",
        SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_TLS), SET(phdrs[PH_SPARE_TLS].p_memsz, UINT64_MAX)),
    BAD("tls-outside", FILE_PHASE, "program header 8: thread-local storage 0x100000+0x8 is outside the image",
        SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_TLS), SET(phdrs[PH_SPARE_TLS].p_vaddr, 0x100000)),
    BAD("tls-filesz", FILE_PHASE, "program header 8: file size 0x8 exceeds memory size 0x7",
        SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_TLS), SET(phdrs[PH_SPARE_TLS].p_memsz, 7)),
    BAD("tls-align", FILE_PHASE, "program header 8: alignment 0x18 is not a power of two",
        SET(phdrs[PH_SPARE_TLS].p_type, ELF_PT_TLS), SET(phdrs[PH_SPARE_TLS].p_align, 24)),
    BAD("relro-outside", FILE_PHASE, "program header 9: read-only data 0x100000+",
        SET(phdrs[PH_SPARE_RELRO].p_type, ELF_PT_GNU_RELRO), SET(phdrs[PH_SPARE_RELRO].p_vaddr, 0x100000)),
    BAD("relro-in-text", FILE_PHASE, "is outside the writable segments",
        SET(phdrs[PH_SPARE_RELRO].p_type, ELF_PT_GNU_RELRO),
        SET(phdrs[PH_SPARE_RELRO].p_vaddr, SAMPLE_CODE(UINT64_C(0)))),
    BAD("relro-too-large", FILE_PHASE, "is outside the writable segments",
        SET(phdrs[PH_SPARE_RELRO].p_type, ELF_PT_GNU_RELRO), SET(phdrs[PH_SPARE_RELRO].p_memsz, UINT64_MAX)),
    BAD("note-outside", FILE_PHASE, "program header 5: file range 0xfffffffffffffffc+0x18 ends beyond the file",
        SET(phdrs[PH_NOTE].p_offset, ~UINT64_C(3))),

    /* dynamic section */
    BAD("no-dt-null", MEMORY_PHASE, "dynamic section: no DT_NULL in 0x17 entries",
        SET(dynamic[DYN_NULL].d_tag, 0x60000002)),
    BAD("dynamic-empty", FILE_PHASE, "program header 4: dynamic section 0x2", SET(phdrs[PH_DYNAMIC].p_vaddr, 0x2000)),
    BAD("second-strtab", MEMORY_PHASE, "dynamic section: a second DT_STRTAB",
        SET(dynamic[DYN_SPARE].d_tag, ELF_DT_STRTAB)),
    BAD("second-jmprel", MEMORY_PHASE, "dynamic section: a second DT_JMPREL",
        SET(dynamic[DYN_SPARE].d_tag, ELF_DT_JMPREL)),
    BAD("textrel", MEMORY_PHASE, "dynamic section: relocations in read-only memory (DT_TEXTREL)",
        SET(dynamic[DYN_SPARE].d_tag, ELF_DT_TEXTREL)),
    BAD("textrel-flag", MEMORY_PHASE, "dynamic section: relocations in read-only memory (DT_TEXTREL)",
        SET(dynamic[DYN_FLAGS].d_val, ELF_DF_TEXTREL)),
    BAD("rel", MEMORY_PHASE, "dynamic section: DT_REL, only DT_RELA is supported",
        SET(dynamic[DYN_SPARE].d_tag, ELF_DT_REL)),
    BAD("pltrel-rel", MEMORY_PHASE, "dynamic section: DT_PLTREL is 0x11, only 0x7",
        SET(dynamic[DYN_PLTREL].d_val, ELF_DT_REL)),
    BAD("rela-outside", MEMORY_PHASE, "dynamic section: DT_RELA 0x100000+0x48 is outside the image",
        SET(dynamic[DYN_RELA].d_val, 0x100000)),
    BAD("rela-overflow", MEMORY_PHASE, "dynamic section: DT_RELA 0xfffffffffffffff8+0x48 is outside the image",
        SET(dynamic[DYN_RELA].d_val, ~UINT64_C(7))),
    BAD("rela-unaligned", MEMORY_PHASE, "is not aligned to 8",
        SET(dynamic[DYN_RELA].d_val, SAMPLE_READ(UINT64_C(0), rela) + 4)),
    BAD("relasz-huge", MEMORY_PHASE, "+0xfffffffffffffff0 is outside the image",
        SET(dynamic[DYN_RELASZ].d_val, UINT64_C(0xfffffffffffffff0))),
    BAD("relasz-odd", MEMORY_PHASE, "dynamic section: DT_RELASZ 0x19 is not a multiple of 0x18",
        SET(dynamic[DYN_RELASZ].d_val, 25)),
    BAD("relasz-missing", MEMORY_PHASE, "dynamic section: DT_RELA without DT_RELASZ", DROP(DYN_RELASZ)),
    BAD("rela-missing", MEMORY_PHASE, "dynamic section: DT_RELASZ without DT_RELA", DROP(DYN_RELA)),
    BAD("relaent", MEMORY_PHASE, "dynamic section: DT_RELAENT is 0x10, not 0x18", SET(dynamic[DYN_RELAENT].d_val, 16)),
    BAD("relacount", MEMORY_PHASE, "dynamic section: DT_RELACOUNT is 0x4 of 0x3 relocations",
        SET(dynamic[DYN_RELACOUNT].d_val, 4)),
    BAD("jmprel-outside", MEMORY_PHASE, "dynamic section: DT_JMPREL 0x100000+0x18 is outside the image",
        SET(dynamic[DYN_JMPREL].d_val, 0x100000)),
    BAD("pltrelsz-odd", MEMORY_PHASE, "dynamic section: DT_PLTRELSZ 0x10 is not a multiple of 0x18",
        SET(dynamic[DYN_PLTRELSZ].d_val, 16)),
    BAD("pltrelsz-missing", MEMORY_PHASE, "dynamic section: DT_JMPREL without DT_PLTRELSZ", DROP(DYN_PLTRELSZ)),
    BAD("pltrel-missing", MEMORY_PHASE, "dynamic section: DT_JMPREL without DT_PLTREL", DROP(DYN_PLTREL)),
    BAD("jmprel-missing", MEMORY_PHASE, "dynamic section: DT_PLTRELSZ without DT_JMPREL", DROP(DYN_JMPREL)),
    BAD("relr-missing", MEMORY_PHASE, "dynamic section: DT_RELRSZ without DT_RELR", DROP(DYN_RELR)),
    BAD("relr-outside", MEMORY_PHASE, "dynamic section: DT_RELR 0x100000+0x10 is outside the image",
        SET(dynamic[DYN_RELR].d_val, 0x100000)),
    BAD("relrsz-odd", MEMORY_PHASE, "dynamic section: DT_RELRSZ 0xc is not a multiple of 0x8",
        SET(dynamic[DYN_RELRSZ].d_val, 12)),
    BAD("relrent", MEMORY_PHASE, "dynamic section: DT_RELRENT is 0x4, not 0x8", SET(dynamic[DYN_RELRENT].d_val, 4)),
    BAD("strtab-outside", MEMORY_PHASE, "dynamic section: DT_STRTAB 0x100000+0x48 is outside the image",
        SET(dynamic[DYN_STRTAB].d_val, 0x100000)),
    BAD("strtab-overflow", MEMORY_PHASE, "dynamic section: DT_STRTAB 0xffffffffffffffff+0x48 is outside the image",
        SET(dynamic[DYN_STRTAB].d_val, UINT64_MAX)),
    BAD("strtab-unterminated", MEMORY_PHASE, "+0x47 is not terminated",
        SET(dynamic[DYN_STRSZ].d_val, SAMPLE_SIZE(strings) - 1)),
    BAD("strsz-0", MEMORY_PHASE, "+0x0 is not terminated", SET(dynamic[DYN_STRSZ].d_val, 0)),
    BAD("strsz-huge", MEMORY_PHASE, "+0xffffffffffffffff is outside the image",
        SET(dynamic[DYN_STRSZ].d_val, UINT64_MAX)),
    BAD("strsz-missing", MEMORY_PHASE, "dynamic section: DT_STRTAB without DT_STRSZ", DROP(DYN_STRSZ)),
    BAD("strtab-missing", MEMORY_PHASE, "dynamic section: DT_SYMTAB without DT_STRTAB", DROP(DYN_STRTAB),
        DROP(DYN_SONAME)),
    BAD("soname-outside", MEMORY_PHASE, "dynamic section: DT_SONAME 0x48 is outside the string table",
        SET(dynamic[DYN_SONAME].d_val, SAMPLE_SIZE(strings))),
    BAD("needed-outside", MEMORY_PHASE, "dynamic section: DT_NEEDED 0xffffffffffffffff is outside the string table",
        SET(dynamic[DYN_NEEDED].d_val, UINT64_MAX),
        SET(phdrs[PH_SPARE_INTERP].p_type, ELF_PT_INTERP)), /* without one nobody may ask */
    BAD("symtab-outside", MEMORY_PHASE, "dynamic section: DT_SYMTAB 0x100000+0x78 is outside the image",
        SET(dynamic[DYN_SYMTAB].d_val, 0x100000)),
    BAD("symtab-overflow", MEMORY_PHASE, "dynamic section: DT_SYMTAB 0xfffffffffffffff8+0x78 is outside the image",
        SET(dynamic[DYN_SYMTAB].d_val, ~UINT64_C(7))),
    BAD("symtab-unaligned", MEMORY_PHASE, "is not aligned to 8",
        SET(dynamic[DYN_SYMTAB].d_val, SAMPLE_READ(UINT64_C(0), symbols) + 1)),
    BAD("syment", MEMORY_PHASE, "dynamic section: DT_SYMENT is 0x10, not 0x18", SET(dynamic[DYN_SYMENT].d_val, 16)),
    BAD("hash-outside", MEMORY_PHASE, "DT_HASH: 0x100000+0x8 is outside the image",
        SET(dynamic[DYN_HASH].d_val, 0x100000)),
    BAD("hash-overflow", MEMORY_PHASE, "DT_HASH: 0xfffffffffffffffc+0x8 is outside the image",
        SET(dynamic[DYN_HASH].d_val, ~UINT64_C(3))),
    BAD("hash-no-buckets", MEMORY_PHASE, "DT_HASH: no buckets", SET(hash.bucket_count, 0)),
    BAD("hash-buckets-huge", MEMORY_PHASE, "DT_HASH: 0x", SET(hash.bucket_count, UINT32_MAX)),
    BAD("hash-chains-huge", MEMORY_PHASE, "DT_HASH: 0x", SET(hash.chain_count, UINT32_MAX)),
    BAD("hash-unaligned", MEMORY_PHASE, "is not aligned to 4",
        SET(dynamic[DYN_HASH].d_val, SAMPLE_READ(UINT64_C(0), hash) + 2)),
    BAD("hash-symbols", MEMORY_PHASE, "dynamic section: DT_SYMTAB 0x", SET(hash.chain_count, 20)),
    BAD("gnu-hash-outside", MEMORY_PHASE, "DT_GNU_HASH: 0x100000+0x10 is outside the image",
        SET(dynamic[DYN_GNU_HASH].d_val, 0x100000)),
    BAD("gnu-hash-overflow", MEMORY_PHASE, "DT_GNU_HASH: 0xfffffffffffffff8+0x10 is outside the image",
        SET(dynamic[DYN_GNU_HASH].d_val, ~UINT64_C(7))),
    BAD("gnu-hash-unaligned", MEMORY_PHASE, "is not aligned to 8",
        SET(dynamic[DYN_GNU_HASH].d_val, SAMPLE_READ(UINT64_C(0), gnu_hash) + 4)),
    BAD("gnu-hash-no-buckets", MEMORY_PHASE, "DT_GNU_HASH: no buckets", SET(gnu_hash.bucket_count, 0)),
    BAD("gnu-hash-buckets-huge", MEMORY_PHASE, "DT_GNU_HASH: 0x", SET(gnu_hash.bucket_count, UINT32_MAX)),
    BAD("gnu-hash-first", MEMORY_PHASE, "DT_GNU_HASH: starts with symbol 6 of 5", SET(gnu_hash.first_symbol, 6)),
    BAD("gnu-hash-bloom-0", MEMORY_PHASE, "DT_GNU_HASH: 0x0 filter words, not a power of two",
        SET(gnu_hash.bloom_count, 0)),
    BAD("gnu-hash-bloom-3", MEMORY_PHASE, "DT_GNU_HASH: 0x3 filter words, not a power of two",
        SET(gnu_hash.bloom_count, 3)),
    BAD("gnu-hash-bloom-huge", MEMORY_PHASE, "DT_GNU_HASH: 0x", SET(gnu_hash.bloom_count, 0x80000000)),
    BAD("gnu-hash-shift", MEMORY_PHASE, "DT_GNU_HASH: shift 0x20 of a 32-bit value", SET(gnu_hash.bloom_shift, 32)),

    /* symbols; found when the relocation that names them, or a lookup, comes to them */
    BAD("symbol-name", MEMORY_PHASE, "symbol 1: name 0x48 is outside the string table",
        SET(symbols[SYM_UNDEFINED].st_name, SAMPLE_SIZE(strings))),

    /* relocations */
    BAD("relocation-outside", MEMORY_PHASE, "relocation 1: offset 0x100000 is not in a writable segment",
        SET(rela[1].r_offset, 0x100000)),
    BAD("relocation-overflow", MEMORY_PHASE, "relocation 1: offset 0xfffffffffffffff9 is not in a writable segment",
        SET(rela[1].r_offset, UINT64_C(0xfffffffffffffff9))),
    BAD("relocation-at-end", MEMORY_PHASE, "is not in a writable segment",
        SET(rela[2].r_offset, SAMPLE_DATA(UINT64_C(0), dynamic) + SAMPLE_DATA_SIZE + 0x1000 - 7)),
    BAD("relocation-in-text", MEMORY_PHASE, "relocation 0: offset 0x1",
        SET(rela[0].r_offset, SAMPLE_CODE(UINT64_C(0)))),
    BAD("relocation-plt-in-text", MEMORY_PHASE, "relocation 3: offset 0x1",
        SET(jmprel[0].r_offset, SAMPLE_CODE(UINT64_C(0)))),
    BAD("relocation-symbol", MEMORY_PHASE, "relocation 1: symbol 5, the symbol table has at most 5",
        SET(rela[1].r_info, SAMPLE_INFO(SYM_COUNT, ELF_R_X86_64_GLOB_DAT))),
    BAD("relocation-symbol-gnu", MEMORY_PHASE, "relocation 1: symbol 5, the symbol table has at most 5",
        SET(rela[1].r_info, SAMPLE_INFO(SYM_COUNT, ELF_R_X86_64_GLOB_DAT)), DROP(DYN_HASH)),
    BAD("relocation-symbol-huge", MEMORY_PHASE, "relocation 3: symbol 4294967295, the symbol table has at most 5",
        SET(jmprel[0].r_info, SAMPLE_INFO(UINT32_MAX, ELF_R_X86_64_JUMP_SLOT))),
    BAD("relr-in-text", MEMORY_PHASE, "relative relocations: word 0: offset 0x1",
        SET(relr[0], SAMPLE_CODE(UINT64_C(0)))),
    BAD("relr-bitmap-first", MEMORY_PHASE, "relative relocations: word 0 is a bitmap without an address",
        SET(relr[0], 3)),
    BAD("relr-at-end", MEMORY_PHASE, "relative relocations: word 1: offset 0x", SET(relr[1], UINT64_MAX),
        SET(phdrs[PH_DATA].p_memsz, SAMPLE_DATA_SIZE)),
    BAD("relocation-type-99", LOADER, "relocation 0: type 99 (unknown)", SET(rela[0].r_info, SAMPLE_INFO(0, 99))),
    BAD("relocation-copy", LOADER, "relocation 2: type 5 (R_X86_64_COPY)",
        SET(rela[2].r_info, SAMPLE_INFO(SYM_DATA, ELF_R_X86_64_COPY))),
    BAD("relocation-irelative", LOADER, "is not code", SET(rela[0].r_info, SAMPLE_INFO(0, ELF_R_X86_64_IRELATIVE)),
        DROP(DYN_RELACOUNT)),

    /* notes */
    BAD("note-major-99", LOADER, "version 99.0", SET(note.major, 99)),
    BAD("note-major-0", LOADER, "version 0.0", SET(note.major, 0)),
    BAD("note-name-huge", MEMORY_PHASE, "note at 0x0: name 0xffffffff, description 0x8 bytes end beyond 0x18",
        SET(note.head.n_namesz, UINT32_MAX)),
    BAD("note-desc-huge", MEMORY_PHASE, "note at 0x0: name 0x4, description 0xffffffff bytes end beyond 0x18",
        SET(note.head.n_descsz, UINT32_MAX)),
};

#define ELF_KIND_COUNT (sizeof(elf_kinds) / sizeof(elf_kinds[0]))

#endif
