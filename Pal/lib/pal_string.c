/* SPDX-License-Identifier: MIT */
/* The string functions: a byte at a time, so that none reads past the byte that decides, as names are short.
 * Knows no encoding or locale. */
#include "pal_string.h"

#include <stdint.h>

/* ISO C returns a writable pointer into what it took as const; only here is the qualifier dropped. */
static char *writable(const char *at)
{
    return (char *)(uintptr_t)at;
}

void *memchr(const void *s, int byte, size_t size)
{
    const char *bytes = s;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == (char)byte)
            return writable(bytes + i);
    return NULL;
}

size_t strlen(const char *s)
{
    size_t len = 0;
    while (s[len] != '\0')
        len++;
    return len;
}

size_t strnlen(const char *s, size_t max_len)
{
    size_t len = 0;
    while (len < max_len && s[len] != '\0')
        len++;
    return len;
}

int strcmp(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t max_len)
{
    size_t i = 0;
    while (i < max_len && a[i] == b[i] && a[i] != '\0')
        i++;
    return i == max_len ? 0 : (unsigned char)a[i] - (unsigned char)b[i];
}

char *strchr(const char *s, int byte)
{
    while (*s != (char)byte && *s != '\0')
        s++;
    return *s == (char)byte ? writable(s) : NULL;
}

char *strrchr(const char *s, int byte)
{
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)byte)
            last = s;
        if (*s == '\0')
            return last ? writable(last) : NULL;
    }
}
