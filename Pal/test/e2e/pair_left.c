/* SPDX-License-Identifier: MIT */
/* Guest: one of two objects to preload that refer to each other and to the executable (pair_main.c). */
#include "guest.h"
#include "symbols.h"

int left_data = 10;
static int *const volatile g_right = &right_data;
static int (*const volatile g_main)(int) = main_add;

int left_add(int value)
{
    return value + left_data;
}

const char *shared_name(void)
{
    return "left";
}

int main(int argc, char **argv)
{
    say("left: %d arguments of %s; right %d %d, main %d %d, shared_name of %s\n", argc, argv[0], *g_right, right_add(1),
        main_data, g_main(1), shared_name());
    left_data++;
    return 10;
}
