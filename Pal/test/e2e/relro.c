/* SPDX-License-Identifier: MIT */
/* Guest: writes to data that is to be read-only after relocation. */
#include "guest.h"

static const char *const g_pointers[] = {"one", "two"};

int main(void)
{
    volatile uintptr_t *first = (volatile uintptr_t *)(uintptr_t)g_pointers;
    say("%s\n", g_pointers[*first == 0]);
    *first = 0;
    say("survived\n");
    return 0;
}
