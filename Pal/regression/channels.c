/* SPDX-License-Identifier: MIT */
/* What the programs for the memory channel share. Stands on the Host ABI alone. */
#include "channels.h"

PAL_NUM page(void)
{
    return pal_control.alloc_align;
}

char *allocate(PAL_NUM size)
{
    return DkVirtualMemoryAlloc(NULL, size, 0, RW);
}

void fill(char *memory, PAL_NUM size, int seed)
{
    for (PAL_NUM offset = 0; offset < size; offset += page()) {
        memory[offset] = (char)(seed + (int)(offset / page()));
        memory[offset + page() - 1] = (char)(seed * 3);
    }
}

bool is_filled(const char *memory, PAL_NUM size, int seed)
{
    for (PAL_NUM offset = 0; offset < size; offset += page()) {
        if (memory[offset] != (char)(seed + (int)(offset / page())) || memory[offset + page() - 1] != (char)(seed * 3))
            return false;
    }
    return true;
}

PAL_HANDLE open_channel(PAL_NUM key, PAL_FLG options)
{
    return DkStreamOpen(text("gipc:%lu", key), PAL_ACCESS_RDWR, 0, 0, options);
}

bool commit(PAL_HANDLE channel, char *address, PAL_NUM size, PAL_FLG flags)
{
    PAL_PTR addresses[] = {address};
    return DkPhysicalMemoryCommit(channel, 1, addresses, &size, flags) == 1;
}

char *map(PAL_HANDLE channel, char *address, PAL_NUM size, PAL_FLG prot)
{
    PAL_PTR addresses[] = {address};
    return DkPhysicalMemoryMap(channel, 1, addresses, &size, &prot) == 1 ? addresses[0] : NULL;
}

PAL_HANDLE open_given(const char *argument)
{
    return DkStreamOpen(text("gipc:%s", argument), PAL_ACCESS_RDWR, 0, 0, 0);
}

int play_sparse(char *argument)
{
    const char *memory = map(open_given(argument), NULL, GB, RW);
    if (!memory)
        return 1;
    for (PAL_NUM offset = 0; offset < GB; offset += GB / 16) {
        if (memory[offset] != 's' || memory[offset + page()] != 0)
            return 2;
    }
    return 0;
}
