/* SPDX-License-Identifier: MIT */
/* The search for a note.
 * Must not trust the sizes in a note. */
#include "elf_note.h"

#include "pal_error.h"
#include "pal_string.h"

#include <stdbool.h>

static bool is_note(const struct elf64_nhdr *note, const unsigned char *note_name, const char *name, uint32_t type)
{
    size_t size = strlen(name) + 1;

    return note->n_type == type && note->n_namesz == size && memcmp(note_name, name, size) == 0;
}

int elf_find_note(const void *bytes, size_t size, uint64_t align, const char *name, uint32_t type,
                  struct elf_note *out_note, struct elf_fault *fault)
{
    const unsigned char *start = bytes;
    uint64_t mask = align == 8 ? 7 : 3;
    uint64_t offset = 0;

    while (size - offset >= sizeof(struct elf64_nhdr)) {
        struct elf64_nhdr note;
        uint64_t desc;
        uint64_t end;

        memcpy(&note, start + offset, sizeof(note));
        desc = (offset + sizeof(note) + note.n_namesz + mask) & ~mask;
        end = desc + note.n_descsz;
        if (end > size)
            return elf_fault(fault, "note at 0x%lx: name 0x%x, description 0x%x bytes end beyond 0x%zx", offset,
                             note.n_namesz, note.n_descsz, size);
        if (is_note(&note, start + offset + sizeof(note), name, type)) {
            *out_note = (struct elf_note){.desc = start + desc, .size = note.n_descsz};
            return 0;
        }
        offset = (end + mask) & ~mask;
        if (offset > size) /* the last one need not be padded */
            break;
    }
    return -PAL_ERROR_NOTDEFINED;
}

int elf_image_note(const struct elf_image *image, const char *name, uint32_t type, struct elf_note *out_note,
                   struct elf_fault *fault)
{
    int ret = -PAL_ERROR_NOTDEFINED;

    for (uint32_t i = 0; i < image->layout->note_count && ret == -PAL_ERROR_NOTDEFINED; i++) {
        const struct elf_part *part = &image->layout->notes[i];
        const void *bytes = elf_image_at(image, part->vaddr, part->filesz, ELF_PF_R);

        if (bytes)
            ret = elf_find_note(bytes, part->filesz, part->align, name, type, out_note, fault);
    }
    return ret;
}
