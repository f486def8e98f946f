/* SPDX-License-Identifier: MIT */
/* Guest, compiled for fixed addresses: the address of a function of the ABI is that of the program's own stub. */
#include "guest.h"

static PAL_NUM (*const volatile g_pointer)(void) = DkSystemTimeQuery;

int main(void)
{
    PAL_NUM (*volatile local)(void) = DkSystemTimeQuery;
    const bool same = local == g_pointer && pal_control_addr()->pagesize > 0;
    say("%s\n", same && local() > 0 && g_pointer() > 0 ? "pointers agree" : "pointers differ");
    return !same;
}
