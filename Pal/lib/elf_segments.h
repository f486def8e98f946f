/* SPDX-License-Identifier: MIT */
/* The program headers: what of a file is to be mapped where, checked before anything is mapped.
 * Knows no mapping and no memory; elf_image.h goes on once the segments are mapped. */
#ifndef PAL_LIB_ELF_SEGMENTS_H
#define PAL_LIB_ELF_SEGMENTS_H

#include "elf64.h"
#include "elf_fault.h"
#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What no sane file reaches, so that a bad one is refused by a rule and not by exhaustion. */
#define ELF_LOADS_MAX  16
#define ELF_NOTES_MAX  8
#define ELF_ALIGN_MAX  (UINT64_C(1) << 30)
#define ELF_SPAN_MAX   (UINT64_C(1) << 34)
#define ELF_INTERP_MAX 4096
/* A file with fixed addresses must lie between these: the pages that hosts keep free to catch null pointers, and the
 * end of the lower half of a 48-bit address space. */
#define ELF_ADDRESS_MIN UINT64_C(0x10000)
#define ELF_ADDRESS_END (UINT64_C(1) << 47)

/* A PT_LOAD: filesz bytes at offset of the file, then zeros up to memsz, to be at vaddr plus the load bias.
 * Its file range is inside the file; vaddr and offset are congruent modulo the page size if filesz is not 0. */
struct elf_load {
    uint64_t vaddr;
    uint64_t memsz;
    uint64_t offset;
    uint64_t filesz;
    uint32_t flags;  /* ELF_PF_*, never writable and executable */
    uint32_t number; /* of its program header */
};

/* Any other program header. */
struct elf_part {
    bool present;
    uint32_t number;
    uint64_t vaddr;
    uint64_t memsz;
    uint64_t offset;
    uint64_t filesz;
    uint64_t align;
};

struct elf_layout {
    uint64_t span_start; /* page-aligned range of addresses that holds every load; add the load bias if not fixed */
    uint64_t span_end;
    uint64_t align;      /* of the load bias: the page size or more, a power of two */
    bool fixed;          /* ET_EXEC: the load bias is 0 */
    uint64_t entry;      /* in an executable load; 0 if a shared object has none */
    uint64_t phdr_vaddr; /* of the program headers in memory, 0 if no load holds them */
    uint32_t phdr_count;
    uint32_t load_count;
    uint32_t note_count;
    struct elf_load loads[ELF_LOADS_MAX]; /* ascending, no two on one page */
    struct elf_part notes[ELF_NOTES_MAX]; /* inside the file; maybe not in memory */
    struct elf_part interp;               /* inside the file; elf_check_interp looks at its text */
    struct elf_part dynamic;              /* filesz bytes lie in the file-backed part of a readable load */
    struct elf_part relro;                /* inside a writable load, up to the end of its last page */
    struct elf_part tls;                  /* the initialised part lies in the file-backed part of a readable load */
};

/* Check the program headers of a file and say what to map.
 * header      as elf_check_header gave it
 * phdrs       e_phnum program headers, from e_phoff of the file; aligned to 8
 * file_size   bytes in the whole file
 * page_size   of the host's mappings, a power of two
 * out_layout  filled on success
 * returns     0
 * errors      NOEXEC  with the reason in *fault, which names the program header by its number from 0
 * source      gABI chapter 5 "Program Header"; stricter where that is silent: W+X, shared pages, duplicates */
PAL_MUST_CHECK int elf_check_segments(const struct elf64_ehdr *header, const struct elf64_phdr *phdrs,
                                      uint64_t file_size, uint64_t page_size, struct elf_layout *out_layout,
                                      struct elf_fault *fault);

/* Check the path of the interpreter: not empty and ended by a NUL inside its segment.
 * layout   one whose interp is present
 * bytes    interp.filesz bytes from interp.offset of the file; a C string if the result is 0
 * returns  0
 * errors   NOEXEC  with the reason in *fault */
PAL_MUST_CHECK int elf_check_interp(const struct elf_layout *layout, const char *bytes, struct elf_fault *fault);

/* The load that holds an address of the file; NULL if none does. */
const struct elf_load *elf_load_at(const struct elf_layout *layout, uint64_t vaddr);

#endif
