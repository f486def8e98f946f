/* SPDX-License-Identifier: MIT */
/* Ranges of memory that a process leaves to its next child. Knows no socket and no handle but as a name. */
#include "linux_bequest.h"
#include <asm/errno.h>
#include <linux/mman.h>
#include "linux_error.h"
#include "linux_lock.h"
#include "pal_host.h"
#include "sys_linux.h"

/* Where two addresses are alike in this, the kernel moves tables of pages instead of pages. */
#define MOVE_ALIGN ((size_t)2 << 20)

struct promise {
    struct promise *next;
    PAL_HANDLE owner;
    int by;      /* thread */
    size_t size; /* of this, in memory of pal_malloc_any */
    size_t count;
    struct linux_bequest ranges[];
};

static struct {
    struct linux_lock lock;
    struct promise *promises; /* in the order in which they were made */
    struct linux_bequest *got;
    size_t got_count, got_first; /* those before the first are taken */
} g_bequest;
LINUX_LOCK_AT_COPY(g_copied, &g_bequest.lock);

/***** The parent *****/

static struct promise *new_promise(PAL_HANDLE owner, uint64_t key, size_t count, const struct pal_range *ranges)
{
    size_t size;
    if (__builtin_mul_overflow(count, sizeof(struct linux_bequest), &size) ||
        __builtin_add_overflow(size, sizeof(struct promise), &size))
        return NULL;
    struct promise *promise = pal_malloc_any(size);
    if (!promise)
        return NULL;
    *promise = (struct promise){.owner = owner, .by = linux_self()->kernel_tid, .size = size, .count = count};
    for (size_t i = 0; i < count; i++)
        promise->ranges[i] = (struct linux_bequest){key, (uintptr_t)ranges[i].address, ranges[i].size};
    return promise;
}

/* Let the next clone have ranges, which fails where nothing is mapped. The birth after that takes it back. */
static bool let_copy(const struct promise *promise)
{
    bool mapped = true;
    for (size_t i = 0; i < promise->count; i++)
        mapped &= sys_madvise((void *)promise->ranges[i].address, promise->ranges[i].size, MADV_DOFORK) == 0;
    return mapped;
}

int linux_bequest_promise(PAL_HANDLE owner, uint64_t key, size_t count, const struct pal_range *ranges)
{
    struct promise *promise = new_promise(owner, key, count, ranges);
    if (!promise)
        return -PAL_ERROR_NOMEM;
    if (!let_copy(promise)) {
        pal_free_any(promise, promise->size);
        return -PAL_ERROR_BADADDR;
    }
    linux_lock(&g_bequest.lock);
    struct promise **end = &g_bequest.promises;
    while (*end)
        end = &(*end)->next;
    *end = promise;
    linux_unlock(&g_bequest.lock);
    return 0;
}

/* Forget the promises of an owner, or of a thread. */
static void forget(PAL_HANDLE owner, int by)
{
    linux_lock(&g_bequest.lock);
    for (struct promise **link = &g_bequest.promises; *link;) {
        struct promise *promise = *link;
        if (promise->owner != owner && promise->by != by) {
            link = &promise->next;
            continue;
        }
        *link = promise->next;
        pal_free_any(promise, promise->size);
    }
    linux_unlock(&g_bequest.lock);
}

void linux_bequest_withdraw(PAL_HANDLE owner)
{
    if (__atomic_load_n(&g_bequest.promises, __ATOMIC_RELAXED))
        forget(owner, 0);
}

size_t linux_bequest_count(void)
{
    const int by = linux_self()->kernel_tid;
    size_t count = 0;
    linux_lock(&g_bequest.lock);
    for (const struct promise *promise = g_bequest.promises; promise; promise = promise->next)
        count += promise->by == by ? promise->count : 0;
    linux_unlock(&g_bequest.lock);
    return count;
}

size_t linux_bequest_give(struct linux_bequest *out, size_t room)
{
    const int by = linux_self()->kernel_tid;
    size_t count = 0;
    linux_lock(&g_bequest.lock);
    for (const struct promise *promise = g_bequest.promises; promise; promise = promise->next) {
        if (promise->by != by)
            continue;
        (void)let_copy(promise);
        for (size_t i = 0; i < promise->count && count < room; i++)
            out[count++] = promise->ranges[i];
    }
    linux_unlock(&g_bequest.lock);
    return count;
}

void linux_bequest_let(void)
{
    const int by = linux_self()->kernel_tid;
    linux_lock(&g_bequest.lock);
    for (const struct promise *promise = g_bequest.promises; promise; promise = promise->next) {
        if (promise->by == by)
            (void)let_copy(promise);
    }
    linux_unlock(&g_bequest.lock);
}

void linux_bequest_given(void)
{
    forget(NULL, linux_self()->kernel_tid);
}

/***** The child *****/

void linux_bequest_begin_copy(void)
{
    g_bequest.promises = NULL;
    g_bequest.got_count = 0;
}

/* Move memory, whatever it consists of: some kernels move only what was mapped as one. */
static int move(uintptr_t from, uintptr_t to, size_t size)
{
    const size_t page = g_linux.page_size;
    size_t part = size;
    while (size > 0) {
        const long result = sys_mremap((void *)from, part, part, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)to);
        if (result < 0 && result > -4096) {
            if (result != -EFAULT || part == page)
                return (int)linux_error(result);
            part = part / 2 / page > 0 ? part / 2 / page * page : page;
            continue;
        }
        from += part;
        to += part;
        size -= part;
        part = size;
    }
    return 0;
}

/* Addresses outside of the user's range for all of them, alike to theirs in MOVE_ALIGN. */
static uintptr_t find_room(const struct linux_bequest *ranges, size_t count, size_t *out_size)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(size, ranges[i].size + MOVE_ALIGN, &size))
            return 0;
    }
    const long result = sys_mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *out_size = size;
    return result < 0 && result > -4096 ? 0 : (uintptr_t)result;
}

void linux_bequest_take(struct linux_bequest *ranges, size_t count)
{
    size_t size;
    g_bequest.got = ranges;
    g_bequest.got_count = count;
    if (count == 0)
        return;
    const uintptr_t room = find_room(ranges, count, &size);
    uintptr_t next = room;
    for (size_t i = 0; i < count; i++) {
        next += (ranges[i].address - next) & (MOVE_ALIGN - 1);
        const bool moved = room && move(ranges[i].address, next, ranges[i].size) == 0;
        ranges[i].address = moved ? next : 0;
        next += ranges[i].size;
    }
    if (room)
        sys_madvise((void *)room, size, MADV_DONTFORK);
}

/* The next range of a channel; NULL = none. Under the lock. */
static struct linux_bequest *next_of(uint64_t key)
{
    while (g_bequest.got_first < g_bequest.got_count && g_bequest.got[g_bequest.got_first].size == 0)
        g_bequest.got_first++;
    for (size_t i = g_bequest.got_first; i < g_bequest.got_count; i++) {
        if (g_bequest.got[i].key == key && g_bequest.got[i].size > 0)
            return &g_bequest.got[i];
    }
    return NULL;
}

bool linux_bequest_has(uint64_t key)
{
    if (g_bequest.got_count == 0)
        return false;
    linux_lock(&g_bequest.lock);
    const bool found = next_of(key);
    linux_unlock(&g_bequest.lock);
    return found;
}

/* Bring a range to where it is wanted, with the protection that is wanted. */
static int bring(const struct linux_bequest *from, struct pal_range *to)
{
    long result = (long)to->address;
    if (!result)
        result = linux_map_anywhere(from->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (result < 0 && result > -4096)
        return (int)linux_error(result);
    int error = move(from->address, (uintptr_t)result, from->size);
    if (error == 0)
        error = (int)linux_error(sys_mprotect((void *)result, from->size, linux_protection(to->prot)));
    if (error < 0)
        sys_munmap((void *)result, from->size);
    else
        to->address = (void *)result;
    return error;
}

int linux_bequest_map(uint64_t key, struct pal_range *range)
{
    int result = 0;
    if (g_bequest.got_count == 0)
        return 0;
    linux_lock(&g_bequest.lock);
    struct linux_bequest *next = next_of(key);
    if (next && next->size != range->size) {
        result = -PAL_ERROR_INVAL;
    } else if (next) {
        result = next->address ? bring(next, range) : -PAL_ERROR_CONNFAILED;
        if (result == 0)
            result = 1;
        next->size = 0;
    }
    linux_unlock(&g_bequest.lock);
    return result;
}

void linux_bequest_drop(uint64_t key)
{
    struct linux_bequest *next;
    if (g_bequest.got_count == 0)
        return;
    linux_lock(&g_bequest.lock);
    while ((next = next_of(key))) {
        if (next->address)
            sys_munmap((void *)next->address, next->size);
        next->size = 0;
    }
    linux_unlock(&g_bequest.lock);
}
