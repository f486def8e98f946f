/* SPDX-License-Identifier: MIT */
/* Memory: allocation, protection and freeing, and every documented error. */
#include "regression.h"

static void test_alloc(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    volatile char *p = DkVirtualMemoryAlloc(NULL, 4 * page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    check(p && p >= (char *)pal_control.user_address.start && p + 4 * page <= (char *)pal_control.user_address.end,
          "memory lies in the user's range");
    bool zero = true;
    for (PAL_NUM i = 0; i < 4 * page; i++)
        zero = zero && p[i] == 0;
    check(zero, "memory is zeroed");
    p[0] = 1;
    check(DkVirtualMemoryAlloc((void *)(uintptr_t)p, page, 0, PAL_PROT_READ | PAL_PROT_WRITE) == p && p[0] == 0,
          "allocating at an address replaces what is there");
    DkVirtualMemoryFree((void *)(uintptr_t)p, 4 * page);
    check(failure() == 0, "free");
    char *low = DkVirtualMemoryAlloc(NULL, page, PAL_ALLOC_32BIT, PAL_PROT_READ | PAL_PROT_WRITE);
    check(low && (uintptr_t)low + page <= (uint64_t)1 << 32, "a 32-bit address");
    DkVirtualMemoryFree(low, page);
}

static void test_errors(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    char *end = pal_control.user_address.end;
    failure();
    check_failure(DkVirtualMemoryAlloc(NULL, 0, 0, PAL_PROT_READ), 0, PAL_ERROR_INVAL);
    check_failure(DkVirtualMemoryAlloc(NULL, page - 1, 0, PAL_PROT_READ), 0, PAL_ERROR_INVAL);
    check_failure(DkVirtualMemoryAlloc(NULL, page, 0x100, PAL_PROT_READ), 0, PAL_ERROR_INVAL);
    check_failure(DkVirtualMemoryAlloc(NULL, page, 0, 0x10), 0, PAL_ERROR_INVAL);
    check_failure(DkVirtualMemoryAlloc(end, page, 0, PAL_PROT_READ), 0, PAL_ERROR_DENIED);
    check_failure(DkVirtualMemoryAlloc(end - page, 2 * page, 0, PAL_PROT_READ), 0, PAL_ERROR_DENIED);
    check_failure(DkVirtualMemoryAlloc((void *)-page, 2 * page, 0, PAL_PROT_READ), 0, PAL_ERROR_OVERFLOW);
    check_void(DkVirtualMemoryFree(NULL, page), PAL_ERROR_INVAL);
    check_void(DkVirtualMemoryFree(end, page), PAL_ERROR_DENIED);
    check_failure(DkVirtualMemoryProtect(NULL, page, PAL_PROT_READ), PAL_FALSE, PAL_ERROR_INVAL);
}

void regression_main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    test_alloc();
    test_errors();
}
