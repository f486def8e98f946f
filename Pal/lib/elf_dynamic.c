/* SPDX-License-Identifier: MIT */
/* From a mapped image to its dynamic tables.
 * Must not pass over a table: a large one would cost more than the start that needs three of its entries. */
#include "elf_dynamic.h"

#include "elf_symbol.h"
#include "pal_string.h"

#include <stdbool.h>

/* The entries that are read; DT_NEEDED is apart because it may be repeated. */
#define KNOWN_TAGS(X)                                                                                                  \
    X(STRTAB)                                                                                                          \
    X(STRSZ)                                                                                                           \
    X(SYMTAB)                                                                                                          \
    X(SYMENT)                                                                                                          \
    X(HASH)                                                                                                            \
    X(GNU_HASH)                                                                                                        \
    X(RELA)                                                                                                            \
    X(RELASZ)                                                                                                          \
    X(RELAENT)                                                                                                         \
    X(RELACOUNT)                                                                                                       \
    X(JMPREL)                                                                                                          \
    X(PLTRELSZ)                                                                                                        \
    X(PLTREL)                                                                                                          \
    X(RELR)                                                                                                            \
    X(RELRSZ)                                                                                                          \
    X(RELRENT)                                                                                                         \
    X(REL)                                                                                                             \
    X(TEXTREL)                                                                                                         \
    X(FLAGS)                                                                                                           \
    X(FLAGS_1)                                                                                                         \
    X(SONAME)                                                                                                          \
    X(DEBUG)                                                                                                           \
    X(VERSYM)

#define TAG_INDEX(name) TAG_##name,
enum tag { KNOWN_TAGS(TAG_INDEX) TAG_COUNT };
#undef TAG_INDEX

static const struct {
    int64_t number;
    const char *name;
} tags[TAG_COUNT] = {
#define TAG_ENTRY(name) {ELF_DT_##name, "DT_" #name},
    KNOWN_TAGS(TAG_ENTRY)
#undef TAG_ENTRY
};

struct reader {
    const struct elf_image *image;
    struct elf_dynamic *dynamic;
    struct elf_fault *fault;
    uint64_t value[TAG_COUNT];
    bool seen[TAG_COUNT];
};

const char *elf_string(const struct elf_dynamic *dynamic, uint64_t offset)
{
    if (offset >= dynamic->strings_size || dynamic->strings[dynamic->strings_size - 1] != '\0')
        return NULL;
    return dynamic->strings + offset;
}

static int collect_entry(struct reader *reader, const struct elf64_dyn *entry)
{
    if (entry->d_tag == ELF_DT_NEEDED)
        reader->dynamic->needed_count++;
    for (size_t tag = 0; tag < TAG_COUNT; tag++) {
        if (entry->d_tag != tags[tag].number)
            continue;
        if (reader->seen[tag])
            return elf_fault(reader->fault, "dynamic section: a second %s", tags[tag].name);
        reader->seen[tag] = true;
        reader->value[tag] = entry->d_val;
        break;
    }
    return 0;
}

static int collect(struct reader *reader)
{
    const struct elf_part *part = &reader->image->layout->dynamic;
    struct elf_dynamic *dynamic = reader->dynamic;
    uint64_t count = part->filesz / sizeof(struct elf64_dyn);

    dynamic->entries = elf_image_at(reader->image, part->vaddr, part->filesz, ELF_PF_R);
    if (!dynamic->entries)
        return elf_fault(reader->fault, "dynamic section: 0x%lx+0x%lx is outside the image", part->vaddr, part->filesz);
    while (dynamic->entry_count < count) {
        const struct elf64_dyn *entry = &dynamic->entries[dynamic->entry_count];
        int ret;

        if (entry->d_tag == ELF_DT_NULL)
            return 0;
        if ((ret = collect_entry(reader, entry)) < 0)
            return ret;
        if (entry->d_tag == ELF_DT_DEBUG) {
            uint64_t vaddr = part->vaddr + dynamic->entry_count * sizeof(*entry) + offsetof(struct elf64_dyn, d_val);

            dynamic->debug_vaddr = elf_image_room(reader->image, vaddr, ELF_PF_W) >= 8 ? vaddr : 0;
        }
        dynamic->entry_count++;
    }
    return elf_fault(reader->fault, "dynamic section: no DT_NULL in 0x%lx entries", count);
}

/* Relocating text would need it writable, and the REL form does not occur on x86-64. */
static int check_refused(const struct reader *reader)
{
    if (reader->seen[TAG_REL])
        return elf_fault(reader->fault, "dynamic section: DT_REL, only DT_RELA is supported");
    if (reader->seen[TAG_PLTREL] && reader->value[TAG_PLTREL] != ELF_DT_RELA)
        return elf_fault(reader->fault, "dynamic section: DT_PLTREL is 0x%lx, only 0x7 (DT_RELA) is supported",
                         reader->value[TAG_PLTREL]);
    if (reader->seen[TAG_TEXTREL] || reader->value[TAG_FLAGS] & ELF_DF_TEXTREL)
        return elf_fault(reader->fault, "dynamic section: relocations in read-only memory (DT_TEXTREL)");
    return 0;
}

static int check_aligned(const struct reader *reader, enum tag tag, uint64_t align)
{
    if (reader->value[tag] % align)
        return elf_fault(reader->fault, "dynamic section: %s 0x%lx is not aligned to %lu", tags[tag].name,
                         reader->value[tag], align);
    return 0;
}

static int outside(const struct reader *reader, enum tag tag, uint64_t size)
{
    return elf_fault(reader->fault, "dynamic section: %s 0x%lx+0x%lx is outside the image", tags[tag].name,
                     reader->value[tag], size);
}

/* What one entry says only together with another. */
static int check_present(const struct reader *reader, enum tag tag, enum tag needed)
{
    if (!reader->seen[needed])
        return elf_fault(reader->fault, "dynamic section: %s without %s", tags[tag].name, tags[needed].name);
    return 0;
}

static int check_entry_size(const struct reader *reader, enum tag tag, enum tag entry_tag, uint64_t entry_size)
{
    int ret = check_present(reader, tag, entry_tag);

    if (ret == 0 && reader->value[entry_tag] != entry_size)
        return elf_fault(reader->fault, "dynamic section: %s is 0x%lx, not 0x%lx", tags[entry_tag].name,
                         reader->value[entry_tag], entry_size);
    return ret;
}

/* A table of relocations: given by address, size in bytes, and (but for DT_JMPREL) size of an entry. */
static int find_table(const struct reader *reader, enum tag tag, enum tag size_tag, uint64_t entry_size,
                      const void **out_table, uint64_t *out_count)
{
    uint64_t size = reader->value[size_tag];
    int ret;

    /* A table that only seems to be missing would leave the program half relocated. */
    if (!reader->seen[tag])
        return size ? check_present(reader, size_tag, tag) : 0;
    if ((ret = check_present(reader, tag, size_tag)) < 0 || size == 0)
        return ret;
    if (size % entry_size)
        return elf_fault(reader->fault, "dynamic section: %s 0x%lx is not a multiple of 0x%lx", tags[size_tag].name,
                         size, entry_size);
    if ((ret = check_aligned(reader, tag, 8)) < 0)
        return ret;
    *out_table = elf_image_at(reader->image, reader->value[tag], size, ELF_PF_R);
    *out_count = size / entry_size;
    return *out_table ? 0 : outside(reader, tag, size);
}

static int find_relocations(const struct reader *reader)
{
    struct elf_dynamic *dynamic = reader->dynamic;
    const void *rela = NULL;
    const void *jmprel = NULL;
    const void *relr = NULL;
    int ret = 0;

    if (reader->seen[TAG_RELA])
        ret = check_entry_size(reader, TAG_RELA, TAG_RELAENT, sizeof(struct elf64_rela));
    if (ret == 0 && reader->seen[TAG_JMPREL])
        ret = check_present(reader, TAG_JMPREL, TAG_PLTREL);
    if (ret == 0 && reader->seen[TAG_RELR])
        ret = check_entry_size(reader, TAG_RELR, TAG_RELRENT, sizeof(uint64_t));
    if (ret < 0 ||
        (ret = find_table(reader, TAG_RELA, TAG_RELASZ, sizeof(struct elf64_rela), &rela, &dynamic->rela_count)) < 0 ||
        (ret = find_table(reader, TAG_JMPREL, TAG_PLTRELSZ, sizeof(struct elf64_rela), &jmprel,
                          &dynamic->jmprel_count)) < 0 ||
        (ret = find_table(reader, TAG_RELR, TAG_RELRSZ, sizeof(uint64_t), &relr, &dynamic->relr_count)) < 0)
        return ret;
    dynamic->rela = rela;
    dynamic->jmprel = jmprel;
    dynamic->relr = relr;

    dynamic->relative_count = reader->value[TAG_RELACOUNT];
    if (dynamic->relative_count > dynamic->rela_count)
        return elf_fault(reader->fault, "dynamic section: DT_RELACOUNT is 0x%lx of 0x%lx relocations",
                         dynamic->relative_count, dynamic->rela_count);
    return 0;
}

static int find_strings(const struct reader *reader)
{
    struct elf_dynamic *dynamic = reader->dynamic;
    uint64_t size = reader->value[TAG_STRSZ];
    int ret;

    if (!reader->seen[TAG_STRTAB])
        return 0;
    if ((ret = check_present(reader, TAG_STRTAB, TAG_STRSZ)) < 0)
        return ret;
    dynamic->strings = elf_image_at(reader->image, reader->value[TAG_STRTAB], size, ELF_PF_R);
    if (!dynamic->strings)
        return outside(reader, TAG_STRTAB, size);
    if (size == 0 || dynamic->strings[size - 1] != '\0')
        return elf_fault(reader->fault, "dynamic section: DT_STRTAB 0x%lx+0x%lx is not terminated",
                         reader->value[TAG_STRTAB], size);
    dynamic->strings_size = size;
    if (reader->seen[TAG_SONAME]) {
        dynamic->soname = elf_string(dynamic, reader->value[TAG_SONAME]);
        if (!dynamic->soname)
            return elf_fault(reader->fault, "dynamic section: DT_SONAME 0x%lx is outside the string table",
                             reader->value[TAG_SONAME]);
    }
    return 0;
}

/* No entry tells the size of the symbol table. DT_HASH has its count. Failing that, its end is at the next table or
 * at the end of the segment: linkers put the string table or the symbol versions right behind it. */
static int find_symbols(const struct reader *reader)
{
    static const enum tag others[] = {TAG_STRTAB, TAG_HASH, TAG_GNU_HASH, TAG_RELA, TAG_JMPREL, TAG_RELR, TAG_VERSYM};
    struct elf_dynamic *dynamic = reader->dynamic;
    uint64_t vaddr = reader->value[TAG_SYMTAB];
    uint64_t room = elf_image_room(reader->image, vaddr, ELF_PF_R);
    uint64_t size = dynamic->hash.chain_count * sizeof(struct elf64_sym);
    int ret;

    if (!reader->seen[TAG_SYMTAB])
        return 0;
    if ((ret = check_entry_size(reader, TAG_SYMTAB, TAG_SYMENT, sizeof(struct elf64_sym))) < 0 ||
        (ret = check_present(reader, TAG_SYMTAB, TAG_STRTAB)) < 0 || (ret = check_aligned(reader, TAG_SYMTAB, 8)) < 0)
        return ret;
    if (!reader->seen[TAG_HASH]) {
        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
            uint64_t distance = reader->value[others[i]] - vaddr;

            if (reader->seen[others[i]] && distance && distance < room)
                room = distance;
        }
        size = room - room % sizeof(struct elf64_sym);
    }
    if (room == 0 || size > room)
        return outside(reader, TAG_SYMTAB, size);
    dynamic->symbols = elf_image_at(reader->image, vaddr, size, ELF_PF_R);
    size /= sizeof(struct elf64_sym);
    dynamic->symbol_limit = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    return 0;
}

static int find_hashes(const struct reader *reader)
{
    struct elf_dynamic *dynamic = reader->dynamic;
    int ret = 0;

    if (reader->seen[TAG_HASH])
        ret = elf_open_hash(reader->image, reader->value[TAG_HASH], &dynamic->hash, reader->fault);
    if (ret == 0)
        ret = find_symbols(reader);
    if (ret == 0 && reader->seen[TAG_GNU_HASH])
        ret = elf_open_gnu_hash(reader->image, reader->value[TAG_GNU_HASH], dynamic->symbol_limit, &dynamic->gnu_hash,
                                reader->fault);
    return ret;
}

int elf_read_dynamic(const struct elf_image *image, struct elf_dynamic *out_dynamic, struct elf_fault *fault)
{
    struct reader reader = {.image = image, .dynamic = out_dynamic, .fault = fault};
    int ret;

    memset(out_dynamic, 0, sizeof(*out_dynamic));
    if (!image->layout->dynamic.present)
        return 0;
    if ((ret = collect(&reader)) < 0)
        return ret;
    out_dynamic->flags = reader.value[TAG_FLAGS];
    out_dynamic->flags_1 = reader.value[TAG_FLAGS_1];
    if ((ret = check_refused(&reader)) < 0 || (ret = find_relocations(&reader)) < 0 ||
        (ret = find_strings(&reader)) < 0)
        return ret;
    return find_hashes(&reader);
}

int elf_next_needed(const struct elf_dynamic *dynamic, uint64_t *cursor, const char **out_name, struct elf_fault *fault)
{
    while (*cursor < dynamic->entry_count) {
        const struct elf64_dyn *entry = &dynamic->entries[(*cursor)++];
        uint64_t offset = entry->d_val;

        if (entry->d_tag != ELF_DT_NEEDED)
            continue;
        *out_name = elf_string(dynamic, offset);
        if (!*out_name)
            return elf_fault(fault, "dynamic section: DT_NEEDED 0x%lx is outside the string table", offset);
        return 1;
    }
    return 0;
}
