/* SPDX-License-Identifier: MIT */
/* The parts of the ELF64 format that the PAL reads: structures and constants, spelt as in the specifications with
 * ELF_ before each constant, so that both this file and a host's <elf.h> can be included (our own file is not called
 * elf.h because it would be found in place of that one).
 * Knows no file, no memory and no rule: what is acceptable is decided in elf_header.c and its neighbours.
 * source  System V ABI ("gABI") chapters 4 and 5; x86-64 psABI 4.4; GNU hash and DT_RELR as linkers implement them */
#ifndef PAL_LIB_ELF64_H
#define PAL_LIB_ELF64_H

#include <stdint.h>

struct elf64_ehdr {
    unsigned char e_ident[16];
    uint16_t e_type;
    uint16_t e_machine;
    uint32_t e_version;
    uint64_t e_entry;
    uint64_t e_phoff;
    uint64_t e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize;
    uint16_t e_phentsize;
    uint16_t e_phnum;
    uint16_t e_shentsize;
    uint16_t e_shnum;
    uint16_t e_shstrndx;
};

struct elf64_phdr {
    uint32_t p_type;
    uint32_t p_flags;
    uint64_t p_offset;
    uint64_t p_vaddr;
    uint64_t p_paddr;
    uint64_t p_filesz;
    uint64_t p_memsz;
    uint64_t p_align;
};

struct elf64_dyn {
    int64_t d_tag;
    uint64_t d_val; /* or d_ptr */
};

struct elf64_sym {
    uint32_t st_name;
    unsigned char st_info;  /* binding << 4 | type */
    unsigned char st_other; /* visibility in the low two bits */
    uint16_t st_shndx;
    uint64_t st_value;
    uint64_t st_size;
};

struct elf64_rela {
    uint64_t r_offset;
    uint64_t r_info; /* symbol << 32 | type */
    int64_t r_addend;
};

/* A note: this, the name padded to the alignment, the description padded likewise. */
struct elf64_nhdr {
    uint32_t n_namesz;
    uint32_t n_descsz;
    uint32_t n_type;
};

_Static_assert(sizeof(struct elf64_ehdr) == 64, "gABI figure 4-3");
_Static_assert(sizeof(struct elf64_phdr) == 56, "gABI figure 5-1");
_Static_assert(sizeof(struct elf64_dyn) == 16, "gABI figure 5-9");
_Static_assert(sizeof(struct elf64_sym) == 24, "gABI figure 4-15");
_Static_assert(sizeof(struct elf64_rela) == 24, "gABI figure 4-21");

enum { ELF_EI_CLASS = 4, ELF_EI_DATA = 5, ELF_EI_VERSION = 6, ELF_EI_OSABI = 7 };
enum { ELF_CLASS32 = 1, ELF_CLASS64 = 2 };
enum { ELF_DATA_LSB = 1, ELF_DATA_MSB = 2 };
enum { ELF_EV_CURRENT = 1 };
enum { ELF_OSABI_SYSV = 0, ELF_OSABI_GNU = 3 };
enum { ELF_ET_REL = 1, ELF_ET_EXEC = 2, ELF_ET_DYN = 3, ELF_ET_CORE = 4 };
enum { ELF_EM_X86_64 = 62 };

enum {
    ELF_PT_NULL = 0,
    ELF_PT_LOAD = 1,
    ELF_PT_DYNAMIC = 2,
    ELF_PT_INTERP = 3,
    ELF_PT_NOTE = 4,
    ELF_PT_PHDR = 6,
    ELF_PT_TLS = 7,
    ELF_PT_GNU_STACK = 0x6474e551,
    ELF_PT_GNU_RELRO = 0x6474e552
};
enum { ELF_PF_X = 1, ELF_PF_W = 2, ELF_PF_R = 4 };

enum {
    ELF_DT_NULL = 0,
    ELF_DT_NEEDED = 1,
    ELF_DT_PLTRELSZ = 2,
    ELF_DT_HASH = 4,
    ELF_DT_STRTAB = 5,
    ELF_DT_SYMTAB = 6,
    ELF_DT_RELA = 7,
    ELF_DT_RELASZ = 8,
    ELF_DT_RELAENT = 9,
    ELF_DT_STRSZ = 10,
    ELF_DT_SYMENT = 11,
    ELF_DT_SONAME = 14,
    ELF_DT_REL = 17,
    ELF_DT_PLTREL = 20,
    ELF_DT_DEBUG = 21,
    ELF_DT_TEXTREL = 22,
    ELF_DT_JMPREL = 23,
    ELF_DT_FLAGS = 30,
    ELF_DT_RELRSZ = 35,
    ELF_DT_RELR = 36,
    ELF_DT_RELRENT = 37,
    ELF_DT_GNU_HASH = 0x6ffffef5,
    ELF_DT_VERSYM = 0x6ffffff0,
    ELF_DT_RELACOUNT = 0x6ffffff9,
    ELF_DT_FLAGS_1 = 0x6ffffffb
};
enum { ELF_DF_TEXTREL = 4 };

enum { ELF_SHN_UNDEF = 0, ELF_SHN_ABS = 0xfff1 };
enum { ELF_STB_LOCAL = 0, ELF_STB_GLOBAL = 1, ELF_STB_WEAK = 2, ELF_STB_GNU_UNIQUE = 10 };
enum { ELF_STT_NOTYPE = 0, ELF_STT_OBJECT = 1, ELF_STT_FUNC = 2, ELF_STT_TLS = 6, ELF_STT_GNU_IFUNC = 10 };
enum { ELF_STV_DEFAULT = 0, ELF_STV_PROTECTED = 3 };

/* Relocations that may occur in a linked x86-64 file; elf_relocation_name has the names of all there are. */
enum {
    ELF_R_X86_64_NONE = 0,
    ELF_R_X86_64_64 = 1,
    ELF_R_X86_64_COPY = 5,
    ELF_R_X86_64_GLOB_DAT = 6,
    ELF_R_X86_64_JUMP_SLOT = 7,
    ELF_R_X86_64_RELATIVE = 8,
    ELF_R_X86_64_DTPMOD64 = 16,
    ELF_R_X86_64_DTPOFF64 = 17,
    ELF_R_X86_64_TPOFF64 = 18,
    ELF_R_X86_64_TLSDESC = 36,
    ELF_R_X86_64_IRELATIVE = 37
};

#endif
