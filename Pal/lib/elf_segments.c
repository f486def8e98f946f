/* SPDX-License-Identifier: MIT */
/* The rules for program headers, one function each; in one file, though a long one, because they share their context.
 * Must not touch memory at an address that a file names: nothing is mapped yet. */
#include "elf_segments.h"

#include "pal_string.h"

/* What every rule needs. */
struct check {
    const struct elf64_ehdr *header;
    const struct elf64_phdr *phdrs;
    uint64_t file_size;
    uint64_t page_size;
    struct elf_layout *layout;
    struct elf_fault *fault;
};

static uint64_t page_down(const struct check *check, uint64_t address)
{
    return address & ~(check->page_size - 1);
}

/* Only for addresses up to ELF_ADDRESS_END, so that it cannot wrap. */
static uint64_t page_up(const struct check *check, uint64_t address)
{
    return page_down(check, address + check->page_size - 1);
}

static bool is_power_of_two(uint64_t value)
{
    return value && (value & (value - 1)) == 0;
}

/* Whether size bytes at vaddr are file-backed memory of one load that has all of these flags. */
static bool is_backed(const struct elf_layout *layout, uint64_t vaddr, uint64_t size, uint32_t flags)
{
    const struct elf_load *load = elf_load_at(layout, vaddr);
    uint64_t into = load ? vaddr - load->vaddr : 0;

    return load && into < load->filesz && size <= load->filesz - into && (load->flags & flags) == flags;
}

/* Of two such headers one reader would believe the first and another the last (gABI leaves it open): take neither. */
static int check_singles(const struct check *check)
{
    static const struct {
        uint32_t type;
        const char *name;
    } singles[] = {
        {ELF_PT_DYNAMIC, "PT_DYNAMIC"}, {ELF_PT_INTERP, "PT_INTERP"},       {ELF_PT_PHDR, "PT_PHDR"},
        {ELF_PT_TLS, "PT_TLS"},         {ELF_PT_GNU_STACK, "PT_GNU_STACK"}, {ELF_PT_GNU_RELRO, "PT_GNU_RELRO"},
    };

    for (size_t single = 0; single < sizeof(singles) / sizeof(singles[0]); single++) {
        bool seen = false;

        for (unsigned i = 0; i < check->header->e_phnum; i++) {
            if (check->phdrs[i].p_type != singles[single].type)
                continue;
            if (seen)
                return elf_fault(check->fault, "program header %u: a second %s", i, singles[single].name);
            seen = true;
        }
    }
    return 0;
}

static int check_file_range(const struct check *check, unsigned number)
{
    const struct elf64_phdr *phdr = &check->phdrs[number];
    uint64_t end;

    if (__builtin_add_overflow(phdr->p_offset, phdr->p_filesz, &end) || end > check->file_size)
        return elf_fault(check->fault, "program header %u: file range 0x%lx+0x%lx ends beyond the file (0x%lx bytes)",
                         number, phdr->p_offset, phdr->p_filesz, check->file_size);
    return 0;
}

static int check_sizes(const struct check *check, unsigned number)
{
    const struct elf64_phdr *phdr = &check->phdrs[number];

    if (phdr->p_filesz > phdr->p_memsz)
        return elf_fault(check->fault, "program header %u: file size 0x%lx exceeds memory size 0x%lx", number,
                         phdr->p_filesz, phdr->p_memsz);
    return check_file_range(check, number);
}

static int check_align(const struct check *check, unsigned number)
{
    uint64_t align = check->phdrs[number].p_align;

    if (align && !is_power_of_two(align))
        return elf_fault(check->fault, "program header %u: alignment 0x%lx is not a power of two", number, align);
    if (align > ELF_ALIGN_MAX)
        return elf_fault(check->fault, "program header %u: alignment 0x%lx exceeds 0x%lx", number, align,
                         ELF_ALIGN_MAX);
    return 0;
}

static int check_address(const struct check *check, unsigned number)
{
    const struct elf64_phdr *phdr = &check->phdrs[number];
    uint64_t modulus = phdr->p_align > check->page_size ? phdr->p_align : check->page_size;
    uint64_t end;

    if (__builtin_add_overflow(phdr->p_vaddr, phdr->p_memsz, &end))
        return elf_fault(check->fault, "program header %u: memory range 0x%lx+0x%lx wraps around", number,
                         phdr->p_vaddr, phdr->p_memsz);
    if (end > ELF_ADDRESS_END)
        return elf_fault(check->fault, "program header %u: memory range 0x%lx+0x%lx ends above 0x%lx", number,
                         phdr->p_vaddr, phdr->p_memsz, ELF_ADDRESS_END);
    if (check->layout->fixed && phdr->p_vaddr < ELF_ADDRESS_MIN)
        return elf_fault(check->fault, "program header %u: address 0x%lx is below 0x%lx", number, phdr->p_vaddr,
                         ELF_ADDRESS_MIN);
    /* Without file content the offset means nothing: linkers give a segment of zeros any. */
    if (phdr->p_filesz && (phdr->p_vaddr ^ phdr->p_offset) & (modulus - 1))
        return elf_fault(check->fault, "program header %u: address 0x%lx and file offset 0x%lx differ modulo 0x%lx",
                         number, phdr->p_vaddr, phdr->p_offset, modulus);
    return 0;
}

/* gABI: PT_LOADs ascend. On a shared page the second mapping would replace part of the first. */
static int check_order(const struct check *check, unsigned number)
{
    const struct elf_layout *layout = check->layout;
    uint64_t vaddr = check->phdrs[number].p_vaddr;
    const struct elf_load *last;

    if (layout->load_count == 0)
        return 0;
    last = &layout->loads[layout->load_count - 1];
    if (vaddr < last->vaddr)
        return elf_fault(check->fault, "program header %u: address 0x%lx is below that of program header %u, 0x%lx",
                         number, vaddr, last->number, last->vaddr);
    if (vaddr < last->vaddr + last->memsz)
        return elf_fault(check->fault, "program header %u: address 0x%lx overlaps program header %u, 0x%lx+0x%lx",
                         number, vaddr, last->number, last->vaddr, last->memsz);
    if (page_down(check, vaddr) < page_up(check, last->vaddr + last->memsz))
        return elf_fault(check->fault,
                         "program header %u: address 0x%lx shares a page with program header %u, 0x%lx+0x%lx", number,
                         vaddr, last->number, last->vaddr, last->memsz);
    return 0;
}

static int check_load(const struct check *check, unsigned number)
{
    const struct elf64_phdr *phdr = &check->phdrs[number];
    struct elf_layout *layout = check->layout;
    int ret;

    if ((phdr->p_flags & (ELF_PF_W | ELF_PF_X)) == (ELF_PF_W | ELF_PF_X))
        return elf_fault(check->fault, "program header %u: writable and executable", number);
    if ((ret = check_sizes(check, number)) < 0 || phdr->p_memsz == 0) /* linkers may leave an empty one */
        return ret;
    if ((ret = check_align(check, number)) < 0 || (ret = check_address(check, number)) < 0 ||
        (ret = check_order(check, number)) < 0)
        return ret;
    if (layout->load_count == ELF_LOADS_MAX)
        return elf_fault(check->fault, "program header %u: more than %d PT_LOADs", number, ELF_LOADS_MAX);

    layout->loads[layout->load_count++] = (struct elf_load){.vaddr = phdr->p_vaddr,
                                                            .memsz = phdr->p_memsz,
                                                            .offset = phdr->p_offset,
                                                            .filesz = phdr->p_filesz,
                                                            .flags = phdr->p_flags,
                                                            .number = number};
    if (phdr->p_align > layout->align)
        layout->align = phdr->p_align;
    return 0;
}

static int check_loads(const struct check *check)
{
    struct elf_layout *layout = check->layout;
    const struct elf_load *last;

    layout->fixed = check->header->e_type == ELF_ET_EXEC;
    layout->align = check->page_size;
    for (unsigned i = 0; i < check->header->e_phnum; i++) {
        int ret = check->phdrs[i].p_type == ELF_PT_LOAD ? check_load(check, i) : 0;

        if (ret < 0)
            return ret;
    }
    if (layout->load_count == 0)
        return elf_fault(check->fault, "program headers: no PT_LOAD, nothing to map");

    last = &layout->loads[layout->load_count - 1];
    layout->span_start = page_down(check, layout->loads[0].vaddr);
    layout->span_end = page_up(check, last->vaddr + last->memsz);
    if (layout->span_end - layout->span_start > ELF_SPAN_MAX)
        return elf_fault(check->fault, "program headers: memory from 0x%lx to 0x%lx exceeds 0x%lx bytes",
                         layout->span_start, layout->span_end, ELF_SPAN_MAX);
    return 0;
}

/* Linkers give a shared object that cannot be started the entry 0. */
static int check_entry(const struct check *check)
{
    uint64_t entry = check->header->e_entry;

    if ((entry || check->layout->fixed) && !is_backed(check->layout, entry, 1, ELF_PF_X))
        return elf_fault(check->fault, "ELF header: entry 0x%lx is not in an executable segment", entry);
    check->layout->entry = entry;
    return 0;
}

/* Where the program headers are in memory, for AT_PHDR: where PT_PHDR says, which must be true, or where a load is. */
static int find_phdrs(const struct check *check)
{
    const struct elf64_ehdr *header = check->header;
    struct elf_layout *layout = check->layout;
    uint64_t size = (uint64_t)header->e_phnum * sizeof(struct elf64_phdr);

    for (uint32_t i = 0; i < layout->load_count && !layout->phdr_vaddr; i++) {
        const struct elf_load *load = &layout->loads[i];
        uint64_t into = header->e_phoff - load->offset;

        if (into < load->filesz && size <= load->filesz - into && load->flags & ELF_PF_R)
            layout->phdr_vaddr = load->vaddr + into;
    }
    layout->phdr_count = header->e_phnum;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        const struct elf64_phdr *phdr = &check->phdrs[i];
        const struct elf_load *load = elf_load_at(layout, phdr->p_vaddr);

        if (phdr->p_type != ELF_PT_PHDR)
            continue;
        if (!load || !is_backed(layout, phdr->p_vaddr, size, ELF_PF_R) ||
            load->offset + (phdr->p_vaddr - load->vaddr) != header->e_phoff)
            return elf_fault(check->fault, "program header %u: no program headers at address 0x%lx", i, phdr->p_vaddr);
        layout->phdr_vaddr = phdr->p_vaddr;
    }
    return 0;
}

static int check_interp_part(const struct check *check, const struct elf_part *part)
{
    if (part->filesz > ELF_INTERP_MAX)
        return elf_fault(check->fault, "program header %u: interpreter path of 0x%lx bytes, more than 0x%x",
                         part->number, part->filesz, ELF_INTERP_MAX);
    return check_file_range(check, part->number);
}

static int check_dynamic_part(const struct check *check, const struct elf_part *part)
{
    if (part->vaddr % 8)
        return elf_fault(check->fault, "program header %u: dynamic section at 0x%lx is not aligned to 8", part->number,
                         part->vaddr);
    if (!is_backed(check->layout, part->vaddr, part->filesz, ELF_PF_R))
        return elf_fault(check->fault, "program header %u: dynamic section 0x%lx+0x%lx is outside the image",
                         part->number, part->vaddr, part->filesz);
    return 0;
}

static int check_tls_part(const struct check *check, const struct elf_part *part)
{
    int ret;

    if ((ret = check_sizes(check, part->number)) < 0 || (ret = check_align(check, part->number)) < 0)
        return ret;
    if (part->memsz > ELF_SPAN_MAX)
        return elf_fault(check->fault, "program header %u: thread-local storage of 0x%lx bytes exceeds 0x%lx",
                         part->number, part->memsz, ELF_SPAN_MAX);
    if (part->filesz && !is_backed(check->layout, part->vaddr, part->filesz, ELF_PF_R))
        return elf_fault(check->fault, "program header %u: thread-local storage 0x%lx+0x%lx is outside the image",
                         part->number, part->vaddr, part->filesz);
    return 0;
}

/* Linkers round the end up to a page, so it may lie beyond the load but not beyond the load's last page. */
static int check_relro_part(const struct check *check, const struct elf_part *part)
{
    const struct elf_load *load = elf_load_at(check->layout, part->vaddr);

    if (part->memsz == 0)
        return 0;
    if (load && load->flags & ELF_PF_W && part->memsz <= page_up(check, load->vaddr + load->memsz) - part->vaddr)
        return 0;
    return elf_fault(check->fault, "program header %u: read-only data 0x%lx+0x%lx is outside the writable segments",
                     part->number, part->vaddr, part->memsz);
}

static int add_note(const struct check *check, const struct elf_part *part)
{
    struct elf_layout *layout = check->layout;

    if (layout->note_count == ELF_NOTES_MAX)
        return elf_fault(check->fault, "program header %u: more than %d PT_NOTEs", part->number, ELF_NOTES_MAX);
    layout->notes[layout->note_count++] = *part;
    return check_file_range(check, part->number);
}

static int check_part(const struct check *check, unsigned number)
{
    const struct elf64_phdr *phdr = &check->phdrs[number];
    struct elf_part part = {.present = true,
                            .number = number,
                            .vaddr = phdr->p_vaddr,
                            .memsz = phdr->p_memsz,
                            .offset = phdr->p_offset,
                            .filesz = phdr->p_filesz,
                            .align = phdr->p_align};

    switch (phdr->p_type) {
    case ELF_PT_INTERP:
        check->layout->interp = part;
        return check_interp_part(check, &part);
    case ELF_PT_DYNAMIC:
        check->layout->dynamic = part;
        return check_dynamic_part(check, &part);
    case ELF_PT_TLS:
        check->layout->tls = part;
        return check_tls_part(check, &part);
    case ELF_PT_GNU_RELRO:
        check->layout->relro = part;
        return check_relro_part(check, &part);
    case ELF_PT_NOTE:
        return add_note(check, &part);
    case ELF_PT_GNU_STACK:
        if (phdr->p_flags & ELF_PF_X)
            return elf_fault(check->fault, "program header %u: writable and executable stack", number);
        return 0;
    default: /* nobody reads it */
        return 0;
    }
}

const struct elf_load *elf_load_at(const struct elf_layout *layout, uint64_t vaddr)
{
    for (uint32_t i = 0; i < layout->load_count; i++)
        if (vaddr - layout->loads[i].vaddr < layout->loads[i].memsz) /* wraps to a huge one if vaddr lies below */
            return &layout->loads[i];
    return NULL;
}

int elf_check_segments(const struct elf64_ehdr *header, const struct elf64_phdr *phdrs, uint64_t file_size,
                       uint64_t page_size, struct elf_layout *out_layout, struct elf_fault *fault)
{
    const struct check check = {header, phdrs, file_size, page_size, out_layout, fault};
    int ret;

    memset(out_layout, 0, sizeof(*out_layout));
    if ((ret = check_singles(&check)) < 0 || (ret = check_loads(&check)) < 0 || (ret = check_entry(&check)) < 0 ||
        (ret = find_phdrs(&check)) < 0)
        return ret;
    for (unsigned i = 0; i < header->e_phnum && ret == 0; i++)
        ret = check_part(&check, i);
    return ret;
}

int elf_check_interp(const struct elf_layout *layout, const char *bytes, struct elf_fault *fault)
{
    uint64_t size = layout->interp.filesz;

    if (size == 0 || bytes[0] == '\0')
        return elf_fault(fault, "program header %u: interpreter path is empty", layout->interp.number);
    if (bytes[size - 1] != '\0')
        return elf_fault(fault, "program header %u: interpreter path is not terminated", layout->interp.number);
    return 0;
}
