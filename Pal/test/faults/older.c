/* SPDX-License-Identifier: MIT */
/* Linked into a Linux loader (--wrap) so that it takes its kernel for Linux 6.1, whose way of telling how a child has ended is
 * tried nowhere else where the kernel is newer (linux_end.c). */
#include "linux_clock.h"

/* The linker's name for what takes the place of the loader's own. */
uint32_t __wrap_linux_kernel_version(void);

uint32_t __wrap_linux_kernel_version(void)
{
    return 0x060100;
}
