/* SPDX-License-Identifier: MIT */
/* The input is an ELF file. It is checked, mapped into a heap buffer whose gaps are poisoned, and read and relocated as
 * a loader would; what the reader promises in its headers must hold. Knows no message. */
#include "../unit/elf_mapped.h"
#include "elf_note.h"
#include "elf_relocation.h"
#include "elf_symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPAN_MAX = 4 << 20, /* larger images only cost time */
    STEPS_MAX = 20000,  /* of one table */
    SYMBOLS_MAX = 200,  /* each is looked up */
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* A fault is one printable line, and is there if and only if it was announced. */
static int outcome(int64_t ret, struct elf_fault *fault)
{
    size_t len = strnlen(fault->text, sizeof(fault->text));

    require(len < sizeof(fault->text));
    require((ret == -PAL_ERROR_NOEXEC) == (len > 0));
    require(ret >= 0 || ret == -PAL_ERROR_NOEXEC || ret == -PAL_ERROR_NOTDEFINED);
    for (size_t i = 0; i < len; i++)
        require(fault->text[i] >= ' ' && fault->text[i] <= '~');
    fault->text[0] = '\0';
    return ret < 0 ? -1 : 0;
}

static bool inside(uint64_t at, uint64_t size, uint64_t outer_at, uint64_t outer_size)
{
    return at >= outer_at && size <= outer_size && at - outer_at <= outer_size - size;
}

static void check_layout(const struct elf_mapped *mapped, size_t file_size)
{
    const struct elf_layout *layout = &mapped->layout;
    uint64_t end = layout->span_start;
    bool entry_found = layout->entry == 0 && !layout->fixed;

    require(layout->load_count > 0 && layout->load_count <= ELF_LOADS_MAX && layout->note_count <= ELF_NOTES_MAX);
    require((layout->span_start | layout->span_end) % 4096 == 0);
    require(layout->span_end - layout->span_start <= ELF_SPAN_MAX);
    require(layout->align >= 4096 && (layout->align & (layout->align - 1)) == 0);
    for (uint32_t i = 0; i < layout->load_count; i++) {
        const struct elf_load *load = &layout->loads[i];

        require(load->memsz > 0 && load->filesz <= load->memsz);
        require(inside(load->offset, load->filesz, 0, file_size));
        require(load->vaddr / 4096 * 4096 >= end && load->vaddr + load->memsz <= layout->span_end);
        require((load->flags & (ELF_PF_W | ELF_PF_X)) != (ELF_PF_W | ELF_PF_X));
        require(!load->filesz || (load->vaddr - load->offset) % 4096 == 0);
        end = (load->vaddr + load->memsz + 4095) / 4096 * 4096;
        if (load->flags & ELF_PF_X && inside(layout->entry, 1, load->vaddr, load->filesz))
            entry_found = true;
    }
    require(end == layout->span_end && entry_found);
    require(!layout->fixed || layout->span_start >= ELF_ADDRESS_MIN);
    for (uint32_t i = 0; i < layout->note_count; i++)
        require(inside(layout->notes[i].offset, layout->notes[i].filesz, 0, file_size));
    if (layout->interp.present)
        require(inside(layout->interp.offset, layout->interp.filesz, 0, file_size));
}

/* What AT_PHDR would point at is what the file has. */
static void check_phdrs(const struct elf_mapped *mapped)
{
    uint64_t size = mapped->layout.phdr_count * sizeof(struct elf64_phdr);
    const void *at = elf_image_at(&mapped->image, mapped->layout.phdr_vaddr, size, ELF_PF_R);

    if (mapped->layout.phdr_vaddr)
        require(at && memcmp(at, mapped->phdrs, size) == 0);
}

static void read_symbols(const struct elf_mapped *mapped, struct elf_fault *fault)
{
    int64_t count = elf_symbol_count(&mapped->dynamic, fault);
    struct elf_symbol symbol;
    struct elf_symbol found;

    require(count <= mapped->dynamic.symbol_limit);
    (void)outcome(count, fault);
    for (uint32_t i = 0; i < mapped->dynamic.symbol_limit && i < SYMBOLS_MAX; i++) {
        if (outcome(elf_symbol_get(&mapped->dynamic, i, &symbol, fault), fault) < 0)
            continue;
        if (outcome(elf_lookup(&mapped->image, &mapped->dynamic, symbol.name, &found, fault), fault) < 0)
            continue;
        require(strcmp(found.name, symbol.name) == 0 && found.section != ELF_SHN_UNDEF);
        require(found.binding != ELF_STB_LOCAL && found.number < mapped->dynamic.symbol_limit);
        if (found.section != ELF_SHN_ABS && found.type != ELF_STT_TLS)
            require(found.value >= mapped->layout.span_start && found.value <= mapped->layout.span_end);
    }
    (void)outcome(elf_lookup(&mapped->image, &mapped->dynamic, "DkProcessExit", &found, fault), fault);
    require(elf_symbol_get(&mapped->dynamic, mapped->dynamic.symbol_limit, &symbol, fault) < 0);
    (void)outcome(-PAL_ERROR_NOEXEC, fault);
}

/* Put a value where a relocation says, which may be in any of the tables. */
static void apply(const struct elf_mapped *mapped, uint64_t offset, uint64_t value)
{
    require(elf_image_room(&mapped->image, offset, ELF_PF_W) >= 8);
    memcpy(mapped->memory + (offset - mapped->layout.span_start), &value, sizeof(value));
}

static void relocate(const struct elf_mapped *mapped, struct elf_fault *fault)
{
    struct elf_relr_walk relr_walk = {.image = &mapped->image, .dynamic = &mapped->dynamic};
    struct elf_relocation_walk walk = {.image = &mapped->image, .dynamic = &mapped->dynamic};
    struct elf_relocation relocation;
    struct elf_symbol symbol;
    uint64_t offset = 0;
    int ret = 1;

    for (int i = 0; i < STEPS_MAX && (ret = elf_next_relr(&relr_walk, &offset, fault)) > 0; i++)
        apply(mapped, offset, offset);
    (void)outcome(ret, fault);
    for (int i = 0; i < STEPS_MAX && (ret = elf_next_relocation(&walk, &relocation, fault)) > 0; i++) {
        require(relocation.number == (uint64_t)i);
        if (relocation.type != ELF_R_X86_64_NONE)
            apply(mapped, relocation.offset, (uint64_t)relocation.addend);
        if (relocation.symbol)
            (void)outcome(elf_symbol_get(&mapped->dynamic, relocation.symbol, &symbol, fault), fault);
        (void)elf_relocation_name(relocation.type);
    }
    (void)outcome(ret, fault);
}

static void read_image(const struct elf_mapped *mapped, struct elf_fault *fault)
{
    struct elf_note note;
    const char *name;
    uint64_t cursor = 0;
    int ret;

    check_phdrs(mapped);
    while ((ret = elf_next_needed(&mapped->dynamic, &cursor, &name, fault)) > 0)
        require(strlen(name) < mapped->dynamic.strings_size);
    (void)outcome(ret, fault);
    ret = elf_image_note(&mapped->image, "PAL", 1, &note, fault);
    for (size_t i = 0; ret == 0 && i < note.size; i++)
        (void)((const volatile unsigned char *)note.desc)[i];
    (void)outcome(ret, fault);
    read_symbols(mapped, fault);
    relocate(mapped, fault);
    read_symbols(mapped, fault); /* whatever the relocations made of them */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct elf_mapped mapped;
    struct elf_fault fault = {""};
    unsigned char *file = malloc(size ? size : 1); /* aligned, as a page is; the fuzzer's own buffer may not be */
    int ret;

    require(file != NULL);
    memcpy(file, data, size);
    ret = elf_mapped_check(&mapped, file, size, &fault);
    if (outcome(ret, &fault) == 0) {
        require(elf_is_elf(file, size));
        check_layout(&mapped, size);
        if (mapped.layout.span_end - mapped.layout.span_start <= SPAN_MAX) {
            ret = elf_mapped_read(&mapped, file, &fault);
            if (outcome(ret, &fault) == 0)
                read_image(&mapped, &fault);
            elf_mapped_close(&mapped);
        }
    }
    free(file);
    return 0;
}
