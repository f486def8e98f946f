/* SPDX-License-Identifier: MIT */
/* The names of the Host ABI and their addresses; the table is made from pal.abi. Knows nothing of ELF. */
#ifndef PAL_SRC_PAL_ABI_TABLE_H
#define PAL_SRC_PAL_ABI_TABLE_H

#include "pal.h"

#define PAL_ABI_COUNT 46

struct pal_abi_symbol {
    const char *name;
    const void *address;
};

/* Sorted by name, bytewise. */
extern const struct pal_abi_symbol pal_abi_table[PAL_ABI_COUNT];

#endif
