/* SPDX-License-Identifier: MIT */
/* The first line of a script: #! interpreter [argument]. Knows no file. */
#include "script.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

char *script_parse(char *line, char **out_argument)
{
    *out_argument = NULL;
    if (line[0] != '#' || line[1] != '!')
        return NULL;
    char *end = line;
    while (*end && *end != '\n')
        end++;
    /* Of a line that is too long the last byte only says whether a word ends before it. */
    const bool cut = end == line + SCRIPT_LINE, cut_word = cut && !is_blank(end[-1]);
    end -= cut;
    while (end > line + 2 && is_blank(end[-1]))
        end--;
    *end = '\0';
    char *interpreter = line + 2;
    while (is_blank(*interpreter))
        interpreter++;
    char *rest = interpreter;
    while (*rest && !is_blank(*rest))
        rest++;
    if (*rest) {
        *rest++ = '\0';
        while (is_blank(*rest))
            rest++;
        *out_argument = rest;
    } else if (cut_word) {
        return NULL;
    }
    return *interpreter ? interpreter : NULL;
}
