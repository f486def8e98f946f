/* SPDX-License-Identifier: MIT */
/* Guest: refers weakly to what nobody defines, and is not disturbed. */
#include "guest.h"
#include "symbols.h"

static int (*volatile g_function)(void) = absent_function;
static int *volatile g_data = &absent_data;

int main(void)
{
    say("function %d, data %d\n", absent_function || g_function, &absent_data || g_data);
    return 0;
}
