/* SPDX-License-Identifier: MIT */
/* SEEK_DATA and SEEK_HOLE. Neither the Host ABI nor a tmpfs knows where a file has holes, but both know how much of it lies on
 * the medium. If that is less than its size, a page of nothing but zeros counts as a hole: who asks wants to leave those out. */
#include "fs_core.h"
#include "task.h"

#define LOOK_SIZE 65536ul /* bytes that are looked at together */

bool hole_is_zero(const char *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static bool is_sparse(struct file *file, int64_t size)
{
    struct file_attr attr;
    return file->ops->read && file_readable(file) && file_attributes(file, &attr) == 0 &&
           attr.blocks * 512 < (uint64_t)size;
}

/* The first page in a buffer that has data, or has none; size = there is none such. */
static size_t find_page(const char *buffer, size_t size, bool data)
{
    size_t at = 0;
    while (at < size && hole_is_zero(buffer + at, (size_t)smaller((int64_t)(size - at), PAGE_SIZE)) == data)
        at += PAGE_SIZE;
    return at < size ? at : size;
}

int64_t hole_seek(struct file *file, int64_t offset, int64_t size, bool data)
{
    if (offset < 0 || offset >= size)
        return -ENXIO;
    /* A file has a hole behind its end, and no other one if nobody can tell. */
    const int64_t unknown = data ? offset : size;
    char *buffer = is_sparse(file, size) ? heap_alloc(LOOK_SIZE) : NULL;
    if (!buffer)
        return unknown;
    int64_t at = (int64_t)page_down((uint64_t)offset), found = -1, done = 1;
    while (found < 0 && at < size && done > 0 && !thread_is_wanted()) {
        int64_t position = at;
        done = file->ops->read(file, buffer, (size_t)smaller(size - at, LOOK_SIZE), &position);
        const size_t count = done > 0 ? (size_t)done : 0;
        const size_t page = find_page(buffer, count, data);
        if (page < count)
            found = at + (int64_t)page;
        at += (int64_t)count;
    }
    heap_free(buffer);
    if (found >= 0)
        return found > offset ? found : offset;
    /* What could not be looked at, or not in time, is data. */
    if (at < size)
        return data && at > offset ? at : unknown;
    return data ? -ENXIO : size;
}
