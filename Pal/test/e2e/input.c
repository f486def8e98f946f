/* SPDX-License-Identifier: MIT */
/* Guest: reads once from the standard input. */
#include "guest.h"

int main(void)
{
    static char text[4096];
    PAL_HANDLE console = DkStreamOpen("dev:tty", PAL_ACCESS_RDONLY, 0, 0, 0);
    const PAL_NUM got = DkStreamRead(console, 0, sizeof(text), text, NULL, 0);
    if (got > 0)
        say("read %lu bytes\n", got);
    else
        say("nothing was read\n");
    return 0;
}
