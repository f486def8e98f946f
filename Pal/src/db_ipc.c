/* SPDX-License-Identifier: MIT */
/* Host ABI, the physical memory channel: checks the ranges; the host moves them. Knows no way to share memory. */
#include "pal_exception.h"
#include "pal_handle.h"
#include "pal_memory.h"
#include "pal_user.h"

PAL_HANDLE DkCreatePhysicalMemoryChannel(PAL_NUM *key)
{
    PAL_HANDLE channel = NULL;
    uint64_t number = 0;
    /* Whether the key can be told is known before there is one. */
    int error = pal_user_write(key, &number, sizeof(number));
    if (error == 0)
        error = _DkCreatePhysicalMemoryChannel(&channel, &number);
    if (error == 0)
        error = pal_user_write(key, &number, sizeof(number));
    return pal_return_handle(error, channel);
}

/***** The ranges of a call *****/

struct ranges {
    struct pal_range *array; /* of pal_malloc_any */
    size_t count, size;      /* size: bytes of the array */
};

/* Take one range.
 * prots  NULL for those that are sent; these have an address */
static int take_range(struct pal_range *out, PAL_PTR *address, PAL_NUM *size, PAL_FLG *prot)
{
    int error = pal_user_read(&out->address, address, sizeof(out->address));
    if (error == 0)
        error = pal_user_read(&out->size, size, sizeof(out->size));
    /* An address that is chosen is reported. */
    if (error == 0 && prot && !out->address)
        error = pal_user_write(address, &out->address, sizeof(out->address));
    if (error == 0 && prot)
        error = pal_user_read(&out->prot, prot, sizeof(out->prot));
    if (error == 0 && (out->prot & ~PAL_PROT_FLAGS || (!prot && !out->address)))
        error = -PAL_ERROR_INVAL;
    return error == 0 ? pal_check_range(out->address, out->size) : error;
}

static int take_ranges(struct ranges *out, size_t count, PAL_PTR *addresses, PAL_NUM *sizes, PAL_FLG *prots)
{
    struct ranges ranges = {.count = count};
    int error = 0;
    if (count == 0)
        return -PAL_ERROR_INVAL;
    if (__builtin_mul_overflow(count, sizeof(*ranges.array), &ranges.size))
        return -PAL_ERROR_NOMEM;
    ranges.array = pal_malloc_any(ranges.size);
    if (!ranges.array)
        return -PAL_ERROR_NOMEM;
    for (size_t i = 0; error == 0 && i < count; i++) {
        ranges.array[i] = (struct pal_range){0};
        error = take_range(&ranges.array[i], addresses + i, sizes + i, prots ? prots + i : NULL);
    }
    if (error == 0)
        *out = ranges;
    else
        pal_free_any(ranges.array, ranges.size);
    return error;
}

static int64_t commit(PAL_HANDLE channel, size_t count, PAL_PTR *addresses, PAL_NUM *sizes, PAL_FLG flags)
{
    struct ranges ranges;
    if (flags > PAL_COMMIT_MOVE || (flags == PAL_COMMIT_MOVE && count != 1))
        return -PAL_ERROR_INVAL;
    int64_t result = take_ranges(&ranges, count, addresses, sizes, NULL);
    if (result < 0)
        return result;
    result = _DkPhysicalMemoryCommit(channel, count, ranges.array, flags);
    pal_free_any(ranges.array, ranges.size);
    return result;
}

PAL_NUM DkPhysicalMemoryCommit(PAL_HANDLE channel, PAL_NUM entries, PAL_PTR *addrs, PAL_NUM *sizes, PAL_FLG flags)
{
    int64_t result = pal_handle_get_typed(channel, PAL_TYPE_GIPC);
    if (result == 0) {
        result = commit(channel, entries, addrs, sizes, flags);
        pal_handle_put(channel);
    }
    return pal_return_count(result);
}

static int64_t map(PAL_HANDLE channel, size_t count, PAL_PTR *addresses, PAL_NUM *sizes, PAL_FLG *prots)
{
    struct ranges ranges = {0};
    int64_t result = prots ? take_ranges(&ranges, count, addresses, sizes, prots) : -PAL_ERROR_BADADDR;
    if (result < 0)
        return result;
    result = _DkPhysicalMemoryMap(channel, count, ranges.array);
    for (int64_t i = 0; i < result; i++) {
        PAL_PTR wanted;
        /* The program's table was there when the call began. */
        int error = pal_user_read(&wanted, addresses + i, sizeof(wanted));
        if (error == 0 && !wanted)
            error = pal_user_write(addresses + i, &ranges.array[i].address, sizeof(wanted));
        (void)error;
    }
    pal_free_any(ranges.array, ranges.size);
    return result;
}

PAL_NUM DkPhysicalMemoryMap(PAL_HANDLE channel, PAL_NUM entries, PAL_PTR *addrs, PAL_NUM *sizes, PAL_FLG *prots)
{
    int64_t result = pal_handle_get_typed(channel, PAL_TYPE_GIPC);
    if (result == 0) {
        result = map(channel, entries, addrs, sizes, prots);
        pal_handle_put(channel);
    }
    return pal_return_count(result);
}
