/* SPDX-License-Identifier: MIT */
/* Room elf, inside: one ELF file, read, checked and mapped. */
#ifndef LIBOS_SRC_ELF_IMAGE_H
#define LIBOS_SRC_ELF_IMAGE_H

#include "elf64.h"
#include "elf_fault.h"
#include "elf_header.h"
#include "elf_segments.h"
#include "fs.h"
#include "libos.h"

#define INTERP_SIZE 4096

/* What a file says. Large: from the heap. */
struct image {
    struct file *file; /* owned */
    struct file_attr attr;
    struct elf64_ehdr header;
    struct elf_layout layout;
    struct elf_fault fault;        /* why it is refused, "" = not for its contents */
    uint64_t bias;                 /* once mapped */
    char interpreter[INTERP_SIZE]; /* "" = none; last, for most of it is never touched */
};

/* Open a program file for reading: -EACCES if it may not be executed. */
PAL_MUST_CHECK int image_open_file(const char *path, struct file **out);

/* Read and check; takes over the file, also on failure.
 * returns  0; -ENOEXEC with a fault text; other -E... of reading. *out is set in any case and goes by image_free */
PAL_MUST_CHECK int image_read(struct file *file, struct image **out);
void image_free(struct image *image);

/* Map all segments at the bias that is wanted for a position-independent file; 0 = wherever there is room. */
PAL_MUST_CHECK int image_map(struct image *image, uint64_t wanted);

#endif
