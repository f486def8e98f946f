/* SPDX-License-Identifier: MIT */
/* The two encodings of relocations, decoded.
 * Must not hand out a place that is not writable memory of the image itself. */
#include "elf_relocation.h"

/* The writable load that has 8 bytes at vaddr, where last is the first guess; NULL if there is none. */
static const struct elf_load *find_place(const struct elf_layout *layout, const struct elf_load *last, uint64_t vaddr)
{
    const struct elf_load *load = last && vaddr - last->vaddr < last->memsz ? last : elf_load_at(layout, vaddr);

    return load && load->flags & ELF_PF_W && load->memsz - (vaddr - load->vaddr) >= 8 ? load : NULL;
}

int elf_next_relocation(struct elf_relocation_walk *walk, struct elf_relocation *out_relocation,
                        struct elf_fault *fault)
{
    const struct elf_dynamic *dynamic = walk->dynamic;
    struct elf64_rela rela;
    struct elf_relocation relocation;

    if (walk->next < dynamic->rela_count)
        rela = dynamic->rela[walk->next];
    else if (walk->next - dynamic->rela_count < dynamic->jmprel_count)
        rela = dynamic->jmprel[walk->next - dynamic->rela_count];
    else
        return 0;

    relocation = (struct elf_relocation){.offset = rela.r_offset,
                                         .addend = rela.r_addend,
                                         .number = walk->next,
                                         .type = (uint32_t)rela.r_info,
                                         .symbol = (uint32_t)(rela.r_info >> 32)};
    if (relocation.type != ELF_R_X86_64_NONE) {
        const struct elf_load *load = find_place(walk->image->layout, walk->load, relocation.offset);

        if (!load)
            return elf_fault(fault, "relocation %lu: offset 0x%lx is not in a writable segment", relocation.number,
                             relocation.offset);
        walk->load = load;
    }
    if (relocation.symbol && relocation.symbol >= dynamic->symbol_limit)
        return elf_fault(fault, "relocation %lu: symbol %u, the symbol table has at most %u", relocation.number,
                         relocation.symbol, dynamic->symbol_limit);
    *out_relocation = relocation;
    walk->next++;
    return 1;
}

/* An even word is an address; the odd ones after it are bitmaps whose bits 1 to 63 stand for the 63 words that follow
 * what was covered so far. */
int elf_next_relr(struct elf_relr_walk *walk, uint64_t *out_offset, struct elf_fault *fault)
{
    uint64_t offset;

    while (!walk->bits) {
        uint64_t word;

        if (walk->next == walk->dynamic->relr_count)
            return 0;
        word = walk->dynamic->relr[walk->next++];
        if (word & 1) {
            if (!walk->follow)
                return elf_fault(fault, "relative relocations: word %lu is a bitmap without an address",
                                 walk->next - 1);
            walk->base = walk->follow - 8;
            walk->follow += UINT64_C(63) * 8;
            walk->bits = word & ~UINT64_C(1);
        } else {
            walk->base = word;
            walk->follow = word + 8;
            walk->bits = 1;
        }
    }
    offset = walk->base + 8 * (uint64_t)__builtin_ctzl(walk->bits);
    walk->load = find_place(walk->image->layout, walk->load, offset);
    if (!walk->load)
        return elf_fault(fault, "relative relocations: word %lu: offset 0x%lx is not in a writable segment",
                         walk->next - 1, offset);
    walk->bits &= walk->bits - 1;
    *out_offset = offset;
    return 1;
}
