/* SPDX-License-Identifier: MIT */
/* Memory of the program: which ranges are mapped, and how.
 *
 * The room has one lock. It is taken outside of the heap's and inside of everything else's, and held while a file's map
 * operation runs, which must not call this room, and while mm_for_each calls back. Files of mappings that go are put
 * without it. */
#ifndef LIBOS_INCLUDE_MM_H
#define LIBOS_INCLUDE_MM_H

#include <linux/mman.h>
#include "libos.h"

struct file;

/* Set up the range of addresses that programs may use: [0x10000, g_guest_end), below the library OS's own. */
void mm_init(void);

/* Map, as mmap(2), with everything that this needs (patching of system calls included). Zero for the flags that the program
 * alone may not give:  */
#define MM_LIBOS 0x1000000 /* not the program's to unmap or change: vDSO, stubs */
#define MM_STACK 0x2000000 /* named [stack] */
#define MM_VDSO  0x4000000 /* named [vdso] */
/* And what it gives itself: shared, of a file that is sealed against writing, so it cannot be made writable. */
#define MM_SEALED 0x8000000
/* Is or was writable: what is private of a file may be something else than the file. Neighbours that differ in it alone become
 * one, which has it. */
#define MM_WRITTEN 0x800000
/* file is borrowed; NULL with MAP_ANONYMOUS.
 * returns  the address, or -E... */
int64_t mm_map(uint64_t address, size_t size, int prot, int flags, struct file *file, uint64_t offset);
int64_t mm_unmap(uint64_t address, size_t size);
int64_t mm_protect(uint64_t address, size_t size, int prot);

/* In a new process: what the program has said that a child does not get (madvise(2)) is unmapped or emptied. */
void mm_forked(void);
/* execve: unmap everything of the program, stubs and vDSO included (patch_forget is called with the whole range first),
 * and choose new places for what comes. */
void mm_clear(void);
/* Where brk starts: the page behind the program's data; a random distance is added. */
void mm_set_brk(uint64_t start);

/* A range in /proc/self/maps. */
struct mapping {
    uint64_t start, end, offset;
    int prot;          /* PROT_x */
    int flags;         /* MAP_SHARED or MAP_PRIVATE, MAP_ANONYMOUS, MAP_GROWSDOWN, MM_x */
    struct file *file; /* NULL = anonymous; borrowed */
    const char *name;  /* "[heap]", NULL = none */
};
/* Call back for each mapping, in order of addresses; the lock of room mm is held. */
void mm_for_each(void (*visit)(const struct mapping *mapping, void *arg), void *arg);
/* The mapping of an address; false = none. *out->file gets a reference for the caller, if it is not NULL. */
bool mm_find(uint64_t address, struct mapping *out);

/* Find room within 2 GiB of an address, for stubs, whose code is `size` bytes, whole pages, and for as much data behind them,
 * which we write and they read. Returns the address or -E... */
int64_t mm_map_stubs(uint64_t near, const void *code, size_t size);
/* Let such data, which is code for those who ask what is mapped, be written again. */
int mm_stub_data(uint64_t start, size_t size);

/* Some bytes of code. */
struct code_piece {
    uint64_t address;
    const void *code;
    size_t size;
};
/* Write code into mapped memory, whatever its protection, and restore that; the pieces in their order, all on pages of one
 * protection that are near each other. Other threads may be running it: two bytes, and
 * else each aligned word of 8 bytes, change at once.
 * Returns 0 or -E... */
int mm_write_code(const struct code_piece *pieces, unsigned count);

/* Grow a MAP_GROWSDOWN mapping if a fault at this address asks for it; true = try again. From event handlers. */
bool mm_grow_stack(uint64_t address);

/* Bytes mapped and (estimated) resident, for /proc and limits. */
uint64_t mm_total(void);
/* The most that it has been, also in programs that this one has replaced. */
uint64_t mm_most(void);

#endif
