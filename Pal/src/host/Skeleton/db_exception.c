/* SPDX-License-Identifier: MIT */
/* Faults and signals of the host on their way to the core, for step 4. Knows no handler of the program: pal_upcall
 * finds it. */
#include "pal_host.h"

/* Step 4. From here on a fault of the program calls pal_upcall (pal_exception.h) on its thread, with PAL_EVENT_x, the
 * argument that pal.h names and the registers as a PAL_CONTEXT, vector state included; and continues with what the
 * handler made of them. Keep the red zone, run on a stack of the PAL's. Without a handler, or if the fault is the PAL's
 * own, the process ends with a message and a code that is not 0. NOTIMPLEMENTED is no obstacle to a program's start. */
int _DkExceptionInit(void)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}

/* Step 4. What other programs ask of this one (QUIT, SUSPEND, RESUME) arrives as events from now on, or, if watched is
 * false, as the host would have it. */
int _DkExceptionWatch(PAL_NUM event, bool watched)
{
    return -PAL_ERROR_NOTIMPLEMENTED;
}
