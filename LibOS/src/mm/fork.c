/* SPDX-License-Identifier: MIT */
/* What of a program's memory a child does not get, or gets empty: MADV_DONTFORK, MADV_WIPEONFORK. */
#include "room.h"

/* The first mapping from an address on with one of these flags; false = there is none. */
static bool find(uint64_t from, int flags, struct mapping *out)
{
    mm_lock();
    const struct map_node *node = mm_node(from);
    while (node != &g_mm.set.end && !(node->map.flags & flags))
        node = node->next;
    const bool found = node != &g_mm.set.end;
    if (found)
        *out = node->map;
    mm_unlock();
    return found;
}

void mm_forked(void)
{
    struct mapping map;
    g_mm.lock = (struct lock){0};
    g_mm.owner = NULL;
    g_mm.lock_flags = 0;
    g_mm.set.most = g_mm.set.total;
    for (uint64_t at = 0; find(at, MM_WIPE_FORK, &map); at = map.end)
        if (mm_host_fill(&map) < 0)
            die("no memory to be emptied for a child");
    for (uint64_t at = 0; find(at, MM_DONT_FORK, &map); at = map.end)
        (void)mm_unmap(map.start, map.end - map.start);
}
