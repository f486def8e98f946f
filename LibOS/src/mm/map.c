/* SPDX-License-Identifier: MIT */
/* mmap: what may be mapped, where, and that one host call does it. */
#include "room.h"
#include <asm/resource.h>
#include <linux/mman.h>
#include "exec.h"
#include "fs.h"
#include "syscalls.h"
#include "task.h"

#define MAP_HUGE_SIZES 0x7c000000 /* MAP_HUGE_2MB and MAP_HUGE_1GB */
#define MAP_KNOWN                                                                                                      \
    (MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_32BIT | MAP_GROWSDOWN | MAP_DENYWRITE |                \
     MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB |             \
     MAP_HUGE_SIZES)

/* What a call of mm_map is about, as far as it is decided. */
struct request {
    struct mapping map; /* prot, flags, file and offset, then the place */
    uint64_t size;
    int flags; /* as asked for */
};

void mm_forget_code(uint64_t start, uint64_t end)
{
    mm_lock();
    const bool code = mm_has(start, end, MM_CODE);
    mm_unlock();
    if (code) {
        patch_forget(start, end);
        debug_code_gone(start, end);
    }
}

/* Choose the place. MAP_FIXED: as asked for, and what is there makes room. */
static int64_t place(const struct request *request, uint64_t address)
{
    const uint64_t size = request->size;
    const int flags = request->flags;
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        if (address > g_guest_end - size)
            return -ENOMEM;
        if (address & ~PAGE_MASK)
            return -EINVAL;
        if (address < LOWEST_ADDRESS)
            return -EPERM;
        if (flags & MAP_FIXED_NOREPLACE && !mappings_is_free(&g_mm.set, address, address + size, false))
            return -EEXIST;
        /* Stubs and the vDSO stay. */
        return mm_has(address, address + size, MM_LIBOS) ? -ENOMEM : (int64_t)address;
    }
    if (address & PAGE_MASK) {
        uint64_t wanted = page_down(address);
        if (wanted < LOWEST_ADDRESS)
            wanted = LOWEST_ADDRESS;
        const uint64_t high = flags & MAP_32BIT ? LOW_END : g_guest_end;
        if (size <= high && wanted <= high - size && mappings_is_free(&g_mm.set, wanted, wanted + size, true))
            return (int64_t)wanted;
    }
    /* So that the host can use huge pages. */
    const uint64_t align = !request->map.file && size % HUGE_PAGE_SIZE == 0 ? HUGE_PAGE_SIZE : PAGE_SIZE;
    const uint64_t found = mm_search(size, align, flags);
    return found ? (int64_t)found : -ENOMEM;
}

static int check_file(const struct request *request)
{
    const struct file *file = request->map.file;
    const int type = request->flags & MAP_TYPE;
    uint64_t last;
    if (__builtin_add_overflow(request->map.offset, request->size, &last) || last > INT64_MAX)
        return -EOVERFLOW;
    if (type == MAP_SHARED_VALIDATE && request->flags & ~(MAP_KNOWN | MAP_SHARED_VALIDATE))
        return -EOPNOTSUPP;
    if (type != MAP_SHARED && type != MAP_SHARED_VALIDATE && type != MAP_PRIVATE)
        return -EINVAL;
    if (type != MAP_PRIVATE && request->map.prot & PROT_WRITE && !file_writable(file))
        return -EACCES;
    if (!file_readable(file))
        return -EACCES;
    if (request->map.flags & MM_SEALED && request->map.prot & PROT_WRITE)
        return -EPERM;
    if (!file->ops->map)
        return -ENODEV;
    return request->flags & MAP_GROWSDOWN ? -EINVAL : 0;
}

static int check_anonymous(const struct request *request)
{
    const int type = request->flags & MAP_TYPE;
    if (type != MAP_SHARED && type != MAP_PRIVATE)
        return -EINVAL;
    return type == MAP_SHARED && request->flags & MAP_GROWSDOWN ? -EINVAL : 0;
}

static int check_locked(const struct request *request)
{
    if (!(request->map.flags & MAP_LOCKED) || identity_has(CAP_IPC_LOCK))
        return 0;
    const uint64_t limit = limit_get(RLIMIT_MEMLOCK);
    if (limit == 0 && request->flags & MAP_LOCKED)
        return -EPERM;
    return g_mm.set.locked + request->size > limit ? -EAGAIN : 0;
}

/* With the lock held: the place, the limits, the host, the set. */
static int64_t map_locked(struct request *request, uint64_t address)
{
    struct mapping *map = &request->map;
    struct map_set *set = &g_mm.set;
    if (set->count >= MAPPINGS_MAX || !mappings_reserve(set, 2))
        return -ENOMEM;
    const int64_t start = place(request, address);
    if (start < 0)
        return start;
    map->flags |= g_mm.lock_flags;
    int error = check_locked(request);
    if (error == 0)
        error = request->flags & MAP_ANONYMOUS ? check_anonymous(request) : check_file(request);
    if (error < 0)
        return error;
    const uint64_t size = request->size, end = (uint64_t)start + size;
    const bool replaces = request->flags & MAP_FIXED && mm_node((uint64_t)start)->map.start < end;
    const bool writable = !(map->flags & MAP_SHARED) && map->prot & PROT_WRITE;
    const bool commits = writable || (map->flags & MAP_SHARED && map->flags & MAP_ANONYMOUS);
    const uint64_t more = size - (replaces ? mm_mapped((uint64_t)start, end) : 0);
    error = mm_check_limits(more, writable && !(map->flags & MAP_GROWSDOWN) ? more : 0, commits ? more : 0);
    if (error < 0)
        return error;
    map->start = (uint64_t)start;
    map->end = end;
    error = mm_host_fill(map);
    if (error < 0)
        return error == -EOPNOTSUPP ? -ENODEV : error;
    if (replaces)
        mappings_remove(set, map->start, map->end);
    mappings_insert(set, map);
    return start;
}

int64_t mm_map(uint64_t address, size_t size, int prot, int flags, struct file *file, uint64_t offset)
{
    if (flags & MAP_FIXED_NOREPLACE)
        flags |= MAP_FIXED;
    struct request request = {
        .map = {.prot = prot & (PROT_READ | PROT_WRITE | PROT_EXEC), .file = file, .offset = file ? offset : 0},
        .size = page_up(size),
        .flags = flags,
    };
    struct mapping *map = &request.map;
    if (size == 0)
        return -EINVAL;
    if (request.size == 0 || request.size > g_guest_end)
        return -ENOMEM;
    map->flags = flags & (MAP_KEPT | MM_LIBOS | MM_STACK);
    if ((flags & MAP_TYPE) == MAP_SHARED_VALIDATE)
        map->flags &= ~MAP_PRIVATE;
    if (prot & PROT_EXEC)
        map->flags |= MM_CODE;
    if (prot & PROT_WRITE)
        map->flags |= MM_WRITTEN;
    if (file && (flags & MAP_TYPE) != MAP_PRIVATE && file->ops->is_sealed && file->ops->is_sealed(file))
        map->flags |= MM_SEALED;
    map->name = flags & MM_STACK ? "[stack]" : flags & MM_VDSO ? "[vdso]" : NULL;
    const bool shared_memory = flags & MAP_ANONYMOUS && (flags & MAP_TYPE) == MAP_SHARED;
    if (shared_memory) {
        const int error = mm_shared_memory(request.size, &map->file);
        if (error < 0)
            return error;
    }
    if (flags & MAP_FIXED && user_range_ok(address, request.size))
        mm_forget_code(address, address + request.size);
    mm_lock();
    const int64_t result = map_locked(&request, address);
    mm_unlock();
    if (shared_memory)
        file_put(map->file);
    if (result >= 0 && file && prot & PROT_EXEC)
        debug_code_mapped(map->start, file, offset);
    if (result >= 0 && flags & (MAP_POPULATE | MAP_LOCKED) && !(flags & MAP_NONBLOCK) && map->prot) {
        /* As on Linux, what cannot be had now is had when it is touched, or not. */
        if (mm_populate(map->start, map->end, map->prot & PROT_WRITE && !(map->flags & MAP_SHARED)) < 0)
            return result;
    }
    return result;
}

int64_t sys_mmap(unsigned long address, unsigned long length, int prot, int flags, int fd, long offset)
{
    struct file *file = NULL;
    if ((unsigned long)offset & ~PAGE_MASK)
        return -EINVAL;
    flags &= ~(MM_LIBOS | MM_STACK | MM_VDSO);
    if (!(flags & MAP_ANONYMOUS)) {
        file = fd_get(fd);
        if (!file)
            return -EBADF;
    }
    int64_t result;
    if (flags & MAP_HUGETLB)
        result = file || length == 0 ? -EINVAL : -ENOMEM; /* there is no pool of huge pages */
    else
        result = mm_map(address, length, prot, flags, file, (unsigned long)offset);
    if (file)
        file_put(file);
    return result;
}
