/* SPDX-License-Identifier: MIT */
/* Host ABI, memory: checks arguments; the host allocates. Knows no address map. */
#include "pal_exception.h"
#include "pal_host_api.h"
#include "pal_memory.h"

#define ALLOC_FLAGS ((PAL_FLG)(PAL_ALLOC_32BIT | PAL_ALLOC_RESERVE | PAL_ALLOC_RENEW))

static size_t g_alignment;

size_t pal_alignment(void)
{
    if (!g_alignment)
        g_alignment = _DkGetAllocationAlignment();
    return g_alignment;
}

int pal_check_range(const void *address, uint64_t size)
{
    const uintptr_t start = (uintptr_t)address;
    uintptr_t end;
    if (size == 0 || (start | size) & (pal_alignment() - 1))
        return -PAL_ERROR_INVAL;
    if (__builtin_add_overflow(start, size, &end))
        return -PAL_ERROR_OVERFLOW;
    return address ? _DkCheckMemoryMappable(address, size) : 0;
}

PAL_PTR DkVirtualMemoryAlloc(PAL_PTR addr, PAL_NUM size, PAL_FLG alloc_type, PAL_FLG prot)
{
    int error = pal_check_range(addr, size);
    if (error == 0 && (alloc_type & ~ALLOC_FLAGS || prot & ~PAL_PROT_FLAGS))
        error = -PAL_ERROR_INVAL;
    if (error == 0 && !addr && alloc_type & PAL_ALLOC_RENEW)
        error = -PAL_ERROR_INVAL;
    if (error == 0 && addr && alloc_type & PAL_ALLOC_32BIT && (uintptr_t)addr + size > (uint64_t)1 << 32)
        error = -PAL_ERROR_INVAL;
    if (error == 0)
        error = _DkVirtualMemoryAlloc(&addr, size, alloc_type, prot);
    if (error == 0)
        return addr;
    pal_fail(error);
    return NULL;
}

/* The range of a call that works on memory that is there. */
static int check_existing(const void *address, uint64_t size)
{
    return address ? pal_check_range(address, size) : -PAL_ERROR_INVAL;
}

void DkVirtualMemoryFree(PAL_PTR addr, PAL_NUM size)
{
    int error = check_existing(addr, size);
    if (error == 0)
        error = _DkVirtualMemoryFree(addr, size);
    if (error < 0)
        pal_fail(error);
}

PAL_BOL DkVirtualMemoryProtect(PAL_PTR addr, PAL_NUM size, PAL_FLG prot)
{
    int error = check_existing(addr, size);
    if (error == 0 && prot & ~PAL_PROT_FLAGS)
        error = -PAL_ERROR_INVAL;
    if (error == 0)
        error = _DkVirtualMemoryProtect(addr, size, prot);
    return pal_return_bool(error);
}

void DkStreamUnmap(PAL_PTR addr, PAL_NUM size)
{
    DkVirtualMemoryFree(addr, size);
}
