/* SPDX-License-Identifier: MIT */
/* user_copy.S: code that may fault on memory of the program, and where it goes on then. */
#ifndef LIBOS_SRC_BASE_USER_H
#define LIBOS_SRC_BASE_USER_H

#include "libos.h"

int user_copy(void *to, const void *from, size_t size);
int user_fill_zero(void *to, size_t size);
int64_t user_copy_string(char *to, size_t size, const char *from);

#endif
