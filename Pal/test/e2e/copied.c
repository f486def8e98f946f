/* SPDX-License-Identifier: MIT */
/* Not to be linked when it is compiled for fixed addresses: uses pal_control as if it were its own, which takes a copy. */
#include "pal.h"

int main(void)
{
    return pal_control.pagesize == 0;
}
