/* SPDX-License-Identifier: MIT */
/* madvise: what to do with ranges of memory; most of it is left to the host, which has no ear for it. */
#include <linux/uio.h>
#include "copy.h"
#include "fs.h"
#include "process.h"
#include "room.h"
#include "syscalls.h"

#define FALLOCATE_PUNCH 3 /* FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE */

/* Not in the headers of every kernel that this builds with. */
#define ADVICE_DONTNEED_LOCKED 24 /* MADV_DONTNEED_LOCKED */
#define ADVICE_COLLAPSE        25 /* MADV_COLLAPSE */

/* What an advice does to the part of a mapping that it is about. */
typedef int advice(const struct mapping *part);

/* Private memory becomes what it was when it was mapped; shared memory stays what it is. */
static int discard(const struct mapping *part)
{
    if (part->flags & (MAP_LOCKED | MM_LIBOS))
        return -EINVAL;
    if (part->flags & MAP_SHARED)
        return 0;
    if (!part->file && !g_mm.of_image)
        return mm_host_renew(part->start, part->end, part->prot);
    /* What was mapped without reservation is given back in one step, so that nobody finds nothing there in between. */
    struct mapping fresh = *part;
    fresh.flags &= ~MAP_NORESERVE;
    const int error = mm_host_fill(&fresh);
    return error == -ENOMEM ? mm_host_fill(part) : error;
}

static int discard_locked(const struct mapping *part)
{
    struct mapping map = *part;
    map.flags &= ~MAP_LOCKED;
    return discard(&map);
}

/* The contents may go at any time; that may be now. */
static int free_lazily(const struct mapping *part)
{
    return part->file || part->flags & MAP_SHARED ? -EINVAL : discard(part);
}

static int punch(const struct mapping *part)
{
    struct file *file = part->file;
    if (part->flags & MAP_LOCKED || !file)
        return -EINVAL;
    if (!(part->flags & MAP_SHARED) || !file_writable(file))
        return -EACCES;
    if (!file->ops->allocate)
        return -EOPNOTSUPP;
    return file->ops->allocate(file, FALLOCATE_PUNCH, (int64_t)part->offset, (int64_t)(part->end - part->start));
}

static int change_flags(const struct mapping *part, int clear, int add)
{
    if ((part->flags & ~clear) == part->flags && (part->flags | add) == part->flags)
        return 0;
    if (g_mm.set.count + 2 > MAPPINGS_MAX || !mappings_reserve(&g_mm.set, 2))
        return -EAGAIN;
    mappings_change(&g_mm.set, part->start, part->end, -1, clear, add);
    return 0;
}

static int dont_fork(const struct mapping *part)
{
    return change_flags(part, 0, MM_DONT_FORK);
}

static int do_fork(const struct mapping *part)
{
    return change_flags(part, MM_DONT_FORK, 0);
}

static int wipe_on_fork(const struct mapping *part)
{
    return part->file || part->flags & MAP_SHARED ? -EINVAL : change_flags(part, 0, MM_WIPE_FORK);
}

static int keep_on_fork(const struct mapping *part)
{
    return change_flags(part, MM_WIPE_FORK, 0);
}

static int nothing(const struct mapping *part)
{
    (void)part;
    return 0;
}

static int no_cold_locked(const struct mapping *part)
{
    return part->flags & MAP_LOCKED ? -EINVAL : 0;
}

static advice *const g_advices[] = {
    [MADV_NORMAL] = nothing,
    [MADV_RANDOM] = nothing,
    [MADV_SEQUENTIAL] = nothing,
    [MADV_WILLNEED] = nothing,
    [MADV_DONTNEED] = discard,
    [MADV_FREE] = free_lazily,
    [MADV_REMOVE] = punch,
    [MADV_DONTFORK] = dont_fork,
    [MADV_DOFORK] = do_fork,
    [MADV_MERGEABLE] = nothing,
    [MADV_UNMERGEABLE] = nothing,
    [MADV_HUGEPAGE] = nothing,
    [MADV_NOHUGEPAGE] = nothing,
    [MADV_DONTDUMP] = nothing,
    [MADV_DODUMP] = nothing,
    [MADV_WIPEONFORK] = wipe_on_fork,
    [MADV_KEEPONFORK] = keep_on_fork,
    [MADV_COLD] = no_cold_locked,
    [MADV_PAGEOUT] = no_cold_locked,
    [MADV_POPULATE_READ] = nothing,
    [MADV_POPULATE_WRITE] = nothing,
    [ADVICE_DONTNEED_LOCKED] = discard_locked,
    [ADVICE_COLLAPSE] = nothing,
};

/* As Linux does: gaps are passed over, and told in the end. The set may change under an advice's hands. */
static int advise(uint64_t start, uint64_t end, advice *act)
{
    int result = 0;
    for (uint64_t at = start; at < end;) {
        const struct map_node *node = mm_node(at);
        struct mapping part = node->map;
        if (part.start > at)
            result = -ENOMEM;
        if (part.start >= end)
            break;
        if (part.start < at) {
            part.offset += part.file ? at - part.start : 0;
            part.start = at;
        }
        if (part.end > end)
            part.end = end;
        const int error = act(&part);
        if (error < 0)
            return error;
        at = part.end;
    }
    return result;
}

/* Touch all pages, mapping by mapping. */
static int populate(uint64_t start, uint64_t end, bool write)
{
    int error = 0;
    while (error == 0 && start < end) {
        mm_lock();
        const struct map_node *node = mm_node(start);
        const uint64_t next = node->map.end < end ? node->map.end : end;
        if (node->map.start > start)
            error = -ENOMEM;
        else if (!(node->map.prot & (write ? PROT_WRITE : PROT_READ)))
            error = -EINVAL;
        mm_unlock();
        if (error == 0)
            error = mm_populate(start, next, write);
        start = next;
    }
    return error;
}

int64_t sys_madvise(unsigned long address, unsigned long length, int what)
{
    uint64_t end;
    if (what < 0 || (size_t)what >= array_count(g_advices) || !g_advices[what])
        return -EINVAL;
    if (address & ~PAGE_MASK || (length && page_up(length) == 0) || address + page_up(length) < address)
        return -EINVAL;
    if (length == 0)
        return 0;
    if (mm_check_range(address, length, &end) < 0)
        return -ENOMEM;
    if (what == MADV_POPULATE_READ || what == MADV_POPULATE_WRITE)
        return populate(address, end, what == MADV_POPULATE_WRITE);
    if (what == MADV_DONTNEED || what == ADVICE_DONTNEED_LOCKED)
        mm_forget_code(address, end);
    mm_lock();
    const int error = advise(address, end, g_advices[what]);
    mm_unlock();
    return error;
}

/* What may be advised about the memory of processes, one's own too: nothing is lost by it. */
static bool is_for_processes(int what)
{
    return what == MADV_COLD || what == MADV_PAGEOUT || what == MADV_WILLNEED || what == ADVICE_COLLAPSE;
}

/* Ranges as far as the advice succeeds; the error of the first. Other processes do not hear of it. */
int64_t sys_process_madvise(int pidfd, const void *vector, unsigned long count, int what, unsigned flags)
{
    struct iovec range;
    int64_t done = 0;
    if (flags || count > UIO_MAXIOV)
        return -EINVAL;
    for (uint64_t i = 0; i < count; i++)
        if (copy_in(&range, (const struct iovec *)vector + i, sizeof(range)) < 0)
            return -EFAULT;
    const int32_t pid = pidfd_get(pidfd, NULL);
    if (pid < 0)
        return pid;
    if (!is_for_processes(what))
        return -EINVAL;
    for (uint64_t i = 0; i < count; i++) {
        if (copy_in(&range, (const struct iovec *)vector + i, sizeof(range)) < 0)
            return -EFAULT;
        const bool own = pid == g_process.pid;
        const int64_t error = own ? sys_madvise((uintptr_t)range.iov_base, range.iov_len, what) : 0;
        if (error < 0)
            return done ? done : error;
        done += (int64_t)range.iov_len;
    }
    return done;
}
