/* SPDX-License-Identifier: MIT */
/* A text that grows as it is written: contents of files that are made up. Knows no file. */
#ifndef LIBOS_INCLUDE_TEXT_H
#define LIBOS_INCLUDE_TEXT_H

#include "libos.h"

/* Zeroed = empty. */
struct text {
    char *data;
    size_t used;
    size_t room;
    bool failed; /* there was not enough memory: what is there is not all */
};

/* Add formatted text, see format.h; bytes as they are. */
void text_add(struct text *text, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(struct text *text, const char *bytes, size_t count);
/* Add a path as /proc/self/maps and mounts show it: the characters of `escaped` in octal. */
void text_add_path(struct text *text, const char *path, const char *escaped);
/* Make it empty and give its memory back. */
void text_free(struct text *text);

#endif
