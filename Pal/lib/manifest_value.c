/* SPDX-License-Identifier: MIT */
/* Typed values, lists, groups and numbered groups of a manifest.
 * Knows no key by name and nothing of the syntax. */
#include "manifest_value.h"

#include "format.h"
#include "manifest_keys.h"
#include "pal_error.h"
#include "pal_string.h"

static int refuse_value(const struct manifest *manifest, const struct manifest_entry *entry, int error,
                        const char *expected, struct manifest_fault *fault)
{
    char quoted[MANIFEST_QUOTE_SIZE];
    const char *found = entry->value_len > 0 ? manifest_quote(quoted, entry->value, entry->value_len) : "nothing";
    fault->line = entry->line;
    fault->column = entry->value_column;
    manifest_fault_write(fault, manifest->file_name, entry->key, entry->key_len, "found %s, expected %s", found,
                         expected);
    return error;
}

int manifest_refuse(const struct manifest *manifest, const struct manifest_entry *entry, const char *expected,
                    struct manifest_fault *fault)
{
    return refuse_value(manifest, entry, -PAL_ERROR_INVAL, expected, fault);
}

bool manifest_get_string(const struct manifest_entry *entry, const char **out_text, size_t *out_len)
{
    if (!entry)
        return false;
    *out_text = entry->value;
    *out_len = entry->value_len;
    return true;
}

static bool value_is(const struct manifest_entry *entry, const char *word)
{
    size_t len = strlen(word);
    return entry->value_len == len && memcmp(entry->value, word, len) == 0;
}

int manifest_get_bool(const struct manifest *manifest, const struct manifest_entry *entry, bool *out_value,
                      struct manifest_fault *fault)
{
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes"};
    if (!entry)
        return 0;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (value_is(entry, words[i])) {
            *out_value = i % 2;
            return 1;
        }
    }
    return manifest_refuse(manifest, entry, "1 or 0, true or false, yes or no", fault);
}

int manifest_get_uint(const struct manifest *manifest, const struct manifest_entry *entry, uint64_t max,
                      uint64_t *out_value, struct manifest_fault *fault)
{
    uint64_t value;
    char expected[48];
    if (!entry)
        return 0;
    int ret = format_parse_u64(entry->value, entry->value_len, 0, &value);
    if (ret == 0 && value > max)
        ret = -PAL_ERROR_OVERFLOW;
    if (ret < 0) {
        (void)format_string(expected, sizeof(expected), "a number from 0 to %ju", (uintmax_t)max);
        return refuse_value(manifest, entry, ret, expected, fault);
    }
    *out_value = value;
    return 1;
}

/* The power of two that a letter behind a size stands for; 0 = none. */
static unsigned size_shift(char suffix)
{
    switch (suffix) {
    case 'K':
    case 'k':
        return 10;
    case 'M':
    case 'm':
        return 20;
    case 'G':
    case 'g':
        return 30;
    default:
        return 0;
    }
}

int manifest_get_size(const struct manifest *manifest, const struct manifest_entry *entry, uint64_t *out_size,
                      struct manifest_fault *fault)
{
    uint64_t count;
    if (!entry)
        return 0;
    size_t len = entry->value_len;
    unsigned shift = len > 0 ? size_shift(entry->value[len - 1]) : 0;
    int ret = format_parse_u64(entry->value, shift ? len - 1 : len, 0, &count);
    if (ret == 0 && __builtin_mul_overflow(count, UINT64_C(1) << shift, &count))
        ret = -PAL_ERROR_OVERFLOW;
    if (ret == -PAL_ERROR_OVERFLOW)
        return refuse_value(manifest, entry, ret, "a size below 2^64 bytes", fault);
    if (ret < 0)
        return refuse_value(manifest, entry, ret, "a size such as 4096, 0x1000, 64K, 8M or 1G", fault);
    *out_size = count;
    return 1;
}

int manifest_get_choice(const struct manifest *manifest, const struct manifest_entry *entry, const char *const *words,
                        unsigned *out_choice, struct manifest_fault *fault)
{
    char expected[256] = "";
    size_t len = 0;
    if (!entry)
        return 0;
    for (unsigned i = 0; words[i]; i++) {
        if (value_is(entry, words[i])) {
            *out_choice = i;
            return 1;
        }
        const char *separator = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        if (len < sizeof(expected))
            len += (size_t)format_string(expected + len, sizeof(expected) - len, "%s%s", separator, words[i]);
    }
    return manifest_refuse(manifest, entry, expected, fault);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int manifest_list_next(const struct manifest *manifest, const struct manifest_entry *entry, size_t *cursor,
                       const char **out_text, size_t *out_len, struct manifest_fault *fault)
{
    if (!entry || *cursor > entry->value_len)
        return 0;
    const char *value = entry->value;
    size_t start = *cursor, comma = start;
    while (comma < entry->value_len && value[comma] != ',')
        comma++;
    size_t stop = comma;
    while (start < stop && is_space(value[start]))
        start++;
    while (start < stop && is_space(value[stop - 1]))
        stop--;
    bool is_whole = *cursor == 0 && comma == entry->value_len;
    if (start == stop && !is_whole)
        return manifest_refuse(manifest, entry, "no empty item between commas", fault);
    *cursor = comma + 1;
    if (start == stop)
        return 0;
    *out_text = value + start;
    *out_len = stop - start;
    return 1;
}

bool manifest_group_next(const struct manifest *manifest, const char *group, uint32_t *cursor,
                         struct manifest_member *out_member)
{
    size_t group_len = strlen(group);
    while (*cursor < manifest->count) {
        const struct manifest_entry *entry = &manifest->entries[(*cursor)++];
        size_t name = group_len + 1, stop = name;
        if (entry->key_len <= name || entry->key[group_len] != '.' || memcmp(entry->key, group, group_len) != 0)
            continue;
        while (stop < entry->key_len && entry->key[stop] != '.')
            stop++;
        bool is_value = stop == entry->key_len;
        /* Earlier keys that begin with all of `group.name.` have shown this member already. */
        if (!is_value && entry->shared_len > stop)
            continue;
        *out_member = (struct manifest_member){entry->key + name, stop - name, is_value ? entry : NULL, entry};
        return true;
    }
    return false;
}

/* Whether a name is a number as an index is written: decimal, no zeros before it. One above 64 bits is the greatest. */
static bool parse_index(const char *name, size_t len, uint64_t *out_index)
{
    if (len > 1 && name[0] == '0')
        return false;
    *out_index = UINT64_MAX;
    return format_parse_u64(name, len, 10, out_index) != -PAL_ERROR_INVAL;
}

/* With no value for an index, the group ends there only if it has nothing else than the values before. */
static int check_index_end(const struct manifest *manifest, const char *group, uint32_t end,
                           struct manifest_fault *fault)
{
    struct manifest_member member;
    uint32_t cursor = 0;
    while (manifest_group_next(manifest, group, &cursor, &member)) {
        char quoted[MANIFEST_QUOTE_SIZE];
        uint64_t index;
        bool is_index = parse_index(member.name, member.name_len, &index);
        if (is_index && index < end)
            continue;
        fault->line = member.first->line;
        fault->column = member.first->column;
        if (!is_index)
            manifest_fault_write(fault, manifest->file_name, member.first->key, member.first->key_len,
                                 "found %s, expected a number in its place, such as %u",
                                 manifest_quote(quoted, member.name, member.name_len), end);
        else if (index == end)
            manifest_fault_write(fault, manifest->file_name, member.first->key, member.first->key_len,
                                 "found a group, expected '%s.%u' to be a value", group, end);
        else
            manifest_fault_write(fault, manifest->file_name, member.first->key, member.first->key_len,
                                 "found no '%s.%u', expected numbers from 0 on without a gap", group, end);
        return -PAL_ERROR_INVAL;
    }
    return 0;
}

int manifest_index_next(const struct manifest *manifest, const char *group, uint32_t *cursor,
                        const struct manifest_entry **out_entry, struct manifest_fault *fault)
{
    char name[sizeof("4294967295")];
    int len = format_string(name, sizeof(name), "%u", *cursor);
    const struct manifest_entry *entry = manifest_find_member(manifest, group, name, (size_t)len, NULL);
    if (!entry)
        return check_index_end(manifest, group, *cursor, fault);
    *out_entry = entry;
    ++*cursor;
    return 1;
}
