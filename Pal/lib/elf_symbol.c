/* SPDX-License-Identifier: MIT */
/* Symbols and the two kinds of hash table that lead to them.
 * Must not trust an index or an offset that it read: each is checked when it is followed. */
#include "elf_symbol.h"

#include "pal_error.h"
#include "pal_string.h"

#include <stdbool.h>

/* gABI 4.1 chapter 5 "Hash Table": words nbucket, nchain, the buckets, the chains. */
int elf_open_hash(const struct elf_image *image, uint64_t vaddr, struct elf_hash *out_hash, struct elf_fault *fault)
{
    const uint32_t *words = elf_image_at(image, vaddr, 8, ELF_PF_R);
    uint64_t size;

    if (vaddr % 4)
        return elf_fault(fault, "DT_HASH: 0x%lx is not aligned to 4", vaddr);
    if (!words)
        return elf_fault(fault, "DT_HASH: 0x%lx+0x8 is outside the image", vaddr);
    out_hash->bucket_count = words[0];
    out_hash->chain_count = words[1];
    if (out_hash->bucket_count == 0)
        return elf_fault(fault, "DT_HASH: no buckets");
    size = 8 + 4 * ((uint64_t)out_hash->bucket_count + out_hash->chain_count);
    if (!elf_image_at(image, vaddr, size, ELF_PF_R))
        return elf_fault(fault, "DT_HASH: 0x%lx+0x%lx is outside the image", vaddr, size);
    out_hash->buckets = words + 2;
    out_hash->chains = out_hash->buckets + out_hash->bucket_count;
    return 0;
}

/* Words nbuckets, symoffset, bloom_size, bloom_shift; 64-bit filter words; the buckets; the chains, without a count. */
int elf_open_gnu_hash(const struct elf_image *image, uint64_t vaddr, uint32_t symbol_limit,
                      struct elf_gnu_hash *out_hash, struct elf_fault *fault)
{
    uint64_t room = elf_image_room(image, vaddr, ELF_PF_R);
    const uint32_t *words = elf_image_at(image, vaddr, 16, ELF_PF_R);
    uint64_t size;
    uint64_t chains;

    if (vaddr % 8)
        return elf_fault(fault, "DT_GNU_HASH: 0x%lx is not aligned to 8", vaddr);
    if (!words)
        return elf_fault(fault, "DT_GNU_HASH: 0x%lx+0x10 is outside the image", vaddr);
    out_hash->bucket_count = words[0];
    out_hash->first_symbol = words[1];
    out_hash->bloom_mask = words[2] - 1;
    out_hash->bloom_shift = words[3];
    if (out_hash->bucket_count == 0)
        return elf_fault(fault, "DT_GNU_HASH: no buckets");
    if (words[2] == 0 || words[2] & out_hash->bloom_mask)
        return elf_fault(fault, "DT_GNU_HASH: 0x%x filter words, not a power of two", words[2]);
    if (out_hash->bloom_shift > 31)
        return elf_fault(fault, "DT_GNU_HASH: shift 0x%x of a 32-bit value", out_hash->bloom_shift);
    if (out_hash->first_symbol > symbol_limit)
        return elf_fault(fault, "DT_GNU_HASH: starts with symbol %u of %u", out_hash->first_symbol, symbol_limit);
    size = 16 + 8 * (uint64_t)words[2] + 4 * (uint64_t)out_hash->bucket_count;
    if (size > room)
        return elf_fault(fault, "DT_GNU_HASH: 0x%lx+0x%lx is outside the image", vaddr, size);

    out_hash->bloom = elf_image_at(image, vaddr + 16, 8 * (uint64_t)words[2], ELF_PF_R);
    out_hash->buckets = words + 4 + 2 * (size_t)words[2];
    out_hash->chains = out_hash->buckets + out_hash->bucket_count;
    chains = (room - size) / sizeof(uint32_t);
    out_hash->chain_count = symbol_limit - out_hash->first_symbol;
    if (out_hash->chain_count > chains)
        out_hash->chain_count = (uint32_t)chains;
    return 0;
}

static int bad_index(const char *table, uint32_t number, struct elf_fault *fault)
{
    return elf_fault(fault, "%s: leads to symbol %u, which it does not have", table, number);
}

int64_t elf_symbol_count(const struct elf_dynamic *dynamic, struct elf_fault *fault)
{
    const struct elf_gnu_hash *hash = &dynamic->gnu_hash;
    uint32_t last = 0;
    uint32_t chain;

    if (dynamic->hash.bucket_count || !hash->bucket_count)
        return dynamic->symbol_limit;
    for (uint32_t i = 0; i < hash->bucket_count; i++)
        if (hash->buckets[i] > last)
            last = hash->buckets[i];
    /* Without any hashed symbol first_symbol says nothing: GNU ld writes 1 however many undefined ones there are. */
    if (last == 0)
        return dynamic->symbol_limit;
    /* If last is below first_symbol, the difference wraps to beyond any count. */
    for (chain = last - hash->first_symbol; chain < hash->chain_count; chain++)
        if (hash->chains[chain] & 1)
            return (int64_t)hash->first_symbol + chain + 1;
    return bad_index("DT_GNU_HASH", hash->first_symbol + chain, fault);
}

int elf_symbol_get(const struct elf_dynamic *dynamic, uint32_t number, struct elf_symbol *out_symbol,
                   struct elf_fault *fault)
{
    struct elf64_sym symbol;
    const char *name;

    if (number >= dynamic->symbol_limit)
        return elf_fault(fault, "symbol %u: the symbol table has at most %u", number, dynamic->symbol_limit);
    symbol = dynamic->symbols[number];
    name = elf_string(dynamic, symbol.st_name);
    if (!name)
        return elf_fault(fault, "symbol %u: name 0x%x is outside the string table", number, symbol.st_name);
    *out_symbol = (struct elf_symbol){.name = name,
                                      .value = symbol.st_value,
                                      .size = symbol.st_size,
                                      .number = number,
                                      .section = symbol.st_shndx,
                                      .type = symbol.st_info & 15,
                                      .binding = symbol.st_info >> 4,
                                      .visibility = symbol.st_other & 3};
    return 0;
}

/* Whether others may see the definition. */
static bool is_exported(const struct elf64_sym *symbol)
{
    unsigned binding = symbol->st_info >> 4;
    unsigned visibility = symbol->st_other & 3;

    return symbol->st_shndx != ELF_SHN_UNDEF &&
           (binding == ELF_STB_GLOBAL || binding == ELF_STB_WEAK || binding == ELF_STB_GNU_UNIQUE) &&
           (visibility == ELF_STV_DEFAULT || visibility == ELF_STV_PROTECTED);
}

/* The end of the image is a value, too: `_end` and its like. */
static int check_value(const struct elf_image *image, const struct elf_symbol *symbol, struct elf_fault *fault)
{
    const struct elf_layout *layout = image->layout;
    bool inside;

    if (symbol->section == ELF_SHN_ABS)
        return 0;
    if (symbol->type == ELF_STT_TLS)
        inside = symbol->value <= layout->tls.memsz;
    else
        inside = symbol->value >= layout->span_start && symbol->value <= layout->span_end;
    if (!inside)
        return elf_fault(fault, "symbol %u: value 0x%lx of %.64s is outside the image", symbol->number, symbol->value,
                         symbol->name);
    return 0;
}

/* What is sought, and where the answer goes. */
struct search {
    const struct elf_image *image;
    const struct elf_dynamic *dynamic;
    const char *name;
    struct elf_symbol *out_symbol;
    struct elf_fault *fault;
};

/* Returns 1 if the symbol is the one, 0 if not, or -PAL_ERROR_NOEXEC. */
static int match(const struct search *search, uint32_t number)
{
    int ret;

    if (number < search->dynamic->symbol_limit && !is_exported(&search->dynamic->symbols[number]))
        return 0;
    ret = elf_symbol_get(search->dynamic, number, search->out_symbol, search->fault);
    if (ret < 0 || !streq(search->out_symbol->name, search->name))
        return ret;
    ret = check_value(search->image, search->out_symbol, search->fault);
    return ret < 0 ? ret : 1;
}

/* A filter word has two bits set for each name that is there. A chain has the hashes of successive symbols with bit 0
 * replaced by "the last of its bucket". */
static int lookup_gnu(const struct search *search)
{
    const struct elf_gnu_hash *table = &search->dynamic->gnu_hash;
    uint32_t hash = 5381;
    uint32_t number;
    uint64_t filter;

    for (const char *s = search->name; *s; s++)
        hash = hash * 33 + (unsigned char)*s;
    filter = table->bloom[(hash / 64) & table->bloom_mask];
    if (!(filter >> (hash % 64) & filter >> ((hash >> table->bloom_shift) % 64) & 1))
        return 0;
    number = table->buckets[hash % table->bucket_count];
    if (number == 0)
        return 0;
    for (; number - table->first_symbol < table->chain_count; number++) {
        uint32_t chain = table->chains[number - table->first_symbol];
        int ret = (chain | 1) == (hash | 1) ? match(search, number) : 0;

        if (ret)
            return ret;
        if (chain & 1)
            return 0;
    }
    return bad_index("DT_GNU_HASH", number, search->fault);
}

static int lookup_sysv(const struct search *search)
{
    const struct elf_hash *table = &search->dynamic->hash;
    uint32_t hash = 0;
    uint32_t number;

    for (const char *s = search->name; *s; s++) {
        hash = (hash << 4) + (unsigned char)*s;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    number = table->buckets[hash % table->bucket_count];
    for (uint32_t steps = 0; number != 0; steps++) {
        int ret;

        if (number >= table->chain_count)
            return bad_index("DT_HASH", number, search->fault);
        if (steps == table->chain_count)
            return elf_fault(search->fault, "DT_HASH: the chain of %.64s is a circle", search->name);
        if ((ret = match(search, number)) != 0)
            return ret;
        number = table->chains[number];
    }
    return 0;
}

static int lookup_all(const struct search *search)
{
    for (uint32_t number = 1; number < search->dynamic->symbol_limit; number++) {
        int ret = match(search, number);

        if (ret)
            return ret;
    }
    return 0;
}

int elf_lookup(const struct elf_image *image, const struct elf_dynamic *dynamic, const char *name,
               struct elf_symbol *out_symbol, struct elf_fault *fault)
{
    const struct search search = {image, dynamic, name, out_symbol, fault};
    int ret;

    if (dynamic->gnu_hash.bucket_count)
        ret = lookup_gnu(&search);
    else if (dynamic->hash.bucket_count)
        ret = lookup_sysv(&search);
    else
        ret = lookup_all(&search);
    if (ret < 0)
        return ret;
    return ret ? 0 : -PAL_ERROR_NOTDEFINED;
}
