/* SPDX-License-Identifier: MIT */
/* Linux: gdb reads the core's list of objects by itself, so there is nothing more to tell it. */
#include "pal_host.h"

void _DkDebugAddMap(struct link_map *map)
{
    (void)map;
}

void _DkDebugDelMap(struct link_map *map)
{
    (void)map;
}
