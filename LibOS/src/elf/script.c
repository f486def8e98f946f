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
    }
    return *interpreter ? interpreter : NULL;
}
