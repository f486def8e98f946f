/* SPDX-License-Identifier: MIT */
/* The ELF header: what a file is, from its first bytes, and whether it is one for us.
 * Knows nothing of what the program headers say; elf_segments.h goes on from here. */
#ifndef PAL_LIB_ELF_HEADER_H
#define PAL_LIB_ELF_HEADER_H

#include "elf64.h"
#include "elf_fault.h"
#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More program headers than this are refused: linkers write about a dozen, and 64 fit the first page of a file. */
#define ELF_PHNUM_MAX 64

/* Whether a file starts as ELF files do, whatever else may be wrong with it.
 * len  bytes at buf, the first of the file; may be 0 */
bool elf_is_elf(const void *buf, size_t len);

/* Check the ELF header of a file that is to be mapped and run: 64-bit, little-endian, x86-64, executable or shared
 * object, program headers inside the file. A file that is not ELF at all is told apart (empty, script, text).
 * buf         the first bytes of the file; any alignment
 * len         bytes at buf; less than a header is a fault even if the file is longer
 * file_size   bytes in the whole file
 * out_header  a copy of the header; its e_phnum program headers are at e_phoff, 8-byte aligned and inside the file
 * returns     0
 * errors      NOEXEC  with the reason in *fault */
PAL_MUST_CHECK int elf_check_header(const void *buf, size_t len, uint64_t file_size, struct elf64_ehdr *out_header,
                                    struct elf_fault *fault);

#endif
