/* SPDX-License-Identifier: MIT */
/* Guest: one of two objects to preload that refer to each other and to the executable (pair_main.c). */
#include "guest.h"
#include "symbols.h"

int right_data = 100;
static int *const volatile g_left = &left_data;
static int (*const volatile g_main)(int) = main_add;

int right_add(int value)
{
    return value + right_data;
}

const char *shared_name(void)
{
    return "right";
}

int main(int argc, char **argv)
{
    say("right: %d arguments of %s; left %d %d, main %d %d, shared_name of %s\n", argc, argv[0], *g_left, left_add(1),
        main_data, g_main(1), shared_name());
    right_data++;
    return 100;
}
