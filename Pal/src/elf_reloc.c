/* SPDX-License-Identifier: MIT */
/* Relocates the mapped objects, when all of them are there. Knows no file. */
#include "elf_object.h"
#include "elf_relocation.h"
#include "elf_symbol.h"
#include "pal_log.h"
#include "pal_memory.h"

typedef uint64_t place_t __attribute__((aligned(1), may_alias));

PAL_LARGE static struct elf_fault g_fault;

/* The address that an object's symbol stands for; 0 if nothing defines it. */
static int symbol_address(const struct elf_object *objects, const struct elf_object *object, uint32_t number,
                          uintptr_t *out_address)
{
    struct elf_symbol symbol;
    const struct elf_object *culprit = object;
    if (elf_symbol_get(&object->dynamic, number, &symbol, &g_fault) < 0)
        return elf_complain(object, &g_fault);
    if (symbol.binding == ELF_STB_LOCAL || (symbol.visibility != ELF_STV_DEFAULT && symbol.section != ELF_SHN_UNDEF)) {
        *out_address = symbol.section == ELF_SHN_ABS ? symbol.value : object->bias + symbol.value;
        return 0;
    }
    if (elf_resolve(objects, symbol.name, out_address, &culprit, &g_fault) < 0)
        return elf_complain(culprit, &g_fault);
    if (*out_address == 0)
        pal_log(PAL_LOG_DEBUG, "%s: symbol %s is left unresolved", object->uri, symbol.name);
    return 0;
}

static int refuse(const struct elf_object *object, const struct elf_relocation *relocation)
{
    const int error = elf_fault(&g_fault, "relocation %lu: type %u (%s) is not supported", relocation->number,
                                relocation->type, elf_relocation_name(relocation->type));
    return error < 0 ? elf_complain(object, &g_fault) : error;
}

/* Apply one relocation. IRELATIVE calls into the object and is for the last pass. */
static int apply(const struct elf_object *objects, const struct elf_object *object,
                 const struct elf_relocation *relocation)
{
    place_t *place = (place_t *)(object->bias + relocation->offset);
    uintptr_t address = 0;
    int error;
    switch (relocation->type) {
    case ELF_R_X86_64_NONE:
    case ELF_R_X86_64_IRELATIVE:
        return 0;
    case ELF_R_X86_64_RELATIVE:
        *place = object->bias + (uint64_t)relocation->addend;
        return 0;
    case ELF_R_X86_64_GLOB_DAT:
    case ELF_R_X86_64_JUMP_SLOT:
    case ELF_R_X86_64_64:
        error = symbol_address(objects, object, relocation->symbol, &address);
        if (error == 0 && address)
            *place = address + (relocation->type == ELF_R_X86_64_64 ? (uint64_t)relocation->addend : 0);
        return error;
    default:
        return refuse(object, relocation);
    }
}

static int relocate(const struct elf_object *objects, struct elf_object *object)
{
    struct elf_relr_walk relr = {.image = &object->image, .dynamic = &object->dynamic};
    struct elf_relocation_walk walk = {.image = &object->image, .dynamic = &object->dynamic};
    struct elf_relocation relocation;
    uint64_t offset;
    int more;
    /* An object that lies where it was linked for has the right values in place. */
    while ((more = object->bias ? elf_next_relr(&relr, &offset, &g_fault) : 0) > 0)
        *(place_t *)(object->bias + offset) += object->bias;
    while (more == 0 && (more = elf_next_relocation(&walk, &relocation, &g_fault)) > 0) {
        object->chooses |= relocation.type == ELF_R_X86_64_IRELATIVE;
        const int error = apply(objects, object, &relocation);
        if (error < 0)
            return error;
        more = 0;
    }
    return more < 0 ? elf_complain(object, &g_fault) : 0;
}

/* Let the object's own functions choose the addresses that it left to them. */
static int relocate_indirect(const struct elf_object *object)
{
    struct elf_relocation_walk walk = {.image = &object->image, .dynamic = &object->dynamic};
    struct elf_relocation relocation;
    int more = 0;
    while (object->chooses && (more = elf_next_relocation(&walk, &relocation, &g_fault)) > 0) {
        if (relocation.type != ELF_R_X86_64_IRELATIVE)
            continue;
        if (!elf_image_at(&object->image, (uint64_t)relocation.addend, 1, ELF_PF_X)) {
            more = elf_fault(&g_fault, "relocation %lu: resolver 0x%lx of R_X86_64_IRELATIVE is not code",
                             relocation.number, (uint64_t)relocation.addend);
            break;
        }
        uintptr_t (*resolver)(void) = (uintptr_t(*)(void))(object->bias + (uint64_t)relocation.addend);
        *(place_t *)(object->bias + relocation.offset) = resolver();
    }
    return more < 0 ? elf_complain(object, &g_fault) : 0;
}

static int protect_relro(const struct elf_object *object)
{
    const struct elf_part *relro = &object->layout.relro;
    const uint64_t mask = pal_alignment() - 1;
    if (!relro->present)
        return 0;
    const uintptr_t start = object->bias + (relro->vaddr & ~mask);
    const uintptr_t end = (object->bias + relro->vaddr + relro->memsz) & ~mask;
    const int error = end > start ? _DkVirtualMemoryProtect((void *)start, end - start, PAL_PROT_READ) : 0;
    if (error < 0)
        pal_log(PAL_LOG_ERROR, "%s: cannot make relocated data read-only: %s", object->uri, pal_error_text(error));
    return error;
}

/* An object that sets aside room for it learns where the list of loaded objects is (ELF gABI ch.5, DT_DEBUG): a library OS
 * adds what it loads. */
static int tell_list(const struct elf_object *object)
{
    if (object->dynamic.debug_vaddr)
        *(uintptr_t *)(object->bias + object->dynamic.debug_vaddr) = (uintptr_t)&pal_r_debug;
    return 0;
}

int elf_relocate_all(struct elf_object *objects)
{
    static int (*const last_passes[])(const struct elf_object *) = {relocate_indirect, tell_list, protect_relro};
    int error = 0;
    for (struct elf_object *object = objects; error == 0 && object; object = object->next)
        error = object->left_alone ? 0 : relocate(objects, object);
    for (unsigned i = 0; i < sizeof(last_passes) / sizeof(last_passes[0]); i++) {
        for (const struct elf_object *object = objects; error == 0 && object; object = object->next)
            error = object->left_alone ? 0 : last_passes[i](object);
    }
    return error;
}
