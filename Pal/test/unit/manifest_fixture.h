/* SPDX-License-Identifier: MIT */
/* What the tests of the manifest reader share: loading a text, and comparing what was found in it.
 * Knows no test. Functions have bodies here because each test is a program of one file. */
#ifndef PAL_TEST_UNIT_MANIFEST_FIXTURE_H
#define PAL_TEST_UNIT_MANIFEST_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "manifest_keys.h"

/* A loaded manifest with all it needs. The text is a heap copy of its exact size, so that reading past it is seen. */
struct loaded {
    char *text;
    struct manifest manifest;
    struct manifest_fault fault;
    unsigned alloc_calls;
    size_t alloc_size;
};

static inline void *count_alloc(void *arg, size_t size)
{
    struct loaded *loaded = arg;
    loaded->alloc_calls++;
    loaded->alloc_size = size;
    return malloc(size);
}

static inline int load_bytes(struct loaded *loaded, const char *text, size_t size)
{
    *loaded = (struct loaded){.text = calloc(1, size)};
    memcpy(loaded->text, text, size);
    struct manifest_memory memory = {count_alloc, loaded};
    return manifest_parse(loaded->text, size, "m", memory, &loaded->manifest, &loaded->fault);
}

static inline void load(struct loaded *loaded, const char *text)
{
    int ret = load_bytes(loaded, text, strlen(text));
    if (ret != 0)
        fail_msg("%d: %s", ret, loaded->fault.text);
}

static inline void unload(struct loaded *loaded)
{
    free(loaded->manifest.block);
    free(loaded->text);
}

static inline void assert_text(const char *text, size_t len, const char *expected)
{
    if (len != strlen(expected) || memcmp(text, expected, len) != 0)
        fail_msg("found '%.*s', expected '%s'", (int)len, text, expected);
}

static inline void assert_value(const struct loaded *loaded, const char *key, const char *expected)
{
    const struct manifest_entry *entry = manifest_find(&loaded->manifest, key);
    if (!entry)
        fail_msg("no key '%s'", key);
    else
        assert_text(entry->value, entry->value_len, expected);
}

#endif
