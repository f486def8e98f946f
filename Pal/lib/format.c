/* SPDX-License-Identifier: MIT */
/* Text from values and numbers from text: one formatter that writes to a function, and the buffer built on it.
 * Knows no console and allocates nothing. */
#include "format.h"

#include "pal_error.h"
#include "pal_string.h"

#include <limits.h>
#include <stdbool.h>

#define NO_PRECISION SIZE_MAX
#define DIGITS_MAX   22 /* 64 bits in octal, the smallest base of a conversion */

#define RUN_LEN      16
static const char run_of_spaces[] = "                ";
static const char run_of_zeros[] = "0000000000000000";

static const char lower_digits[] = "0123456789abcdef";
static const char upper_digits[] = "0123456789ABCDEF";

/* The bit of a flag is the place of its letter. */
static const char flag_letters[] = "-0+ #";
enum { LEFT = 1, ZERO = 2, PLUS = 4, SPACE = 8, ALTERNATE = 16 };

struct output {
    void (*sink)(void *arg, const char *text, size_t len);
    void *arg;
};

/* What stands between '%' and the conversion's letter. */
struct spec {
    unsigned flags;
    size_t width;
    size_t precision;
    unsigned bits;
};

/* The value of a digit in any base up to 36, or UINT_MAX. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A') + 10;
    return UINT_MAX;
}

static void put(const struct output *out, const char *text, size_t len)
{
    if (len > 0)
        out->sink(out->arg, text, len);
}

/* Print count bytes of a run of RUN_LEN. */
static void put_run(const struct output *out, const char *run, size_t count)
{
    for (; count > RUN_LEN; count -= RUN_LEN)
        put(out, run, RUN_LEN);
    put(out, run, count);
}

/* A prefix that stays in front of the zeros (sign, "0x"), zeros, text, and spaces up to the width. */
static void put_field(const struct output *out, const struct spec *spec, const char *prefix, size_t zeros,
                      const char *text, size_t len)
{
    size_t used = strlen(prefix) + zeros + len;
    size_t spaces = spec->width > used ? spec->width - used : 0;
    if (!(spec->flags & LEFT))
        put_run(out, run_of_spaces, spaces);
    put(out, prefix, strlen(prefix));
    put_run(out, run_of_zeros, zeros);
    put(out, text, len);
    if (spec->flags & LEFT)
        put_run(out, run_of_spaces, spaces);
}

static void put_string(const struct output *out, const struct spec *spec, const char *text)
{
    const char *shown = text ? text : "(null)";
    put_field(out, spec, "", 0, shown, strnlen(shown, spec->precision));
}

static void put_number(const struct output *out, const struct spec *spec, const char *prefix, uint64_t value,
                       unsigned base, const char *digit_letters)
{
    char digits[DIGITS_MAX];
    char *first = digits + sizeof(digits);
    for (uint64_t rest = value; rest > 0; rest /= base)
        *--first = digit_letters[rest % base];
    /* Zero has one digit, and none at all if the precision is 0 (C11 7.21.6.1 paragraph 8). */
    if (value == 0 && spec->precision != 0)
        *--first = '0';
    size_t len = (size_t)(digits + sizeof(digits) - first);

    size_t wanted = 0;
    if (spec->precision != NO_PRECISION)
        wanted = spec->precision;
    else if ((spec->flags & ZERO) && !(spec->flags & LEFT) && spec->width > strlen(prefix))
        wanted = spec->width - strlen(prefix);
    size_t zeros = wanted > len ? wanted - len : 0;
    if (base == 8 && (spec->flags & ALTERNATE) && zeros == 0 && (len == 0 || *first != '0'))
        zeros = 1;
    put_field(out, spec, prefix, zeros, first, len);
}

static uint64_t next_unsigned(const struct spec *spec, va_list *args)
{
    unsigned unused = 64 - spec->bits;
    uint64_t value = spec->bits == 64 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
    return value << unused >> unused;
}

static void put_signed(const struct output *out, const struct spec *spec, va_list *args)
{
    unsigned unused = 64 - spec->bits;
    int64_t value = (int64_t)(next_unsigned(spec, args) << unused) >> unused;
    const char *sign = value < 0 ? "-" : (spec->flags & PLUS) ? "+" : (spec->flags & SPACE) ? " " : "";
    put_number(out, spec, sign, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, lower_digits);
}

static void put_unsigned(const struct output *out, const struct spec *spec, va_list *args, char letter)
{
    uint64_t value = next_unsigned(spec, args);
    unsigned base = letter == 'u' ? 10 : letter == 'o' ? 8 : 16;
    bool prefixed = base == 16 && (spec->flags & ALTERNATE) && value != 0;
    if (letter == 'X')
        put_number(out, spec, prefixed ? "0X" : "", value, base, upper_digits);
    else
        put_number(out, spec, prefixed ? "0x" : "", value, base, lower_digits);
}

/* The digits at fmt, up to INT_MAX, or the argument that a `*` stands for. */
static const char *parse_count(const char *fmt, va_list *args, int *out_count)
{
    if (*fmt == '*') {
        *out_count = va_arg(*args, int);
        return fmt + 1;
    }
    int count = 0;
    for (; digit_value(*fmt) < 10; fmt++)
        count = count < INT_MAX / 10 ? count * 10 + (int)digit_value(*fmt) : INT_MAX;
    *out_count = count;
    return fmt;
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
    bool twice = *fmt != '\0' && fmt[1] == *fmt;
    spec->bits = sizeof(int) * CHAR_BIT;
    if (*fmt == 'h')
        spec->bits = twice ? CHAR_BIT : sizeof(short) * CHAR_BIT;
    else if (*fmt != '\0' && strchr("lzjt", *fmt))
        spec->bits = 64;
    else
        return fmt;
    return fmt + 1 + twice;
}

/* Read what follows a '%'; returns where the conversion's letter should be. */
static const char *parse_spec(const char *fmt, struct spec *spec, va_list *args)
{
    const char *flag;
    spec->flags = 0;
    for (; *fmt != '\0' && (flag = strchr(flag_letters, *fmt)) != NULL; fmt++)
        spec->flags |= 1U << (flag - flag_letters);

    int width;
    fmt = parse_count(fmt, args, &width);
    if (width < 0)
        spec->flags |= LEFT;
    spec->width = width < 0 ? -(size_t)width : (size_t)width;

    int precision = -1;
    if (*fmt == '.')
        fmt = parse_count(fmt + 1, args, &precision);
    spec->precision = precision < 0 ? NO_PRECISION : (size_t)precision;
    return parse_length(fmt, spec);
}

/* Print one conversion by its letter; false if there is no such conversion. */
static bool put_conversion(const struct output *out, const struct spec *spec, char letter, va_list *args)
{
    char byte = '%';
    switch (letter) {
    case 'd':
    case 'i':
        put_signed(out, spec, args);
        return true;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_unsigned(out, spec, args, letter);
        return true;
    case 'p':
        put_number(out, spec, "0x", (uintptr_t)va_arg(*args, void *), 16, lower_digits);
        return true;
    case 's':
        put_string(out, spec, va_arg(*args, const char *));
        return true;
    case 'c':
        byte = (char)va_arg(*args, int);
        put_field(out, spec, "", 0, &byte, 1);
        return true;
    case '%':
        put(out, &byte, 1);
        return true;
    default:
        return false;
    }
}

void format_to(void (*sink)(void *arg, const char *text, size_t len), void *arg, const char *fmt, va_list ap)
{
    struct output out = {.sink = sink, .arg = arg};
    va_list args; /* A copy, because a list that is a parameter cannot be passed on by address. */
    va_copy(args, ap);
    const char *plain = fmt;
    while (*fmt != '\0') {
        if (*fmt++ != '%')
            continue;
        put(&out, plain, (size_t)(fmt - 1 - plain));
        plain = fmt - 1;
        struct spec spec;
        fmt = parse_spec(fmt, &spec, &args);
        /* Text that turned out not to be a conversion stays in `plain` and is printed with what follows. */
        if (put_conversion(&out, &spec, *fmt, &args))
            plain = ++fmt;
    }
    put(&out, plain, (size_t)(fmt - plain));
    va_end(args);
}

struct buffer {
    char *text;
    size_t size;
    size_t len;
};

static void buffer_append(void *arg, const char *text, size_t len)
{
    struct buffer *buffer = arg;
    if (buffer->len + 1 < buffer->size) {
        size_t room = buffer->size - 1 - buffer->len;
        memcpy(buffer->text + buffer->len, text, len < room ? len : room);
    }
    buffer->len += len;
}

int format_string_v(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct buffer buffer = {.text = buf, .size = size};
    format_to(buffer_append, &buffer, fmt, ap);
    if (size > 0)
        buf[buffer.len < size ? buffer.len : size - 1] = '\0';
    return buffer.len < INT_MAX ? (int)buffer.len : INT_MAX;
}

int format_string(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = format_string_v(buf, size, fmt, ap);
    va_end(ap);
    return len;
}

int format_parse_u64(const char *text, size_t len, unsigned base, uint64_t *out_value)
{
    bool zero_first = base == 0 && len >= 2 && text[0] == '0';
    if (zero_first && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        len -= 2;
    } else if (base == 0) {
        base = zero_first ? 8 : 10;
    }
    if (len == 0 || base < 2 || base > 36)
        return -PAL_ERROR_INVAL;

    uint64_t value = 0;
    bool overflow = false;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = digit_value(text[i]);
        if (digit >= base)
            return -PAL_ERROR_INVAL;
        overflow |= __builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value);
    }
    if (overflow)
        return -PAL_ERROR_OVERFLOW;
    *out_value = value;
    return 0;
}
