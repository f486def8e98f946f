/* SPDX-License-Identifier: MIT */
/* The manifest's syntax: one scanner, which runs once to check and count and once to fill the table.
 * Knows no key by name and no type of value. Long, because scanner and table share what they know of the text. */
#include "manifest.h"

#include "format.h"
#include "manifest_keys.h"
#include "pal_error.h"
#include "pal_string.h"

#include <stdbool.h>

/* Where the scanner is, and what a message needs to say so. */
struct scan {
    const char *at, *end;
    const char *line_start;
    uint32_t line;
    const char *key; /* of the entry at hand */
    size_t key_len;
    const char *file_name;
    struct manifest_fault *fault;
};

/* An entry and how long its value is in the text, which is more than value_len if escapes are in it. */
struct item {
    struct manifest_entry entry;
    size_t raw_len;
};

static uint32_t column(const struct scan *s, const char *at)
{
    return (uint32_t)(at - s->line_start) + 1;
}

static int PAL_PRINTF(4, 5) refuse(const struct scan *s, int error, const char *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    s->fault->line = s->line;
    s->fault->column = column(s, at);
    manifest_fault_write_v(s->fault, s->file_name, s->key, s->key_len, fmt, ap);
    va_end(ap);
    return error;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* LF, CRLF, the end of the text, and a CR before that: a last line need not be whole. */
static bool ends_line(const struct scan *s, const char *at)
{
    if (at == s->end || *at == '\n')
        return true;
    return *at == '\r' && (at + 1 == s->end || at[1] == '\n');
}

static void next_line(struct scan *s)
{
    if (s->at < s->end && *s->at == '\r')
        s->at++;
    if (s->at < s->end)
        s->at++;
    s->line++;
    s->line_start = s->at;
}

static void skip_blanks(struct scan *s)
{
    while (s->at < s->end && is_blank(*s->at))
        s->at++;
}

static bool at_comment(const struct scan *s)
{
    return s->at < s->end && *s->at == '#' && (s->at == s->line_start || is_blank(s->at[-1]));
}

/* What is there, in words. */
static const char *found(const struct scan *s, char quoted[static MANIFEST_QUOTE_SIZE])
{
    if (s->at == s->end)
        return "the end of the file";
    if (ends_line(s, s->at))
        return "the end of the line";
    if (at_comment(s))
        return "a comment";
    if (*s->at == '\0')
        return "a NUL byte";
    return manifest_quote(quoted, s->at, 1);
}

static int refuse_nul(const struct scan *s)
{
    return refuse(s, -PAL_ERROR_INVAL, s->at, "found a NUL byte, expected text");
}

/* Go to the end of a line that may have a comment and nothing else. */
static int scan_comment(struct scan *s)
{
    skip_blanks(s);
    if (at_comment(s)) {
        while (!ends_line(s, s->at)) {
            if (*s->at == '\0')
                return refuse_nul(s);
            s->at++;
        }
    }
    return 0;
}

static int check_key(struct scan *s, const char *key, size_t len)
{
    char quoted[MANIFEST_QUOTE_SIZE];
    for (const char *at = key; at < key + len; at++) {
        if (*at == '.' && at == key)
            return refuse(s, -PAL_ERROR_INVAL, at, "found a dot at the beginning, expected a token before it");
        if (*at == '.' && at[-1] == '.')
            return refuse(s, -PAL_ERROR_INVAL, at, "found two dots in a row, expected a token between them");
        if (*at != '.' && !is_token(*at)) {
            s->at = at;
            return refuse(s, -PAL_ERROR_INVAL, at, "found %s in the key, expected a letter, a digit, '_' or '.'",
                          found(s, quoted));
        }
    }
    if (key[len - 1] == '.')
        return refuse(s, -PAL_ERROR_INVAL, key + len - 1, "found a dot at the end, expected a token after it");
    if (len > MANIFEST_KEY_MAX)
        return refuse(s, -PAL_ERROR_TOOLONG, key, "found a key of %zu bytes, expected at most %d", len,
                      MANIFEST_KEY_MAX);
    return 0;
}

/* A key and the `=` behind it. What stands there instead of a key is taken to be one until `=` or a blank, so that a
 * message can name it as a whole. */
static int scan_key(struct scan *s, struct manifest_entry *entry)
{
    const char *start = s->at, *stop = start;
    while (!ends_line(s, stop) && !is_blank(*stop) && *stop != '=')
        stop++;
    s->key = start;
    s->key_len = (size_t)(stop - start);
    if (s->key_len == 0)
        return refuse(s, -PAL_ERROR_INVAL, start, "found '=', expected a key before it");
    int ret = check_key(s, start, s->key_len);
    if (ret < 0)
        return ret;

    entry->key = start;
    entry->key_len = (uint16_t)s->key_len;
    entry->line = s->line;
    entry->column = column(s, start);
    s->at = stop;
    skip_blanks(s);
    if (s->at == s->end || *s->at != '=') {
        char quoted[MANIFEST_QUOTE_SIZE];
        return refuse(s, -PAL_ERROR_INVAL, s->at, "found %s, expected '=' after the key", found(s, quoted));
    }
    s->at++;
    return 0;
}

/* An unquoted value, up to a comment or the end of the line. */
static int scan_plain(struct scan *s, struct item *item)
{
    const char *start = s->at, *stop = start;
    for (; !ends_line(s, s->at) && !at_comment(s); s->at++) {
        if (*s->at == '\0')
            return refuse_nul(s);
        if (!is_blank(*s->at))
            stop = s->at + 1;
    }
    item->entry.value = start;
    item->raw_len = (size_t)(stop - start);
    item->entry.value_len = (uint32_t)item->raw_len;
    return 0;
}

/* The byte that an escape stands for; 0 = there is no such escape. */
static char escaped(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case 'n':
        return '\n';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* A value from its opening quote to behind the closing one, perhaps lines below. */
static int scan_quoted(struct scan *s, struct item *item)
{
    const struct scan opening = *s;
    uint32_t len = 0;
    s->at++;
    for (; s->at < s->end && *s->at != '"'; len++) {
        if (*s->at == '\0')
            return refuse_nul(s);
        if (ends_line(s, s->at)) {
            next_line(s);
            continue;
        }
        if (*s->at == '\\' && s->at + 1 < s->end) {
            char quoted[MANIFEST_QUOTE_SIZE];
            if (!escaped(s->at[1]))
                return refuse(s, -PAL_ERROR_INVAL, s->at, "found %s, expected \\\", \\\\, \\n or \\t after a backslash",
                              manifest_quote(quoted, s->at, 2));
            s->at++;
        }
        s->at++;
    }
    if (s->at == s->end)
        return refuse(&opening, -PAL_ERROR_INVAL, opening.at,
                      "found a quote that is not closed, expected another '\"'");
    item->entry.value = opening.at + 1;
    item->raw_len = (size_t)(s->at - item->entry.value);
    item->entry.value_len = len;
    s->at++;
    return 0;
}

static int scan_value(struct scan *s, struct item *item)
{
    skip_blanks(s);
    const struct scan start = *s;
    bool is_quoted = s->at < s->end && *s->at == '"';
    item->entry.value_column = column(s, s->at);
    int ret = is_quoted ? scan_quoted(s, item) : scan_plain(s, item);
    if (ret < 0)
        return ret;
    if (item->entry.value_len > MANIFEST_VALUE_MAX)
        return refuse(&start, -PAL_ERROR_TOOLONG, start.at, "found a value of %u bytes, expected at most %d",
                      item->entry.value_len, MANIFEST_VALUE_MAX);
    ret = scan_comment(s);
    if (ret == 0 && !ends_line(s, s->at)) {
        char quoted[MANIFEST_QUOTE_SIZE];
        return refuse(s, -PAL_ERROR_INVAL, s->at,
                      "found %s after the closing quote, expected a blank and a comment, or nothing", found(s, quoted));
    }
    return ret;
}

/* The next entry: 1, or 0 at the end of the text. */
static int scan_entry(struct scan *s, struct item *item)
{
    for (;;) {
        s->key_len = 0;
        int ret = scan_comment(s);
        if (ret < 0)
            return ret;
        if (s->at == s->end)
            return 0;
        if (!ends_line(s, s->at))
            break;
        next_line(s);
    }
    *item = (struct item){0};
    int ret = scan_key(s, &item->entry);
    if (ret == 0)
        ret = scan_value(s, item);
    return ret < 0 ? ret : 1;
}

/* Copy a value with its escapes replaced; takes value_len bytes. */
static char *copy_value(struct item *item, char *to)
{
    const char *from = item->entry.value, *end = from + item->raw_len;
    item->entry.value = to;
    while (from < end) {
        if (*from == '\\')
            *to++ = escaped(*++from);
        else if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
        from++;
    }
    return to;
}

static int refuse_clash(struct scan *s, const struct manifest_entry *entry, enum manifest_clash clash,
                        const struct manifest_entry *other)
{
    static const struct {
        const char *found, *expected, *other;
    } words[] = {
        [MANIFEST_TWICE] = {"a second value", "one", "has its first"},
        [MANIFEST_UNDER_VALUE] = {"a key under a value", "a value or a group", "is a value"},
        [MANIFEST_IS_GROUP] = {"a value for a group", "a value or a group", "makes it a group"},
    };
    char quoted[MANIFEST_QUOTE_SIZE];
    s->fault->line = entry->line;
    s->fault->column = entry->column;
    manifest_fault_write(s->fault, s->file_name, entry->key, entry->key_len, "found %s, expected %s; %s %s on line %u",
                         words[clash].found, words[clash].expected, manifest_quote(quoted, other->key, other->key_len),
                         words[clash].other, other->line);
    return -PAL_ERROR_INVAL;
}

/* A fault that has no place in the text. */
static int PAL_PRINTF(3, 4) refuse_text(const struct scan *s, int error, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    s->fault->line = s->fault->column = 0;
    manifest_fault_write_v(s->fault, s->file_name, NULL, 0, fmt, ap);
    va_end(ap);
    return error;
}

/* First pass: check the syntax, and count entries and bytes of values that have to be copied. */
static int count_entries(struct scan s, uint32_t *out_count, size_t *out_copied_size)
{
    struct item item;
    int ret;
    while ((ret = scan_entry(&s, &item)) > 0) {
        ++*out_count;
        if (item.raw_len != item.entry.value_len)
            *out_copied_size += item.entry.value_len;
    }
    return ret;
}

/* Second pass: fill the table, and see how the keys agree. */
static int fill_entries(struct scan s, uint32_t count, struct manifest *manifest)
{
    char *copy = (char *)(manifest->entries + count);
    struct item item;
    int ret;
    while ((ret = scan_entry(&s, &item)) > 0) {
        if (item.raw_len != item.entry.value_len)
            copy = copy_value(&item, copy);
        manifest->entries[manifest->count] = item.entry;
        const struct manifest_entry *other;
        enum manifest_clash clash = manifest_keys_add(manifest, &other);
        if (clash != MANIFEST_ADDED)
            return refuse_clash(&s, &item.entry, clash, other);
    }
    return ret;
}

int manifest_parse(const char *text, size_t size, const char *file_name, struct manifest_memory memory,
                   struct manifest *out, struct manifest_fault *fault)
{
    *out = (struct manifest){.file_name = file_name};
    struct scan s = {.at = text, .line_start = text, .line = 1, .key = text, .file_name = file_name, .fault = fault};
    if (size == 0)
        return 0;
    if (size > MANIFEST_TEXT_MAX)
        return refuse_text(&s, -PAL_ERROR_TOOBIG, "found %zu bytes, expected at most %u", size, MANIFEST_TEXT_MAX);
    s.end = text + size;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* UTF-8's byte order mark */
        s.at = s.line_start = text + 3;

    uint32_t count = 0;
    size_t copied_size = 0;
    int ret = count_entries(s, &count, &copied_size);
    if (ret < 0 || count == 0)
        return ret;
    /* Cannot overflow: neither number is greater than the size of the text, which has 32 bits. */
    out->block_size = count * sizeof(struct manifest_entry) + copied_size;
    out->block = memory.alloc(memory.arg, out->block_size);
    if (!out->block)
        return refuse_text(&s, -PAL_ERROR_NOMEM, "found no memory, expected %zu bytes for %u keys", out->block_size,
                           count);
    out->entries = out->block;
    ret = fill_entries(s, count, out);
    if (ret < 0) {
        out->entries = NULL;
        out->count = 0;
    }
    return ret;
}
