/* SPDX-License-Identifier: MIT */
/* What is wrong with a manifest, as a line of text that names the file, the place and the key. Knows no syntax. */
#include "format.h"
#include "manifest.h"
#include "pal_string.h"

enum { QUOTED_MAX = 64, FILE_NAME_MAX = 255 }; /* bytes shown of a piece of a manifest, and of a file's name */

const char *manifest_quote(char buf[static MANIFEST_QUOTE_SIZE], const char *text, size_t len)
{
    size_t shown = len > QUOTED_MAX ? QUOTED_MAX : len;
    char *to = buf;
    *to++ = '\'';
    for (size_t i = 0; i < shown; i++) {
        unsigned byte = (unsigned char)text[i];
        if (byte >= ' ' && byte <= '~')
            *to++ = text[i];
        else
            to += format_string(to, sizeof("\\xNN"), "\\x%02x", byte);
    }
    (void)format_string(to, sizeof("...'"), len > shown ? "...'" : "'");
    return buf;
}

/* Begin a text with the end of the file's name, which says more than its beginning. */
static size_t write_name(struct manifest_fault *fault, const char *file_name)
{
    size_t len = strlen(file_name), cut = len > FILE_NAME_MAX ? len - FILE_NAME_MAX : 0;
    return (size_t)format_string(fault->text, sizeof(fault->text), "%s%s:", cut ? "..." : "", file_name + cut);
}

/* The parts are bounded, so none of them leaves no room for the next. */
void manifest_fault_write_v(struct manifest_fault *fault, const char *file_name, const char *key, size_t key_len,
                            const char *fmt, va_list ap)
{
    char quoted[MANIFEST_QUOTE_SIZE];
    size_t len = write_name(fault, file_name);
    if (key)
        len += (size_t)format_string(fault->text + len, sizeof(fault->text) - len, "%u:%u: key %s: ", fault->line,
                                     fault->column, manifest_quote(quoted, key, key_len));
    else
        len += (size_t)format_string(fault->text + len, sizeof(fault->text) - len, " ");
    (void)format_string_v(fault->text + len, sizeof(fault->text) - len, fmt, ap);
}

void manifest_fault_write(struct manifest_fault *fault, const char *file_name, const char *key, size_t key_len,
                          const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    manifest_fault_write_v(fault, file_name, key, key_len, fmt, ap);
    va_end(ap);
}
