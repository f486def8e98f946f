/* SPDX-License-Identifier: MIT */
/* The ELF reader against libelf, on the programs and libraries of the machine that runs the test: the same headers,
 * dynamic entries, symbols, relocations and notes, and every symbol that libelf lists as defined is found by name.
 * Knows no file by name: it takes what the usual directories have. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_mapped.h"
#include "elf_note.h"
#include "elf_relocation.h"
#include "elf_symbol.h"

#include <dirent.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_WANTED = 50,        /* fewer are no proof: the test is skipped */
    FILES_PER_DIRECTORY = 80, /* more take too long under the sanitizers */
    FILE_SIZE_MAX = 16 << 20,
};

/* One file, read by both. */
struct subject {
    const char *path;
    unsigned char *file;
    size_t size;
    Elf *elf;
    struct elf_mapped mapped;
    struct elf_fault fault;
};

#define CHECK(subject, condition)                                                                                      \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_msg("%s: %s", (subject)->path, #condition);                                                           \
    } while (0)

/* The next section of a type behind scn, which must be part of the image (SHF_ALLOC); NULL if there is none. */
static Elf_Scn *next_section(const struct subject *subject, Elf_Scn *scn, uint32_t type, GElf_Shdr *out_header)
{
    while ((scn = elf_nextscn(subject->elf, scn)))
        if (gelf_getshdr(scn, out_header) && out_header->sh_type == type && out_header->sh_flags & SHF_ALLOC)
            return scn;
    return NULL;
}

static void compare_headers(const struct subject *subject)
{
    const struct elf_layout *layout = &subject->mapped.layout;
    GElf_Ehdr header;
    uint32_t loads = 0;

    CHECK(subject, gelf_getehdr(subject->elf, &header));
    CHECK(subject, memcmp(&header, &subject->mapped.header, sizeof(header)) == 0);
    CHECK(subject, layout->entry == header.e_entry);
    CHECK(subject, layout->fixed == (header.e_type == ET_EXEC));
    for (int i = 0; i < header.e_phnum; i++) {
        GElf_Phdr phdr;

        CHECK(subject, gelf_getphdr(subject->elf, i, &phdr));
        CHECK(subject, memcmp(&phdr, &subject->mapped.phdrs[i], sizeof(phdr)) == 0);
        if (phdr.p_type == PT_LOAD && phdr.p_memsz) {
            CHECK(subject, layout->loads[loads].vaddr == phdr.p_vaddr);
            CHECK(subject, layout->loads[loads].memsz == phdr.p_memsz);
            CHECK(subject, layout->loads[loads].offset == phdr.p_offset);
            CHECK(subject, layout->loads[loads].filesz == phdr.p_filesz);
            CHECK(subject, layout->loads[loads].flags == phdr.p_flags);
            loads++;
        }
        if (phdr.p_type == PT_PHDR)
            CHECK(subject, layout->phdr_vaddr == phdr.p_vaddr);
        CHECK(subject, (phdr.p_type != PT_INTERP) || layout->interp.present);
        CHECK(subject, (phdr.p_type != PT_TLS) || layout->tls.memsz == phdr.p_memsz);
    }
    CHECK(subject, loads == layout->load_count);
}

/* What our structure has for an entry of libelf's; the entry's own value for those that it does not keep. */
static uint64_t kept_value(const struct subject *subject, const GElf_Dyn *entry)
{
    const struct elf_dynamic *dynamic = &subject->mapped.dynamic;
    uint64_t bias = subject->mapped.image.bias;

    switch (entry->d_tag) {
    case DT_STRTAB:
        return (uintptr_t)dynamic->strings - bias;
    case DT_STRSZ:
        return dynamic->strings_size;
    case DT_SYMTAB:
        return (uintptr_t)dynamic->symbols - bias;
    case DT_RELA:
        return dynamic->rela_count ? (uintptr_t)dynamic->rela - bias : entry->d_un.d_val;
    case DT_RELASZ:
        return dynamic->rela_count * sizeof(struct elf64_rela);
    case DT_RELACOUNT:
        return dynamic->relative_count;
    case DT_JMPREL:
        return dynamic->jmprel_count ? (uintptr_t)dynamic->jmprel - bias : entry->d_un.d_val;
    case DT_PLTRELSZ:
        return dynamic->jmprel_count * sizeof(struct elf64_rela);
    case DT_HASH:
        return (uintptr_t)dynamic->hash.buckets - 8 - bias;
    case DT_GNU_HASH:
        return (uintptr_t)dynamic->gnu_hash.bloom - 16 - bias;
    case DT_FLAGS:
        return dynamic->flags;
    case DT_FLAGS_1:
        return dynamic->flags_1;
    case DT_SONAME:
        return (uint64_t)(dynamic->soname - dynamic->strings);
    default:
        return entry->d_un.d_val;
    }
}

static void compare_dynamic(struct subject *subject)
{
    const struct elf_dynamic *dynamic = &subject->mapped.dynamic;
    GElf_Shdr section;
    Elf_Scn *scn = next_section(subject, NULL, SHT_DYNAMIC, &section);
    Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
    uint64_t cursor = 0;
    uint64_t needed = 0;
    GElf_Dyn entry;
    int i;

    CHECK(subject, !data == !subject->mapped.layout.dynamic.present);
    for (i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
        CHECK(subject, dynamic->entries[i].d_tag == entry.d_tag);
        CHECK(subject, dynamic->entries[i].d_val == entry.d_un.d_val);
        CHECK(subject, kept_value(subject, &entry) == entry.d_un.d_val);
        if (entry.d_tag == DT_NEEDED) {
            const char *name = NULL;

            CHECK(subject, elf_next_needed(dynamic, &cursor, &name, &subject->fault) == 1);
            CHECK(subject, strcmp(name, elf_strptr(subject->elf, section.sh_link, entry.d_un.d_val)) == 0);
            needed++;
        }
    }
    CHECK(subject, dynamic->entry_count == (uint64_t)i);
    CHECK(subject, dynamic->needed_count == needed);
}

/* Look a name up in one of the hash tables only. */
static void compare_found(struct subject *subject, const struct elf_dynamic *dynamic, Elf_Data *data,
                          const GElf_Shdr *section, const char *name)
{
    struct elf_symbol found;
    GElf_Sym other;

    if (elf_lookup(&subject->mapped.image, dynamic, name, &found, &subject->fault) < 0)
        fail_msg("%s: %s not found %s", subject->path, name, subject->fault.text);
    /* The name may have several versions; any of them is right. */
    CHECK(subject, gelf_getsym(data, (int)found.number, &other));
    CHECK(subject, strcmp(name, elf_strptr(subject->elf, section->sh_link, other.st_name)) == 0);
    CHECK(subject, other.st_shndx != SHN_UNDEF && other.st_value == found.value);
}

static void compare_lookup(struct subject *subject, Elf_Data *data, const GElf_Shdr *section, const GElf_Sym *symbol)
{
    unsigned visibility = GELF_ST_VISIBILITY(symbol->st_other);
    unsigned binding = GELF_ST_BIND(symbol->st_info);
    const char *name = elf_strptr(subject->elf, section->sh_link, symbol->st_name);
    struct elf_dynamic without = subject->mapped.dynamic;

    if (symbol->st_shndx == SHN_UNDEF || binding == STB_LOCAL ||
        (visibility != STV_DEFAULT && visibility != STV_PROTECTED))
        return;
    compare_found(subject, &subject->mapped.dynamic, data, section, name);
    without.gnu_hash.bucket_count = 0;
    if (without.hash.bucket_count)
        compare_found(subject, &without, data, section, name);
}

static void compare_symbols(struct subject *subject)
{
    GElf_Shdr section;
    Elf_Scn *scn = next_section(subject, NULL, SHT_DYNSYM, &section);
    Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
    int64_t count = elf_symbol_count(&subject->mapped.dynamic, &subject->fault);

    if (!data) {
        CHECK(subject, count == 0);
        return;
    }
    CHECK(subject, count == (int64_t)(section.sh_size / section.sh_entsize));
    for (uint32_t i = 0; i < count; i++) {
        struct elf_symbol ours;
        GElf_Sym theirs;

        CHECK(subject, gelf_getsym(data, (int)i, &theirs));
        CHECK(subject, elf_symbol_get(&subject->mapped.dynamic, i, &ours, &subject->fault) == 0);
        CHECK(subject, strcmp(ours.name, elf_strptr(subject->elf, section.sh_link, theirs.st_name)) == 0);
        CHECK(subject, ours.value == theirs.st_value && ours.size == theirs.st_size);
        CHECK(subject, ours.section == theirs.st_shndx);
        CHECK(subject, ours.type == GELF_ST_TYPE(theirs.st_info) && ours.binding == GELF_ST_BIND(theirs.st_info));
        compare_lookup(subject, data, &section, &theirs);
    }
}

static void compare_relocations(struct subject *subject)
{
    struct elf_relocation_walk walk = {.image = &subject->mapped.image, .dynamic = &subject->mapped.dynamic};
    struct elf_relocation ours;
    GElf_Shdr section;
    GElf_Rela theirs;

    /* A static executable's start code finds its relocations without a dynamic section. */
    if (!subject->mapped.layout.dynamic.present)
        return;
    for (Elf_Scn *scn = NULL; (scn = next_section(subject, scn, SHT_RELA, &section));) {
        Elf_Data *data = elf_getdata(scn, NULL);

        for (int i = 0; gelf_getrela(data, i, &theirs); i++) {
            CHECK(subject, elf_next_relocation(&walk, &ours, &subject->fault) == 1);
            CHECK(subject, ours.offset == theirs.r_offset && ours.addend == theirs.r_addend);
            CHECK(subject, ours.type == GELF_R_TYPE(theirs.r_info) && ours.symbol == GELF_R_SYM(theirs.r_info));
        }
    }
    CHECK(subject, elf_next_relocation(&walk, &ours, &subject->fault) == 0);
}

static void compare_relr(struct subject *subject)
{
    struct elf_relr_walk walk = {.image = &subject->mapped.image, .dynamic = &subject->mapped.dynamic};
    uint64_t offset;
    int ret;

    while ((ret = elf_next_relr(&walk, &offset, &subject->fault)) > 0)
        CHECK(subject, offset % 8 == 0);
    CHECK(subject, ret == 0);
}

static void compare_segment_notes(struct subject *subject, const GElf_Phdr *phdr)
{
    Elf_Type kind = phdr->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
    Elf_Data *data = elf_getdata_rawchunk(subject->elf, (int64_t)phdr->p_offset, phdr->p_filesz, kind);
    GElf_Nhdr theirs;
    size_t name;
    size_t desc;

    CHECK(subject, data);
    for (size_t at = 0; (at = gelf_getnote(data, at, &theirs, &name, &desc)) > 0;) {
        const char *note_name = (const char *)data->d_buf + name;
        struct elf_note ours;

        if (theirs.n_namesz != strlen(note_name) + 1) /* Go counts its padding */
            continue;
        CHECK(subject, elf_image_note(&subject->mapped.image, note_name, theirs.n_type, &ours, &subject->fault) == 0);
        if (theirs.n_type == NT_GNU_BUILD_ID) /* there is but one */
            CHECK(subject,
                  ours.size == theirs.n_descsz && memcmp(ours.desc, (const char *)data->d_buf + desc, ours.size) == 0);
    }
}

static void compare_notes(struct subject *subject)
{
    GElf_Phdr phdr;

    for (int i = 0; gelf_getphdr(subject->elf, i, &phdr); i++)
        if (phdr.p_type == PT_NOTE)
            compare_segment_notes(subject, &phdr);
}

static void compare(struct subject *subject)
{
    if (elf_mapped_check(&subject->mapped, subject->file, subject->size, &subject->fault) < 0 ||
        elf_mapped_read(&subject->mapped, subject->file, &subject->fault) < 0)
        fail_msg("%s: %s", subject->path, subject->fault.text);
    compare_headers(subject);
    compare_dynamic(subject);
    compare_symbols(subject);
    compare_relocations(subject);
    compare_relr(subject);
    compare_notes(subject);
    elf_mapped_close(&subject->mapped);
}

/* Read a file if libelf calls it one that we must accept; false if not. */
static bool open_subject(struct subject *subject, int fd)
{
    struct stat st;
    GElf_Ehdr header;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > FILE_SIZE_MAX)
        return false;
    subject->size = (size_t)st.st_size;
    subject->file = malloc(subject->size);
    assert_non_null(subject->file);
    if (pread(fd, subject->file, subject->size, 0) != st.st_size)
        return false;
    subject->elf = elf_memory((char *)subject->file, subject->size);
    if (!subject->elf || elf_kind(subject->elf) != ELF_K_ELF) {
        CHECK(subject, !elf_is_elf(subject->file, subject->size));
        return false;
    }
    return gelf_getehdr(subject->elf, &header) && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_machine == EM_X86_64 && (header.e_type == ET_EXEC || header.e_type == ET_DYN);
}

static unsigned compare_directory(const char *directory)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    unsigned count = 0;

    while (dir && count < FILES_PER_DIRECTORY && (entry = readdir(dir))) {
        char path[4096];
        struct subject subject = {.path = path};
        int fd;

        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            continue;
        if (open_subject(&subject, fd)) {
            compare(&subject);
            count++;
        }
        elf_end(subject.elf);
        free(subject.file);
        close(fd);
    }
    if (dir)
        closedir(dir);
    return count;
}

static void test_oracle(void **state)
{
    static const char *const directories[] = {"/usr/bin",   "/usr/sbin", "/usr/lib/x86_64-linux-gnu",
                                              "/usr/lib64", "/lib64",    "/usr/lib"};
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        count += compare_directory(directories[i]);
    print_message("%u files compared\n", count);
    if (count < FILES_WANTED) {
        print_message("skipped: fewer than %d x86-64 ELF files on this machine\n", FILES_WANTED);
        skip();
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_oracle)};

    elf_version(EV_CURRENT);
    return cmocka_run_group_tests_name("elf_oracle", tests, NULL, NULL);
}
