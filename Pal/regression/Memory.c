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

/* Fill so many pages, and empty those in the middle. */
static bool renews(char *pages, PAL_NUM count)
{
    const PAL_NUM page = pal_control.alloc_align, end = (count - 1) * page;
    memset(pages, 1, count * page);
    if (DkVirtualMemoryAlloc(pages + page, end - page, PAL_ALLOC_RENEW, PAL_PROT_READ | PAL_PROT_WRITE) != pages + page)
        return false;
    bool right = true;
    for (PAL_NUM i = 0; i < count * page; i++)
        right = right && pages[i] == (i < page || i >= end);
    return right;
}

static void test_renew(void)
{
    const PAL_NUM page = pal_control.alloc_align;
    char *pages = DkVirtualMemoryAlloc(NULL, 8 * page, 0, PAL_PROT_READ | PAL_PROT_WRITE);
    check(renews(pages, 8), "memory is emptied in place");
    check(renews(pages, 8), "and again");
    DkVirtualMemoryFree(pages, 8 * page);
    pages = DkVirtualMemoryAlloc(NULL, 4 * page, PAL_ALLOC_RESERVE, PAL_PROT_NONE);
    check(DkVirtualMemoryProtect(pages, 4 * page, PAL_PROT_READ | PAL_PROT_WRITE) && renews(pages, 4),
          "what was reserved and is used now, too");
    DkVirtualMemoryFree(pages, 4 * page);
    check(failure() == 0, "no failure");
    check_failure(DkVirtualMemoryAlloc(NULL, page, PAL_ALLOC_RENEW, PAL_PROT_READ), 0, PAL_ERROR_INVAL);
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
    test_renew();
    test_errors();
}
