/* SPDX-License-Identifier: MIT */
/* Messages for the user: one line each on the host's console. Knows nothing of what they are about. */
#include "pal_log.h"
#include "format.h"
#include "pal_host_api.h"
#include "pal_streams.h"
#include "pal_string.h"

static enum pal_log_level g_level;
static int64_t g_print_error; /* the first error of printing; 0 = none */

const char *pal_error_text(int64_t code)
{
#define PAL_ERROR_TEXT(name, number, text) [number] = (text),
    static const char *const texts[] = {PAL_ERROR_MAP(PAL_ERROR_TEXT)};
#undef PAL_ERROR_TEXT
    const uint64_t number = code < 0 ? 0 - (uint64_t)code : (uint64_t)code;
    const char *text = number < sizeof(texts) / sizeof(texts[0]) ? texts[number] : NULL;
    return text ? text : "unknown error";
}

void pal_log_set_level(enum pal_log_level level)
{
    g_level = level;
}

/* One line of a message: its beginning, and when that is full, the latest of what follows. Names of files can be long and
 * hold anything; what is wrong with them comes last. */
#define HEAD_SIZE 640
#define TAIL_SIZE 320
static const char g_ellipsis[] = {'.', '.', '.'};

struct line {
    char text[HEAD_SIZE + sizeof(g_ellipsis) + 1 + TAIL_SIZE];
    char tail[TAIL_SIZE]; /* a ring */
    size_t len;           /* of all, text and tail */
};

static void add_to_line(void *arg, const char *text, size_t len)
{
    struct line *line = arg;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if ((unsigned char)c < ' ' || c == 127)
            c = '?';
        if (line->len < HEAD_SIZE)
            line->text[line->len] = c;
        else
            line->tail[(line->len - HEAD_SIZE) % TAIL_SIZE] = c;
        line->len++;
    }
}

/* Put the tail behind the head; returns the length. */
static size_t join_line(struct line *line)
{
    if (line->len <= HEAD_SIZE)
        return line->len;
    const size_t behind = line->len - HEAD_SIZE;
    const bool cut = behind > TAIL_SIZE;
    const size_t tail_len = cut ? TAIL_SIZE : behind;
    char *next = line->text + HEAD_SIZE;
    if (cut) {
        memcpy(next, g_ellipsis, sizeof(g_ellipsis));
        next += sizeof(g_ellipsis);
    }
    for (size_t i = behind - tail_len; i < behind; i++)
        *next++ = line->tail[i % TAIL_SIZE];
    return (size_t)(next - line->text);
}

void pal_log(enum pal_log_level level, const char *format, ...)
{
    if (level > g_level)
        return;
    static const char prefix[] = "pal: ";
    struct line line;
    line.len = 0;
    add_to_line(&line, prefix, strlen(prefix));
    va_list arguments;
    va_start(arguments, format);
    format_to(add_to_line, &line, format, arguments);
    va_end(arguments);
    const size_t len = join_line(&line);
    line.text[len] = '\n';
    _DkConsoleWrite(line.text, len + 1);
}

void pal_print(const char *format, ...)
{
    const struct handle_ops *ops = pal_handle_ops[PAL_TYPE_DEV];
    PAL_HANDLE console = NULL;
    char *text = pal_malloc(PAL_PRINT_MAX);
    va_list arguments;
    va_start(arguments, format);
    const int wanted = text ? format_string_v(text, PAL_PRINT_MAX, format, arguments) : 0;
    va_end(arguments);
    const size_t len = wanted < PAL_PRINT_MAX ? (size_t)wanted : PAL_PRINT_MAX - 1;
    int64_t result = text && ops ? pal_stream_open(&console, "dev:tty", PAL_ACCESS_WRONLY, 0, 0, 0) : -PAL_ERROR_NOMEM;
    if (result == 0) {
        for (size_t done = 0; result >= 0 && done < len; done += (size_t)result)
            result = ops->write(console, 0, len - done, text + done);
        DkObjectClose(console);
    }
    if (result < 0 && g_print_error == 0)
        g_print_error = result;
    pal_free(text);
}

bool pal_print_succeeded(void)
{
    if (g_print_error < 0)
        pal_log(PAL_LOG_ERROR, "standard output: cannot be written: %s", pal_error_text(g_print_error));
    return g_print_error == 0;
}
