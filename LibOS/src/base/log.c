/* SPDX-License-Identifier: MIT */
/* Lines for the user: on the standard error output, or where loader.debug_type says. Knows no room. */
#include <stdarg.h>
#include "format.h"
#include "base.h"

OF_HOST enum log_level g_log_level = LOG_WARNING;

OF_HOST static PAL_HANDLE g_stream = NULL; /* opened at the first line */

static void write_out(const char *text, size_t len)
{
    if (!g_stream)
        g_stream = host_stream_open(2, PAL_ACCESS_WRONLY, 0);
    if (g_stream)
        DkStreamWrite(g_stream, 0, len, (void *)(uintptr_t)text, NULL);
}

void log_to(PAL_HANDLE stream)
{
    g_stream = stream;
}

void log_raw(const char *text, size_t len)
{
    write_out(text, len);
}

__attribute__((format(printf, 1, 0))) static void print(const char *pattern, va_list values)
{
    char line[512];
    const int prefix = format_string(line, sizeof(line), "libos: ");
    int len = prefix + format_string_v(line + prefix, sizeof(line) - (size_t)prefix - 1, pattern, values);
    if (len > (int)sizeof(line) - 2)
        len = (int)sizeof(line) - 2;
    line[len] = '\n';
    write_out(line, (size_t)len + 1);
}

void log_print(enum log_level level, const char *pattern, ...)
{
    if (level > g_log_level)
        return;
    va_list values;
    va_start(values, pattern);
    print(pattern, values);
    va_end(values);
}

void die(const char *pattern, ...)
{
    va_list values;
    va_start(values, pattern);
    print(pattern, values);
    va_end(values);
    for (;;)
        DkProcessExit(EXIT_START_FAILED);
}
