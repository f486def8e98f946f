/* SPDX-License-Identifier: MIT */
/* HelloWorld as everybody writes it; linked statically. */
#include <stdio.h>

int main(void)
{
    return puts("Hello World") < 0;
}
