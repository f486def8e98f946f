/* SPDX-License-Identifier: MIT */
/* Names of errors, for the trace. */
#ifndef LIBOS_INCLUDE_ERRNO_NAMES_H
#define LIBOS_INCLUDE_ERRNO_NAMES_H

/* "ENOENT"; "?" for a number that is none; also those that only the library OS knows. A constant. */
const char *errno_name(int number);

#endif
