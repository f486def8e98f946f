/* SPDX-License-Identifier: MIT */
/* Faults and signals of the host on their way to the core, for step 4. Knows no handler of the program: pal_upcall
 * finds it. */
#include "pal_host.h"

/* Step 4. From here on a fault of the program calls pal_upcall (pal_exception.h) on its thread, with PAL_EVENT_x, the
 * argument that pal.h names and the registers as a PAL_CONTEXT, vector state included; and continues with what the
 * handler made of them. Keep the red zone, run on a stack of the PAL's. Without a handler, or if the fault is the PAL's
 * own, the process ends with a message (pal_report_unhandled) and a code that is not 0. NOTIMPLEMENTED is no obstacle to a
 * program's start. hears_others = false spares a host what only _DkExceptionWatch needs. Before all that, look at where the fault was:
 *   in [pal_user_begin, pal_user_end)   the core, or this host by pal_user_read, has met a bad buffer: go on at
 *                                       pal_user_fault (pal_user.h)
 *   pal_entry_has_returned says so      an entry of the program has ended by `ret`: go on at pal_enter_return
 * Step 5. A system call instruction of the program is one that does not exist: PAL_EVENT_ILLEGAL with its address, while rip
 * in the context is behind it already. The host's kernel must not carry it out. */
int _DkExceptionInit(bool hears_others)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. What other programs ask of this one (QUIT, SUSPEND, RESUME) arrives as events from now on, or, if watched is
 * false, as the host would have it. In the midst of a call set the event's bit in tcb.pending (pal_tcb.h) and have the call
 * end if it blocks: the core tells of it at the end of every call. */
int _DkExceptionWatch(PAL_NUM event, bool watched)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}
