/* SPDX-License-Identifier: MIT */
/* Names of sockets for the programs on them. Knows no test. */
#ifndef PAL_REGRESSION_SOCKETS_H
#define PAL_REGRESSION_SOCKETS_H

#include "regression.h"

/* What follows the n-th colon that is not in brackets. */
const char *after_colon(const char *uri, unsigned n);

/* The URI of a stream; "" if it has none. */
const char *name_of(PAL_HANDLE handle);

#endif
