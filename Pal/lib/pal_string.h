/* SPDX-License-Identifier: MIT */
/* Memory and string functions under their standard names, as ISO C and POSIX define them; the compiler itself calls
 * the first four. Knows no encoding, locale or allocator.
 * Hosted tests include it before <string.h>: the compiler forgives only a system header for declaring them again. */
#ifndef PAL_LIB_PAL_STRING_H
#define PAL_LIB_PAL_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *s, int byte, size_t size);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max_len);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max_len);
char *strchr(const char *s, int byte);
char *strrchr(const char *s, int byte);

/* Whether two NUL-terminated strings are equal. */
static inline bool streq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

#endif
