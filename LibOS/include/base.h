/* SPDX-License-Identifier: MIT */
/* Room base, for those who start the library OS, catch its faults, and make processes of it. */
#ifndef LIBOS_INCLUDE_BASE_H
#define LIBOS_INCLUDE_BASE_H

#include "libos.h"

/***** The heap *****/

/* Addresses of the heap, most of which are not in use. */
#define HEAP_SPAN (64ul << 30)

/* Begin the heap below an address; g_guest_end is set to where it starts. */
void heap_init(uint64_t end);
/* The part of the heap that is memory. */
void heap_range(uint64_t *out_start, uint64_t *out_end);

/***** Log and failures *****/

/* What a run ends with that could not start its program. */
#define EXIT_START_FAILED 127

/* Lines go to this stream from now on. */
void log_to(PAL_HANDLE stream);

/* Open one of the standard streams, 0 to 2, as the host has it: some have one console for all three. NULL on failure, which
 * pal_failure tells.
 * access, options  PAL_ACCESS_x; PAL_OPTION_NONBLOCK or 0 */
PAL_HANDLE host_stream_open(unsigned number, PAL_FLG access, PAL_FLG options);

/* Set the failure that the calling thread's last call had. */
void failure_set(uint32_t code);

/***** Faults of the library OS itself *****/

/* Print what is known of a fault at an instruction of ours, once, and end the process. */
__attribute__((noreturn)) void report_crash(PAL_NUM event, PAL_NUM address, const PAL_CONTEXT *context);

/* Code in these two ranges (user_copy.S) touches memory of the program; a fault there goes on at user_fault, which returns
 * -EFAULT. */
extern const char user_begin[], user_end[], user_vector_begin[], user_vector_end[], user_fault[];

#endif
