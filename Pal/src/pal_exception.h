/* SPDX-License-Identifier: MIT */
/* Events on their way to the program's handlers. Knows no signal and no host. */
#ifndef PAL_SRC_PAL_EXCEPTION_H
#define PAL_SRC_PAL_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>
#include "pal.h"

/* Tell that a loaded object refers to an address of the ABI. */
void pal_exception_note_use(uintptr_t abi_address);

/* Whether a loaded object refers to a call by which it, or a process that it makes, may hear of others. */
bool pal_exception_hears_others(void);

/* Raise PAL_EVENT_FAILURE on the calling thread, for a negative result of a host or core function. */
void pal_fail(int64_t negative_code);

/* The form in which a Dk call returns what a core function gave: a failure raises its event and becomes the sentinel. */
PAL_NUM pal_return_count(int64_t result);                        /* 0 on failure */
PAL_BOL pal_return_bool(int64_t result);                         /* PAL_FALSE on failure */
PAL_HANDLE pal_return_handle(int64_t result, PAL_HANDLE handle); /* NULL on failure, else handle, which is published */

/* Call the program's handler for an event, the thread's own before the process's.
 * context  the interrupted registers, which the handler may change; NULL if there are none to show
 * returns  false if there is no handler */
bool pal_upcall(PAL_NUM event, PAL_NUM arg, PAL_CONTEXT *context);

/* The argument of PAL_EVENT_SUSPEND: what the host has added to the calling thread's wishes. */
PAL_NUM pal_take_wishes(void);

/* Call handler(event, arg, context); pal_invoke_return(event) leaves it at any depth (arch/x86_64/invoke.S). */
struct pal_event;
void pal_invoke(PAL_EVENT_HANDLER handler, struct pal_event *event, PAL_NUM arg, PAL_CONTEXT *context);
void pal_invoke_return(struct pal_event *event) __attribute__((noreturn));

/* Whether an entry of the program has ended with a plain `ret`, which made it jump to its argc. The host continues it
 * at pal_enter_return then. */
bool pal_entry_has_returned(const PAL_CONTEXT *context);
extern const char pal_enter_return[];

/* Say which event nobody handles, where, and in which object. */
void pal_report_unhandled(PAL_NUM event, PAL_NUM arg, const PAL_CONTEXT *context);

#endif
