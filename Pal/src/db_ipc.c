/* SPDX-License-Identifier: MIT */
/* Host ABI, the physical memory channel: checks the ranges; the host moves them. Knows no way to share memory. */
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_memory.h"

PAL_HANDLE DkCreatePhysicalMemoryChannel(PAL_NUM *key)
{
    PAL_HANDLE channel = NULL;
    uint64_t number = 0;
    const int error = key ? _DkCreatePhysicalMemoryChannel(&channel, &number) : -PAL_ERROR_BADADDR;
    if (error == 0)
        *key = number;
    return pal_return_handle(error, channel);
}

/* Check all ranges of a call. */
static int check_ranges(size_t entries, PAL_PTR *addrs, const PAL_NUM *sizes, bool must_exist)
{
    if (!addrs || !sizes)
        return -PAL_ERROR_BADADDR;
    for (size_t i = 0; i < entries; i++) {
        if (must_exist && !addrs[i])
            return -PAL_ERROR_INVAL;
        const int error = pal_check_range(addrs[i], sizes[i]);
        if (error < 0)
            return error;
    }
    return entries ? 0 : -PAL_ERROR_INVAL;
}

PAL_NUM DkPhysicalMemoryCommit(PAL_HANDLE channel, PAL_NUM entries, PAL_PTR *addrs, PAL_NUM *sizes, PAL_FLG flags)
{
    int64_t result = pal_handle_get_typed(channel, PAL_TYPE_GIPC);
    if (result == 0) {
        result = flags ? -PAL_ERROR_INVAL : check_ranges(entries, addrs, sizes, true);
        if (result == 0)
            result = _DkPhysicalMemoryCommit(channel, entries, addrs, sizes);
        pal_handle_put(channel);
    }
    return pal_return_count(result);
}

/* Whether all protections are defined ones. */
static int check_protections(size_t entries, const PAL_FLG *prots)
{
    for (size_t i = 0; i < entries; i++) {
        if (prots[i] & ~PAL_PROT_FLAGS)
            return -PAL_ERROR_INVAL;
    }
    return 0;
}

PAL_NUM DkPhysicalMemoryMap(PAL_HANDLE channel, PAL_NUM entries, PAL_PTR *addrs, PAL_NUM *sizes, PAL_FLG *prots)
{
    int64_t result = pal_handle_get_typed(channel, PAL_TYPE_GIPC);
    if (result == 0) {
        result = prots ? check_ranges(entries, addrs, sizes, false) : -PAL_ERROR_BADADDR;
        if (result == 0)
            result = check_protections(entries, prots);
        if (result == 0)
            result = _DkPhysicalMemoryMap(channel, entries, addrs, sizes, prots);
        pal_handle_put(channel);
    }
    return pal_return_count(result);
}
