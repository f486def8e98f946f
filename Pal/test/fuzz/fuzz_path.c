/* SPDX-License-Identifier: MIT */
/* Fuzz target: any bytes as a path. Normalising is compared with a naive implementation; the helpers must undo one
 * another. Knows no file system. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pal_error.h"
#include "path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

struct piece {
    const char *text;
    size_t len;
};

/* From the first component to the last, with a stack.
 * returns  len of the result in out, or a negative error */
static int64_t naive_normalise(const char *path, size_t len, char *out)
{
    static struct piece stack[PATH_LEN_MAX];
    size_t depth = 0;
    if (len == 0 || (len <= PATH_LEN_MAX && memchr(path, '\0', len)))
        return -PAL_ERROR_INVAL;
    if (len > PATH_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    bool absolute = path[0] == '/';
    for (size_t at = 0; at < len;) {
        struct piece piece = {path + at, 0};
        while (at < len && path[at] != '/') {
            at++;
            piece.len++;
        }
        at++;
        if (piece.len > PATH_COMPONENT_MAX)
            return -PAL_ERROR_TOOLONG;
        if (piece.len == 0 || (piece.len == 1 && piece.text[0] == '.'))
            continue;
        bool up = piece.len == 2 && memcmp(piece.text, "..", 2) == 0;
        bool above_is_name = depth > 0 && !(stack[depth - 1].len == 2 && memcmp(stack[depth - 1].text, "..", 2) == 0);
        if (up && above_is_name)
            depth--;
        else if (!up || !absolute)
            stack[depth++] = piece;
    }
    size_t out_len = 0;
    if (absolute || depth == 0)
        out[out_len++] = absolute ? '/' : '.';
    for (size_t i = 0; i < depth; i++) {
        if (i > 0)
            out[out_len++] = '/';
        memcpy(out + out_len, stack[i].text, stack[i].len);
        out_len += stack[i].len;
    }
    return (int64_t)out_len;
}

static void check_normalise(const char *path, size_t len)
{
    static char expected[PATH_LEN_MAX + 1];
    int64_t expected_len = naive_normalise(path, len, expected);
    size_t exact = expected_len < 0 ? PATH_LEN_MAX + 1 : (size_t)expected_len + 1;

    char *out = malloc(exact);
    int64_t out_len = path_normalise(path, len, out, exact);
    require(out_len == expected_len);
    if (out_len >= 0) {
        require(out[out_len] == '\0' && memcmp(out, expected, (size_t)out_len) == 0);
        char *again = malloc(exact);
        require(path_normalise(out, (size_t)out_len, again, exact) == out_len);
        require(memcmp(out, again, exact) == 0);
        require(path_normalise(path, len, again, exact - 1) == -PAL_ERROR_TOOLONG);
        free(again);
    }
    free(out);
}

static void check_helpers(const char *path, size_t len)
{
    static const char suffix[] = ".manifest";
    char out[PATH_LEN_MAX + 1];
    size_t stem_len = path_without_suffix(path, len, suffix);
    require((stem_len < len) == path_has_suffix(path, len, suffix));
    int64_t out_len = path_with_suffix(path, stem_len, suffix, out, sizeof(out));
    if (out_len >= 0) {
        require(path_has_suffix(out, (size_t)out_len, suffix));
        require(path_without_suffix(out, (size_t)out_len, suffix) == stem_len);
        require(stem_len == len || (out_len == (int64_t)len && memcmp(out, path, len) == 0));
    }

    char *text = malloc(len + 1);
    memcpy(text, path, len);
    text[len] = '\0';
    const char *base = path_base(text);
    require(!strchr(base, '/'));
    require(path_is_bare(text) == (base == text && base[0] != '\0'));
    if (base[0] != '\0' && strlen(text) <= PATH_LEN_MAX) {
        require(path_sibling(text, base, out, sizeof(out)) == (int64_t)strlen(text));
        require(strcmp(out, text) == 0);
    }
    out_len = path_join(text, "x", out, sizeof(out));
    if (out_len >= 0) {
        require(strcmp(path_base(out), "x") == 0);
        require(memcmp(out, text, strlen(text)) == 0);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_normalise((const char *)data, size);
    check_helpers((const char *)data, size);
    return 0;
}
