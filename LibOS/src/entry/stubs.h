/* SPDX-License-Identifier: MIT */
/* Stubs: what patched code jumps to. */
#ifndef LIBOS_SRC_ENTRY_STUBS_H
#define LIBOS_SRC_ENTRY_STUBS_H

#include "libos.h"

/* Two ways into a stub. */
#define STUB_LOADS 0 /* for a jump that took the place of `mov $number,%eax`, too */
#define STUB_JUMPS 6 /* for one that took the place of a `syscall` alone */

/* A stub that a jump of 32 bits near an address reaches.
 * back    where the program goes on
 * number  what STUB_LOADS loads
 * returns its address, 0 = none can be had
 * locks   the caller lets only one thread in at a time */
uint64_t stub_take(uint64_t near, uint64_t back, uint32_t number);

/* The process goes on from a checkpoint: what was mapped again is made writable where it has to be. */
void stubs_resumed(void);

/* All stubs in a range are gone. Locks as above. */
void stubs_forget(uint64_t start, uint64_t end);

#endif
