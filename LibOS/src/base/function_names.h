/* SPDX-License-Identifier: MIT */
/* The names of the library OS's functions, made from the linked image (Tools/libos-names.awk), for reports. */
#ifndef LIBOS_SRC_BASE_FUNCTION_NAMES_H
#define LIBOS_SRC_BASE_FUNCTION_NAMES_H

#include <stdint.h>

/* In the order of addresses. */
struct function_name {
    int32_t distance; /* of the function from entry_syscall, bytes */
    uint32_t name;    /* where its name begins in function_name_text */
};
extern const struct function_name function_names[];
extern const uint32_t function_name_count;
extern const char function_name_text[];

#endif
