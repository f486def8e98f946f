/* SPDX-License-Identifier: MIT */
/* Clock, random bits, instruction cache. */
#include "pal_host.h"

/* Step 4. The time of day in UTC, not the time since the host started. */
int _DkSystemTimeQuery(uint64_t *out_us)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Optional: what the user of the host masks of the permissions of created files; 0 = nothing. */
PAL_FLG _DkTakeCreationMask(void)
{
    return 0;
}

/* Optional: what whoever started the program has set for it: limits, signals to ignore, and how the standard streams were
 * opened; told = PAL_FALSE if the host has no such thing. */
void _DkTakeStarter(PAL_STARTER *out)
{
    *out = (PAL_STARTER){.told = PAL_FALSE};
}

/* Optional: functions for the program that need no host call (PAL_CONTROL): the clock, and the number of the processor. */
void _DkGetHelpers(void **out_clock_gettime, void **out_getcpu)
{
    *out_clock_gettime = NULL;
    *out_getcpu = NULL;
}

/* Step 2: canary, instance and the program's AT_RANDOM are made of it. Bits fit for cryptography or IO, never a
 * substitute; interruptions do not shorten it. */
int _DkRandomBitsRead(void *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. On x86 a serialising instruction does; elsewhere a host call. */
int _DkInstructionCacheFlush(const void *address, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}
