/* SPDX-License-Identifier: MIT */
/* The channel that moves memory between processes, all of it for step 4. Knows nothing of what is in the memory. */
#include "pal_host.h"

/* Step 4. The key is unique within the instance and means nothing outside. NOMEM, TOOMANY. */
int _DkCreatePhysicalMemoryChannel(PAL_HANDLE *out, uint64_t *out_key)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. The ranges as they are now, copy-on-write where the host can, copied where not. Returns how many it sent.
 * PAL_COMMIT_CHILD allows to do nothing before the child is made; a host whose processes are copies of each other need
 * not copy then. */
int64_t _DkPhysicalMemoryCommit(PAL_HANDLE channel, size_t count, const struct pal_range *ranges, PAL_FLG flags)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. In the order of sending; INVAL if a size is not the one sent, CONNFAILED if the sender has gone with less
 * than all. NULL addresses are chosen inside the user's range and reported. Returns how many were mapped. */
int64_t _DkPhysicalMemoryMap(PAL_HANDLE channel, size_t count, struct pal_range *ranges)
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
