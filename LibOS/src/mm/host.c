/* SPDX-License-Identifier: MIT */
/* Room mm: its host calls, and memory that is shared. Knows no limits and no places. */
#include "room.h"
#include "checkpoint.h"
#include "fs.h"

/* Above this, memory without reservation is asked for in two calls, since one is refused by a careful host. */
#define RESERVE_MIN (1ul << 30)

PAL_FLG mm_host_prot(int prot)
{
    return (prot & PROT_READ ? PAL_PROT_READ : 0u) | (prot & PROT_WRITE ? PAL_PROT_WRITE : 0u) |
           (prot & PROT_EXEC ? PAL_PROT_EXEC : 0u);
}

int mm_host_protect(uint64_t start, uint64_t end, int prot)
{
    return DkVirtualMemoryProtect((void *)start, end - start, mm_host_prot(prot)) ? 0 : pal_failure();
}

int mm_host_unmap(uint64_t start, uint64_t end)
{
    pal_failure_clear();
    DkVirtualMemoryFree((void *)start, end - start);
    return pal_failed() ? pal_failure() : 0;
}

int mm_host_renew(uint64_t start, uint64_t end, int prot)
{
    return DkVirtualMemoryAlloc((void *)start, end - start, PAL_ALLOC_RENEW, mm_host_prot(prot)) ? 0 : pal_failure();
}

static int fill_anonymous(const struct mapping *map)
{
    void *start = (void *)map->start;
    const uint64_t size = map->end - map->start;
    if (map->flags & MAP_NORESERVE && map->prot & PROT_WRITE && size >= RESERVE_MIN) {
        if (!DkVirtualMemoryAlloc(start, size, PAL_ALLOC_RESERVE, PAL_PROT_NONE))
            return pal_failure();
        return mm_host_protect(map->start, map->end, map->prot);
    }
    return DkVirtualMemoryAlloc(start, size, 0, mm_host_prot(map->prot)) ? 0 : pal_failure();
}

/* What is mapped shared must be so for the host from the start, even if writing comes later. */
static int fill_shared(const struct mapping *map)
{
    const bool later = file_writable(map->file) && !(map->prot & PROT_WRITE) && !(map->flags & MM_SEALED);
    const int prot = later ? map->prot | PROT_WRITE : map->prot;
    const int error = map->file->ops->map(map->file, map->start, map->end - map->start, prot, map->flags, map->offset);
    return error < 0 || !later ? error : mm_host_protect(map->start, map->end, map->prot);
}

int mm_host_fill(const struct mapping *map)
{
    if (!map->file)
        return fill_anonymous(map);
    if (map->flags & MAP_SHARED)
        return fill_shared(map);
    return map->file->ops->map(map->file, map->start, map->end - map->start, map->prot, map->flags, map->offset);
}

int mm_populate(uint64_t start, uint64_t end, bool write)
{
    for (uint64_t at = start; at < end; at += PAGE_SIZE) {
        uint32_t word = 0;
        /* A word that is zero is written as zero; no other is changed. */
        const int error =
            write ? user_compare_exchange32((uint32_t *)at, &word, 0) : user_load32(&word, (uint32_t *)at);
        if (error < 0)
            return error;
    }
    return 0;
}

/***** Shared anonymous memory *****/

static int shared_map(struct file *file, uint64_t address, size_t size, int prot, int flags, uint64_t offset)
{
    (void)flags;
    return DkStreamMap(file->handle, (void *)address, mm_host_prot(prot), offset, size) ? 0 : pal_failure();
}

/* For MADV_REMOVE: a hole reads as zeros. The host does not get its memory back. A mapping that has grown is longer than
 * the memory, which stays as it is. */
static int shared_punch(struct file *file, int mode, int64_t offset, int64_t length)
{
    static const char zeros[16 * PAGE_SIZE];
    PAL_STREAM_ATTR attr;
    (void)mode;
    if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
        return pal_failure();
    const int64_t there = (int64_t)attr.size - offset, most = length < there ? length : there;
    for (int64_t done = 0; done < most;) {
        const int64_t left = most - done;
        const int64_t count = stream_write_through(file->handle, (uint64_t)(offset + done),
                                                   left < (int64_t)sizeof(zeros) ? (size_t)left : sizeof(zeros), zeros);
        if (count < 0)
            return (int)count;
        done += count;
    }
    return 0;
}

static int shared_keep(struct file *file)
{
    return checkpoint_keep_memory(&file->handle);
}

/* What it is known by to all processes that share it: asked for once, by the first futex in it. */
static int shared_attributes(struct file *file, struct file_attr *out)
{
    PAL_STREAM_ATTR attr;
    if (!file->data) {
        if (!DkStreamAttributesQuerybyHandle(file->handle, &attr))
            return pal_failure();
        file->data = (void *)attr.file_id;
    }
    *out = (struct file_attr){.inode = (uintptr_t)file->data, .device = UINT64_MAX};
    return 0;
}

static const struct file_ops shared_ops = {
    .kind = "/dev/zero (deleted)",
    .attributes = shared_attributes,
    .map = shared_map,
    .keep = shared_keep,
    .allocate = shared_punch,
};

int mm_shared_memory(uint64_t size, struct file **out)
{
    PAL_HANDLE handle = DkStreamOpen("mem:", PAL_ACCESS_RDWR, 0, 0, 0);
    if (!handle)
        return pal_failure();
    int error = DkStreamSetLength(handle, size) == size ? 0 : pal_failure();
    struct file *file = error == 0 ? file_new(&shared_ops, O_RDWR, NULL) : NULL;
    if (!file) {
        DkObjectClose(handle);
        return error < 0 ? error : -ENOMEM;
    }
    file->handle = handle;
    *out = file;
    return 0;
}
