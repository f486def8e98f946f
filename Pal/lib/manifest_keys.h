/* SPDX-License-Identifier: MIT */
/* The keys of a manifest: the tree that finds them, and the list of those that mean something.
 * Knows no value, and not what the known keys mean. */
#ifndef PAL_LIB_MANIFEST_KEYS_H
#define PAL_LIB_MANIFEST_KEYS_H

#include "manifest.h"
#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The entry of a key.
 * returns  borrowed from the manifest; NULL = absent */
const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *key);

/* The entry of `group.name.key`, such as fs.mount.ID.type.
 * name     name_len bytes, such as a manifest_member has
 * key      NULL = find `group.name`
 * returns  borrowed from the manifest; NULL = absent */
const struct manifest_entry *manifest_find_member(const struct manifest *manifest, const char *group, const char *name,
                                                  size_t name_len, const char *key);

/* What becomes of a key that is added. */
enum manifest_clash {
    MANIFEST_ADDED,
    MANIFEST_TWICE,       /* an earlier entry has the same key */
    MANIFEST_UNDER_VALUE, /* an earlier entry is a value, and the new key would make it a group */
    MANIFEST_IS_GROUP     /* an earlier entry makes the new key a group */
};

/* Add entries[count], whose key is set, to the tree that has those before it, and count it; for manifest_parse.
 * out_other  the earlier entry, if there is a clash; then nothing was added */
PAL_MUST_CHECK enum manifest_clash manifest_keys_add(struct manifest *manifest,
                                                     const struct manifest_entry **out_other);

enum { MANIFEST_UNKNOWN_MAX = 16 }; /* unknown keys that are named; the others are only counted */

struct manifest_unknown {
    uint32_t entry, named; /* 0 at first */
};

/* The next warning about keys that are not known: MANIFEST_UNKNOWN_MAX of them one by one, in the order of the file and
 * with the nearest known key if there is one near enough, then one warning that counts the others.
 * cursor   zeroed at first
 * warning  place and text of it; written only if there is one
 * returns  whether there was one */
bool manifest_next_unknown(const struct manifest *manifest, struct manifest_unknown *cursor,
                           struct manifest_fault *warning);

#endif
