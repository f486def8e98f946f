/* SPDX-License-Identifier: MIT */
/* Room mm, for its own files: the state, and what its calls have in common. */
#ifndef LIBOS_SRC_MM_ROOM_H
#define LIBOS_SRC_MM_ROOM_H

#include "mappings.h"

#define LOWEST_ADDRESS 0x10000ul /* vm.mmap_min_addr */
#define MAPPINGS_MAX   65530u    /* vm.max_map_count */
#define HUGE_PAGE_SIZE (2ul << 20)
#define LOW_START      (1ul << 30) /* of MAP_32BIT */
#define LOW_END        (2ul << 30)

/* Flags of mappings beyond those in mm.h and MAP_x. */
#define MM_DONT_FORK 0x20000000 /* a child does not get it */
#define MM_WIPE_FORK 0x40000000 /* a child gets it empty */

/* Flags of mmap(2) that a mapping keeps. */
#define MAP_KEPT (MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_NORESERVE | MAP_LOCKED)

/* The lock is taken outside of the heap's, and held while a file's map operation runs, which must not call this room.
 * Who holds it touches no memory of the program but in ranges that cannot change without it. */
struct mm {
    struct lock lock;
    struct thread *owner; /* of the lock */
    struct map_set set;
    uint64_t base;      /* places are searched below, then anywhere */
    uint64_t stack_end; /* where the stack is searched */
    uint64_t brk_start, brk;
    uint64_t brk_max, memory_max; /* manifest: bytes, UINT64_MAX = no limit */
    int lock_flags;               /* MAP_LOCKED: mlockall(MCL_FUTURE) */
    bool of_image; /* the process has gone on from a checkpoint: any memory may have that file behind it */
};
extern struct mm g_mm;

void mm_lock(void);
/* Also puts the files of mappings that have been removed. */
void mm_unlock(void);

static inline struct map_node *mm_node(uint64_t address)
{
    return mappings_find(&g_mm.set, address);
}

/* Flags of a search for addresses: MAP_32BIT, MAP_GROWSDOWN, MM_STACK count. align: at least a page. 0 = none. */
uint64_t mm_search(uint64_t size, uint64_t align, int flags);

/* Whether a range overlaps a mapping with one of these flags. */
bool mm_has(uint64_t start, uint64_t end, int flags);
/* Bytes mapped in a range. */
uint64_t mm_mapped(uint64_t start, uint64_t end);
/* Whether all of a range is mapped. Takes the lock. */
bool mm_is_mapped(uint64_t start, uint64_t end);

/* Whether the limits allow this much more. Writable memory that is private counts as data. */
PAL_MUST_CHECK int mm_check_limits(uint64_t total, uint64_t data, uint64_t committed);

/* Forget patches in a range if it has code. To be called without the lock, before the range goes: room entry locks its
 * own first, then calls here. */
void mm_forget_code(uint64_t start, uint64_t end);

/* Host calls; they return 0 or -E... . mm_host_fill maps what a mapping says at its place, empty or from its file. */
int mm_host_fill(const struct mapping *map);
/* Empties memory that has always been the host's and of no file. */
int mm_host_renew(uint64_t start, uint64_t end, int prot);
int mm_host_unmap(uint64_t start, uint64_t end);
int mm_host_protect(uint64_t start, uint64_t end, int prot);
PAL_FLG mm_host_prot(int prot);

/* Touch each page of a range, so that the host gives it memory; stops where it cannot. For writing, if write.
 * returns  0, -EFAULT */
int mm_populate(uint64_t start, uint64_t end, bool write);

/* A file for shared anonymous memory. */
struct file;
PAL_MUST_CHECK int mm_shared_memory(uint64_t size, struct file **out);

/* Check the range of a call: aligned start, not beyond where programs have memory. *out_end is past its last page.
 * returns  0, -EINVAL: not aligned; -ENOMEM: wraps or beyond */
PAL_MUST_CHECK int mm_check_range(uint64_t address, uint64_t size, uint64_t *out_end);

/* Whose memory a call is about, by the id of a thread: 0 = the caller's; -EPERM: another process's; -ESRCH. */
PAL_MUST_CHECK int mm_whose(int pid);

/* Whether node 0 is in a set of the program's: 0 or 1; -EINVAL: a set without it that is not empty, or none that can be;
 * -EFAULT. count is one more than there are bits. */
PAL_MUST_CHECK int mm_read_nodes(const void *from, uint64_t count);

/* Parts of the calls, with the lock held. Remove: host and set. */
int mm_remove_locked(uint64_t start, uint64_t end);

#endif
