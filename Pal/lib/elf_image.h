/* SPDX-License-Identifier: MIT */
/* A mapped image, as a place where addresses of the file can be looked up.
 * Knows no table in it; elf_dynamic.h finds those. */
#ifndef PAL_LIB_ELF_IMAGE_H
#define PAL_LIB_ELF_IMAGE_H

#include "elf_segments.h"

#include <stddef.h>
#include <stdint.h>

/* An image whose loads are all mapped, readable where their flags say so.
 * layout  borrowed as long as the image is used
 * bias    what to add to an address of the file; 0 if the layout is fixed; a multiple of layout->align */
struct elf_image {
    const struct elf_layout *layout;
    uint64_t bias;
};

/* The only way from an address of the file to memory.
 * vaddr    address as the file has it, without the bias
 * flags    ELF_PF_* that the load must have
 * returns  bytes from vaddr to the end of the load that holds it; 0 if there is none, or none with these flags */
static inline uint64_t elf_image_room(const struct elf_image *image, uint64_t vaddr, uint32_t flags)
{
    const struct elf_load *load = elf_load_at(image->layout, vaddr);

    return load && (load->flags & flags) == flags ? load->memsz - (vaddr - load->vaddr) : 0;
}

/* As elf_image_room, for an object of known size.
 * returns  the object in memory, borrowed from the image; NULL if it is not inside one load with these flags */
static inline const void *elf_image_at(const struct elf_image *image, uint64_t vaddr, uint64_t size, uint32_t flags)
{
    uint64_t room = elf_image_room(image, vaddr, flags);

    return room && size <= room ? (const void *)(uintptr_t)(image->bias + vaddr) : NULL;
}

#endif
