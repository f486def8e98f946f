/* SPDX-License-Identifier: MIT */
/* What is wrong with an ELF file, in one line: the part at fault, a colon, the fault with its numbers in hex.
 * Knows no file name, which the caller puts before it, and no console. */
#ifndef PAL_LIB_ELF_FAULT_H
#define PAL_LIB_ELF_FAULT_H

#include "pal_attributes.h"

#include <stdint.h>

/* text is valid only after a function that takes a fault returned -PAL_ERROR_NOEXEC; no newline, NUL-terminated. */
struct elf_fault {
    char text[160];
};

/* Write a fault as format_string does (too long a text is cut) and give the code to return with it.
 * The form is "program header 3: file range 0x1000+0x2000 ends beyond the file (0x2100 bytes)".
 * returns  -PAL_ERROR_NOEXEC, always */
PAL_MUST_CHECK int elf_fault(struct elf_fault *fault, const char *fmt, ...) PAL_PRINTF(2, 3);

/* The psABI's name of an x86-64 relocation type, "unknown" if it has none; a constant. */
const char *elf_relocation_name(uint32_t type);

#endif
