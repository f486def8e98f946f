/* SPDX-License-Identifier: MIT */
/* What the compiler calls when a function's stack frame has been overwritten. */
#include "libos.h"

__attribute__((noreturn)) void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    die("a stack frame of the library OS was overwritten, in the function that returns to 0x%lx",
        (unsigned long)__builtin_return_address(0));
}
