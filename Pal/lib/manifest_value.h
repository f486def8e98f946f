/* SPDX-License-Identifier: MIT */
/* What a loader asks a manifest for: typed values, lists, and the members of groups.
 * Knows no key by name; every refusal is a manifest_fault that says what was found and what was expected. */
#ifndef PAL_LIB_MANIFEST_VALUE_H
#define PAL_LIB_MANIFEST_VALUE_H

#include "manifest.h"
#include "pal_attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The getters below take what manifest_find gave them, and agree on this:
 * entry    NULL = absent, which is not the same as empty
 * returns  1, with the value in the out-parameters; 0 if absent. They are left alone on 0 and on failure, so they can
 *          hold the default beforehand
 * errors   INVAL     not of that type; an empty value is of no type but string and list
 *          OVERFLOW  a number that is too great
 * fault    written on failure only */

/* The value as it is.
 * out_text  out_len bytes, no NUL behind them; borrowed from the manifest
 * returns   whether there is one */
bool manifest_get_string(const struct manifest_entry *entry, const char **out_text, size_t *out_len);

/* `1`, `true`, `yes` or `0`, `false`, `no`. */
PAL_MUST_CHECK int manifest_get_bool(const struct manifest *manifest, const struct manifest_entry *entry,
                                     bool *out_value, struct manifest_fault *fault);

/* A number, decimal, `0x` or octal, of at most max. */
PAL_MUST_CHECK int manifest_get_uint(const struct manifest *manifest, const struct manifest_entry *entry, uint64_t max,
                                     uint64_t *out_value, struct manifest_fault *fault);

/* A number of bytes: decimal, `0x` or octal, then K, M or G (2^10, 2^20, 2^30) in either case or nothing. */
PAL_MUST_CHECK int manifest_get_size(const struct manifest *manifest, const struct manifest_entry *entry,
                                     uint64_t *out_size, struct manifest_fault *fault);

/* One of some words.
 * words       ends in NULL
 * out_choice  index into words */
PAL_MUST_CHECK int manifest_get_choice(const struct manifest *manifest, const struct manifest_entry *entry,
                                       const char *const *words, unsigned *out_choice, struct manifest_fault *fault);

/* The next item of a comma-separated list, without the blanks and line ends around it. An empty value is the empty
 * list; an empty item in any other is an error.
 * cursor    0 at first
 * out_text  out_len bytes, no NUL behind them; borrowed from the manifest
 * returns   1; 0 after the last item, or if entry is NULL
 * errors    INVAL  an empty item */
PAL_MUST_CHECK int manifest_list_next(const struct manifest *manifest, const struct manifest_entry *entry,
                                      size_t *cursor, const char **out_text, size_t *out_len,
                                      struct manifest_fault *fault);

/* Refuse a value for a reason of the caller's own.
 * expected  what it should have been, such as "a URI"
 * returns   -PAL_ERROR_INVAL */
PAL_MUST_CHECK int manifest_refuse(const struct manifest *manifest, const struct manifest_entry *entry,
                                   const char *expected, struct manifest_fault *fault);

/* A member of a group: of `fs.mount` the key `fs.mount.lib.type` makes a member `lib`. */
struct manifest_member {
    const char *name; /* name_len bytes, no NUL behind them; borrowed */
    size_t name_len;
    const struct manifest_entry *value; /* NULL if the member is a group itself */
    const struct manifest_entry *first; /* the value, or the first key in the group that the member is */
};

/* The next member of a group, in the order in which the file first names them; each one once. Going through all of
 * them costs one pass over the entries.
 * group    without a dot at its end
 * cursor   0 at first
 * returns  whether there was one */
bool manifest_group_next(const struct manifest *manifest, const char *group, uint32_t *cursor,
                         struct manifest_member *out_member);

/* The value `group.N` with N = *cursor: goes through a group whose members are 0, 1, 2 ... by number.
 * cursor   0 at first
 * returns  1; 0 after the last
 * errors   INVAL  seen at the end: a number is missing, a member is not a number (01 is none) or not a value */
PAL_MUST_CHECK int manifest_index_next(const struct manifest *manifest, const char *group, uint32_t *cursor,
                                       const struct manifest_entry **out_entry, struct manifest_fault *fault);

#endif
