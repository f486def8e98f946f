/* SPDX-License-Identifier: MIT */
/* Stubs: what patched code jumps to. */
#ifndef LIBOS_SRC_ENTRY_STUBS_H
#define LIBOS_SRC_ENTRY_STUBS_H

#include "libos.h"

/* Two ways into a stub. */
#define STUB_LOADS 0 /* for a jump that took the place of `mov $number,%eax`, too */
#define STUB_JUMPS 6 /* for one that took the place of a `syscall` alone */

/* Bytes of code that a stub can do besides, between loading the number and the call. */
#define STUB_CARRY_MAX 13

/* A stub that a jump of 32 bits near an address reaches.
 * back    where the program goes on
 * number  what STUB_LOADS loads
 * returns its address, 0 = none can be had
 * locks   the caller lets only one thread in at a time */
uint64_t stub_take(uint64_t near, uint64_t back, uint32_t number);

/* One that does a `cpuid`, entered at STUB_LOADS for one of leaf 4, or at STUB_JUMPS_CPUID: it tells of caches (leaf 4) without
 * asking the processor, which for a virtual one costs a microsecond each time. A program asks more than thirty times when it
 * starts. Otherwise as above. */
#define STUB_JUMPS_CPUID 7
uint64_t stub_take_cpuid(uint64_t near, uint64_t back);
/* Ask the processor now, for copies of this process. */
void stubs_learn(void);

/* cpuid.S: what such a stub jumps to. */
extern const uint8_t cpuid_code[], cpuid_code_end[];

/* Have a stub that was taken just now, and is only for STUB_LOADS, do some code besides, which then stands at STUB_JUMPS.
 * Whether it could be written. Locks as above. */
bool stub_carry(uint64_t stub, const uint8_t *code, size_t size);

/* All stubs in a range are gone. Locks as above. */
void stubs_forget(uint64_t start, uint64_t end);

#endif
