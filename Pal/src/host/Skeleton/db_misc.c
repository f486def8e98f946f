/* SPDX-License-Identifier: MIT */
/* Clock, random bits, instruction cache, and the channel that moves memory between processes. */
#include "pal_host.h"

/* Step 4. The time of day in UTC, not the time since the host started. */
int _DkSystemTimeQuery(uint64_t *out_us)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
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

/* Step 4. The key is unique within the instance and means nothing outside. NOMEM, TOOMANY. */
int _DkCreatePhysicalMemoryChannel(PAL_HANDLE *out, uint64_t *out_key)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The ranges as they are now, copy-on-write where the host can, copied where not. Returns how many it sent. */
int64_t _DkPhysicalMemoryCommit(PAL_HANDLE channel, size_t entries, void *const *addresses, const uint64_t *sizes)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. In the order of sending; INVAL if a size is not the one sent, CONNFAILED if the sender has gone with less
 * than all. NULL addresses are chosen inside the user's range and reported. Returns how many were mapped. */
int64_t _DkPhysicalMemoryMap(PAL_HANDLE channel, size_t entries, void **addresses, const uint64_t *sizes,
                             const PAL_FLG *prots)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. gipc:KEY, uri->id is the key; STREAMNOTEXIST if the instance has no such channel. */
static int gipc_open(PAL_HANDLE *out, const struct uri *uri, PAL_FLG access, PAL_FLG share, PAL_FLG create,
                     PAL_FLG options)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. What was sent and not yet mapped goes with the last handle. */
static void gipc_close(PAL_HANDLE handle)
{
}

/* Step 4. gipc:KEY, which another process of the instance can open. */
static int64_t gipc_getname(PAL_HANDLE handle, char *buffer, size_t size)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

const struct handle_ops gipc_ops = {
    .open = gipc_open,
    .close = gipc_close,
    .getname = gipc_getname,
};
