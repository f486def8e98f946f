/* SPDX-License-Identifier: MIT */
/* Debuggers. The core resolves the names of the Host ABI and keeps the list of loaded objects itself, so a host has no
 * part in loading. */
#include "pal_host.h"

/* Optional. Where the host's debugger reads r_debug, as gdb does, an empty body is complete. */
void _DkDebugAddMap(struct link_map *map)
{
}

void _DkDebugDelMap(struct link_map *map)
{
}
