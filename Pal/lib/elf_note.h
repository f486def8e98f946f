/* SPDX-License-Identifier: MIT */
/* Notes: small records that a file carries for whom it names.
 * Knows no note's meaning. */
#ifndef PAL_LIB_ELF_NOTE_H
#define PAL_LIB_ELF_NOTE_H

#include "elf_dynamic.h"
#include "elf_fault.h"
#include "pal_attributes.h"

#include <stddef.h>
#include <stdint.h>

struct elf_note {
    const void *desc; /* aligned to 4 if the segment is */
    size_t size;
};

/* Find the first note of a name and a type in the contents of a PT_NOTE.
 * bytes     size bytes, any alignment
 * align     the segment's p_align: name and description are padded to 8 if it is 8, else to 4
 * name      without padding; the note's has a NUL at its end
 * out_note  borrowed from bytes
 * returns   0
 * errors    NOTDEFINED  no such note; *fault is not set
 *           NOEXEC      with the reason in *fault: a note that leads out of the segment
 * source    gABI 4.1 chapter 5 "Note Section" */
PAL_MUST_CHECK int elf_find_note(const void *bytes, size_t size, uint64_t align, const char *name, uint32_t type,
                                 struct elf_note *out_note, struct elf_fault *fault);

/* The same in all PT_NOTEs of an image that are in its memory; out_note is borrowed from the image. */
PAL_MUST_CHECK int elf_image_note(const struct elf_image *image, const char *name, uint32_t type,
                                  struct elf_note *out_note, struct elf_fault *fault);

#endif
