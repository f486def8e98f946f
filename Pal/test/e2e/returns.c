/* SPDX-License-Identifier: MIT */
/* Guest without start code: its entry is a C function that returns its value, as pal.h allows in "Start". */
#include "pal.h"

int _start(void);
__attribute__((visibility("default"))) int _start(void)
{
    return pal_control_addr() ? 77 : 1;
}
