/* SPDX-License-Identifier: MIT */
/* The manifest: a text of `key = value` lines, read into a table of slices that still point into the text.
 * Knows no file, allocator or console, and not what any key means. */
#ifndef PAL_LIB_MANIFEST_H
#define PAL_LIB_MANIFEST_H

#include "pal_attributes.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MANIFEST_KEY_MAX = 255,     /* bytes of a key */
    MANIFEST_VALUE_MAX = 65536, /* bytes of a value, its escapes replaced */
    MANIFEST_FAULT_SIZE = 1024, /* bytes of a message and its NUL; parts that are too long are shortened */
};
#define MANIFEST_TEXT_MAX UINT32_MAX /* bytes; lines, columns and entries are counted in 32 bits */

/* What is wrong with a manifest, and where. */
struct manifest_fault {
    unsigned line, column;          /* from 1, column in bytes; both 0 if the fault is of the text as a whole */
    char text[MANIFEST_FAULT_SIZE]; /* "file:line:column: key 'x': found ..., expected ...": one line of printable ASCII
                                     * but for the file's name, NUL at the end, no newline */
};

/* Where the table comes from. */
struct manifest_memory {
    void *(*alloc)(void *arg, size_t size); /* returns memory aligned for a pointer, NULL = none; size is never 0 */
    void *arg;                              /* handed to alloc */
};

/* One `key = value`. Also one inner node of the tree that finds keys: each entry but the first adds one, which lives
 * here because there are always just as many. */
struct manifest_entry {
    const char *key;       /* in the text, no NUL behind it */
    const char *value;     /* in the text or, if escapes had to be replaced, in the block; no NUL behind it */
    uint32_t value_len;    /* <= MANIFEST_VALUE_MAX */
    uint32_t line;         /* of the key and of the beginning of the value */
    uint32_t column;       /* of the key */
    uint32_t value_column; /* of the value or its opening quote; of the end of the line if there is neither */
    uint16_t key_len;      /* <= MANIFEST_KEY_MAX */
    uint16_t shared_len;   /* bytes that the key has in common with that earlier key which begins most alike */
    uint16_t bit;          /* node: the bit of the key that decides, counted from the first byte's highest */
    uint32_t child[2];     /* node: where keys with 0 and with 1 there are found; see manifest_keys.c */
};

struct manifest {
    const char *file_name;          /* as given to manifest_parse */
    struct manifest_entry *entries; /* in the order of the file */
    uint32_t count;                 /* of entries */
    uint32_t root;                  /* of the tree, like manifest_entry.child */
    void *block;                    /* what alloc returned, the caller's to free; NULL if nothing was needed */
    size_t block_size;              /* bytes asked for */
    uint64_t steps;                 /* nodes visited while loading; tests bound it by the size of the text */
};

/* Read a manifest. The time is linear in size whatever the text says, and alloc is called at most once.
 * text       need not end in NUL and may be read-only; must live, and not change, as long as *out is used
 * size       bytes at text
 * file_name  for messages only; NUL-terminated, must live as long as *out
 * out        on failure empty, but out->block is still the caller's to free
 * fault      written on failure only
 * returns    0
 * errors     INVAL    syntax, a key twice, a key that is both a value and a group
 *            TOOLONG  a key or a value over its limit
 *            TOOBIG   a text over its limit
 *            NOMEM    alloc returned NULL
 * source     docs: manifest syntax. Decided here: a byte order mark at the beginning is skipped; in quotes CRLF stands
 *            for one line feed, any other carriage return for itself */
PAL_MUST_CHECK int manifest_parse(const char *text, size_t size, const char *file_name, struct manifest_memory memory,
                                  struct manifest *out, struct manifest_fault *fault);

/* Write the text of a fault whose line and column are set: file, place and key, then what fmt makes.
 * key  key_len bytes; shown shortened and with unprintable bytes as \xNN, like everything from a manifest; NULL = the fault
 *      is of the text as a whole, and has no place
 * fmt  "found ..., expected ...", as for format_string */
void manifest_fault_write(struct manifest_fault *fault, const char *file_name, const char *key, size_t key_len,
                          const char *fmt, ...) PAL_PRINTF(5, 6);
void manifest_fault_write_v(struct manifest_fault *fault, const char *file_name, const char *key, size_t key_len,
                            const char *fmt, va_list ap) PAL_PRINTF(5, 0);

enum { MANIFEST_QUOTE_SIZE = 4 * 64 + 6 }; /* 64 bytes as \xNN each, two quotes, "..." and NUL */

/* Put text that may be hostile between single quotes: shortened, unprintable bytes as \xNN.
 * buf      receives the result and a NUL
 * returns  buf */
const char *manifest_quote(char buf[static MANIFEST_QUOTE_SIZE], const char *text, size_t len);

#endif
