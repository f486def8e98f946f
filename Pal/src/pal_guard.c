/* SPDX-License-Identifier: MIT */
/* What the compiler's stack protector calls when a function's frame was overwritten. Knows no host. */
#include "pal_host_api.h"
#include "pal_log.h"

#define EXIT_ABORTED 134 /* as after abort() */

/* Called by compiled code; does not return. */
void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
    pal_log(PAL_LOG_ERROR, "a stack frame of the PAL was overwritten");
    for (;;)
        _DkProcessExit(EXIT_ABORTED);
}
