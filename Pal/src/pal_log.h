/* SPDX-License-Identifier: MIT */
/* Messages for the user: one line each on the host's console. Knows nothing of what they are about. */
#ifndef PAL_SRC_PAL_LOG_H
#define PAL_SRC_PAL_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "pal_attributes.h"

enum pal_log_level { PAL_LOG_ERROR, PAL_LOG_WARNING, PAL_LOG_DEBUG, PAL_LOG_TRACE };

/* Text of an error code of either sign, "unknown error" for others. */
const char *pal_error_text(int64_t code);

/* Messages above this level are dropped. At first: error. */
void pal_log_set_level(enum pal_log_level level);

/* Write "pal: <text>\n" to the console, in one piece: control characters become '?', and of a text of more than about a
 * thousand bytes the middle is left out. May be called from any thread. */
void pal_log(enum pal_log_level level, const char *format, ...) PAL_PRINTF(2, 3);

/* Write what the user asked for (--help, --explain) to the standard output, as it stands, up to PAL_PRINT_MAX bytes. */
#define PAL_PRINT_MAX 16384
void pal_print(const char *format, ...) PAL_PRINTF(1, 2);

/* Whether all that was printed has been written; says so if not. */
PAL_MUST_CHECK bool pal_print_succeeded(void);

#endif
