/* SPDX-License-Identifier: MIT */
/* Finds what a name means: first the Host ABI, then the loaded objects. Knows no relocation. */
#include "elf_object.h"
#include "elf_symbol.h"
#include "pal_abi_table.h"
#include "pal_control.h"
#include "pal_exception.h"
#include "pal_string.h"

/* The Host ABI's address of a name, or 0. */
static uintptr_t abi_address(const char *name)
{
    size_t low = 0, high = PAL_ABI_COUNT;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strcmp(name, pal_abi_table[middle].name);
        if (order == 0)
            return (uintptr_t)pal_abi_table[middle].address;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

/* The definition in one object, or 0. */
static int look_in(const struct elf_object *object, const char *name, uintptr_t *out_address, struct elf_fault *fault)
{
    struct elf_symbol symbol = {0};
    const int error = elf_lookup(&object->image, &object->dynamic, name, &symbol, fault);
    if (error == -PAL_ERROR_NOTDEFINED)
        return 0;
    if (error < 0)
        return error;
    if (symbol.type == ELF_STT_TLS || symbol.type == ELF_STT_GNU_IFUNC)
        return elf_fault(fault, "symbol %s: of a type that is not supported (%u)", name, symbol.type);
    *out_address = symbol.section == ELF_SHN_ABS ? symbol.value : object->bias + symbol.value;
    return 0;
}

int elf_resolve(const struct elf_object *objects, const char *name, uintptr_t *out_address,
                const struct elf_object **out_culprit, struct elf_fault *fault)
{
    *out_address = abi_address(name);
    if (*out_address) {
        pal_control_note_use(*out_address);
        pal_exception_note_use(*out_address);
        return 0;
    }
    /* The executable is last in the list and first in the search. */
    for (int executables = 1; executables >= 0; executables--) {
        for (const struct elf_object *object = objects; object && !*out_address; object = object->next) {
            if (object->is_executable != (executables == 1))
                continue;
            *out_culprit = object;
            const int error = look_in(object, name, out_address, fault);
            if (error < 0)
                return error;
        }
    }
    return 0;
}
