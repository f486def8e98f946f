/* SPDX-License-Identifier: MIT */
/* Guest: prints its auxiliary vector, one entry a line, and says what of it is wrong. */
#include "elf64.h"
#include "guest.h"
#include "pal_string.h"
#include "symbols.h"

enum { AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_ENTRY = 9, AT_PLATFORM = 15, AT_RANDOM = 25, AT_EXECFN = 31 };

struct aux {
    uint64_t type, value;
};

static void check_headers(uint64_t type, uint64_t value)
{
    const struct elf64_ehdr *header = (const void *)__ehdr_start;
    if (type == AT_PHDR && value != (uintptr_t)__ehdr_start + header->e_phoff)
        say("AT_PHDR is wrong\n");
    if (type == AT_PHENT && value != header->e_phentsize)
        say("AT_PHENT is wrong\n");
    if (type == AT_PHNUM && value != header->e_phnum)
        say("AT_PHNUM is wrong\n");
    if (type == AT_ENTRY && value != (uintptr_t)&_start)
        say("AT_ENTRY is wrong\n");
}

static void print(uint64_t type, uint64_t value)
{
    uint64_t random[2];
    if (type == AT_EXECFN || type == AT_PLATFORM) {
        say("%lu [%s]\n", type, (const char *)value);
    } else if (type == AT_RANDOM) {
        memcpy(random, (const void *)value, sizeof(random));
        say("%lu %016lx%016lx\n", type, random[0], random[1]);
    } else {
        say("%lu %lu\n", type, value);
    }
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv;
    while (*envp++)
        ;
    const struct aux *aux = (const void *)envp;
    for (; aux->type; aux++) {
        check_headers(aux->type, aux->value);
        print(aux->type, aux->value);
    }
    return 0;
}
