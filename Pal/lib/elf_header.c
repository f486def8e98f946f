/* SPDX-License-Identifier: MIT */
/* The checklist for the ELF header.
 * Must not read beyond the header: where the program headers lie is checked, what they say is not. */
#include "elf_header.h"

#include "pal_string.h"

static const unsigned char magic[4] = {0x7f, 'E', 'L', 'F'};

bool elf_is_elf(const void *buf, size_t len)
{
    return len >= sizeof(magic) && memcmp(buf, magic, sizeof(magic)) == 0;
}

static bool is_text(const unsigned char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] != '\t' && s[i] != '\n' && s[i] != '\r' && (s[i] < ' ' || s[i] == 0x7f))
            return false;
    return true;
}

static int not_elf(const unsigned char *s, size_t len, struct elf_fault *fault)
{
    unsigned char start[4] = {0};

    if (len == 0)
        return elf_fault(fault, "not an ELF file: it is empty");
    if (len >= 2 && s[0] == '#' && s[1] == '!')
        return elf_fault(fault, "not an ELF file: it is a script (#!)");
    if (is_text(s, len < 64 ? len : 64))
        return elf_fault(fault, "not an ELF file: it is text");
    memcpy(start, s, len < sizeof(start) ? len : sizeof(start));
    return elf_fault(fault, "not an ELF file: it starts with %02x %02x %02x %02x", start[0], start[1], start[2],
                     start[3]);
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned number;
        const char *name;
    } machines[] = {
        {3, "i386"}, {8, "MIPS"},     {20, "PowerPC"},  {21, "PowerPC64"}, {22, "S/390"},
        {40, "Arm"}, {43, "SPARC64"}, {183, "AArch64"}, {243, "RISC-V"},   {258, "LoongArch"},
    };

    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
        if (machines[i].number == machine)
            return machines[i].name;
    return "unknown";
}

static const char *type_name(unsigned type)
{
    return type == ELF_ET_REL ? "relocatable object" : type == ELF_ET_CORE ? "core dump" : "unknown";
}

/* 1. A layout that the structures in elf64.h describe (gABI chapter 4, "ELF Identification"). */
static int check_format(const struct elf64_ehdr *header, struct elf_fault *fault)
{
    unsigned class = header->e_ident[ELF_EI_CLASS];
    unsigned data = header->e_ident[ELF_EI_DATA];

    if (class != ELF_CLASS64)
        return elf_fault(fault, "ELF header: class %u (%s), not 2 (64-bit)", class,
                         class == ELF_CLASS32 ? "32-bit" : "unknown");
    if (data != ELF_DATA_LSB)
        return elf_fault(fault, "ELF header: data encoding %u (%s), not 1 (little-endian)", data,
                         data == ELF_DATA_MSB ? "big-endian" : "unknown");
    if (header->e_ident[ELF_EI_VERSION] != ELF_EV_CURRENT)
        return elf_fault(fault, "ELF header: identification version %u, not 1", header->e_ident[ELF_EI_VERSION]);
    if (header->e_version != ELF_EV_CURRENT)
        return elf_fault(fault, "ELF header: version %u, not 1", header->e_version);
    return 0;
}

/* 2. Made for us. */
static int check_target(const struct elf64_ehdr *header, struct elf_fault *fault)
{
    unsigned osabi = header->e_ident[ELF_EI_OSABI];

    if (header->e_machine != ELF_EM_X86_64)
        return elf_fault(fault, "ELF header: machine %u (%s), not 62 (x86-64)", header->e_machine,
                         machine_name(header->e_machine));
    if (osabi != ELF_OSABI_SYSV && osabi != ELF_OSABI_GNU)
        return elf_fault(fault, "ELF header: OS ABI %u, not 0 (System V) or 3 (GNU)", osabi);
    if (header->e_type != ELF_ET_EXEC && header->e_type != ELF_ET_DYN)
        return elf_fault(fault, "ELF header: type %u (%s), not 2 or 3 (executable or shared object)", header->e_type,
                         type_name(header->e_type));
    return 0;
}

/* 3. Sizes that are ours, and program headers that are there. */
static int check_sizes(const struct elf64_ehdr *header, uint64_t file_size, struct elf_fault *fault)
{
    uint64_t size = (uint64_t)header->e_phnum * sizeof(struct elf64_phdr);
    uint64_t end;

    if (header->e_ehsize != sizeof(struct elf64_ehdr))
        return elf_fault(fault, "ELF header: header size 0x%x, not 0x40", header->e_ehsize);
    if (header->e_phnum == 0)
        return elf_fault(fault, "ELF header: no program headers");
    if (header->e_phnum > ELF_PHNUM_MAX)
        return elf_fault(fault, "ELF header: %u program headers, more than %d", header->e_phnum, ELF_PHNUM_MAX);
    if (header->e_phentsize != sizeof(struct elf64_phdr))
        return elf_fault(fault, "ELF header: program header size 0x%x, not 0x38", header->e_phentsize);
    if (header->e_phoff % 8)
        return elf_fault(fault, "ELF header: program headers at 0x%lx, not aligned to 8", header->e_phoff);
    if (__builtin_add_overflow(header->e_phoff, size, &end) || end > file_size)
        return elf_fault(fault, "ELF header: program headers 0x%lx+0x%lx end beyond the file (0x%lx bytes)",
                         header->e_phoff, size, file_size);
    return 0;
}

int elf_check_header(const void *buf, size_t len, uint64_t file_size, struct elf64_ehdr *out_header,
                     struct elf_fault *fault)
{
    int ret;

    if (len > file_size)
        len = (size_t)file_size;
    if (!elf_is_elf(buf, len))
        return not_elf(buf, len, fault);
    if (len < sizeof(*out_header))
        return elf_fault(fault, "ELF header: cut off, 0x%zx of 0x40 bytes", len);
    memcpy(out_header, buf, sizeof(*out_header));

    ret = check_format(out_header, fault);
    if (ret == 0)
        ret = check_target(out_header, fault);
    if (ret == 0)
        ret = check_sizes(out_header, file_size, fault);
    return ret;
}
