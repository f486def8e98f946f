/* SPDX-License-Identifier: MIT */
/* Guest: `deep N` writes to each page of the N KiB of stack below its frame. */
#include "guest.h"

#define PAGE 4096u

int main(int argc, char **argv)
{
    volatile char here = 1;
    const uint64_t size = argc == 2 ? number(argv[1]) * 1024 : 0;
    for (uint64_t depth = PAGE; depth < size; depth += PAGE)
        *(volatile char *)((uintptr_t)&here - depth) = here;
    say("deep enough\n");
    return 0;
}
