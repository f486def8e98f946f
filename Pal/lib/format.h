/* SPDX-License-Identifier: MIT */
/* Text from values and numbers from text: the printf family without a stream, a locale or floating point.
 * Knows no console and allocates nothing: output goes to a buffer or to a function of the caller. */
#ifndef PAL_LIB_FORMAT_H
#define PAL_LIB_FORMAT_H

#include "pal_attributes.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Format into a buffer as snprintf does.
 * Conversions %s %c %d %i %u %x %X %o %p %%, integers with hh h l ll z j t, flags - + 0 space #, width and precision
 * as digits or `*`. %s of NULL is "(null)", %p of NULL is "0x0". A conversion that is not in this list is printed as
 * it stands and takes no argument but those of its `*`.
 * buf      receives at most size - 1 bytes and a NUL; may be NULL if size is 0
 * size     bytes at buf
 * returns  len of the whole text; it was cut short if that is >= size. INT_MAX stands for any greater len.
 * locks/threads  none; keeps no state
 * source   ISO C11 7.21.6.5, where it does not say otherwise above */
int format_string(char *buf, size_t size, const char *fmt, ...) PAL_PRINTF(3, 4);

/* format_string with the arguments as a list, which is indeterminate afterwards. */
int format_string_v(char *buf, size_t size, const char *fmt, va_list ap) PAL_PRINTF(3, 0);

/* Format piece by piece into a function; the others are built on this one.
 * sink  called with arg and the pieces in order, never with an empty one; text is borrowed during the call and has no
 *       NUL at its end
 * ap    indeterminate afterwards */
void format_to(void (*sink)(void *arg, const char *text, size_t len), void *arg, const char *fmt, va_list ap)
    PAL_PRINTF(3, 0);

/* Parse an unsigned number that fills the whole text: no sign, no space, nothing after it.
 * text     need not end in NUL
 * base     2 to 36, letters in either case; 0 = 16 after "0x" or "0X", 8 after "0", else 10
 * returns  0, with the number in *out_value, which is left alone on failure
 * errors   INVAL     no digit, something that is not a digit of the base, or no such base
 *          OVERFLOW  all digits, but more than 64 bits */
PAL_MUST_CHECK int format_parse_u64(const char *text, size_t len, unsigned base, uint64_t *out_value);

#endif
