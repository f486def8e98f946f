/* SPDX-License-Identifier: MIT */
/* The first program for a new host: prints a line through the PAL Host ABI, without a library OS. */
#include "pal.h"

int main(void)
{
    static char greeting[] = "Hello World\n";
    const PAL_NUM size = sizeof(greeting) - 1;
    PAL_HANDLE console = DkStreamOpen("dev:tty", PAL_ACCESS_WRONLY, 0, 0, 0);
    if (!console || DkStreamWrite(console, 0, size, greeting, (PAL_STR)0) != size)
        return 1;
    DkObjectClose(console);
    return 0;
}
