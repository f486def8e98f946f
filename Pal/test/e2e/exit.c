/* SPDX-License-Identifier: MIT */
/* Guest: `exit return N` returns N from main, `exit call N` gives it to DkProcessExit. */
#include "guest.h"
#include "pal_string.h"

int main(int argc, char **argv)
{
    if (argc != 3)
        return 98;
    const uint64_t code = number(argv[2]);
    if (streq(argv[1], "call"))
        DkProcessExit(code);
    return (int)code;
}
