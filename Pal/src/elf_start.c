/* SPDX-License-Identifier: MIT */
/* Builds the stack on which a UNIX process starts: arguments, environment, auxiliary vector. Knows no host.
 * source: System V ABI, x86-64 supplement 3.4.1 "Initial Stack and Register State". */
#include "manifest_keys.h"
#include "manifest_value.h"
#include "pal_boot.h"
#include "pal_log.h"
#include "pal_memory.h"
#include "pal_string.h"

#define STACK_SIZE_DEFAULT ((uint64_t)8 << 20)
#define STACK_SIZE_MIN     ((uint64_t)64 << 10)
#define STACK_SIZE_MAX     ((uint64_t)1 << 40)
/* The part of the stack that the strings and their pointers may take, as on Linux. */
#define STRINGS_PART 4

enum {
    AT_NULL = 0,
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_PAGESZ = 6,
    AT_BASE = 7,
    AT_FLAGS = 8,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_PLATFORM = 15,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
    AT_HWCAP2 = 26,
    AT_EXECFN = 31,
    AT_MINSIGSTKSZ = 51
};

struct aux {
    uint64_t type, value;
};

#define AUX_COUNT   20
#define RANDOM_SIZE 16

/* What lies at the top of the stack, apart from the arguments and the environment. */
struct stack_top {
    unsigned char random[RANDOM_SIZE];
    char platform[16];
};

static int stack_size(struct boot *boot, uint64_t *out)
{
    const struct manifest *manifest = &boot->manifest;
    const struct manifest_entry *entry = manifest_find(manifest, "sys.stack.size");
    const uint64_t mask = pal_alignment() - 1;
    uint64_t size = STACK_SIZE_DEFAULT;
    int error = manifest_get_size(manifest, entry, &size, &boot->fault);
    if (error >= 0 && (size < STACK_SIZE_MIN || size > STACK_SIZE_MAX))
        error = manifest_refuse(manifest, entry, "a size from 64K to 1024G", &boot->fault);
    if (error < 0)
        return boot_complain(boot, error);
    *out = (size + mask) & ~mask;
    return 0;
}

/* A guard page and the stack above it. out_end: its upper end. */
static int alloc_stack(uint64_t size, uintptr_t *out_end)
{
    const size_t guard = pal_alignment();
    void *base = NULL;
    int error = _DkVirtualMemoryAlloc(&base, size + guard, PAL_ALLOC_RESERVE, PAL_PROT_NONE);
    void *stack = (char *)base + guard;
    if (error == 0)
        error = _DkVirtualMemoryAlloc(&stack, size, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    if (error == 0)
        *out_end = (uintptr_t)stack + size;
    return error;
}

static void put_auxv(struct aux *aux, const struct boot *boot, const struct stack_top *top,
                     const struct pal_host_facts *facts, uint64_t name)
{
    static const struct elf_object none;
    const struct elf_object *object = boot->executable ? boot->executable : &none;
    const struct elf_layout *layout = &object->layout;
    const struct aux vector[AUX_COUNT] = {
        {AT_PHDR, layout->phdr_vaddr ? object->bias + layout->phdr_vaddr : 0},
        {AT_PHENT, sizeof(struct elf64_phdr)},
        {AT_PHNUM, layout->phdr_count},
        {AT_PAGESZ, pal_alignment()},
        {AT_BASE, 0},
        {AT_FLAGS, 0},
        {AT_ENTRY, layout->entry ? object->bias + layout->entry : 0},
        {AT_UID, facts->uid},
        {AT_EUID, facts->euid},
        {AT_GID, facts->gid},
        {AT_EGID, facts->egid},
        {AT_PLATFORM, (uintptr_t)top->platform},
        {AT_HWCAP, facts->hwcap},
        {AT_HWCAP2, facts->hwcap2},
        {AT_CLKTCK, facts->clock_ticks},
        {AT_SECURE, 0},
        {AT_RANDOM, (uintptr_t)top->random},
        {AT_EXECFN, name},
        {AT_MINSIGSTKSZ, facts->min_signal_stack},
        {AT_NULL, 0},
    };
    memcpy(aux, vector, sizeof(vector));
}

/* Fill the stack below end; the counts are known. */
static int fill_stack(struct boot *boot, uintptr_t end, const struct string_sink *arguments,
                      const struct string_sink *environment, void **out_stack)
{
    struct pal_host_facts facts = {0};
    _DkGetHostFacts(&facts);
    struct stack_top *top = (struct stack_top *)(end - sizeof(*top));
    const char *platform = facts.platform ? facts.platform : "";
    memcpy(top->platform, platform, strnlen(platform, sizeof(top->platform) - 1));
    int error = 0;
    if (facts.random)
        memcpy(top->random, facts.random, sizeof(top->random));
    else
        error = _DkRandomBitsRead(top->random, sizeof(top->random));
    if (error < 0) {
        pal_log(PAL_LOG_ERROR, "%s: no random bits: %s", boot->file, pal_error_text(error));
        return error;
    }
    char *text = (char *)top - arguments->size - environment->size;
    const size_t words = 1 + arguments->count + 1 + environment->count + 1 + (size_t)AUX_COUNT * 2;
    uint64_t *stack = (uint64_t *)(((uintptr_t)text - words * sizeof(uint64_t)) & ~(uintptr_t)15);
    struct string_sink to_argv = {.pointers = stack + 1, .text = text};
    struct string_sink to_envp = {.pointers = stack + 1 + arguments->count + 1, .text = text + arguments->size};
    stack[0] = arguments->count;
    error = boot_emit_arguments(boot, &to_argv);
    if (error == 0)
        error = boot_emit_environment(boot, &to_envp);
    put_auxv((struct aux *)(to_envp.pointers + environment->count + 1), boot, top, &facts, stack[1]);
    *out_stack = stack;
    return error;
}

int boot_build_stack(struct boot *boot, void **out_stack)
{
    struct string_sink arguments = {0}, environment = {0};
    uint64_t size = 0;
    uintptr_t end = 0;
    int error = stack_size(boot, &size);
    if (error == 0)
        error = boot_emit_arguments(boot, &arguments);
    if (error == 0)
        error = boot_emit_environment(boot, &environment);
    if (error < 0)
        return error;
    const uint64_t pointers = (arguments.count + environment.count) * sizeof(uint64_t);
    if (arguments.size + environment.size + pointers > size / STRINGS_PART) {
        pal_log(PAL_LOG_ERROR,
                "%s: arguments and environment take %lu bytes, more than a quarter of the stack (%lu bytes)",
                boot->file, arguments.size + environment.size + pointers, size);
        return -PAL_ERROR_TOOBIG;
    }
    error = alloc_stack(size, &end);
    if (error < 0) {
        pal_log(PAL_LOG_ERROR, "%s: no memory for its stack of %lu bytes: %s", boot->file, size, pal_error_text(error));
        return error;
    }
    boot->stack = (struct pal_range){.address = (void *)(end - size), .size = size};
    return fill_stack(boot, end, &arguments, &environment, out_stack);
}
