/* SPDX-License-Identifier: MIT */
/* Guest: the executable that two preloaded objects (pair_left.c, pair_right.c) and itself refer to. */
#include "guest.h"
#include "symbols.h"

int main_data = 1000;

int main_add(int value)
{
    return value + main_data;
}

const char *shared_name(void)
{
    return "main";
}

int main(void)
{
    say("main: left %d %d, right %d %d, shared_name of %s\n", left_data, left_add(1), right_data, right_add(1),
        shared_name());
    return 7;
}
