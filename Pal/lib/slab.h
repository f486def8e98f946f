/* SPDX-License-Identifier: MIT */
/* Objects of one size out of one region of memory, and a cheap answer to "is this a pointer to one of them?".
 * Knows no host: the caller reserves the region, and commits it when asked to. */
#ifndef PAL_LIB_SLAB_H
#define PAL_LIB_SLAB_H

#include "pal_attributes.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Slots come in groups of 64, the first of which holds the bookkeeping of the other 63; so a region of n slot sizes
 * holds n / 64 * 63 objects. The slot size is the object size rounded up to a power of two, at least 16. */
enum { SLAB_GROUP_SLOTS = 64 };

/* Alignment of the region that suffices for any slab; slots are aligned to their size or to this, whichever is less. */
enum { SLAB_REGION_ALIGNMENT = 64 };

/* Where memory comes from.
 * commit  makes [address, address + size) of the region readable and writable; called for ascending, adjacent parts
 *         of multiples of 64 KB, but for the last; returns 0 or -PAL_ERROR_x. NULL: the region is memory already. */
struct slab_memory {
    int (*commit)(void *arg, void *address, size_t size);
    void *arg;
};

struct slab_group;

/* Private to slab.c. */
struct slab {
    struct slab_memory memory;
    unsigned char *region;
    size_t region_size;
    size_t committed_size;
    unsigned slot_shift;
    atomic_size_t group_count; /* groups in use so far; never falls */
    struct slab_group *vacant; /* groups in use that have a free slot */
    size_t object_count;
};

/* Prepare a slab; touches no memory of the region and commits none.
 * region       address space borrowed for the slab's life, aligned to SLAB_REGION_ALIGNMENT. There is no call to end
 *              a slab: the caller takes the region back when nothing uses the slab any more.
 * region_size  bytes; what is over after the last whole group stays unused
 * object_size  bytes
 * errors       INVAL  object_size is 0, region is NULL or not aligned, or has no room for one group */
PAL_MUST_CHECK int slab_init(struct slab *slab, void *region, size_t region_size, size_t object_size,
                             struct slab_memory memory);

/* Allocate an object, zeroed, in constant time but for commit; the lowest free slot of its group.
 * errors   NOMEM  the region is full; or what commit returned, with the slab as it was
 * locks/threads  the caller lets only one thread at a time into slab_alloc, slab_free and slab_count */
PAL_MUST_CHECK int slab_alloc(struct slab *slab, void **out_object);

/* Free an object, in constant time. Its memory stays what it is until slab_alloc gives it out again.
 * errors   BADHANDLE  pointer is not an allocated object of this slab: foreign, inside an object, or freed before
 * locks/threads  as slab_alloc */
PAL_MUST_CHECK int slab_free(struct slab *slab, void *object);

/* Whether any value at all is the address of an allocated object of this slab. Never reads through it.
 * locks/threads  any thread at any time after slab_init; true says that slab_alloc has zeroed the object, and means
 *                only as much as the caller's own rules for freeing let it */
bool slab_owns(const struct slab *slab, const void *pointer);

/* Bytes from the start of the region in which all objects lie that were ever allocated. */
size_t slab_extent(const struct slab *slab);

/* The number of allocated objects. */
size_t slab_count(const struct slab *slab);

#endif
