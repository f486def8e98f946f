/* SPDX-License-Identifier: MIT */
/* Faults of the library OS itself. */
#ifndef LIBOS_SRC_BASE_REPORT_H
#define LIBOS_SRC_BASE_REPORT_H

#include "libos.h"

/* Print what is known of a fault at an instruction of ours, once, and end the process. */
__attribute__((noreturn)) void report_crash(PAL_NUM event, PAL_NUM address, const PAL_CONTEXT *context);

#endif
