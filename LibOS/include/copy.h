/* SPDX-License-Identifier: MIT */
/* Structures of the program, by the addresses that it has given: where programs may have memory, and nowhere else. */
#ifndef LIBOS_INCLUDE_COPY_H
#define LIBOS_INCLUDE_COPY_H

#include "libos.h"

/* Copy from the program's memory; of nothing, from anywhere. 0 or -EFAULT. */
PAL_MUST_CHECK static inline int copy_in(void *to, const void *from, size_t size)
{
    return size == 0 || user_range_ok((uintptr_t)from, size) ? user_read(to, from, size) : -EFAULT;
}

/* Copy to the program's memory; nothing, to anywhere. 0 or -EFAULT. */
PAL_MUST_CHECK static inline int copy_out(void *to, const void *from, size_t size)
{
    return size == 0 || user_range_ok((uintptr_t)to, size) ? user_write(to, from, size) : -EFAULT;
}

/* The same, if the program wants it: to may be NULL. */
PAL_MUST_CHECK static inline int copy_out_wanted(void *to, const void *from, size_t size)
{
    return to ? copy_out(to, from, size) : 0;
}

#endif
