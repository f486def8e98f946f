/* SPDX-License-Identifier: MIT */
/* The dynamic symbols of a mapped image, by number and by name.
 * Knows no other image and no symbol versions: which object defines what another needs is the caller's decision. */
#ifndef PAL_LIB_ELF_SYMBOL_H
#define PAL_LIB_ELF_SYMBOL_H

#include "elf_dynamic.h"
#include "elf_fault.h"
#include "pal_attributes.h"

#include <stdint.h>

struct elf_symbol {
    const char *name; /* borrowed from the image; may be empty */
    uint64_t value;   /* address of the file; as it stands if section is ELF_SHN_ABS or type is ELF_STT_TLS */
    uint64_t size;
    uint32_t number;
    uint16_t section; /* ELF_SHN_UNDEF if the image needs it, else it defines it */
    uint8_t type;     /* ELF_STT_* */
    uint8_t binding;  /* ELF_STB_* */
    uint8_t visibility;
};

/* Count the dynamic symbols, number 0 included. O(1) with DT_HASH; else this walks the buckets of DT_GNU_HASH.
 * returns  the count; dynamic->symbol_limit where no hash table tells more
 * errors   NOEXEC  with the reason in *fault: DT_GNU_HASH leads outside */
PAL_MUST_CHECK int64_t elf_symbol_count(const struct elf_dynamic *dynamic, struct elf_fault *fault);

/* Read a symbol; its value is not checked.
 * errors  NOEXEC  with the reason in *fault: no symbol of that number, or a name outside the string table */
PAL_MUST_CHECK int elf_symbol_get(const struct elf_dynamic *dynamic, uint32_t number, struct elf_symbol *out_symbol,
                                  struct elf_fault *fault);

/* Find a symbol that the image defines for others: global or weak, of default or protected visibility, with a value
 * inside the image (inside its thread-local storage if it is of that type) or an absolute one. Exact match of the
 * name; of several versions of a symbol the first is found. Uses DT_GNU_HASH, else DT_HASH, else reads all symbols.
 * returns  0
 * errors   NOTDEFINED  no such symbol; *fault is not set
 *          NOEXEC      with the reason in *fault: tables that lead outside or in circles, a value outside */
PAL_MUST_CHECK int elf_lookup(const struct elf_image *image, const struct elf_dynamic *dynamic, const char *name,
                              struct elf_symbol *out_symbol, struct elf_fault *fault);

/* Check the hash tables of a file; for elf_read_dynamic, which knows where they are.
 * vaddr         of the table
 * symbol_limit  at most so many symbols
 * errors        NOEXEC  with the reason in *fault */
PAL_MUST_CHECK int elf_open_hash(const struct elf_image *image, uint64_t vaddr, struct elf_hash *out_hash,
                                 struct elf_fault *fault);
PAL_MUST_CHECK int elf_open_gnu_hash(const struct elf_image *image, uint64_t vaddr, uint32_t symbol_limit,
                                     struct elf_gnu_hash *out_hash, struct elf_fault *fault);

#endif
