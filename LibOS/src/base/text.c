/* SPDX-License-Identifier: MIT */
/* A text that grows as it is written. Knows no file. */
#include "text.h"

#include <stdarg.h>

#include "format.h"

#define ROOM_MIN 1024

static bool make_room(struct text *text, size_t count)
{
    if (text->failed)
        return false;
    if (count <= text->room - text->used)
        return true;
    size_t room = text->room < ROOM_MIN ? ROOM_MIN : 2 * text->room;
    while (room - text->used < count)
        room *= 2;
    char *data = heap_alloc(room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    if (text->used != 0)
        memcpy(data, text->data, text->used);
    heap_free(text->data);
    text->data = data;
    text->room = room;
    return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
    if (count == 0 || !make_room(text, count))
        return;
    memcpy(text->data + text->used, bytes, count);
    text->used += count;
}

static void add_piece(void *arg, const char *piece, size_t len)
{
    text_add_bytes(arg, piece, len);
}

void text_add(struct text *text, const char *pattern, ...)
{
    va_list ap;
    va_start(ap, pattern);
    format_to(add_piece, text, pattern, ap);
    va_end(ap);
}

void text_add_path(struct text *text, const char *path, const char *escaped)
{
    for (; *path != '\0'; path++)
        if (strchr(escaped, *path) != NULL)
            text_add(text, "\\%03o", (unsigned char)*path);
        else
            text_add_bytes(text, path, 1);
}

void text_free(struct text *text)
{
    heap_free(text->data);
    *text = (struct text){0};
}
