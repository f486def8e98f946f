/* SPDX-License-Identifier: MIT */
/* What the guests of the end-to-end tests have in common: text on the standard output. Knows no test. */
#include "guest.h"
#include <stdarg.h>
#include "format.h"
#include "pal_string.h"

static void write_piece(void *arg, const char *text, size_t len)
{
    DkStreamWrite(arg, 0, len, (PAL_PTR)(uintptr_t)text, NULL);
}

void say(const char *format, ...)
{
    static PAL_HANDLE console;
    va_list arguments;
    if (!console)
        console = DkStreamOpen("dev:tty", PAL_ACCESS_WRONLY, 0, 0, 0);
    va_start(arguments, format);
    format_to(write_piece, console, format, arguments);
    va_end(arguments);
}

uint64_t number(const char *text)
{
    uint64_t value = 0;
    if (!text || format_parse_u64(text, strlen(text), 10, &value) < 0)
        DkProcessExit(99);
    return value;
}
