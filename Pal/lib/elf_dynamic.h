/* SPDX-License-Identifier: MIT */
/* The dynamic section of a mapped image: where its tables are, checked so that every later access is cheap and inside.
 * Knows no relocation and no other image; elf_symbol.h and elf_relocation.h read the tables found here. */
#ifndef PAL_LIB_ELF_DYNAMIC_H
#define PAL_LIB_ELF_DYNAMIC_H

#include "elf64.h"
#include "elf_fault.h"
#include "elf_image.h"
#include "pal_attributes.h"

#include <stddef.h>
#include <stdint.h>

/* DT_HASH: bucket_count 0 = none. Both tables are inside the image, the indexes in them are not checked. */
struct elf_hash {
    const uint32_t *buckets;
    const uint32_t *chains; /* one per symbol */
    uint32_t bucket_count;
    uint32_t chain_count;
};

/* DT_GNU_HASH: bucket_count 0 = none. */
struct elf_gnu_hash {
    const uint64_t *bloom;
    const uint32_t *buckets;
    const uint32_t *chains; /* of the symbols from first_symbol on */
    uint32_t bloom_mask;    /* count of bloom words - 1; the count is a power of two */
    uint32_t bloom_shift;   /* < 32 */
    uint32_t bucket_count;
    uint32_t first_symbol;
    uint32_t chain_count; /* as many as there may be; where the last chain ends only a walk can tell */
};

/* Tables are borrowed from the image; a table that the file lacks is NULL with count 0. */
struct elf_dynamic {
    const struct elf64_dyn *entries; /* up to and without DT_NULL */
    uint64_t entry_count;
    const char *strings; /* ended by a NUL */
    uint64_t strings_size;
    const struct elf64_sym *symbols;
    uint32_t symbol_limit; /* symbols end here at the latest: memory or another table follows */
    struct elf_hash hash;
    struct elf_gnu_hash gnu_hash;
    const struct elf64_rela *rela;
    uint64_t rela_count;
    uint64_t relative_count; /* DT_RELACOUNT: so many at the start of rela are R_X86_64_RELATIVE, the file says */
    const struct elf64_rela *jmprel;
    uint64_t jmprel_count;
    const uint64_t *relr;
    uint64_t relr_count; /* words, not addresses */
    uint64_t flags;      /* DT_FLAGS */
    uint64_t flags_1;    /* DT_FLAGS_1 */
    const char *soname;  /* NULL if none */
    uint64_t needed_count;
    uint64_t debug_vaddr; /* of the 8 writable bytes that DT_DEBUG sets aside for an r_debug address; 0 if none */
};

/* Read the dynamic section, in one pass over it and none over the tables.
 * out_dynamic  all empty if the image has no dynamic section
 * returns      0
 * errors       NOEXEC  with the reason in *fault: a table that is not inside the image, of a wrong size or in a
 *                      form that is refused (DT_REL, DT_TEXTREL), a missing DT_NULL, an entry that is there twice */
PAL_MUST_CHECK int elf_read_dynamic(const struct elf_image *image, struct elf_dynamic *out_dynamic,
                                    struct elf_fault *fault);

/* Go through the DT_NEEDED names in their order.
 * cursor    0 before the first call
 * out_name  borrowed from the image
 * returns   1, or 0 when there are no more
 * errors    NOEXEC  with the reason in *fault: a name outside the string table */
PAL_MUST_CHECK int elf_next_needed(const struct elf_dynamic *dynamic, uint64_t *cursor, const char **out_name,
                                   struct elf_fault *fault);

/* A string of the dynamic string table.
 * returns  borrowed from the image, NULL if offset is outside the table or the table has lost its final NUL since it
 *          was read (it may lie in writable memory) */
const char *elf_string(const struct elf_dynamic *dynamic, uint64_t offset);

#endif
