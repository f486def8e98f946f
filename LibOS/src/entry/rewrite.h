/* SPDX-License-Identifier: MIT */
/* How a `syscall` becomes a jump: which bytes of the code around it are to be changed. */
#ifndef LIBOS_SRC_ENTRY_REWRITE_H
#define LIBOS_SRC_ENTRY_REWRITE_H

#include "libos.h"

/* How far code around a site matters. */
#define REWRITE_REACH 256ul

/* Places in a window, ascending. */
struct code_places {
    unsigned count;
    int16_t at[512];
};

/* Code of one mapping, as it was a moment ago; changed by the functions below as it is to be. */
struct code_window {
    uint64_t start; /* address of code[0] */
    int size;
    uint8_t code[PAGE_SIZE + 2 * REWRITE_REACH];
    struct code_places sites; /* where 0f 05 stands, which may be a part of something else */
    struct code_places rooms; /* where a jump to anywhere fits */
    struct code_places steps; /* where a short jump fits */
};

/* Find these places. */
void rewrite_scan(struct code_window *window);

/* Changes, in the order in which they are to be made. */
struct edits {
    unsigned count;
    struct edit {
        uint64_t address;
        uint8_t size, code[5];
    } edits[192];
};

/* Find room in the window for a jump from a site, and add the edits.
 * at       place of the `syscall` in the window
 * number   with which it is known to be called from right before; -1 = unknown
 * returns  whether there is a way; if not, nothing has changed
 * locks    as stub_take */
bool rewrite_site(struct code_window *window, int at, int64_t number, struct edits *edits);

/* The same for a `cpuid` at a place where rewrite_is_cpuid says that there is one. The long jump, whose edit has five bytes,
 * leads nowhere as yet. */
bool rewrite_cpuid(struct code_window *window, int at, struct edits *edits);

/* Whether the bytes at a place can be nothing but a `cpuid` as a C library asks about caches: behind `mov $4,%eax; xor %ecx,%ecx`,
 * or two moves of registers to %eax and %ecx. */
bool rewrite_is_cpuid(const struct code_window *window, int at);

/* The first of these places from one on, -1 = none. */
int rewrite_next_cpuid(const struct code_window *window, int from);

/* Whether the bytes at a site can be nothing but `syscall` behind `mov $number,%eax`: the number, -1 = no. */
int64_t rewrite_sure_number(const struct code_window *window, int site);

/* Whether the bytes at a site can be nothing but `syscall`: behind such a load, or before the comparison with which C libraries
 * find errors. */
bool rewrite_is_sure(const struct code_window *window, int site);

/* Whether other threads see all of a change or nothing (mm_write_code). */
bool rewrite_is_one_store(uint64_t address, size_t size);

/* Whether there is a `syscall` at a place, if it is an instruction. */
bool rewrite_is_site(const struct code_window *window, int at);

#endif
