/* SPDX-License-Identifier: MIT */
/* The relocations of a mapped image, one at a time, each checked when it is handed out.
 * Knows neither what a type means nor how a symbol is resolved; it writes nothing. */
#ifndef PAL_LIB_ELF_RELOCATION_H
#define PAL_LIB_ELF_RELOCATION_H

#include "elf_dynamic.h"
#include "elf_fault.h"
#include "pal_attributes.h"

#include <stdint.h>

struct elf_relocation {
    uint64_t offset; /* address of the file; 8 writable bytes are there, unless the type is ELF_R_X86_64_NONE */
    int64_t addend;
    uint64_t number; /* counts DT_RELA's, then DT_JMPREL's */
    uint32_t type;   /* ELF_R_X86_64_*, not checked */
    uint32_t symbol; /* 0, or less than dynamic->symbol_limit */
};

/* A position in the relocations; start with {.image = image, .dynamic = dynamic}, the rest zero. */
struct elf_relocation_walk {
    const struct elf_image *image;
    const struct elf_dynamic *dynamic;
    const struct elf_load *load; /* of the last one: the next is nearly always in the same */
    uint64_t next;
};

/* Give the next entry of DT_RELA, or of DT_JMPREL after its end. A record is read once, so applying one may
 * overwrite the tables without harm to the checks.
 * returns  1, or 0 when there are no more
 * errors   NOEXEC  with the reason in *fault: an offset that is not 8 bytes inside a writable load, a bad symbol */
PAL_MUST_CHECK int elf_next_relocation(struct elf_relocation_walk *walk, struct elf_relocation *out_relocation,
                                       struct elf_fault *fault);

/* A position in DT_RELR; start as above. */
struct elf_relr_walk {
    const struct elf_image *image;
    const struct elf_dynamic *dynamic;
    const struct elf_load *load;
    uint64_t next;
    uint64_t base;   /* address that bit 0 of bits stands for */
    uint64_t bits;   /* addresses yet to give */
    uint64_t follow; /* address that bit 1 of the next bitmap stands for; 0 before the first address */
};

/* Give the next address of DT_RELR: to the 8 bytes there the load bias is to be added.
 * out_offset  address of the file; 8 writable bytes are there
 * returns     1, or 0 when there are no more
 * errors      NOEXEC  with the reason in *fault: as above, or a bitmap that follows no address
 * source      gABI proposal "Relative relocations" (DT_RELR) */
PAL_MUST_CHECK int elf_next_relr(struct elf_relr_walk *walk, uint64_t *out_offset, struct elf_fault *fault);

#endif
