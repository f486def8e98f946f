/* SPDX-License-Identifier: MIT */
/* remap_file_pages: other pages of a file in a part of its shared mapping. */
#include "fs.h"
#include "room.h"
#include "syscalls.h"

/* The shared mapping of a range, of one file with one protection though it may be in pieces; the caller gets its file. */
static bool find_shared(uint64_t start, uint64_t end, struct mapping *out)
{
    bool found = false;
    mm_lock();
    const struct map_node *node = mm_node(start);
    *out = node->map;
    if (node->map.start <= start && out->flags & MAP_SHARED && out->file) {
        uint64_t next = node->map.end;
        while (next < end) {
            node = node->next;
            if (node->map.start != next || node->map.file != out->file || node->map.prot != out->prot ||
                (node->map.flags ^ out->flags) & MAP_LOCKED)
                break;
            next = node->map.end;
        }
        found = next >= end;
    }
    if (found)
        file_get(out->file);
    mm_unlock();
    return found;
}

/* As Linux does it since 4.0: a mapping of other pages of the file in place of what is there. */
int64_t sys_remap_file_pages(unsigned long address, unsigned long length, unsigned long prot, unsigned long page,
                             int flags)
{
    const uint64_t start = page_down(address), size = page_down(length);
    uint64_t offset, last;
    struct mapping map;
    if (prot || size == 0 || !user_range_ok(start, size) || __builtin_mul_overflow(page, PAGE_SIZE, &offset) ||
        __builtin_add_overflow(offset, size, &last))
        return -EINVAL;
    if (!find_shared(start, start + size, &map))
        return -EINVAL;
    flags = (flags & MAP_NONBLOCK) | MAP_SHARED | MAP_FIXED | MAP_POPULATE | (map.flags & MAP_LOCKED);
    const int64_t result = mm_map(start, size, map.prot, flags, map.file, offset);
    file_put(map.file);
    return result < 0 ? result : 0;
}
