/* SPDX-License-Identifier: MIT */
/* Fault texts and the names that occur in them.
 * Must not know which rules there are: each rule words its own fault. */
#include "elf_fault.h"

#include "format.h"
#include "pal_error.h"

#include <stdarg.h>
#include <stddef.h>

int elf_fault(struct elf_fault *fault, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)format_string_v(fault->text, sizeof(fault->text), fmt, ap);
    va_end(ap);
    /* Names come from the file: none may move the cursor of a terminal or start a line of its own. */
    for (char *s = fault->text; *s; s++)
        if (*s < ' ' || *s > '~')
            *s = '?';
    return -PAL_ERROR_NOEXEC;
}

const char *elf_relocation_name(uint32_t type)
{
    /* x86-64 psABI table 4.9; 39 and 40 were withdrawn. */
    static const char *const names[] = {
        "R_X86_64_NONE",
        "R_X86_64_64",
        "R_X86_64_PC32",
        "R_X86_64_GOT32",
        "R_X86_64_PLT32",
        "R_X86_64_COPY",
        "R_X86_64_GLOB_DAT",
        "R_X86_64_JUMP_SLOT",
        "R_X86_64_RELATIVE",
        "R_X86_64_GOTPCREL",
        "R_X86_64_32",
        "R_X86_64_32S",
        "R_X86_64_16",
        "R_X86_64_PC16",
        "R_X86_64_8",
        "R_X86_64_PC8",
        "R_X86_64_DTPMOD64",
        "R_X86_64_DTPOFF64",
        "R_X86_64_TPOFF64",
        "R_X86_64_TLSGD",
        "R_X86_64_TLSLD",
        "R_X86_64_DTPOFF32",
        "R_X86_64_GOTTPOFF",
        "R_X86_64_TPOFF32",
        "R_X86_64_PC64",
        "R_X86_64_GOTOFF64",
        "R_X86_64_GOTPC32",
        "R_X86_64_GOT64",
        "R_X86_64_GOTPCREL64",
        "R_X86_64_GOTPC64",
        "R_X86_64_GOTPLT64",
        "R_X86_64_PLTOFF64",
        "R_X86_64_SIZE32",
        "R_X86_64_SIZE64",
        "R_X86_64_GOTPC32_TLSDESC",
        "R_X86_64_TLSDESC_CALL",
        "R_X86_64_TLSDESC",
        "R_X86_64_IRELATIVE",
        "R_X86_64_RELATIVE64",
        NULL,
        NULL,
        "R_X86_64_GOTPCRELX",
        "R_X86_64_REX_GOTPCRELX",
    };

    if (type >= sizeof(names) / sizeof(names[0]) || !names[type])
        return "unknown";
    return names[type];
}
