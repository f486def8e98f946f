/* SPDX-License-Identifier: MIT */
/* Fuzzes the manifest reader: what it accepts can be found and written again, what it refuses has a place in the text.
 * Knows no key's meaning. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "manifest_keys.h"
#include "manifest_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void *alloc(void *arg, size_t size)
{
    unsigned *calls = arg;
    require(size > 0 && ++*calls == 1);
    return malloc(size);
}

static int parse(const char *text, size_t size, struct manifest *manifest, struct manifest_fault *fault)
{
    unsigned calls = 0;
    struct manifest_memory memory = {alloc, &calls};
    memset(fault, 'x', sizeof(*fault));
    return manifest_parse(text, size, "name", memory, manifest, fault);
}

/* One line of printable text. */
static void check_message(const struct manifest_fault *fault)
{
    size_t len = strnlen(fault->text, sizeof(fault->text));
    require(len > 0 && len < sizeof(fault->text) - 1);
    for (size_t i = 0; i < len; i++)
        require(fault->text[i] >= ' ' && fault->text[i] <= '~');
}

/* The place is in the text or just behind it. */
static void check_place(const char *text, size_t size, unsigned line, unsigned column)
{
    const char *end = text + size, *at = text;
    require(line > 0 && column > 0);
    for (unsigned i = 1; i < line; i++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        require(newline != NULL);
        at = newline + 1;
    }
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    require(column <= (size_t)((newline ? newline : end) - at) + 1);
}

static bool is_within(const char *inner, size_t inner_size, const void *outer, size_t outer_size)
{
    const char *start = outer;
    return start && inner >= start && inner_size <= outer_size && inner - start <= (ptrdiff_t)(outer_size - inner_size);
}

static void check_entries(const char *text, size_t size, const struct manifest *manifest)
{
    const char *copies = (const char *)(manifest->entries + manifest->count);
    require(manifest->steps <= 3 * 8 * (uint64_t)size);
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        char key[MANIFEST_KEY_MAX + 1];
        require(entry->key_len > 0 && entry->key_len <= MANIFEST_KEY_MAX && entry->value_len <= MANIFEST_VALUE_MAX);
        require(is_within(entry->key, entry->key_len, text, size));
        require(
            is_within(entry->value, entry->value_len, text, size) ||
            is_within(entry->value, entry->value_len, copies, manifest->block_size - manifest->count * sizeof(*entry)));
        check_place(text, size, entry->line, entry->column);
        check_place(text, size, entry->line, entry->value_column);
        memcpy(key, entry->key, entry->key_len);
        key[entry->key_len] = '\0';
        require(strlen(key) == entry->key_len && manifest_find(manifest, key) == entry);
    }
}

/* By comparing each key with each: no key twice, none both value and group, and shared_len is what it says. */
static void check_pairs(const struct manifest *manifest)
{
    for (uint32_t i = 0; i < manifest->count && i < 100; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        size_t longest = 0;
        for (uint32_t j = 0; j < i; j++) {
            const struct manifest_entry *other = &manifest->entries[j];
            size_t at = 0;
            while (at < entry->key_len && at < other->key_len && entry->key[at] == other->key[at])
                at++;
            longest = at > longest ? at : longest;
            require(at < entry->key_len || (at < other->key_len && other->key[at] != '.'));
            require(at < other->key_len || (at < entry->key_len && entry->key[at] != '.'));
        }
        require(entry->shared_len == longest);
    }
}

static void check_getters(const struct manifest *manifest, const struct manifest_entry *entry)
{
    static const char *const words[] = {"none", "inline", "file", NULL};
    struct manifest_fault fault;
    uint64_t number = 0;
    bool flag = false;
    unsigned choice = 0;
    size_t cursor = 0, len, last = 0;
    const char *item;
    int ret = manifest_get_uint(manifest, entry, 65535, &number, &fault);
    require(ret == 1 ? number <= 65535 : ret < 0);
    ret = manifest_get_size(manifest, entry, &number, &fault);
    require(ret == 1 || ret < 0);
    ret = manifest_get_choice(manifest, entry, words, &choice, &fault);
    require(ret == 1 ? strlen(words[choice]) == entry->value_len : ret < 0);
    ret = manifest_get_bool(manifest, entry, &flag, &fault);
    require(ret == 1 || ret < 0);
    if (ret < 0)
        check_message(&fault);
    while ((ret = manifest_list_next(manifest, entry, &cursor, &item, &len, &fault)) > 0) {
        require(len > 0 && is_within(item, len, entry->value, entry->value_len) && cursor > last);
        last = cursor;
    }
}

/* Each member of each group at the top is shown once, whether counted by group or by comparing names. */
static void check_groups(const struct manifest *manifest)
{
    struct manifest_member tops, member, other;
    struct manifest_fault fault;
    const struct manifest_entry *entry;
    for (uint32_t i = 0; i < manifest->count && i < 10; i++) {
        char group[MANIFEST_KEY_MAX + 1] = "";
        size_t dot = 0;
        const struct manifest_entry *first = &manifest->entries[i];
        while (dot < first->key_len && first->key[dot] != '.')
            dot++;
        memcpy(group, first->key, dot);
        bool is_group = dot < first->key_len;
        require(manifest_group_next(manifest, group, &(uint32_t){0}, &tops) == is_group);
        uint32_t index = 0;
        int ret;
        while ((ret = manifest_index_next(manifest, group, &index, &entry, &fault)) > 0)
            require(index <= manifest->count);
        if (ret < 0)
            check_message(&fault);
        for (uint32_t cursor = 0; manifest_group_next(manifest, group, &cursor, &member);) {
            require(manifest_find_member(manifest, group, member.name, member.name_len, NULL) == member.value);
            unsigned seen = 0;
            for (uint32_t again = 0; manifest_group_next(manifest, group, &again, &other);)
                seen += other.name_len == member.name_len && memcmp(other.name, member.name, member.name_len) == 0;
            require(seen == 1);
            if (manifest->count > 100)
                break;
        }
    }
}

/* Written again, all in quotes, it reads as the same. */
static void check_again(const struct manifest *manifest)
{
    size_t room = 1;
    for (uint32_t i = 0; i < manifest->count; i++)
        room += manifest->entries[i].key_len + 2 * manifest->entries[i].value_len + sizeof("=\"\"");
    char *text = malloc(room), *to = text;
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        memcpy(to, entry->key, entry->key_len);
        to += entry->key_len;
        *to++ = '=';
        *to++ = '"';
        for (uint32_t at = 0; at < entry->value_len; at++) {
            char c = entry->value[at];
            if (c == '"' || c == '\\' || c == '\n')
                *to++ = '\\';
            *to++ = c == '\n' ? 'n' : c;
        }
        *to++ = '"';
        *to++ = '\n';
    }
    struct manifest again;
    struct manifest_fault fault;
    require(parse(text, (size_t)(to - text), &again, &fault) == 0 && again.count == manifest->count);
    for (uint32_t i = 0; i < again.count; i++) {
        const struct manifest_entry *a = &manifest->entries[i], *b = &again.entries[i];
        require(a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0);
        require(a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0);
    }
    free(again.block);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct manifest manifest, twin;
    struct manifest_fault fault, twin_fault;
    int ret = parse(text, size, &manifest, &fault), twin_ret = parse(text, size, &twin, &twin_fault);
    require(ret == twin_ret && manifest.count == twin.count && manifest.steps == twin.steps);
    free(twin.block);
    if (ret < 0) {
        require(manifest.count == 0 && strcmp(fault.text, twin_fault.text) == 0);
        check_message(&fault);
        check_place(text, size, fault.line, fault.column);
        free(manifest.block);
        return 0;
    }
    if (manifest.count == 0) {
        require(!manifest.block && !manifest_find(&manifest, "a"));
        return 0;
    }
    check_entries(text, size, &manifest);
    check_pairs(&manifest);
    for (uint32_t i = 0; i < manifest.count; i++)
        check_getters(&manifest, &manifest.entries[i]);
    check_groups(&manifest);
    check_again(&manifest);
    struct manifest_unknown cursor = {0};
    for (unsigned i = 0; manifest_next_unknown(&manifest, &cursor, &fault); i++) {
        require(i <= MANIFEST_UNKNOWN_MAX);
        check_message(&fault);
    }
    free(manifest.block);
    return 0;
}
