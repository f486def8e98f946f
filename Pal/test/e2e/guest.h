/* SPDX-License-Identifier: MIT */
/* What the guests of the end-to-end tests have in common: text on the standard output. Knows no test. */
#ifndef PAL_TEST_E2E_GUEST_H
#define PAL_TEST_E2E_GUEST_H

#include <stddef.h>
#include <stdint.h>
#include "pal.h"
#include "pal_attributes.h"

/* Print, formatted as by format_string. */
void say(const char *format, ...) PAL_PRINTF(1, 2);

/* Read a decimal number; ends the program with 99 if it is none. */
uint64_t number(const char *text);

#endif
