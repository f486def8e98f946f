/* SPDX-License-Identifier: MIT */
/* What a loader does with a file, in a heap buffer: check, map, read. For tests of the ELF reader and for its fuzzer.
 * Its functions have bodies here because each test program is made of one file.
 * Knows no fault: it stops where the reader does. */
#ifndef PAL_TEST_UNIT_ELF_MAPPED_H
#define PAL_TEST_UNIT_ELF_MAPPED_H

#include "elf_dynamic.h"
#include "elf_header.h"
#include "elf_segments.h"
#include "pal_error.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

struct elf_mapped {
    struct elf64_ehdr header;
    struct elf64_phdr phdrs[ELF_PHNUM_MAX];
    struct elf_layout layout;
    struct elf_image image;
    struct elf_dynamic dynamic;
    unsigned char *memory; /* the span; bytes that no readable load holds are poisoned */
};

/* The file phase: fills header, phdrs and layout. */
static inline int elf_mapped_check(struct elf_mapped *mapped, const unsigned char *file, size_t size,
                                   struct elf_fault *fault)
{
    int ret = elf_check_header(file, size, size, &mapped->header, fault);

    mapped->memory = NULL;
    if (ret < 0)
        return ret;
    memcpy(mapped->phdrs, file + mapped->header.e_phoff, mapped->header.e_phnum * sizeof(mapped->phdrs[0]));
    ret = elf_check_segments(&mapped->header, mapped->phdrs, size, 4096, &mapped->layout, fault);
    if (ret == 0 && mapped->layout.interp.present)
        ret = elf_check_interp(&mapped->layout, (const char *)file + mapped->layout.interp.offset, fault);
    return ret;
}

/* The memory phase up to elf_read_dynamic; the caller calls elf_mapped_close whatever comes of it. */
static inline int elf_mapped_read(struct elf_mapped *mapped, const unsigned char *file, struct elf_fault *fault)
{
    const struct elf_layout *layout = &mapped->layout;
    size_t span = layout->span_end - layout->span_start;

    mapped->memory = calloc(1, span);
    if (!mapped->memory)
        return -PAL_ERROR_NOMEM;
    ASAN_POISON_MEMORY_REGION(mapped->memory, span);
    for (uint32_t i = 0; i < layout->load_count; i++) {
        const struct elf_load *load = &layout->loads[i];
        unsigned char *at = mapped->memory + (load->vaddr - layout->span_start);

        ASAN_UNPOISON_MEMORY_REGION(at, load->memsz);
        memcpy(at, file + load->offset, load->filesz);
        if (!(load->flags & ELF_PF_R))
            ASAN_POISON_MEMORY_REGION(at, load->memsz);
    }
    mapped->image = (struct elf_image){layout, (uintptr_t)mapped->memory - layout->span_start};
    return elf_read_dynamic(&mapped->image, &mapped->dynamic, fault);
}

static inline void elf_mapped_close(struct elf_mapped *mapped)
{
    if (mapped->memory)
        ASAN_UNPOISON_MEMORY_REGION(mapped->memory, mapped->layout.span_end - mapped->layout.span_start);
    free(mapped->memory);
    mapped->memory = NULL;
}

#endif
