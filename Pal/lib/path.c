/* SPDX-License-Identifier: MIT */
/* Paths as text.
 * Knows no file system: `..` is resolved by the text before it, never by asking anyone. */
#include "path.h"

#include "pal_error.h"
#include "pal_string.h"

/* A result that is written from its end towards the start of the buffer. */
struct backwards {
    char *buf;
    size_t at; /* the result so far is buf[at] to the end of the buffer */
};

static bool prepend(struct backwards *result, const char *text, size_t len)
{
    if (len > result->at)
        return false;
    result->at -= len;
    memcpy(result->buf + result->at, text, len);
    return true;
}

static bool prepend_component(struct backwards *result, const char *text, size_t len)
{
    bool last = result->buf[result->at] == '\0';
    return (last || prepend(result, "/", 1)) && prepend(result, text, len);
}

static bool is_dots(const char *text, size_t len, size_t dots)
{
    return len == dots && memcmp(text, "..", dots) == 0;
}

/* From the last component to the first, because then a `..` is met before what it removes: nothing that is written is
 * ever taken back, and the buffer need hold no more than the result. */
static bool prepend_components(struct backwards *result, const char *path, size_t len, size_t *out_ups)
{
    size_t ups = 0; /* `..` that have met no component yet */
    for (size_t end = len, start; end > 0; end = start > 0 ? start - 1 : 0) {
        start = end;
        while (start > 0 && path[start - 1] != '/')
            start--;
        const char *component = path + start;
        size_t component_len = end - start;
        if (component_len > PATH_COMPONENT_MAX)
            return false;
        if (component_len == 0 || is_dots(component, component_len, 1))
            continue;
        if (is_dots(component, component_len, 2))
            ups++;
        else if (ups > 0)
            ups--;
        else if (!prepend_component(result, component, component_len))
            return false;
    }
    *out_ups = ups;
    return true;
}

int64_t path_normalise(const char *path, size_t len, char *out, size_t size)
{
    if (len == 0)
        return -PAL_ERROR_INVAL;
    if (len > PATH_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    if (memchr(path, '\0', len))
        return -PAL_ERROR_INVAL;

    struct backwards result = {out, size};
    size_t ups;
    if (!prepend(&result, "", 1) || !prepend_components(&result, path, len, &ups))
        return -PAL_ERROR_TOOLONG;
    bool fits = true;
    if (path[0] == '/') {
        fits = prepend(&result, "/", 1);
    } else {
        for (; fits && ups > 0; ups--)
            fits = prepend_component(&result, "..", 2);
        if (fits && out[result.at] == '\0')
            fits = prepend(&result, ".", 1);
    }
    if (!fits)
        return -PAL_ERROR_TOOLONG;
    memmove(out, out + result.at, size - result.at);
    return (int64_t)(size - result.at - 1);
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool path_is_bare(const char *path)
{
    return path[0] != '\0' && !strchr(path, '/');
}

bool path_has_suffix(const char *path, size_t len, const char *suffix)
{
    size_t suffix_len = strlen(suffix);
    if (len <= suffix_len)
        return false;
    size_t stem_len = len - suffix_len;
    return path[stem_len - 1] != '/' && memcmp(path + stem_len, suffix, suffix_len) == 0;
}

size_t path_without_suffix(const char *path, size_t len, const char *suffix)
{
    return path_has_suffix(path, len, suffix) ? len - strlen(suffix) : len;
}

/* out = a, a slash if asked for, b. */
static int64_t concatenate(const char *a, size_t a_len, bool slash, const char *b, char *out, size_t size)
{
    size_t b_len = strlen(b);
    if (a_len > PATH_LEN_MAX || b_len > PATH_LEN_MAX)
        return -PAL_ERROR_TOOLONG;
    size_t b_at = a_len + (slash ? 1 : 0);
    size_t len = b_at + b_len;
    if (len > PATH_LEN_MAX || len >= size)
        return -PAL_ERROR_TOOLONG;
    memcpy(out, a, a_len);
    if (slash)
        out[a_len] = '/';
    memcpy(out + b_at, b, b_len + 1);
    return (int64_t)len;
}

int64_t path_with_suffix(const char *path, size_t len, const char *suffix, char *out, size_t size)
{
    if (len == 0 || path[len - 1] == '/' || memchr(path, '\0', len))
        return -PAL_ERROR_INVAL;
    return concatenate(path, len, false, suffix, out, size);
}

int64_t path_join(const char *dir, const char *name, char *out, size_t size)
{
    if (name[0] == '\0' || name[0] == '/')
        return -PAL_ERROR_INVAL;
    size_t dir_len = strlen(dir);
    bool slash = dir_len > 0 && dir[dir_len - 1] != '/';
    return concatenate(dir, dir_len, slash, name, out, size);
}

int64_t path_sibling(const char *path, const char *name, char *out, size_t size)
{
    if (name[0] == '\0' || name[0] == '/')
        return -PAL_ERROR_INVAL;
    return concatenate(path, (size_t)(path_base(path) - path), false, name, out, size);
}
